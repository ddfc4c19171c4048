//! Gateway API's `GRPCRoute` (gateway.networking.k8s.io v1 and v1alpha2).

use serde::{Deserialize, Serialize};

use super::http_route::{BackendRef, HeaderMatch, HttpRouteFilter, ParentRef};

/// A GRPCRoute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrpcRoute {
    /// What the user wrote.
    pub spec: GrpcRouteSpec,
}

/// `GRPCRoute.spec`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrpcRouteSpec {
    /// Gateways the route wants to attach to.
    pub parent_refs: Vec<ParentRef>,
    /// Hostnames; empty means every hostname of the listener.
    pub hostnames: Vec<String>,
    /// Rules; empty means that the route serves nothing.
    pub rules: Vec<GrpcRouteRule>,
}

/// One rule: it applies when any of its matches does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrpcRouteRule {
    /// Name, for status and reports.
    pub name: Option<String>,
    /// Matches, or-ed; empty means every call.
    pub matches: Vec<GrpcRouteMatch>,
    /// Filters applied to every call of the rule: the header modifiers and `RequestMirror` of an HTTPRoute.
    pub filters: Vec<HttpRouteFilter>,
    /// Where calls go, by weight.
    pub backend_refs: Vec<BackendRef>,
}

/// Conditions on a call; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrpcRouteMatch {
    /// Service and method; `None` means every one.
    pub method: Option<GrpcMethodMatch>,
    /// Headers, and-ed; of several with one name only the first counts.
    pub headers: Vec<HeaderMatch>,
}

/// A condition on the service and method that are called. At least one of them should be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrpcMethodMatch {
    /// How to compare both.
    #[serde(rename = "type")]
    pub kind: GrpcMethodMatchType,
    /// Service with its package, such as `shop.v1.Cart`; `None` and empty mean every service.
    pub service: Option<String>,
    /// Method; `None` and empty mean every method.
    pub method: Option<String>,
}

/// How services and methods are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrpcMethodMatchType {
    /// The whole name, case included; the default.
    #[default]
    Exact,
    /// RE2-like expression over the whole name.
    RegularExpression,
}
