//! Traps of the workloads that services select.

use std::collections::{BTreeMap, BTreeSet};

use sextant_resources::{ObjectKey, ObjectRef, Origin};
use sextant_routing::{EndpointSource, ExclusionReason};
use std::sync::Arc;

use super::{Traps, World};

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    left_out(world, traps);
    port_names(world, traps);
    labels_in_the_spec(world, traps);
    for workload in world.resources.workload_entries.values() {
        let written = workload.origin.tree().and_then(|tree| tree.get("spec")?.get("weight"));
        if workload.body.spec.weight == 0 && written.is_some() {
            traps.add("L-015", workload.reference(), &workload.origin, "spec.weight", "");
        }
    }
}

/// Selected, and no endpoint.
fn left_out(world: &World<'_>, traps: &mut Traps) {
    for backend in &world.model.backends {
        for excluded in &backend.excluded {
            let Some((object, origin)) = object(world, &excluded.source) else { continue };
            let service = format!("selected by {}", backend.id.service_entry);
            match excluded.reason {
                ExclusionReason::NoAddress | ExclusionReason::UnreachableNetwork => {
                    traps.add("L-001", object, origin, "spec.address", &service);
                }
                ExclusionReason::NotAnIPAddress => {
                    traps.add("L-036", object, origin, "spec.address", &service);
                }
                ExclusionReason::NotReady
                | ExclusionReason::Terminating
                | ExclusionReason::NoPodIP
                | ExclusionReason::Unhealthy => {
                    traps.add("L-008", object, origin, "status", &format!("{service}; {}", excluded.message));
                }
                _ => {}
            }
        }
    }
}

fn object<'w>(world: &World<'w>, source: &EndpointSource) -> Option<(ObjectRef, &'w Arc<Origin>)> {
    match source {
        EndpointSource::WorkloadEntry(key) => {
            world.resources.workload_entries.get(key).map(|object| (object.reference(), &object.origin))
        }
        EndpointSource::Pod(key) => world.resources.pods.get(key).map(|object| (object.reference(), &object.origin)),
        _ => None,
    }
}

/// Labels that a selector of the namespace wants, and that only the spec has.
fn labels_in_the_spec(world: &World<'_>, traps: &mut Traps) {
    let selectors = world.resources.service_entries.values().filter_map(|entry| {
        let selector = entry.body.spec.workload_selector.as_ref().filter(|selector| !selector.labels.is_empty())?;
        Some((entry, &selector.labels))
    });
    let mut by_namespace: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (entry, labels) in selectors {
        by_namespace.entry(&entry.key.namespace).or_default().push((entry, labels));
    }
    for workload in world.resources.workload_entries.values().filter(|workload| !workload.body.spec.labels.is_empty()) {
        let (seen, hidden) = (&workload.meta.labels, &workload.body.spec.labels);
        let here = by_namespace.get(&*workload.key.namespace).into_iter().flatten();
        let missed = |(_, wanted): &&(_, &BTreeMap<String, String>)| {
            let has = |label: (&String, &String)| seen.get(label.0) == Some(label.1);
            let somewhere = |label: (&String, &String)| has(label) || hidden.get(label.0) == Some(label.1);
            wanted.iter().all(somewhere) && !wanted.iter().all(has)
        };
        if let Some((entry, _)) = here.into_iter().find(missed) {
            let detail = format!("wanted by {}", entry.key);
            traps.add("L-025", workload.reference(), &workload.origin, "spec.labels", &detail);
        }
    }
}

/// Names in the `ports` of a WorkloadEntry that no service selecting it has.
fn port_names(world: &World<'_>, traps: &mut Traps) {
    let mut known: BTreeMap<&ObjectKey, BTreeSet<&str>> = BTreeMap::new();
    for backend in &world.model.backends {
        for endpoint in &backend.endpoints {
            if let EndpointSource::WorkloadEntry(key) = &endpoint.source {
                known.entry(key).or_default().insert(&backend.port.name);
            }
        }
    }
    for (key, names) in known {
        let Some(workload) = world.resources.workload_entries.get(key) else { continue };
        for name in workload.body.spec.ports.keys().filter(|name| !names.contains(name.as_str())) {
            let names: Vec<_> = names.iter().copied().collect();
            let detail = format!("`{name}`; the service has {}", names.join(", "));
            traps.add("L-004", workload.reference(), &workload.origin, "spec.ports", &detail);
        }
    }
}
