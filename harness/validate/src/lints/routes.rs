//! Traps of routes.

use std::collections::HashMap;
use std::sync::Arc;

use sextant_resources::{
    BackendRef, Hostname, Object, ObjectKey, ObjectRef, Origin, Resolution, ResourceSet, ServiceEntry,
};
use sextant_routing::{
    Backend, Condition, Filter, L4Route, ParentStatus, Route, RouteKind, Target, Unresolved, UpstreamHttp,
    WeightedTarget,
};

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
    for route in Seen::all(world) {
        refused(&route, traps);
        for (rule, of_rule) in route.rules.iter().enumerate() {
            let path = format!("spec.rules[{rule}].backendRefs");
            let weightless = of_rule.weights.iter().all(|weight| *weight == 0);
            if weightless && !of_rule.weights.is_empty() && !of_rule.redirects {
                traps.add("L-032", route.object.clone(), route.origin, &path, "");
            }
            for (place, target) in of_rule.places(world) {
                backend_ref(world, &declared, &route, target, &format!("{path}[{place}]"), traps);
            }
        }
    }
}

/// A parent that does not take the route.
fn refused(route: &Seen<'_>, traps: &mut Traps) {
    for (index, parent) in route.parents.iter().enumerate() {
        let refused = |condition: &&Condition| condition.kind == "Accepted" && !condition.status;
        if let Some(condition) = parent.conditions.iter().find(refused) {
            let detail = format!("{}: {}", condition.reason, condition.message);
            traps.add("L-011", route.object.clone(), route.origin, &format!("spec.parentRefs[{index}]"), &detail);
        }
    }
}

fn backend_ref(
    world: &World<'_>,
    declared: &Declared<'_>,
    route: &Seen<'_>,
    weighted: &WeightedTarget,
    path: &str,
    traps: &mut Traps,
) {
    let mut add = |code, detail: &str| traps.add(code, route.object.clone(), route.origin, path, detail);
    if passes_through(world, declared, &route.object.key.namespace, &weighted.reference) {
        return add("L-007", "");
    }
    match &weighted.target {
        Target::Unresolved(unresolved) => add(code(unresolved), &detail(unresolved)),
        Target::Backend(backend) => {
            let Some(backend) = world.model.backends.get(*backend) else { return };
            if let Some(complaint) = &weighted.complaint {
                add("L-033", &complaint.message);
            }
            for (code, detail) in unfit(world, route.kind, backend) {
                add(code, detail);
            }
        }
    }
}

/// A route of any kind, as written and as resolved.
struct Seen<'w> {
    kind: RouteKind,
    object: ObjectRef,
    origin: &'w Arc<Origin>,
    parents: &'w [ParentStatus],
    rules: Vec<SeenRule<'w>>,
}

struct SeenRule<'w> {
    targets: &'w [WeightedTarget],
    /// Of every backendRef that is written.
    weights: Vec<u32>,
    /// Whether it answers by itself.
    redirects: bool,
}

impl<'w> Seen<'w> {
    fn all(world: &'w World<'w>) -> impl Iterator<Item = Self> {
        let requests = world.model.routes.iter().filter_map(|route| Self::of_requests(world.resources, route));
        let connections = world.model.l4_routes.iter().filter_map(|route| Self::of_connections(world.resources, route));
        requests.chain(connections)
    }

    fn of_requests(resources: &'w ResourceSet, route: &'w Route) -> Option<Self> {
        let (object, origin, written): (_, _, Vec<&[BackendRef]>) = match route.kind {
            RouteKind::GrpcRoute => {
                let object = resources.grpc_routes.get(&route.key)?;
                let written = object.body.spec.rules.iter().map(|rule| &*rule.backend_refs);
                (object.reference(), &object.origin, written.collect())
            }
            _ => {
                let object = resources.http_routes.get(&route.key)?;
                let written = object.body.spec.rules.iter().map(|rule| &*rule.backend_refs);
                (object.reference(), &object.origin, written.collect())
            }
        };
        let rules = route.rules.iter().zip(written).map(|(rule, written)| SeenRule {
            targets: &rule.targets,
            weights: written.iter().map(|reference| reference.weight.unwrap_or(1)).collect(),
            redirects: rule.actions.iter().any(|action| matches!(action, Filter::Redirect(_))),
        });
        Some(Self { kind: route.kind, object, origin, parents: &route.parents, rules: rules.collect() })
    }

    fn of_connections(resources: &'w ResourceSet, route: &'w L4Route) -> Option<Self> {
        let (object, origin, rules) = match route.kind {
            RouteKind::TlsRoute => {
                let object = resources.tls_routes.get(&route.key)?;
                (object.reference(), &object.origin, &object.body.spec.rules)
            }
            _ => {
                let object = resources.tcp_routes.get(&route.key)?;
                (object.reference(), &object.origin, &object.body.spec.rules)
            }
        };
        // The first rule is the only one that connections can take.
        let rules = rules.first().map(|rule| SeenRule {
            targets: &route.targets,
            weights: rule.backend_refs.iter().map(|reference| reference.weight.unwrap_or(1)).collect(),
            redirects: false,
        });
        let rules = rules.into_iter().collect();
        Some(Self { kind: route.kind, object, origin, parents: &route.parents, rules })
    }
}

impl SeenRule<'_> {
    /// Every target with its place in the list that is written; one without weight may be no target at all (I-181).
    fn places(&self, world: &World<'_>) -> impl Iterator<Item = (usize, &WeightedTarget)> {
        let skips = world.options.semantics().ignore_zero_weight_refs;
        let places = self.weights.iter().enumerate().filter(move |(_, weight)| !(skips && **weight == 0));
        places.map(|(place, _)| place).zip(self.targets)
    }
}

/// Backends that exist, and that no request of the route can be sent to with success, with the value that says so.
fn unfit<'b>(
    world: &World<'_>,
    kind: RouteKind,
    backend: &'b Backend,
) -> impl Iterator<Item = (&'static str, &'b str)> {
    let looks_up = world.options.semantics().dynamic_dns && world.options.settings.dynamic_forward_proxy;
    let dynamic = backend.resolution == Resolution::DynamicDns && !looks_up;
    let old = kind == RouteKind::GrpcRoute && backend.upstream == UpstreamHttp::Http1;
    let dynamic = dynamic.then_some(("L-034", ""));
    dynamic.into_iter().chain(old.then_some(("L-035", backend.port.protocol.as_str())))
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

/// Whether the reference means a service of resolution NONE, and no other.
fn passes_through(world: &World<'_>, declared: &Declared<'_>, own: &str, reference: &BackendRef) -> bool {
    if reference.group.as_deref() != Some("networking.istio.io") {
        return false;
    }
    let is_none = |entry: &Object<ServiceEntry>| entry.body.spec.resolution == Resolution::None;
    match reference.kind.as_deref() {
        Some("ServiceEntry") => {
            let namespace = reference.namespace.as_deref().unwrap_or(own);
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
