//! What the reference says of itself, in the words of observations.

use std::net::SocketAddr;

use sextant_gateway::{EndpointOrigin, EndpointStatus, Gateway};
use sextant_resources::ParentRef;
use sextant_routing::{Backend, Condition, Excluded, Model, PolicyStatus, Route};
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
        conditions: model.routes.iter().flat_map(of_route).chain(model.policies.iter().flat_map(of_policy)).collect(),
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

fn of_route(route: &Route) -> impl Iterator<Item = RouteCondition> + '_ {
    let object = format!("{} {}", route.kind, route.key);
    route.parents.iter().flat_map(move |status| {
        let parent = parent(&status.parent, &route.key.namespace);
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
