//! A whole configuration, as resources by kind and name.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use envoy_types::pb::envoy::config::cluster::v3::Cluster;
use envoy_types::pb::envoy::config::endpoint::v3::ClusterLoadAssignment;
use envoy_types::pb::envoy::config::listener::v3::Listener;
use envoy_types::pb::envoy::config::route::v3::RouteConfiguration;
use envoy_types::pb::google::protobuf::Any;
use envoy_types::util::pack_any;
use prost::Name as _;

use crate::MARK;

/// A kind of resource, in the order in which changes are handed out: what others refer to goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// CDS.
    Cluster,
    /// EDS.
    Endpoints,
    /// LDS.
    Listener,
    /// RDS.
    Routes,
}

/// Every resource that Envoy shall have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    resources: [BTreeMap<String, Resource>; 4],
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resource {
    pub(crate) body: Any,
    /// Differs when the resource does, or when it has to be handed out again.
    pub(crate) mark: u64,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Cluster, Self::Endpoints, Self::Listener, Self::Routes];

    /// The type URL of resources and requests.
    pub fn type_url(self) -> String {
        match self {
            Self::Cluster => Cluster::type_url(),
            Self::Endpoints => ClusterLoadAssignment::type_url(),
            Self::Listener => Listener::type_url(),
            Self::Routes => RouteConfiguration::type_url(),
        }
    }

    pub(crate) fn of(type_url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_url() == type_url)
    }

    /// Whether Envoy asks for all there are, so that what a response leaves out is gone.
    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Cluster | Self::Listener)
    }
}

impl Snapshot {
    /// What Envoy shall have of `kind`, by name.
    pub(crate) fn of(&self, kind: Kind) -> &BTreeMap<String, Resource> {
        &self.resources[kind as usize]
    }

    /// The names of `kind`, ascending.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.of(kind).keys().map(String::as_str)
    }

    /// The resource of `kind` and `name` as it is sent.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Any> {
        self.of(kind).get(name).map(|resource| &resource.body)
    }

    pub(crate) fn add_cluster(&mut self, cluster: Cluster) {
        self.put(Kind::Cluster, cluster.name.clone(), pack_any(cluster), 0);
    }

    /// The endpoints of a cluster that was added before. A changed cluster waits for its endpoints to be sent again.
    pub(crate) fn add_endpoints(&mut self, assignment: ClusterLoadAssignment) {
        let name = assignment.cluster_name.clone();
        let of_cluster = self.of(Kind::Cluster).get(&name).map_or(0, |cluster| cluster.mark);
        self.put(Kind::Endpoints, name, pack_any(assignment), of_cluster);
    }

    pub(crate) fn add_listener(&mut self, listener: Listener) {
        self.put(Kind::Listener, listener.name.clone(), pack_any(listener), 0);
    }

    pub(crate) fn add_routes(&mut self, routes: RouteConfiguration) {
        self.put(Kind::Routes, routes.name.clone(), pack_any(routes), 0);
    }

    fn put(&mut self, kind: Kind, name: String, body: Any, salt: u64) {
        let mut hasher = DefaultHasher::new();
        (&body.value, salt).hash(&mut hasher);
        self.resources[kind as usize].insert(name, Resource { body, mark: hasher.finish() });
    }

    /// The listeners and routes of `before` with the clusters of both: the first half of a change without a gap, in which
    /// new clusters come before anything refers to them. Where both have a cluster, it is this one's.
    #[must_use]
    pub fn ahead_of(&self, before: &Self) -> Self {
        let mut joined = self.beside(before);
        joined.resources[Kind::Listener as usize] = before.of(Kind::Listener).clone();
        joined.resources[Kind::Routes as usize] = before.of(Kind::Routes).clone();
        joined
    }

    /// This snapshot with the clusters that only `before` has, and with its mark: the second half, after which nothing refers
    /// to those clusters.
    #[must_use]
    pub fn beside(&self, before: &Self) -> Self {
        let mut joined = self.clone();
        for kind in [Kind::Cluster, Kind::Endpoints] {
            for (name, resource) in before.of(kind) {
                // A cluster that changed to another type has no endpoints of its own any more.
                if kind == Kind::Cluster || !self.of(Kind::Cluster).contains_key(name) {
                    joined.resources[kind as usize].entry(name.clone()).or_insert_with(|| resource.clone());
                }
            }
        }
        if let Some(mark) = before.of(Kind::Routes).get(MARK) {
            joined.resources[Kind::Routes as usize].insert(MARK.to_owned(), mark.clone());
        }
        joined
    }

    /// The version of all resources of `kind` together.
    pub(crate) fn version(&self, kind: Kind) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (name, resource) in self.of(kind) {
            (name, resource.mark).hash(&mut hasher);
        }
        hasher.finish()
    }
}
