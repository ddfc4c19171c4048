//! Backends that are mixed up, and references that find the wrong one or none.

use sextant_catalogue::Profile;
use sextant_resources::{ResourceSet, ServiceEntrySpec};
use sextant_routing::{
    Backend, BackendFault, BackendIndex, BackendKind, Model, Rule, Target, Unresolved, WeightedTarget,
};
use sextant_verdict::Cause;

use super::endpoints::each;
use super::flaw::Flaw;
use super::workloads::each as each_object;
use crate::Change::{Model as Resolved, Resources as Read};

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new("changes-ignored", Cause::Stale, "what came first stays in force", "K-150", Resolved(changes_ignored)),
    Flaw::new(
        "hosts-mixed",
        Cause::HostIdentity,
        "the hosts of a ServiceEntry share their endpoints",
        "K-010 D-11 K-045 I-039",
        Resolved(hosts_mixed),
    )
    .reported("P-057")
    .only(Profile::Istio, "kgateway gives every host the endpoints of all (K-045, K-115)"),
    Flaw::new(
        "namespace-mixed",
        Cause::HostIdentity,
        "the ServiceEntries of a namespace share their endpoints",
        "K-010 K-116 I-079",
        Resolved(namespace_mixed),
    )
    .reported("P-087"),
    Flaw::new("ports-mixed", Cause::Port, "the ports of a host share their endpoints", "K-010", Resolved(ports_mixed)),
    Flaw::new(
        "first-port-serves",
        Cause::Port,
        "a reference gets the first port of what it names",
        "K-010 K-113 K-117",
        Resolved(first_port),
    )
    .reported("P-203"),
    Flaw::new(
        "entries-pooled",
        Cause::HostIdentity,
        "everybody who declares a host serves it",
        "K-116 I-079",
        Read(entries_pooled),
    )
    .reported("P-089"),
    Flaw::new(
        "youngest-serves",
        Cause::HostIdentity,
        "the last one who declares a host serves it",
        "K-116 K-114 I-081",
        Resolved(last_declarer),
    ),
    Flaw::new(
        "one-fault-for-all",
        Cause::Selection,
        "one faulty backend takes the endpoints of all",
        "K-134 K-152",
        Resolved(fault_for_all),
    )
    .reported("P-216"),
    Flaw::new(
        "empty-is-500",
        Cause::Reference,
        "a backend without endpoints does not exist",
        "K-133 E-005 K-079",
        Resolved(empty_is_missing),
    ),
    Flaw::new(
        "empty-is-404",
        Cause::Matching,
        "a rule whose backends are empty matches nothing",
        "K-133 E-005 K-079",
        Resolved(empty_is_no_match),
    ),
    Flaw::new(
        "unresolved-is-503",
        Cause::Reference,
        "what is not found is empty",
        "K-130 I-182",
        Resolved(unresolved_is_empty),
    ),
    Flaw::new(
        "unresolved-is-404",
        Cause::Matching,
        "a rule that resolves to nothing matches nothing",
        "K-130 I-174",
        Resolved(unresolved_404),
    ),
    Flaw::new(
        "unresolved-spoils-rule",
        Cause::Reference,
        "one reference that is not found takes its rule down",
        "K-131 I-182",
        Resolved(unresolved_spoils),
    ),
    Flaw::new(
        "unresolved-share-spread",
        Cause::Reference,
        "the share of an unresolved reference goes to the others",
        "K-131",
        Resolved(unresolved_spread),
    ),
    Flaw::new(
        "route-weights-ignored",
        Cause::Weight,
        "references share alike",
        "K-131 I-181",
        Resolved(route_weights_ignored),
    ),
    Flaw::new(
        "route-weights-off-by-one",
        Cause::Weight,
        "a reference's turn comes once too often",
        "K-131 I-181",
        Resolved(route_one_more),
    ),
    Flaw::new(
        "weight-zero-serves",
        Cause::Weight,
        "a reference of weight 0 gets requests",
        "K-132 I-181",
        Resolved(zero_serves),
    )
    .only(Profile::Kgateway, "Istio drops references of weight 0 before it looks at any (I-181)"),
    Flaw::new(
        "first-reference-only",
        Cause::Stickiness,
        "the first reference gets everything",
        "K-131",
        Resolved(first_reference),
    ),
    Flaw::new(
        "services-empty",
        Cause::Selection,
        "a Service has no endpoints",
        "K-122 I-182",
        Resolved(services_empty),
    ),
];

/// Changes every rule of HTTPRoutes and GRPCRoutes.
pub(super) fn each_rule(model: &mut Model, change: impl Fn(&mut Rule)) {
    let mut routes = model.routes.to_vec();
    routes.iter_mut().flat_map(|route| &mut route.rules).for_each(change);
    model.routes = routes.into();
}

fn each_targets(model: &mut Model, change: impl Fn(&mut Vec<WeightedTarget>)) {
    each_rule(model, |rule| change(&mut rule.targets));
    let mut routes = model.l4_routes.to_vec();
    routes.iter_mut().for_each(|route| change(&mut route.targets));
    model.l4_routes = routes.into();
}

fn changes_ignored(model: &mut Model, before: &Model) {
    if !before.listeners.is_empty() || !before.l4_listeners.is_empty() {
        *model = before.clone();
    }
}

/// Gives each backend the endpoints of all that `together` says it is one with.
fn pool(model: &mut Model, together: impl Fn(&Backend, &Backend) -> bool) {
    let all = model.backends.clone();
    each(model, |backend| {
        let others = all.iter().filter(|other| other.id != backend.id && together(backend, other));
        let mut pooled = backend.endpoints.clone();
        for endpoint in others.flat_map(|other| &other.endpoints) {
            if !pooled.contains(endpoint) {
                pooled.push(endpoint.clone());
            }
        }
        backend.endpoints = pooled;
    });
}

fn hosts_mixed(model: &mut Model, _: &Model) {
    pool(model, |one, other| (&one.id.service_entry, one.id.port) == (&other.id.service_entry, other.id.port));
}

fn namespace_mixed(model: &mut Model, _: &Model) {
    let place = |backend: &Backend| (backend.id.service_entry.namespace.clone(), backend.id.port);
    pool(model, |one, other| place(one) == place(other));
}

fn ports_mixed(model: &mut Model, _: &Model) {
    pool(model, |one, other| (&one.id.service_entry, &one.id.host) == (&other.id.service_entry, &other.id.host));
}

/// Each ServiceEntry has the endpoints of all that declare one of its hosts, too.
fn entries_pooled(resources: &mut ResourceSet, _: &ResourceSet) {
    let all = resources.service_entries.clone();
    each_object(&mut resources.service_entries, |entry| {
        let own = &mut entry.body.spec;
        let shares = |other: &ServiceEntrySpec| other.hosts.iter().any(|host| own.hosts.contains(host));
        let others = all.values().filter(|other| other.key != entry.key).map(|other| &other.body.spec);
        let pooled: Vec<_> = others.filter(|other| shares(other)).flat_map(|other| other.endpoints.clone()).collect();
        let more = pooled.into_iter().filter(|endpoint| !own.endpoints.contains(endpoint)).collect::<Vec<_>>();
        own.endpoints.extend(more.iter().cloned());
        !more.is_empty()
    });
}

/// Sends what goes to a backend to the one that `instead` chooses.
fn redirect(model: &mut Model, instead: impl Fn(&Model, BackendIndex) -> BackendIndex) {
    let was = model.clone();
    each_targets(model, |targets| {
        for target in targets {
            if let Target::Backend(index) = &mut target.target {
                *index = instead(&was, *index);
            }
        }
    });
}

fn first_port(model: &mut Model, _: &Model) {
    redirect(model, |model, index| {
        let id = &model[index].id;
        let same = |other: &Backend| (&other.id.service_entry, &other.id.host) == (&id.service_entry, &id.host);
        model.backends.iter().position(same).map_or(index, BackendIndex)
    });
}

fn last_declarer(model: &mut Model, _: &Model) {
    redirect(model, |model, index| {
        let id = &model[index].id;
        let same = |other: &Backend| (other.id.kind, &other.id.host, other.id.port) == (id.kind, &id.host, id.port);
        let mut others = model.backends.iter().enumerate().filter(|(place, other)| *place != index.0 && same(other));
        others.next_back().map_or(index, |(place, _)| BackendIndex(place))
    });
}

fn fault_for_all(model: &mut Model, _: &Model) {
    if model.backends.iter().any(|backend| backend.fault.is_some()) {
        each(model, |backend| backend.endpoints.clear());
    }
}

fn empty_is_missing(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.endpoints.is_empty() && backend.fault.is_none() {
            backend.fault = Some(BackendFault { rule: "K-134", message: "it has no endpoints".to_owned() });
        }
    });
}

/// Drops the rules that have references, all of which `lost` says lead nowhere.
fn drop_rules(model: &mut Model, lost: impl Fn(&WeightedTarget) -> bool) {
    let mut routes = model.routes.to_vec();
    for route in &mut routes {
        route.rules.retain(|rule| rule.targets.is_empty() || !rule.targets.iter().all(&lost));
    }
    model.routes = routes.into();
}

fn empty_is_no_match(model: &mut Model, _: &Model) {
    let was = model.clone();
    drop_rules(model, |target| matches!(target.target, Target::Backend(index) if was[index].endpoints.is_empty()));
}

fn unresolved_404(model: &mut Model, _: &Model) {
    drop_rules(model, |target| matches!(target.target, Target::Unresolved(_)));
}

/// A backend without endpoints takes the requests of what is not found: the first one is emptied in a copy at the end.
fn unresolved_is_empty(model: &mut Model, _: &Model) {
    let Some(mut empty) = model.backends.iter().last().cloned() else { return };
    // Behind all others in the order of identities, so that no place changes.
    empty.id.host = sextant_resources::Hostname::new(&format!("{}~", empty.id.host));
    empty.endpoints.clear();
    empty.fault = None;
    let index = BackendIndex(model.backends.len());
    model.backends = model.backends.iter().cloned().chain([empty]).collect();
    each_targets(model, |targets| {
        for target in targets.iter_mut().filter(|target| matches!(target.target, Target::Unresolved(_))) {
            target.target = Target::Backend(index);
        }
    });
}

fn unresolved(targets: &[WeightedTarget]) -> Option<Unresolved> {
    targets.iter().find_map(|target| match &target.target {
        Target::Unresolved(unresolved) => Some(unresolved.clone()),
        Target::Backend(_) => None,
    })
}

fn unresolved_spoils(model: &mut Model, _: &Model) {
    each_targets(model, |targets| {
        if let Some(why) = unresolved(targets) {
            targets.iter_mut().for_each(|target| target.target = Target::Unresolved(why.clone()));
        }
    });
}

fn unresolved_spread(model: &mut Model, _: &Model) {
    let resolved = |target: &WeightedTarget| matches!(target.target, Target::Backend(_));
    each_targets(model, |targets| {
        if targets.iter().any(resolved) {
            targets.retain(resolved);
        }
    });
}

fn route_weights_ignored(model: &mut Model, _: &Model) {
    each_targets(model, |targets| {
        targets.iter_mut().filter(|target| target.weight > 0).for_each(|target| target.weight = 1);
    });
}

fn route_one_more(model: &mut Model, _: &Model) {
    each_targets(model, |targets| {
        if let [first, _, ..] = targets.as_mut_slice() {
            first.weight += 1;
        }
    });
}

fn zero_serves(model: &mut Model, _: &Model) {
    each_targets(model, |targets| targets.iter_mut().for_each(|target| target.weight = target.weight.max(1)));
}

fn first_reference(model: &mut Model, _: &Model) {
    each_targets(model, |targets| targets.truncate(1));
}

fn services_empty(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.id.kind == BackendKind::Service {
            backend.endpoints.clear();
        }
    });
}
