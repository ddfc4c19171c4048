//! Workloads that selectors do not select.

use std::collections::{BTreeMap, HashSet};

use sextant_resources::{ObjectKey, ObjectMap, ResourceSet};
use sextant_routing::{EndpointSource, ExclusionReason, Model, Options};

use super::backends;
use crate::explanation::Unselected;
use crate::labels::{Difference, Labels};

/// A workload with the labels that selectors see, and those they do not see.
#[derive(Clone, Debug)]
pub(super) struct Workload<'a> {
    pub(super) source: EndpointSource,
    labels: &'a Labels,
    /// Labels of a WorkloadEntry's spec.
    spec: Option<&'a Labels>,
}

/// All workloads of one namespace.
pub(super) fn of_namespace<'a>(resources: &'a ResourceSet, namespace: &str) -> Vec<Workload<'a>> {
    let entries = in_namespace(&resources.workload_entries, namespace).map(|(key, object)| Workload {
        source: EndpointSource::WorkloadEntry(key.clone()),
        labels: &object.meta.labels,
        spec: Some(&object.body.spec.labels),
    });
    let pods = in_namespace(&resources.pods, namespace).map(|(key, object)| Workload {
        source: EndpointSource::Pod(key.clone()),
        labels: &object.meta.labels,
        spec: None,
    });
    entries.chain(pods).collect()
}

fn in_namespace<'a, T>(
    objects: &'a ObjectMap<T>,
    namespace: &str,
) -> impl Iterator<Item = (&'a ObjectKey, &'a sextant_resources::Object<T>)> {
    let start = ObjectKey::new(namespace, "");
    let namespace = namespace.to_owned();
    objects.range(start..).take_while(move |(key, _)| *key.namespace == *namespace).map(|(key, o)| (key, &**o))
}

impl Workload<'_> {
    /// How its labels differ from `selector`; `None` when they do not.
    pub(super) fn differs(&self, selector: &Labels, options: &Options) -> Option<Difference> {
        match self.spec {
            // D-06: there labels of the spec count, beside those of the metadata, which win (D-07).
            Some(spec) if options.semantics().spec_labels_select => {
                let mut merged = spec.clone();
                merged.extend(self.labels.iter().map(|(key, value)| (key.clone(), value.clone())));
                Difference::between(&merged, None, selector)
            }
            hidden => Difference::between(self.labels, hidden, selector),
        }
    }
}

/// What no ServiceEntry of `model` looks at, in namespaces where one has a selector. Workloads that are only listed because
/// their labels differ do not count as looked at.
pub(super) fn unselected(model: &Model, resources: &ResourceSet, options: &Options) -> Vec<Unselected> {
    let mut selectors: BTreeMap<&str, Vec<(&ObjectKey, &Labels)>> = BTreeMap::new();
    for (key, entry) in &resources.service_entries {
        if let Some(selector) = entry.body.spec.workload_selector.as_ref().filter(|s| !s.labels.is_empty()) {
            selectors.entry(&key.namespace).or_default().push((key, &selector.labels));
        }
    }
    let looked_at: HashSet<&EndpointSource> = model
        .backends
        .iter()
        .flat_map(|backend| {
            let counts = |reason| reason != ExclusionReason::LabelsDoNotMatch;
            let excluded = backend.excluded.iter().filter(move |e| counts(e.reason)).map(|e| &e.source);
            backend.endpoints.iter().map(|e| &e.source).chain(excluded)
        })
        .collect();
    let of_namespace = |(namespace, selectors): (&&str, &Vec<(&ObjectKey, &Labels)>)| {
        let workloads = of_namespace(resources, namespace).into_iter();
        let alone = workloads.filter(|workload| !looked_at.contains(&workload.source));
        alone.map(|workload| told(&workload, selectors, options)).collect::<Vec<_>>()
    };
    let mut unselected: Vec<_> = selectors.iter().flat_map(of_namespace).collect();
    unselected.sort_by(|a, b| a.source.cmp(&b.source));
    unselected
}

fn told(workload: &Workload<'_>, selectors: &[(&ObjectKey, &Labels)], options: &Options) -> Unselected {
    let differences = selectors.iter().filter_map(|(key, selector)| Some((workload.differs(selector, options)?, *key)));
    let nearest = differences.filter(|(difference, _)| difference.is_near()).min();
    let source = backends::source(&workload.source);
    match nearest {
        Some((difference, key)) => Unselected { source, nearest: Some(key.clone()), message: difference.text },
        None => Unselected { source, nearest: None, message: String::new() },
    }
}
