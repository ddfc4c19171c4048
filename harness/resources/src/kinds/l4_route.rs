//! Gateway API's `TCPRoute` (gateway.networking.k8s.io v1 and v1alpha2) and `TLSRoute` (v1, v1alpha3 and v1alpha2): routes
//! that pass connections on as they are.

use serde::{Deserialize, Serialize};

use super::http_route::{BackendRef, ParentRef};

/// A TCPRoute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TcpRoute {
    /// What the user wrote.
    pub spec: TcpRouteSpec,
}

/// `TCPRoute.spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpRouteSpec {
    /// Gateways the route wants to attach to.
    pub parent_refs: Vec<ParentRef>,
    /// Rules. Nothing tells connections apart, so only the first is ever used.
    pub rules: Vec<L4RouteRule>,
}

/// A TLSRoute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsRoute {
    /// What the user wrote.
    pub spec: TlsRouteSpec,
}

/// `TLSRoute.spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsRouteSpec {
    /// Gateways the route wants to attach to.
    pub parent_refs: Vec<ParentRef>,
    /// Server names (SNI), exact or wildcard; empty means every name of the listener.
    pub hostnames: Vec<String>,
    /// Rules. The server name is all there is to match, so only the first is ever used.
    pub rules: Vec<L4RouteRule>,
}

/// A rule of a TCPRoute or TLSRoute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct L4RouteRule {
    /// Name, for status and reports.
    pub name: Option<String>,
    /// Where connections go, by weight.
    pub backend_refs: Vec<L4BackendRef>,
}

/// One destination of a [`L4RouteRule`]: a [`BackendRef`] that takes no filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct L4BackendRef {
    /// API group; `None` and empty mean core.
    pub group: Option<String>,
    /// Kind; `None` means Service.
    pub kind: Option<String>,
    /// Name (for kind `Hostname`, the host).
    pub name: String,
    /// Namespace; `None` means the route's.
    pub namespace: Option<String>,
    /// Port number; required in effect (K-113).
    pub port: Option<u32>,
    /// Share of the rule's connections; `None` means 1.
    pub weight: Option<u32>,
}

impl From<L4BackendRef> for BackendRef {
    fn from(reference: L4BackendRef) -> Self {
        let L4BackendRef { group, kind, name, namespace, port, weight } = reference;
        Self { group, kind, name, namespace, port, weight, filters: Vec::new() }
    }
}
