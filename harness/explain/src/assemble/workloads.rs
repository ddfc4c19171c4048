//! Workloads that selectors do not select.

use std::collections::{BTreeMap, HashSet};

use sextant_resources::{ObjectKey, ObjectMap, ResourceSet};
use sextant_routing::{EndpointSource, ExclusionReason, Model, Options};

use super::backends;
use crate::explanation::Unselected;
use crate::labels::{Compared, Distance, Labels};

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

/// Pairs of a workload and a selector up to which slips of the pen are looked for. Beyond, only labels that are there
/// count: more would cost seconds.
const MOST_COMPARED: usize = 100_000;

/// How the labels of a workload are compared with selectors.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    options: &'a Options,
    slips: bool,
}

impl<'a> Comparison<'a> {
    /// For so many workloads and so many selectors.
    pub(super) fn new(options: &'a Options, workloads: usize, selectors: usize) -> Self {
        Self { options, slips: workloads.saturating_mul(selectors) <= MOST_COMPARED }
    }

    /// How far `workload` is from `selector`; `None` when that selects it.
    pub(super) fn distance(self, workload: &Workload<'_>, selector: &Labels) -> Option<Distance> {
        self.compare(workload, selector, |compared| compared.distance(self.slips))
    }

    /// What differs, for people.
    pub(super) fn text(self, workload: &Workload<'_>, selector: &Labels) -> String {
        self.compare(workload, selector, |compared| compared.text())
    }

    fn compare<T>(self, workload: &Workload<'_>, selector: &Labels, say: impl FnOnce(Compared<'_>) -> T) -> T {
        match workload.spec {
            // D-06: there labels of the spec count, beside those of the metadata, which win (D-07).
            Some(spec) if self.options.semantics().spec_labels_select && !spec.is_empty() => {
                let mut merged = spec.clone();
                merged.extend(workload.labels.iter().map(|(key, value)| (key.clone(), value.clone())));
                say(Compared { labels: &merged, hidden: None, selector })
            }
            hidden => say(Compared { labels: workload.labels, hidden, selector }),
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
    let mut unselected = Vec::new();
    for (namespace, selectors) in &selectors {
        let mut workloads = of_namespace(resources, namespace);
        workloads.retain(|workload| !looked_at.contains(&workload.source));
        let comparison = Comparison::new(options, workloads.len(), selectors.len());
        unselected.extend(workloads.iter().map(|workload| told(workload, selectors, comparison)));
    }
    unselected.sort_by(|a: &Unselected, b| a.source.cmp(&b.source));
    unselected
}

fn told(workload: &Workload<'_>, selectors: &[(&ObjectKey, &Labels)], comparison: Comparison<'_>) -> Unselected {
    let distances = selectors.iter().filter_map(|(key, labels)| {
        let distance = comparison.distance(workload, labels).filter(|distance| distance.is_near())?;
        Some((distance, *key, *labels))
    });
    let nearest = distances.min_by_key(|(distance, key, _)| (*distance, *key));
    let source = backends::source(&workload.source);
    match nearest {
        Some((_, key, labels)) => {
            Unselected { source, nearest: Some(key.clone()), message: comparison.text(workload, labels) }
        }
        None => Unselected { source, nearest: None, message: String::new() },
    }
}
