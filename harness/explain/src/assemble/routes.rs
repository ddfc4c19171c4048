//! Routes with their conditions, and what each of their shares gets.

use sextant_resources::{HostnamePattern, ObjectKey, ResourceSet};
use sextant_routing as routing;
use sextant_routing::{L4Route, Model, ParentStatus, RouteKind};

use super::{matches, targets};
use crate::explanation::{Condition, Listener, ListenerName, Parent, Route, RouteName, Rule};

/// Every route of `model`, ordered by kind, namespace and name.
pub(super) fn routes(model: &Model) -> Vec<Route> {
    let mut takers: Vec<Vec<ListenerName>> = vec![Vec::new(); model.routes.len()];
    for listener in &*model.listeners {
        listener
            .routes
            .iter()
            .for_each(|route| takers[*route].push(listener_name(&listener.gateway, &listener.name, listener.port)));
    }
    let mut l4_takers: Vec<Vec<ListenerName>> = vec![Vec::new(); model.l4_routes.len()];
    for listener in &*model.l4_listeners {
        listener
            .routes
            .iter()
            .for_each(|route| l4_takers[*route].push(listener_name(&listener.gateway, &listener.name, listener.port)));
    }
    let requests = model.routes.iter().zip(takers).map(|(r, takers)| route(model, r, takers));
    let connections = model.l4_routes.iter().zip(l4_takers).map(|(r, takers)| l4_route(model, r, takers));
    requests.chain(connections).collect()
}

/// Every listener of every Gateway with its status.
pub(super) fn listeners(model: &Model, resources: &ResourceSet) -> Vec<Listener> {
    let listener = |status: &routing::ListenerStatus| {
        let gateway = resources.gateways.get(&status.gateway);
        let written = gateway.and_then(|gateway| gateway.body.spec.listeners.iter().find(|l| l.name == status.name));
        Listener {
            gateway: status.gateway.clone(),
            name: status.name.clone(),
            port: written.map_or(0, |written| written.port),
            protocol: written.map(|written| written.protocol.clone()).unwrap_or_default(),
            attached_routes: status.attached_routes,
            conditions: status.conditions.iter().map(condition).collect(),
        }
    };
    model.listener_status.iter().map(listener).collect()
}

/// A listener as documents name it.
pub(crate) fn listener_name(gateway: &ObjectKey, name: &str, port: u16) -> ListenerName {
    ListenerName { gateway: gateway.clone(), name: name.to_owned(), port }
}

fn route(model: &Model, route: &routing::Route, listeners: Vec<ListenerName>) -> Route {
    let rule = |rule: &routing::Rule| {
        let verdict = targets::of_rule(route, rule);
        Rule {
            name: rule.name.clone().unwrap_or_default(),
            matches: matches::of_rule(rule),
            backend_refs: targets::backend_refs(model, &rule.targets, &verdict, false),
            outcome: verdict.outcome,
            message: verdict.message,
        }
    };
    let rules = route.rules.iter().map(rule).collect();
    with_status(route_name(route.kind, &route.key), &route.hostnames, &route.parents, listeners, rules)
}

fn l4_route(model: &Model, route: &L4Route, listeners: Vec<ListenerName>) -> Route {
    let verdict = targets::of_connections(route);
    let rule = Rule {
        name: String::new(),
        matches: Vec::new(),
        backend_refs: targets::backend_refs(model, &route.targets, &verdict, true),
        outcome: verdict.outcome,
        message: verdict.message,
    };
    with_status(route_name(route.kind, &route.key), &route.hostnames, &route.parents, listeners, vec![rule])
}

/// A route as documents name it.
pub(crate) fn route_name(kind: RouteKind, key: &ObjectKey) -> RouteName {
    RouteName { kind: kind.to_string(), namespace: key.namespace.to_string(), name: key.name.to_string() }
}

fn with_status(
    route: RouteName,
    hostnames: &[HostnamePattern],
    parents: &[ParentStatus],
    listeners: Vec<ListenerName>,
    rules: Vec<Rule>,
) -> Route {
    let parents: Vec<_> = parents.iter().map(|status| parent(&route.namespace, status)).collect();
    Route {
        route,
        hostnames: hostnames.iter().map(ToString::to_string).collect(),
        conditions: overall(&parents),
        parents,
        listeners,
        rules,
    }
}

fn parent(namespace: &str, status: &ParentStatus) -> Parent {
    let written = &status.parent;
    Parent {
        kind: written.kind.clone().unwrap_or_else(|| "Gateway".to_owned()),
        namespace: written.namespace.clone().unwrap_or_else(|| namespace.to_owned()),
        name: written.name.clone(),
        section_name: written.section_name.clone().unwrap_or_default(),
        port: written.port,
        conditions: status.conditions.iter().map(condition).collect(),
    }
}

fn condition(condition: &routing::Condition) -> Condition {
    Condition {
        kind: condition.kind,
        status: if condition.status { "True" } else { "False" },
        reason: condition.reason,
        message: condition.message.clone(),
    }
}

/// One condition of each type: trouble at any parent counts.
fn overall(parents: &[Parent]) -> Vec<Condition> {
    let all = || parents.iter().flat_map(|parent| &parent.conditions);
    let mut conditions: Vec<Condition> = Vec::new();
    for condition in all().filter(|condition| condition.status == "False").chain(all()) {
        if !conditions.iter().any(|known| known.kind == condition.kind) {
            conditions.push(condition.clone());
        }
    }
    conditions.sort_by_key(|condition| condition.kind);
    conditions
}
