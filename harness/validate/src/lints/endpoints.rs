//! Traps of endpoints that are served, though not as their author means.

use std::collections::HashMap;
use std::sync::Arc;

use sextant_resources::{ObjectRef, Origin};
use sextant_routing::{Backend, BackendKind, EndpointSource};

use super::{Traps, World};

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    for backend in &world.model.backends {
        listed_twice(world, backend, traps);
        unweighted_pods(world, backend, traps);
        for endpoint in &backend.endpoints {
            if let Some(written) = Written::of(world, &endpoint.source) {
                health(world, &endpoint.source, &written, traps);
                if endpoint.locality.is_empty() {
                    locality(backend, &written, traps);
                }
            }
        }
    }
}

/// Where an endpoint is written.
struct Written<'w> {
    object: ObjectRef,
    origin: &'w Arc<Origin>,
    /// Path of its fields: `spec`, `spec.endpoints[0]`.
    path: String,
    /// Where its labels are.
    labels: Vec<String>,
}

impl<'w> Written<'w> {
    /// Of an inline endpoint or a WorkloadEntry.
    fn of(world: &World<'w>, source: &EndpointSource) -> Option<Self> {
        match source {
            EndpointSource::Inline { service_entry, index } => {
                let entry = world.resources.service_entries.get(service_entry)?;
                let path = format!("spec.endpoints[{index}]");
                let labels = vec![format!("{path}.labels")];
                Some(Self { object: entry.reference(), origin: &entry.origin, path, labels })
            }
            EndpointSource::WorkloadEntry(key) => {
                let entry = world.resources.workload_entries.get(key)?;
                let labels = vec!["metadata.labels".to_owned(), "spec.labels".to_owned()];
                Some(Self { object: entry.reference(), origin: &entry.origin, path: "spec".to_owned(), labels })
            }
            _ => None,
        }
    }

    /// Path of the first of these labels that it has.
    fn label(&self, keys: &[&str]) -> Option<String> {
        let tree = self.origin.tree()?;
        let paths = self.labels.iter().flat_map(|labels| keys.iter().map(move |key| format!("{labels}[{key:?}]")));
        let mut written = paths.filter(|path| tree.at(&sextant_resources::yaml::parse_path(path)).is_some());
        written.next()
    }
}

/// The same address and port more than once in one backend: the later ones are told.
fn listed_twice(world: &World<'_>, backend: &Backend, traps: &mut Traps) {
    let mut first = HashMap::new();
    for endpoint in &backend.endpoints {
        let other = *first.entry((&endpoint.address, endpoint.port)).or_insert(&endpoint.source);
        if *other == endpoint.source {
            continue;
        }
        if let Some(written) = Written::of(world, &endpoint.source) {
            let path = format!("{}.address", written.path);
            let detail = format!("{}:{} is {other} too", endpoint.address, endpoint.port);
            traps.add("L-040", written.object, written.origin, &path, &detail);
        }
    }
}

/// Pods beside WorkloadEntries that have weights.
fn unweighted_pods(world: &World<'_>, backend: &Backend, traps: &mut Traps) {
    let pods = backend.endpoints.iter().any(|endpoint| matches!(endpoint.source, EndpointSource::Pod(_)));
    let weighs =
        |source: &EndpointSource, weight: u32| matches!(source, EndpointSource::WorkloadEntry(_)) && weight > 1;
    let weighted = backend.endpoints.iter().find(|endpoint| weighs(&endpoint.source, endpoint.weight.get()));
    let entry = world.resources.service_entries.get(&backend.id.service_entry);
    let entry = entry.filter(|_| backend.id.kind == BackendKind::ServiceEntry);
    if let (true, Some(weighted), Some(entry)) = (pods, weighted, entry) {
        let detail = format!("{} weighs {}", weighted.source, weighted.weight);
        traps.add("L-041", entry.reference(), &entry.origin, "spec.workloadSelector", &detail);
    }
}

/// A machine whose health nobody reads.
fn health(world: &World<'_>, source: &EndpointSource, written: &Written<'_>, traps: &mut Traps) {
    const CHECKED: &str = "proxy.istio.io/health-checks-enabled";
    let EndpointSource::WorkloadEntry(key) = source else { return };
    let Some(entry) = world.resources.workload_entries.get(key) else { return };
    let checked = entry.meta.annotations.get(CHECKED).is_some_and(|text| is_true(text));
    let healthy = entry.body.status.conditions.iter().any(|it| it.kind == "Healthy" && it.status == "True");
    if checked && !healthy {
        let path = format!("metadata.annotations[{CHECKED:?}]");
        traps.add("L-037", written.object.clone(), written.origin, &path, "");
    }
}

/// What Go's `ParseBool` takes for true, as the annotation is read.
fn is_true(text: &str) -> bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(&text)
}

/// A locality written in labels that only the other profile reads. Each lint holds under one profile.
fn locality(backend: &Backend, written: &Written<'_>, traps: &mut Traps) {
    if let Some(path) = written.label(&["topology.istio.io/locality", "istio-locality"]) {
        traps.add("L-038", written.object.clone(), written.origin, &path, "");
    }
    let localities_decide = backend.policy.outlier_detection.is_some() || !backend.policy.distribution.is_empty();
    let of_kubernetes = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];
    if let Some(path) = written.label(&of_kubernetes).filter(|_| localities_decide) {
        traps.add("L-039", written.object.clone(), written.origin, &path, "");
    }
}
