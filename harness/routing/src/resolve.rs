//! Resources to model.

use sextant_resources::ResourceSet;

use crate::{Backend, Listener, Options, Profile, Route};

/// Everything that routing knows, resolved once. Immutable: a change makes a new one.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Whose semantics it follows.
    pub profile: Profile,
    /// Ordered by [`crate::BackendId`].
    pub backends: Vec<Backend>,
    /// Ordered by kind, namespace and name.
    pub routes: Vec<Route>,
    /// Ordered by Gateway and place in it.
    pub listeners: Vec<Listener>,
}

/// Resolves `resources` by the rules of `options.profile`. Never fails: what is wrong becomes a status, an exclusion
/// or an unresolved target.
pub fn resolve(_resources: &ResourceSet, options: &Options) -> Model {
    Model { profile: options.profile, ..Model::default() }
}
