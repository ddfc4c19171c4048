//! Every WorkloadEntry and pod, read once, and found again by label and namespace (K-070 to K-079).

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use sextant_resources::{Object, Pod, ResourceSet, WorkloadEntry};

use super::candidate::{Accepts, Address, Barrier, Candidate, PortOverrides, weight};
use super::placement::{Placement, Placer, key};
use crate::selector::{Labels, is_subset};
use crate::{EndpointSource, ExclusionReason, Settings};

/// A workload: a candidate that selectors look at.
#[derive(Debug)]
pub(crate) struct Workload<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) candidate: Candidate<'a>,
    /// The labels that selectors see (K-072, K-073).
    pub(crate) visible: Visible<'a>,
    /// Labels of the spec that selectors do not see, for an honest message (K-072).
    pub(crate) hidden: Option<&'a Labels>,
}

#[derive(Debug)]
pub(crate) enum Visible<'a> {
    Written(&'a Labels),
    Merged(Arc<Labels>),
}

/// All workloads, ordered by namespace, kind and name.
#[derive(Debug)]
pub(crate) struct Workloads<'a> {
    items: Vec<Workload<'a>>,
}

/// Finds workloads by selector. Only label pairs that some selector names are indexed, and equal selectors share one
/// answer.
pub(crate) struct WorkloadIndex<'a> {
    workloads: &'a Workloads<'a>,
    by_pair: HashMap<(&'a str, &'a str), Vec<u32>>,
    by_namespace: HashMap<&'a str, Range<usize>>,
    answers: HashMap<&'a Labels, Rc<[u32]>>,
}

impl Workload<'_> {
    pub(crate) fn labels(&self) -> &Labels {
        match &self.visible {
            Visible::Written(labels) => labels,
            Visible::Merged(labels) => labels,
        }
    }
}

impl<'a> Workloads<'a> {
    pub(crate) fn new(resources: &'a ResourceSet, placer: &Placer<'a>, settings: &Settings) -> Self {
        let mut items = Vec::with_capacity(resources.workload_entries.len() + resources.pods.len());
        items.extend(resources.workload_entries.values().map(|entry| workload_entry(entry, placer, settings)));
        let nodes = resources.nodes.values().map(|node| (&*node.key.name, &node.meta.labels)).collect();
        items.extend(resources.pods.values().map(|object| pod(object, &nodes, placer)));
        // Each half is ordered by namespace and name already, so a stable sort merges them.
        items.sort_by(|a, b| a.namespace.cmp(b.namespace));
        Self { items }
    }

    pub(crate) fn get(&self, place: u32) -> &Workload<'a> {
        &self.items[place as usize]
    }

    /// The placement of every pod that has an address, by namespace and address.
    pub(crate) fn pods_by_address(&self) -> HashMap<(&'a str, IpAddr), &Placement> {
        let pod = |workload: &Workload<'_>| match (&workload.candidate.source, &workload.candidate.address) {
            (EndpointSource::Pod(_), Address::Ip(ip)) => Some(*ip),
            _ => None,
        };
        let placed = self.items.iter().filter_map(|w| Some(((w.namespace, pod(w)?), &w.candidate.placement)));
        placed.collect()
    }
}

impl<'a> WorkloadIndex<'a> {
    /// An index for `selectors`, the only ones that will be asked for.
    pub(crate) fn new(workloads: &'a Workloads<'a>, selectors: impl Iterator<Item = &'a Labels>) -> Self {
        let mut by_pair: HashMap<(&str, &str), Vec<u32>> =
            selectors.flatten().map(|(key, value)| ((key.as_str(), value.as_str()), Vec::new())).collect();
        let mut by_namespace: HashMap<&str, Range<usize>> = HashMap::new();
        for (place, workload) in workloads.items.iter().enumerate() {
            by_namespace.entry(workload.namespace).or_insert(place..place).end = place + 1;
            for (key, value) in workload.labels() {
                if let Some(places) = by_pair.get_mut(&(key.as_str(), value.as_str())) {
                    places.push(place as u32);
                }
            }
        }
        Self { workloads, by_pair, by_namespace, answers: HashMap::new() }
    }

    /// The workload at `place`.
    pub(crate) fn get(&self, place: u32) -> &'a Workload<'a> {
        self.workloads.get(place)
    }

    /// Every workload of `namespace`.
    pub(crate) fn namespace(&self, namespace: &str) -> Range<usize> {
        self.by_namespace.get(namespace).cloned().unwrap_or(0..0)
    }

    /// Every workload of every namespace that has all pairs of `selector`, ascending. A selector without labels selects
    /// nothing (K-070).
    pub(crate) fn matches(&mut self, selector: &'a Labels) -> Rc<[u32]> {
        if let Some(answer) = self.answers.get(selector) {
            return answer.clone();
        }
        let lists = selector.iter().map(|(key, value)| self.by_pair.get(&(key.as_str(), value.as_str())));
        let shortest = lists.map(|list| list.map_or(&[][..], Vec::as_slice)).min_by_key(|list| list.len());
        let answer: Rc<[u32]> = shortest
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|place| is_subset(selector, self.workloads.get(*place).labels()))
            .collect();
        self.answers.insert(selector, answer.clone());
        answer
    }
}

fn workload_entry<'a>(object: &'a Object<WorkloadEntry>, placer: &Placer<'a>, settings: &Settings) -> Workload<'a> {
    let (meta, spec) = (&object.meta, &object.body.spec);
    let semantics = placer.semantics;
    let (base, over) =
        if semantics.spec_labels_win { (&meta.labels, &spec.labels) } else { (&spec.labels, &meta.labels) };
    let mut merged = base.clone();
    merged.extend(over.iter().map(|(key, value)| (key.clone(), value.clone())));
    let visible = match semantics.spec_labels_select && !spec.labels.is_empty() {
        true => Visible::Merged(Arc::new(merged.clone())),
        false => Visible::Written(&meta.labels),
    };
    for key in &settings.promoted_annotations {
        if let Some(value) = meta.annotations.get(key) {
            merged.insert(key.clone(), value.clone());
        }
    }
    Workload {
        namespace: &object.key.namespace,
        candidate: Candidate {
            source: EndpointSource::WorkloadEntry(object.key.clone()),
            address: Address::parse(&spec.address),
            ports: PortOverrides::Named(&spec.ports),
            placement: placer.workload(merged, &spec.locality, &spec.network),
            weight: weight(spec.weight),
            // I-051: a WorkloadEntry's socket counts like a name.
            sockets: semantics.unix_sockets.then_some(Accepts::Names),
            has_identity: !spec.service_account.is_empty(),
            barrier: workload_entry_barrier(object, placer, settings),
        },
        visible,
        hidden: (!semantics.spec_labels_select && !spec.labels.is_empty()).then_some(&spec.labels),
    }
}

fn workload_entry_barrier(object: &Object<WorkloadEntry>, placer: &Placer<'_>, settings: &Settings) -> Option<Barrier> {
    let (meta, body) = (&object.meta, &object.body);
    let excluded = |key: &&String| meta.labels.contains_key(*key) || body.spec.labels.contains_key(*key);
    if let Some(key) = settings.workload_entry_exclusion_labels.iter().find(excluded) {
        let message = format!("label `{key}` excludes it by configuration; remove the label, or the setting");
        return Some(Barrier::new(ExclusionReason::ExcludedByLabel, "K-004", message));
    }
    const HEALTH_CHECKED: &str = "proxy.istio.io/health-checks-enabled";
    let checked = meta.annotations.get(HEALTH_CHECKED).and_then(|text| parse_bool(text)).unwrap_or(false);
    let healthy = || body.status.conditions.iter().any(|c| c.kind == "Healthy" && c.status == "True");
    (placer.semantics.workload_entry_health && checked && !healthy()).then(|| {
        Barrier::new(
            ExclusionReason::Unhealthy,
            "I-064",
            "it is health-checked and its status has no condition Healthy=True",
        )
    })
}

fn pod<'a>(object: &'a Object<Pod>, nodes: &HashMap<&str, &Labels>, placer: &Placer<'a>) -> Workload<'a> {
    let (meta, body) = (&object.meta, &object.body);
    let node_labels = nodes.get(body.spec.node_name.as_str()).copied();
    let mut labels = meta.labels.clone();
    if let Some(value) = meta.annotations.get(key::REDIRECTION) {
        labels.insert(key::REDIRECTION.to_owned(), value.clone());
    }
    let placement = placer.pod(labels, &body.spec.node_name, node_labels);
    let visible = match placer.semantics.derived_labels_select {
        true => Visible::Merged(placement.labels.clone()),
        false => Visible::Written(&meta.labels),
    };
    let ports = match placer.semantics.container_ports {
        true => PortOverrides::Containers(&body.spec.containers),
        false => PortOverrides::None,
    };
    let address = pod_address(body);
    Workload {
        namespace: &object.key.namespace,
        candidate: Candidate {
            source: EndpointSource::Pod(object.key.clone()),
            address: Address::parse(address),
            ports,
            placement,
            weight: weight(1),
            sockets: None,
            has_identity: false,
            barrier: pod_barrier(object, address, placer),
        },
        visible,
        hidden: None,
    }
}

/// The first of `podIPs`, else `podIP` (K-077).
fn pod_address(pod: &Pod) -> &str {
    pod.status.pod_ips.first().map_or(pod.status.pod_ip.as_str(), |first| first.ip.as_str())
}

fn pod_barrier(object: &Object<Pod>, address: &str, placer: &Placer<'_>) -> Option<Barrier> {
    let status = &object.body.status;
    let ready = status.conditions.iter().find(|condition| condition.kind == "Ready");
    let not_ready = |message: Cow<'static, str>| Some(Barrier::new(ExclusionReason::NotReady, "K-075", message));
    if object.meta.deletion_timestamp.is_some() {
        return Some(Barrier::new(ExclusionReason::Terminating, "K-075", "the pod is being deleted"));
    }
    if placer.semantics.terminal_phase_excludes && matches!(status.phase.as_str(), "Succeeded" | "Failed") {
        return not_ready(format!("the pod has ended: its phase is {}", status.phase).into());
    }
    match ready {
        None => {
            not_ready("the pod has no Ready condition; it counts as not ready until its status says Ready=True".into())
        }
        Some(condition) if condition.status != "True" => {
            not_ready(format!("the pod's Ready condition is {}, not True", shown(&condition.status)).into())
        }
        Some(_) if address.is_empty() => Some(Barrier::new(
            ExclusionReason::NoPodIP,
            "K-077",
            "the pod has no address yet: status.podIPs and status.podIP are empty",
        )),
        Some(_) => None,
    }
}

fn shown(status: &str) -> &str {
    if status.is_empty() { "empty" } else { status }
}

/// A boolean as Go's `strconv.ParseBool` reads it, which is how control planes read annotations.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
