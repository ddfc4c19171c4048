//! The shapes of the admin server's JSON.

use std::net::SocketAddr;

use serde::Serialize;
use sextant_resources::{BackendRef, GrpcRouteMatch, HttpRouteFilter, HttpRouteMatch, HttpRouteTimeouts};
use sextant_routing::{Backends, L4Listener, L4Protocol, L4Route, Listener, Route, Rule, Target, WeightedTarget};

use crate::control::Shared;
use crate::status::{self, BackendStatus, ObjectName};
use crate::{Generation, Reason};

/// `/health`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    pub(super) generation: Generation,
    pub(super) serving: bool,
    pub(super) waiting_for: Vec<String>,
}

/// `/endpoints`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoints {
    pub(super) generation: Generation,
    pub(super) backends: Vec<BackendStatus>,
}

/// `/config`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    generation: Generation,
    profile: sextant_routing::Profile,
    listeners: Vec<ListenerView>,
    routes: Vec<RouteView>,
    /// TCPRoutes and TLSRoutes.
    l4_routes: Vec<L4RouteView>,
    backends: Vec<BackendStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListenerView {
    gateway: ObjectName,
    name: String,
    port: u16,
    /// `HTTP`, `TCP` or `TLS`.
    protocol: &'static str,
    /// Where the port is bound.
    bound: Option<SocketAddr>,
    hostname: String,
    routes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteView {
    kind: String,
    namespace: String,
    name: String,
    hostnames: Vec<String>,
    rules: Vec<RuleView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct L4RouteView {
    kind: String,
    namespace: String,
    name: String,
    hostnames: Vec<String>,
    targets: Vec<TargetView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    matches: Vec<HttpRouteMatch>,
    /// What a GRPCRoute has written for `matches`; absent for an HTTPRoute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grpc_matches: Vec<GrpcRouteMatch>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<HttpRouteFilter>,
    timeouts: HttpRouteTimeouts,
    targets: Vec<TargetView>,
    /// Why the rule answers every request with 500; absent when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetView {
    reference: BackendRef,
    weight: u32,
    /// The backend, or absent when the reference is unresolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
    /// Why the reference is unresolved, and the status that its share of requests gets; none for connections, which are
    /// closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    unresolved: Option<UnresolvedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnresolvedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    reason: String,
    message: String,
    rule: String,
}

/// The active configuration.
pub(super) fn config(shared: &Shared) -> Config {
    let active = shared.active();
    let bound = shared.listeners();
    let model = &active.model;
    let bound = |port: u16| bound.get(&port).copied();
    let http = model.listeners.iter().map(|listener| listener_view(listener, &model.routes, bound(listener.port)));
    let l4 = model.l4_listeners.iter();
    let l4 = l4.map(|listener| l4_listener_view(listener, &model.l4_routes, bound(listener.port)));
    Config {
        generation: active.generation,
        profile: model.profile,
        listeners: http.chain(l4).collect(),
        l4_routes: model.l4_routes.iter().map(|route| l4_route_view(route, &model.backends)).collect(),
        routes: model.routes.iter().map(|route| route_view(route, &model.backends)).collect(),
        backends: shared.with_names(|names| status::backends(&active, names)),
    }
}

fn listener_view(listener: &Listener, routes: &[Route], bound: Option<SocketAddr>) -> ListenerView {
    ListenerView {
        gateway: ObjectName {
            namespace: listener.gateway.namespace.to_string(),
            name: listener.gateway.name.to_string(),
        },
        name: listener.name.clone(),
        port: listener.port,
        protocol: "HTTP",
        bound,
        hostname: listener.hostname.to_string(),
        routes: listener.routes.iter().map(|&at| routes[at].key.to_string()).collect(),
    }
}

fn l4_listener_view(listener: &L4Listener, routes: &[L4Route], bound: Option<SocketAddr>) -> ListenerView {
    ListenerView {
        gateway: ObjectName {
            namespace: listener.gateway.namespace.to_string(),
            name: listener.gateway.name.to_string(),
        },
        name: listener.name.clone(),
        port: listener.port,
        protocol: match listener.protocol {
            L4Protocol::Tcp => "TCP",
            L4Protocol::TlsPassthrough => "TLS",
        },
        bound,
        hostname: listener.hostname.to_string(),
        routes: listener.routes.iter().map(|&at| routes[at].key.to_string()).collect(),
    }
}

fn l4_route_view(route: &L4Route, backends: &Backends) -> L4RouteView {
    L4RouteView {
        kind: route.kind.to_string(),
        namespace: route.key.namespace.to_string(),
        name: route.key.name.to_string(),
        hostnames: route.hostnames.iter().map(ToString::to_string).collect(),
        targets: route.targets.iter().map(|target| target_view(target, backends, None)).collect(),
    }
}

fn route_view(route: &Route, backends: &Backends) -> RouteView {
    RouteView {
        kind: route.kind.to_string(),
        namespace: route.key.namespace.to_string(),
        name: route.key.name.to_string(),
        hostnames: route.hostnames.iter().map(ToString::to_string).collect(),
        rules: route.rules.iter().map(|rule| rule_view(rule, backends)).collect(),
    }
}

fn rule_view(rule: &Rule, backends: &Backends) -> RuleView {
    let status = Some(Reason::UnresolvedTarget.status().as_u16());
    RuleView {
        name: rule.name.clone(),
        matches: rule.matches.clone(),
        grpc_matches: rule.grpc_matches.clone(),
        filters: rule.filters.clone(),
        timeouts: rule.timeouts.clone(),
        targets: rule.targets.iter().map(|target| target_view(target, backends, status)).collect(),
        fault: rule.fault.as_ref().map(|fault| fault.message.clone()),
    }
}

fn target_view(target: &WeightedTarget, backends: &Backends, status: Option<u16>) -> TargetView {
    let (backend, unresolved) = match &target.target {
        Target::Backend(index) => (Some(backends[*index].id.to_string()), None),
        Target::Unresolved(why) => (
            None,
            Some(UnresolvedView {
                status,
                reason: why.reason.to_owned(),
                message: why.message.clone(),
                rule: why.rule.to_owned(),
            }),
        ),
    };
    TargetView { reference: target.reference.clone(), weight: target.weight, backend, unresolved }
}
