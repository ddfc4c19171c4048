//! What a control plane looks at: its settings may hide objects as if they were absent (K-001, K-003).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use sextant_resources::{ObjectMap, ResourceSet};

use super::attach::namespace_labels;
use super::workloads::{WorkloadId, WorkloadKind};
use crate::Options;
use crate::selector::selects;

/// The part of `resources` that counts; all of it, untouched, under the default settings.
pub(crate) fn seen<'a>(resources: &'a ResourceSet, options: &Options) -> Cow<'a, ResourceSet> {
    let mut seen = Cow::Borrowed(resources);
    if !reads_istio(options) {
        let seen = seen.to_mut();
        seen.service_entries.clear();
        seen.workload_entries.clear();
        seen.destination_rules.clear();
    }
    if !options.settings.discovery_selectors.is_empty() {
        hide(seen.to_mut(), options);
    }
    seen
}

/// Whether the workload of this identity counts.
pub(crate) fn is_seen(id: &WorkloadId, resources: &ResourceSet, options: &Options) -> bool {
    (id.kind == WorkloadKind::Pod || reads_istio(options)) && is_discovered(&id.namespace, resources, options)
}

/// Whether objects in `namespace` count (K-003).
fn is_discovered(namespace: &str, resources: &ResourceSet, options: &Options) -> bool {
    let selectors = &options.settings.discovery_selectors;
    let labels = || namespace_labels(namespace, resources);
    selectors.is_empty() || selectors.iter().any(|selector| selects(selector, &labels()))
}

/// Whether Istio's kinds count at all (K-001).
pub(crate) fn reads_istio(options: &Options) -> bool {
    options.settings.istio_integration || !options.semantics().optional_istio_kinds
}

/// Leaves only what is in a namespace that some selector selects. Gateways, routes and grants stay.
fn hide(resources: &mut ResourceSet, options: &Options) {
    let maps = [
        namespaces(&resources.service_entries),
        namespaces(&resources.workload_entries),
        namespaces(&resources.pods),
        namespaces(&resources.services),
        namespaces(&resources.endpoint_slices),
        namespaces(&resources.destination_rules),
        namespaces(&resources.backend_tls_policies),
    ];
    let all: HashSet<Arc<str>> = maps.into_iter().flatten().collect();
    let kept: HashSet<Arc<str>> =
        all.into_iter().filter(|namespace| is_discovered(namespace, resources, options)).collect();
    resources.service_entries.retain(|key, _| kept.contains(&key.namespace));
    resources.workload_entries.retain(|key, _| kept.contains(&key.namespace));
    resources.pods.retain(|key, _| kept.contains(&key.namespace));
    resources.services.retain(|key, _| kept.contains(&key.namespace));
    resources.endpoint_slices.retain(|key, _| kept.contains(&key.namespace));
    resources.backend_tls_policies.retain(|key, _| kept.contains(&key.namespace));
    resources.destination_rules.retain(|key, _| kept.contains(&key.namespace));
}

fn namespaces<T>(objects: &ObjectMap<T>) -> HashSet<Arc<str>> {
    objects.keys().map(|key| Arc::clone(&key.namespace)).collect()
}
