//! Resolving off the reactor, which drives other scenarios at the same time.

use std::panic::resume_unwind;
use std::sync::Arc;

use sextant_resources::ResourceSet;
use sextant_routing::{Model, Options, resolve};
use tokio::task::JoinError;

/// The model of `resources`. A panic of the resolver goes on as one.
///
/// # Errors
/// When the runtime ends before the model is there.
pub(crate) async fn resolved(resources: ResourceSet, options: Options) -> Result<Arc<Model>, JoinError> {
    let resolved = tokio::task::spawn_blocking(move || Arc::new(resolve(&resources, &options))).await;
    resolved.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => error,
    })
}
