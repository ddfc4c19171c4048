//! Resolving off the reactor, which drives other scenarios at the same time.

use std::panic::resume_unwind;
use std::sync::Arc;

use sextant_resources::ResourceSet;
use sextant_routing::{Model, Options, Resolver, resolve};
use tokio::task::JoinError;

/// The model of `resources`. A panic of the resolver goes on as one.
///
/// # Errors
/// When the runtime ends before the model is there.
pub(crate) async fn resolved(resources: ResourceSet, options: Options) -> Result<Arc<Model>, JoinError> {
    elsewhere(move || Arc::new(resolve(&resources, &options))).await
}

/// `resolver`, gone over to `resources`, so that what did not change costs next to nothing; without one a new one. A panic
/// of the resolver goes on as one.
///
/// # Errors
/// When the runtime ends before the model is there.
pub(crate) async fn followed(
    resolver: Option<Resolver>,
    resources: ResourceSet,
    options: Options,
) -> Result<Resolver, JoinError> {
    let follow = move || match resolver {
        Some(mut resolver) => {
            resolver.update(resources);
            resolver
        }
        None => Resolver::new(resources, options),
    };
    elsewhere(follow).await
}

async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => error,
    })
}
