//! Traps of routes.

use std::collections::HashMap;
use std::sync::Arc;

use sextant_resources::{BackendRef, Hostname, Object, ObjectKey, ObjectRef, Origin, Resolution, ServiceEntry};
use sextant_routing::{Route, RouteKind, Target, Unresolved};

use super::{Traps, World};

/// The ServiceEntries that declare a host.
type Declared<'a> = HashMap<Hostname, Vec<&'a Object<ServiceEntry>>>;

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    let mut declared = Declared::new();
    for entry in world.resources.service_entries.values() {
        for host in &entry.body.spec.hosts {
            declared.entry(Hostname::new(host)).or_default().push(entry);
        }
    }
    for route in world.model.routes.iter() {
        let Some((object, origin)) = object(world, route) else { continue };
        for (index, parent) in route.parents.iter().enumerate() {
            let refused = |condition: &&sextant_routing::Condition| condition.kind == "Accepted" && !condition.status;
            if let Some(condition) = parent.conditions.iter().find(refused) {
                let detail = format!("{}: {}", condition.reason, condition.message);
                traps.add("L-011", object.clone(), origin, &format!("spec.parentRefs[{index}]"), &detail);
            }
        }
        for (rule, of_rule) in route.rules.iter().enumerate() {
            for (target, weighted) in of_rule.targets.iter().enumerate() {
                let path = format!("spec.rules[{rule}].backendRefs[{target}]");
                let passes_through = passes_through(world, &declared, route, &weighted.reference);
                match &weighted.target {
                    _ if passes_through => traps.add("L-007", object.clone(), origin, &path, ""),
                    Target::Unresolved(unresolved) => {
                        traps.add(code(unresolved), object.clone(), origin, &path, &detail(unresolved));
                    }
                    Target::Backend(_) => {}
                }
            }
        }
    }
}

fn code(unresolved: &Unresolved) -> &'static str {
    if unresolved.reason == "RefNotPermitted" { "L-010" } else { "L-009" }
}

fn detail(unresolved: &Unresolved) -> String {
    match unresolved.help.as_str() {
        "" => unresolved.message.clone(),
        help => format!("{}; {help}", unresolved.message),
    }
}

fn object<'w>(world: &World<'w>, route: &Route) -> Option<(ObjectRef, &'w Arc<Origin>)> {
    match route.kind {
        RouteKind::HttpRoute => {
            world.resources.http_routes.get(&route.key).map(|object| (object.reference(), &object.origin))
        }
        RouteKind::GrpcRoute => {
            world.resources.grpc_routes.get(&route.key).map(|object| (object.reference(), &object.origin))
        }
        // Routes of connections stand in another list.
        RouteKind::TcpRoute | RouteKind::TlsRoute => None,
    }
}

/// Whether the reference means a service of resolution NONE, and no other.
fn passes_through(world: &World<'_>, declared: &Declared<'_>, route: &Route, reference: &BackendRef) -> bool {
    if reference.group.as_deref() != Some("networking.istio.io") {
        return false;
    }
    let is_none = |entry: &Object<ServiceEntry>| entry.body.spec.resolution == Resolution::None;
    match reference.kind.as_deref() {
        Some("ServiceEntry") => {
            let namespace = reference.namespace.as_deref().unwrap_or(&route.key.namespace);
            let key = ObjectKey::new(namespace, reference.name.as_str());
            world.resources.service_entries.get(&key).is_some_and(|entry| is_none(entry))
        }
        Some("Hostname") => {
            let entries = declared.get(&Hostname::new(&reference.name));
            entries.is_some_and(|entries| entries.iter().all(|entry| is_none(entry)))
        }
        _ => false,
    }
}
