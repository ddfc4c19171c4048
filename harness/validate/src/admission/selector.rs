//! The workload selector: V-017 to V-021, V-023.

use super::service_entry::{Entry, Resolution};
use super::{below, entries, items};
use crate::finding::{Findings, Says};

const LONGEST_VALUE: usize = 63;
const MOST_LABELS: usize = 256;

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    const LABELS: &str = "spec.workloadSelector.labels";
    let Some(selector) = entry.spec.get("workloadSelector") else { return };
    for (key, value) in entries(selector, "labels") {
        let path = below(LABELS, key);
        let value = value.as_str().unwrap_or_default();
        if key.is_empty() {
            findings.add("V-017", path.as_str(), Says::WEBHOOK);
        }
        if key.contains('*') || value.contains('*') {
            let says = Says::webhook_and(value.contains('*'));
            findings.add_value("V-018", path.as_str(), says, format!("`{key}: {value}`"));
        }
        if value.chars().count() > LONGEST_VALUE {
            findings.add("V-019", path, Says::CRD);
        }
    }
    let labels = entries(selector, "labels").count();
    if labels > MOST_LABELS {
        findings.add_value("V-019", LABELS, Says::CRD, format!("{labels} labels"));
    }
    if labels == 0 {
        findings.add("V-020", "spec.workloadSelector", Says::WARNING);
    }
    if entry.spec.get("endpoints").is_some() {
        let says = Says::both_if(items(entry.spec, "endpoints").next().is_some());
        findings.add("V-021", "spec.endpoints", says);
    }
    if entry.resolution == Resolution::None {
        findings.add("V-023", "spec.workloadSelector", Says::WARNING);
    }
}
