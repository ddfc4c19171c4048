//! The shapes of the admin server's JSON.

use std::net::SocketAddr;

use serde::Serialize;
use sextant_resources::{BackendRef, HttpRouteFilter, HttpRouteMatch, HttpRouteTimeouts};
use sextant_routing::{Backends, Listener, Route, Rule, Target, WeightedTarget};

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
    backends: Vec<BackendStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListenerView {
    gateway: ObjectName,
    name: String,
    port: u16,
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
struct RuleView {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    matches: Vec<HttpRouteMatch>,
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
    /// The status that its share of requests gets when the reference is unresolved, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    unresolved: Option<UnresolvedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnresolvedView {
    status: u16,
    reason: String,
    message: String,
    rule: String,
}

/// The active configuration.
pub(super) fn config(shared: &Shared) -> Config {
    let active = shared.active();
    let bound = shared.listeners();
    let model = &active.model;
    Config {
        generation: active.generation,
        profile: model.profile,
        listeners: model
            .listeners
            .iter()
            .map(|listener| listener_view(listener, &model.routes, bound.get(&listener.port).copied()))
            .collect(),
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
        bound,
        hostname: listener.hostname.to_string(),
        routes: listener.routes.iter().map(|&at| routes[at].key.to_string()).collect(),
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
    RuleView {
        name: rule.name.clone(),
        matches: rule.matches.clone(),
        filters: rule.filters.clone(),
        timeouts: rule.timeouts.clone(),
        targets: rule.targets.iter().map(|target| target_view(target, backends)).collect(),
        fault: rule.fault.as_ref().map(|fault| fault.message.clone()),
    }
}

fn target_view(target: &WeightedTarget, backends: &Backends) -> TargetView {
    let (backend, unresolved) = match &target.target {
        Target::Backend(index) => (Some(backends[*index].id.to_string()), None),
        Target::Unresolved(why) => (
            None,
            Some(UnresolvedView {
                status: Reason::UnresolvedTarget.status().as_u16(),
                reason: why.reason.to_owned(),
                message: why.message.clone(),
                rule: why.rule.to_owned(),
            }),
        ),
    };
    TargetView { reference: target.reference.clone(), weight: target.weight, backend, unresolved }
}
