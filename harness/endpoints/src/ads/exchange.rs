//! What is asked for and what has come, as an Envoy does it: every cluster and listener, then by name the endpoints and
//! routes that those refer to. Pure: requests and responses are values.

use std::collections::{BTreeMap, BTreeSet};

use envoy_types::pb::envoy::config::cluster::v3::Cluster as EnvoyCluster;
use envoy_types::pb::envoy::config::core::v3::Node;
use envoy_types::pb::envoy::config::endpoint::v3::ClusterLoadAssignment as EnvoyEndpoints;
use envoy_types::pb::envoy::config::listener::v3::Listener as EnvoyListener;
use envoy_types::pb::envoy::config::route::v3::RouteConfiguration as EnvoyRoutes;
use envoy_types::pb::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse};
use prost::DecodeError;
use sextant_xds::Kind;

use crate::proto::decode;
use crate::wire::{Cluster, Config, Listener, LoadAssignment, RouteConfiguration};

/// One stream in the protocol's state of the world variant.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// Goes along with the first request only.
    node: Option<Node>,
    kinds: [Subscription; 4],
    clusters: BTreeMap<String, Cluster>,
    listeners: BTreeMap<String, Listener>,
    endpoints: BTreeMap<String, LoadAssignment>,
    routes: BTreeMap<String, RouteConfiguration>,
    control_plane: String,
}

/// What passed about one kind.
#[derive(Debug, Default)]
struct Subscription {
    /// Whether it was asked for.
    is_open: bool,
    /// The names asked for; empty for kinds of which all are sent.
    names: BTreeSet<String>,
    /// Of the last response that was taken.
    version: String,
    nonce: String,
    is_answered: bool,
}

/// A resource that is no message of its kind.
#[derive(Debug, thiserror::Error)]
#[error("a resource among its {what} cannot be read")]
pub(super) struct Unreadable {
    what: &'static str,
    source: DecodeError,
}

impl Exchange {
    /// The exchange of `node`, and the requests that open it.
    pub(super) fn open(node: Node) -> (Self, Vec<DiscoveryRequest>) {
        let mut exchange = Self { node: Some(node), ..Self::default() };
        let requests = [Kind::Cluster, Kind::Listener].map(|kind| {
            exchange.of(kind).is_open = true;
            exchange.request(kind)
        });
        (exchange, requests.into())
    }

    /// Takes a response. Returned are its acknowledgement and requests for what it refers to, in the order to be sent.
    pub(super) fn take(&mut self, response: DiscoveryResponse) -> Result<Vec<DiscoveryRequest>, Unreadable> {
        // What was not asked for is none of our business.
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.type_url() == response.type_url) else {
            return Ok(Vec::new());
        };
        let unreadable = |source| Unreadable { what: words(kind), source };
        match kind {
            Kind::Cluster => {
                let all = response.resources.iter().map(|body| Ok(Cluster::from(decode::<EnvoyCluster>(body)?)));
                self.clusters = named(all, |cluster| &cluster.name).map_err(unreadable)?;
            }
            Kind::Listener => {
                let all = response.resources.iter().map(|body| Ok(Listener::from(decode::<EnvoyListener>(body)?)));
                self.listeners = named(all, |listener| &listener.name).map_err(unreadable)?;
            }
            Kind::Endpoints => {
                let some =
                    response.resources.iter().map(|body| Ok(LoadAssignment::from(decode::<EnvoyEndpoints>(body)?)));
                self.endpoints.extend(named(some, |endpoints| &endpoints.cluster_name).map_err(unreadable)?);
            }
            Kind::Routes => {
                let some =
                    response.resources.iter().map(|body| Ok(RouteConfiguration::from(decode::<EnvoyRoutes>(body)?)));
                self.routes.extend(named(some, |routes| &routes.name).map_err(unreadable)?);
            }
        }
        if let Some(name) = response.control_plane.map(|plane| plane.identifier).filter(|name| !name.is_empty()) {
            self.control_plane = name;
        }
        let subscription = self.of(kind);
        subscription.version = response.version_info;
        subscription.nonce = response.nonce;
        subscription.is_answered = true;
        let mut requests = vec![self.request(kind)];
        requests.extend(self.follow());
        Ok(requests)
    }

    /// Requests for the endpoints and routes whose names have changed. What nobody refers to any more is forgotten.
    fn follow(&mut self) -> Vec<DiscoveryRequest> {
        let endpoints: BTreeSet<String> =
            self.clusters.values().filter_map(Cluster::asked_endpoints).map(str::to_owned).collect();
        let routes: BTreeSet<String> =
            self.listeners.values().flat_map(Listener::asked_routes).map(str::to_owned).collect();
        self.endpoints.retain(|name, _| endpoints.contains(name));
        self.routes.retain(|name, _| routes.contains(name));
        let mut requests = Vec::new();
        for (kind, names) in [(Kind::Endpoints, endpoints), (Kind::Routes, routes)] {
            let subscription = self.of(kind);
            if subscription.names != names {
                subscription.names = names;
                subscription.is_open = true;
                requests.push(self.request(kind));
            }
        }
        requests
    }

    fn request(&mut self, kind: Kind) -> DiscoveryRequest {
        let node = self.node.take();
        let subscription = self.of(kind);
        DiscoveryRequest {
            node,
            type_url: kind.type_url(),
            version_info: subscription.version.clone(),
            response_nonce: subscription.nonce.clone(),
            resource_names: subscription.names.iter().cloned().collect(),
            ..Default::default()
        }
    }

    fn of(&mut self, kind: Kind) -> &mut Subscription {
        &mut self.kinds[kind as usize]
    }

    /// What has not come yet, for people; empty when everything has.
    pub(super) fn waiting_for(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for kind in [Kind::Cluster, Kind::Listener] {
            if !self.kinds[kind as usize].is_answered {
                missing.push(format!("its {}", words(kind)));
            }
        }
        let absent = |kind: Kind, has: &dyn Fn(&str) -> bool| -> Vec<String> {
            let names = self.kinds[kind as usize].names.iter().filter(|name| !has(name));
            names.map(|name| format!("the {} `{name}`", words(kind))).collect()
        };
        missing.extend(absent(Kind::Endpoints, &|name| self.endpoints.contains_key(name)));
        missing.extend(absent(Kind::Routes, &|name| self.routes.contains_key(name)));
        missing
    }

    /// Whether the clusters have come, without which there is nothing to tell.
    pub(super) fn has_clusters(&self) -> bool {
        self.kinds[Kind::Cluster as usize].is_answered
    }

    /// The version of each kind that has come, by its word.
    pub(super) fn versions(&self) -> BTreeMap<&'static str, String> {
        let answered = Kind::ALL.into_iter().filter(|kind| self.kinds[*kind as usize].is_answered);
        answered.map(|kind| (words(kind), self.kinds[kind as usize].version.clone())).collect()
    }

    /// Its name for itself; empty when it has not told.
    pub(super) fn control_plane(&self) -> &str {
        &self.control_plane
    }

    /// What has come.
    pub(super) fn into_config(self) -> Config {
        Config {
            listeners: self.listeners.into_values().collect(),
            routes: self.routes.into_values().collect(),
            clusters: self.clusters.into_values().collect(),
            endpoints: self.endpoints.into_values().collect(),
            hosts: BTreeMap::new(),
        }
    }
}

fn named<T>(
    resources: impl Iterator<Item = Result<T, DecodeError>>,
    name: impl Fn(&T) -> &String,
) -> Result<BTreeMap<String, T>, DecodeError> {
    resources.map(|resource| resource.map(|resource| (name(&resource).clone(), resource))).collect()
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Cluster => "clusters",
        Kind::Endpoints => "endpoints",
        Kind::Listener => "listeners",
        Kind::Routes => "routes",
    }
}

#[cfg(test)]
mod tests;
