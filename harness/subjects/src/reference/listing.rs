//! What the reference says of itself, in the words of observations.

use std::net::SocketAddr;

use sextant_gateway::{EndpointOrigin, EndpointStatus, Gateway};
use sextant_resources::{ObjectKey, ParentRef};
use sextant_routing::{Backend, Condition, Excluded, ListenerStatus, Model, ParentStatus, PolicyStatus, RouteKind};
use sextant_verdict::{ListedEndpoint, ListedExclusion, Listing, RouteCondition};

/// Endpoints as they serve now, what `model` left out, and the status of its routes and policies.
pub(super) fn listing(gateway: &Gateway, model: &Model) -> Listing {
    Listing {
        endpoints: gateway.endpoints().into_iter().map(endpoint).collect(),
        excluded: model
            .backends
            .iter()
            .flat_map(|backend| backend.excluded.iter().map(|excluded| exclusion(backend, excluded)))
            .collect(),
        conditions: conditions(model),
    }
}

fn endpoint(status: EndpointStatus) -> ListedEndpoint {
    ListedEndpoint {
        service_entry: format!("{}/{}", status.service_entry.namespace, status.service_entry.name),
        host: status.host,
        port: status.service_port,
        endpoint: SocketAddr::new(status.address, status.port),
        locality: status.locality.to_string(),
        weight: status.weight,
        priority: status.priority,
        source: origin(&status.source),
    }
}

fn origin(origin: &EndpointOrigin) -> String {
    let EndpointOrigin { kind, namespace, name, index } = origin;
    // The gateway calls an inline endpoint an `Endpoint` of its ServiceEntry; a listing names the object.
    let kind = if kind == "Endpoint" { "ServiceEntry" } else { kind };
    match index {
        Some(index) => format!("{kind} {namespace}/{name} endpoints[{index}]"),
        None if namespace.is_empty() => format!("{kind} {name}"),
        None => format!("{kind} {namespace}/{name}"),
    }
}

fn exclusion(backend: &Backend, excluded: &Excluded) -> ListedExclusion {
    ListedExclusion {
        service_entry: backend.id.service_entry.to_string(),
        source: excluded.source.to_string(),
        reason: excluded.reason.to_string(),
        rule: excluded.rule.to_owned(),
        message: excluded.message.to_string(),
    }
}

/// The status of every route, policy and listener.
fn conditions(model: &Model) -> Vec<RouteCondition> {
    let requests = model.routes.iter().flat_map(|route| of_route(route.kind, &route.key, &route.parents));
    let connections = model.l4_routes.iter().flat_map(|route| of_route(route.kind, &route.key, &route.parents));
    let policies = model.policies.iter().flat_map(of_policy);
    let listeners = model.listener_status.iter().flat_map(of_listener);
    requests.chain(connections).chain(policies).chain(listeners).collect()
}

fn of_route<'r>(
    kind: RouteKind,
    key: &'r ObjectKey,
    parents: &'r [ParentStatus],
) -> impl Iterator<Item = RouteCondition> + 'r {
    let object = format!("{kind} {key}");
    parents.iter().flat_map(move |status| {
        let parent = parent(&status.parent, &key.namespace);
        status.conditions.iter().map(|condition| reported(&object, &parent, condition)).collect::<Vec<_>>()
    })
}

fn of_policy(policy: &PolicyStatus) -> impl Iterator<Item = RouteCondition> + '_ {
    let object = format!("BackendTLSPolicy {}", policy.key);
    policy.ancestors.iter().flat_map(move |status| {
        let parent = status.ancestor.key.to_string();
        status.conditions.iter().map(|condition| reported(&object, &parent, condition)).collect::<Vec<_>>()
    })
}

/// A listener has its Gateway for a parent.
fn of_listener(listener: &ListenerStatus) -> impl Iterator<Item = RouteCondition> + '_ {
    let (parent, name) = (listener.gateway.to_string(), &listener.name);
    let object = format!("Gateway {parent} listener {name}");
    listener.conditions.iter().map(move |condition| reported(&object, &parent, condition))
}

fn reported(object: &str, parent: &str, condition: &Condition) -> RouteCondition {
    RouteCondition {
        route: object.to_owned(),
        parent: parent.to_owned(),
        kind: condition.kind.to_owned(),
        status: if condition.status { "True" } else { "False" }.to_owned(),
        reason: condition.reason.to_owned(),
        message: condition.message.clone(),
    }
}

fn parent(parent: &ParentRef, own_namespace: &str) -> String {
    format!("{}/{}", parent.namespace.as_deref().unwrap_or(own_namespace), parent.name)
}
