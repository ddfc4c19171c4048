//! Kubernetes label selectors.

use std::collections::BTreeMap;

use sextant_resources::{LabelSelector, LabelSelectorRequirement};

/// Labels of an object.
pub(crate) type Labels = BTreeMap<String, String>;

/// Whether `labels` fulfil every term of `selector`; a selector without terms is fulfilled by everything, an operator
/// that Kubernetes does not know by nothing.
pub(crate) fn selects(selector: &LabelSelector, labels: &Labels) -> bool {
    is_subset(&selector.match_labels, labels) && selector.match_expressions.iter().all(|term| holds(term, labels))
}

/// Whether every pair of `wanted` is in `labels` (K-070).
pub(crate) fn is_subset(wanted: &Labels, labels: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

fn holds(term: &LabelSelectorRequirement, labels: &Labels) -> bool {
    let value = labels.get(&term.key);
    match term.operator.as_str() {
        "In" => value.is_some_and(|value| term.values.contains(value)),
        "NotIn" => value.is_none_or(|value| !term.values.contains(value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}
