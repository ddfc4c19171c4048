//! Resources to model.

mod absent;
mod attach;
mod backends;
mod build;
mod candidate;
mod conflicts;
mod declarers;
mod distribute;
mod finish;
mod given;
mod grpc;
mod indexes;
mod l4;
mod listeners;
mod networks;
mod placement;
mod policies;
mod priority;
mod references;
mod resolver;
mod routes;
mod scope;
mod selection;
mod services;
mod sharing;
mod targets;
mod tls;
mod visibility;
mod workloads;
mod youngest;

use std::collections::BTreeSet;
use std::ops::Index;
use std::sync::Arc;

use sextant_resources::{ObjectKey, ResourceSet};

use build::Builder;
use given::Given;
use indexes::Indexes;
use references::References;
use targets::Reader;
use tls::BackendTls;

pub use absent::{Absent, absent};
pub use resolver::{Moved, Resolver};

use crate::{
    Backend, BackendId, BackendIndex, Backends, L4Listener, L4Route, Listener, ListenerStatus, Options, PolicyStatus,
    Profile, Route, Semantics, Target,
};

/// Everything that routing knows, resolved once. Immutable: a change makes a new one, and a copy costs next to nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Whose semantics it follows.
    pub profile: Profile,
    /// What it follows in place of the profile's; `None` means the profile's.
    pub semantics: Option<Arc<Semantics>>,
    /// Ordered by [`crate::BackendId`].
    pub backends: Backends,
    /// HTTPRoutes and GRPCRoutes, ordered by kind, namespace and name.
    pub routes: Arc<[Route]>,
    /// HTTP listeners, ordered by Gateway and place in it.
    pub listeners: Arc<[Listener]>,
    /// TCPRoutes and TLSRoutes, ordered by kind, namespace and name.
    pub l4_routes: Arc<[L4Route]>,
    /// TCP and TLS listeners, ordered by Gateway and place in it.
    pub l4_listeners: Arc<[L4Listener]>,
    /// Status of every listener, also of those that do not serve, ordered by Gateway and place in it.
    pub listener_status: Arc<[ListenerStatus]>,
    /// BackendTLSPolicies with their status, ordered by namespace and name.
    pub policies: Arc<[PolicyStatus]>,
}

/// Resolves `resources` by the rules of `options.profile`. Never fails: what is wrong becomes a status, an exclusion
/// or an unresolved target.
pub fn resolve(resources: &ResourceSet, options: &Options) -> Model {
    let seen = scope::seen(resources, options);
    resolved(Given::new(&seen, options)).0
}

/// The model, and what its backends are made from.
fn resolved(given: Given<'_>) -> (Model, Indexes) {
    let indexes = Indexes::new(given);
    let backends = Builder::new(given, &indexes).all();
    (routed(given, &indexes, backends.into_iter().collect()), indexes)
}

/// The model of `backends` with everything that refers to them.
fn routed(given: Given<'_>, indexes: &Indexes, backends: Backends) -> Model {
    let Given { resources, options, semantics, .. } = given;
    let references = References::new(resources, options, &backends);
    let reader = Reader { references: &references, semantics };
    let mut sockets = listeners::sockets(resources);
    let routes = routes::resolve_routes(resources, reader, &mut sockets);
    let l4_routes = l4::resolve_l4(resources, reader, &mut sockets);
    let mut model = Model {
        profile: options.profile,
        semantics: options.semantics.clone(),
        listeners: listeners::http(&sockets).into(),
        l4_listeners: listeners::l4(&sockets).into(),
        listener_status: sockets.iter().map(listeners::Socket::status).collect(),
        routes: routes.into(),
        l4_routes: l4_routes.into(),
        policies: Arc::default(),
        backends,
    };
    model.policies = BackendTls::new(given, &indexes.tls).statuses(&model.backends, &model.uses()).into();
    model
}

impl Model {
    /// How it behaves where the gateways differ.
    pub fn semantics(&self) -> &Semantics {
        self.semantics.as_deref().unwrap_or_else(|| self.profile.semantics())
    }

    /// The backend of this identity, if there is one.
    pub fn backend(&self, id: &BackendId) -> Option<&Backend> {
        self.backends.find(id).map(|index| &self.backends[index])
    }

    /// Which Gateways send traffic to which backends.
    fn uses(&self) -> BTreeSet<(&ObjectKey, BackendIndex)> {
        let requests = self.listeners.iter().flat_map(|listener| {
            let rules = listener.routes.iter().flat_map(|&route| &self.routes[route].rules);
            rules.flat_map(|rule| &rule.targets).map(|target| (&listener.gateway, target))
        });
        let connections = self.l4_listeners.iter().flat_map(|listener| {
            let routes = listener.routes.iter().map(|&route| &self.l4_routes[route]);
            routes.flat_map(|route| &route.targets).map(|target| (&listener.gateway, target))
        });
        let resolved = requests.chain(connections).filter_map(|(gateway, target)| match target.target {
            Target::Backend(index) => Some((gateway, index)),
            Target::Unresolved(_) => None,
        });
        resolved.collect()
    }

    /// The ports that listeners serve, ascending.
    pub fn ports(&self) -> BTreeSet<u16> {
        let l4 = self.l4_listeners.iter().map(|listener| listener.port);
        self.listeners.iter().map(|listener| listener.port).chain(l4).collect()
    }
}

impl Index<BackendIndex> for Model {
    type Output = Backend;

    /// The backend that a target of this model names.
    fn index(&self, index: BackendIndex) -> &Backend {
        &self.backends[index]
    }
}
