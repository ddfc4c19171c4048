//! WorkloadEntries and pods to workloads.

use std::borrow::Cow;
use std::sync::Arc;

use sextant_resources::{Object, Pod, WorkloadEntry};

use super::{Workload, WorkloadId, WorkloadKind};
use crate::resolve::candidate::{Accepts, Address, Barrier, Candidate, Written, weight};
use crate::resolve::given::Given;
use crate::resolve::placement::key;
use crate::{ExclusionReason, Semantics};

pub(super) fn workload_entry(object: &Arc<Object<WorkloadEntry>>, given: Given<'_>) -> Workload {
    let (meta, spec) = (&object.meta, &object.body.spec);
    let (semantics, settings) = (given.semantics, &given.options.settings);
    let (base, over) =
        if semantics.spec_labels_win { (&meta.labels, &spec.labels) } else { (&spec.labels, &meta.labels) };
    let mut merged = base.clone();
    merged.extend(over.iter().map(|(key, value)| (key.clone(), value.clone())));
    let visible = match semantics.spec_labels_select && !spec.labels.is_empty() {
        true => Some(Arc::new(merged.clone())),
        false => None,
    };
    for key in &settings.promoted_annotations {
        if let Some(value) = meta.annotations.get(key) {
            merged.insert(key.clone(), value.clone());
        }
    }
    Workload {
        id: WorkloadId::new(WorkloadKind::WorkloadEntry, &object.key),
        candidate: Candidate {
            written: Written::WorkloadEntry(Arc::clone(object)),
            address: Address::parse(&spec.address),
            placement: given.placer.workload(merged, &spec.locality, &spec.network),
            weight: weight(spec.weight),
            // I-051: a WorkloadEntry's socket counts like a name.
            sockets: semantics.unix_sockets.then_some(Accepts::Names),
            has_identity: !spec.service_account.is_empty(),
            barrier: workload_entry_barrier(object, given),
        },
        visible,
        hides_spec_labels: !semantics.spec_labels_select && !spec.labels.is_empty(),
    }
}

fn workload_entry_barrier(object: &Object<WorkloadEntry>, given: Given<'_>) -> Option<Barrier> {
    let (meta, body, settings) = (&object.meta, &object.body, &given.options.settings);
    let excluded = |key: &&String| meta.labels.contains_key(*key) || body.spec.labels.contains_key(*key);
    if let Some(key) = settings.workload_entry_exclusion_labels.iter().find(excluded) {
        let message = format!("label `{key}` excludes it by configuration; remove the label, or the setting");
        return Some(Barrier::new(ExclusionReason::ExcludedByLabel, "K-004", message));
    }
    const HEALTH_CHECKED: &str = "proxy.istio.io/health-checks-enabled";
    let checked = meta.annotations.get(HEALTH_CHECKED).and_then(|text| parse_bool(text)).unwrap_or(false);
    let healthy = || body.status.conditions.iter().any(|c| c.kind == "Healthy" && c.status == "True");
    (given.semantics.workload_entry_health && checked && !healthy()).then(|| {
        Barrier::new(
            ExclusionReason::Unhealthy,
            "I-064",
            "it is health-checked and its status has no condition Healthy=True",
        )
    })
}

pub(super) fn pod(object: &Arc<Object<Pod>>, given: Given<'_>) -> Workload {
    let (meta, body) = (&object.meta, &object.body);
    let node = body.spec.node_name.as_str();
    let mut labels = meta.labels.clone();
    if let Some(value) = meta.annotations.get(key::REDIRECTION) {
        labels.insert(key::REDIRECTION.to_owned(), value.clone());
    }
    let placement = given.placer.pod(labels, node, given.node_labels(node));
    let visible = given.semantics.derived_labels_select.then(|| Arc::clone(&placement.labels));
    let address = pod_address(body);
    Workload {
        id: WorkloadId::new(WorkloadKind::Pod, &object.key),
        candidate: Candidate {
            written: Written::Pod(Arc::clone(object)),
            address: Address::parse(address),
            placement,
            weight: weight(1),
            sockets: None,
            has_identity: false,
            barrier: pod_barrier(object, address, given.semantics),
        },
        visible,
        hides_spec_labels: false,
    }
}

/// The first of `podIPs`, else `podIP` (K-077).
fn pod_address(pod: &Pod) -> &str {
    pod.status.pod_ips.first().map_or(pod.status.pod_ip.as_str(), |first| first.ip.as_str())
}

fn pod_barrier(object: &Object<Pod>, address: &str, semantics: &Semantics) -> Option<Barrier> {
    let status = &object.body.status;
    let ready = status.conditions.iter().find(|condition| condition.kind == "Ready");
    let not_ready = |message: Cow<'static, str>| Some(Barrier::new(ExclusionReason::NotReady, "K-075", message));
    if object.meta.deletion_timestamp.is_some() {
        return Some(Barrier::new(ExclusionReason::Terminating, "K-075", "the pod is being deleted"));
    }
    if semantics.terminal_phase_excludes && matches!(status.phase.as_str(), "Succeeded" | "Failed") {
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
