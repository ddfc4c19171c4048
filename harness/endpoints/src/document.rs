//! The document of `sextant endpoints`. Other programs read it: fields may be added, none is renamed, retyped or dropped.

use std::collections::BTreeMap;

use serde::Serialize;
use sextant_routing::Locality;

use crate::name::Backend;

/// Where a proxy sends requests, as a control plane told it or as it has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// `sextant.dev/v1alpha1`.
    pub api_version: &'static str,
    /// `Endpoints`.
    pub kind: &'static str,
    /// Where it was read.
    pub origin: Origin,
    /// What had not come when time was up; empty when all is here.
    pub waiting_for: Vec<String>,
    /// Those that are known to be of a backend first, by host, port, subset and name; then the others by name.
    pub clusters: Vec<Cluster>,
}

/// Who was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// `ads` (a control plane) or `envoy-admin` (a proxy).
    pub kind: &'static str,
    /// `HOST:PORT`, or the URL of an admin interface.
    pub address: String,
    /// The node that was asked as, or that the proxy is; empty when unknown.
    pub node: String,
    /// The control plane's name for itself; empty when it has not told.
    pub control_plane: String,
    /// By kind (`clusters`, `endpoints`, `listeners`, `routes`), the version that came over xDS.
    pub versions: BTreeMap<&'static str, String>,
}

/// One cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// As Envoy has it.
    pub name: String,
    /// What it stands for; `null` when its name does not say.
    pub backend: Option<Backend>,
    /// `EDS`, `STATIC`, `STRICT_DNS`, `LOGICAL_DNS`, `ORIGINAL_DST`, `DYNAMIC_FORWARD_PROXY`, or the name of another type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether its endpoints are known. Those of a cluster of type EDS may not have come.
    pub has_endpoints: bool,
    /// Ordered by priority, locality, address and port.
    pub endpoints: Vec<Endpoint>,
    /// What leads to it, in the order in which it is tried.
    pub routes: Vec<Use>,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// IP address, DNS name, `unix://` path, or `internal://` listener.
    pub address: String,
    /// Port; 0 for what has none.
    pub port: u16,
    /// Unknown parts are empty.
    pub locality: Locality,
    /// Weight of its locality among those of the priority; `null` when it has none.
    pub locality_weight: Option<u32>,
    /// Weight in its locality, 1 when unset.
    pub weight: u32,
    /// 0 is preferred.
    pub priority: u32,
    /// `healthy`, or why it is not: `unhealthy`, `draining`, `timeout`, `degraded` as the control plane says;
    /// `failed-check` and `ejected` as the proxy found out.
    pub health: String,
    /// Addresses that the proxy has for the name; empty for what is no name, and always for a control plane.
    pub looked_up: Vec<LookedUp>,
}

/// An address of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LookedUp {
    /// IP address.
    pub address: String,
    /// Port.
    pub port: u16,
    /// As in [`Endpoint::health`].
    pub health: String,
}

/// One way that requests or connections take to a cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Use {
    /// The listener's name.
    pub listener: String,
    /// Where it listens: `0.0.0.0:80`.
    pub address: String,
    /// `http`, `tcp`, or `mirror` for copies of requests whose replies nobody sees.
    pub kind: &'static str,
    /// Hosts of requests, or server names of connections; `*` for any.
    pub hosts: Vec<String>,
    /// `PathPrefix /api, header x-env=dev`; empty for connections.
    pub matches: String,
    /// Weight among the clusters of the route.
    pub weight: u32,
    /// The part of the route's traffic that it gets, from 0 to 1.
    pub share: f64,
}
