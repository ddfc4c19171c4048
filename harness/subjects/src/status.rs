//! What a control plane that resolves with Sextant's rules says of a model: what it left out, and statuses.

use sextant_resources::{ObjectKey, ParentRef};
use sextant_routing::{Backend, Condition, Excluded, ListenerStatus, Model, ParentStatus, PolicyStatus, RouteKind};
use sextant_verdict::{ListedExclusion, RouteCondition};

/// The candidates that `model` left out.
pub(crate) fn exclusions(model: &Model) -> Vec<ListedExclusion> {
    let of_backend = |backend: &Backend| {
        let excluded = backend.excluded.iter();
        excluded.map(|excluded| exclusion(backend, excluded)).collect::<Vec<_>>()
    };
    model.backends.iter().flat_map(of_backend).collect()
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
pub(crate) fn conditions(model: &Model) -> Vec<RouteCondition> {
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
