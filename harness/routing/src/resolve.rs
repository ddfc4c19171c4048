//! Resources to model.

mod attach;
mod backends;
mod candidate;
mod distribute;
mod finish;
mod networks;
mod placement;
mod policies;
mod priority;
mod references;
mod routes;
mod scope;
mod selection;
mod services;
mod sharing;
mod tls;
mod visibility;
mod workloads;

use std::collections::BTreeSet;
use std::ops::Index;

use sextant_resources::{ObjectKey, ResourceSet};

use attach::Socket;
use placement::{Placer, key};
use references::References;
use tls::BackendTls;

use crate::{Backend, BackendId, BackendIndex, Listener, Options, PolicyStatus, Profile, Route};

/// Everything that routing knows, resolved once. Immutable: a change makes a new one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Whose semantics it follows.
    pub profile: Profile,
    /// Ordered by [`crate::BackendId`].
    pub backends: Vec<Backend>,
    /// Ordered by kind, namespace and name.
    pub routes: Vec<Route>,
    /// HTTP listeners, ordered by Gateway and place in it.
    pub listeners: Vec<Listener>,
    /// BackendTLSPolicies with their status, ordered by namespace and name.
    pub policies: Vec<PolicyStatus>,
}

/// Resolves `resources` by the rules of `options.profile`. Never fails: what is wrong becomes a status, an exclusion
/// or an unresolved target.
pub fn resolve(resources: &ResourceSet, options: &Options) -> Model {
    let seen = scope::seen(resources, options);
    let resources = &*seen;
    let semantics = options.profile.semantics();
    let system = ObjectKey::new("", options.settings.system_namespace.as_str());
    let system = resources.namespaces.get(&system);
    let default_network =
        system.and_then(|namespace| namespace.meta.labels.get(key::NETWORK)).map_or("", String::as_str);
    let tls = BackendTls::new(resources, semantics);
    let backends = backends::build(resources, options, Placer { semantics, default_network }, &tls);
    let references = References::new(resources, options, &backends);
    let mut sockets = attach::sockets(resources);
    let routes = resources
        .http_routes
        .values()
        .enumerate()
        .map(|(place, route)| routes::resolve_route(route, place, &mut sockets, &references, resources, semantics));
    let routes: Vec<_> = routes.collect();
    let listeners: Vec<_> = sockets.into_iter().filter(Socket::serves).map(|socket| socket.listener).collect();
    let policies = tls.statuses(&backends, &routes, &listeners);
    Model { profile: options.profile, backends, routes, listeners, policies }
}

impl Model {
    /// The backend of this identity, if there is one.
    pub fn backend(&self, id: &BackendId) -> Option<&Backend> {
        self.backends.binary_search_by(|backend| backend.id.cmp(id)).ok().map(|place| &self.backends[place])
    }

    /// The ports that HTTP listeners serve, ascending.
    pub fn ports(&self) -> BTreeSet<u16> {
        self.listeners.iter().map(|listener| listener.port).collect()
    }
}

impl Index<BackendIndex> for Model {
    type Output = Backend;

    /// The backend that a target of this model names.
    fn index(&self, index: BackendIndex) -> &Backend {
        &self.backends[index.0]
    }
}
