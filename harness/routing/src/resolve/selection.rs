//! What a ServiceEntry's workloadSelector selects, and what it looks at and leaves (K-070 to K-074).

use sextant_resources::{Object, ServiceEntry};

use super::build::Builder;
use super::candidate::{Barrier, Candidate};
use super::workloads::{Roster, Workload, selector};
use crate::selector::{Labels, is_subset};
use crate::{Excluded, ExclusionReason};

/// The outcome of one selector.
#[derive(Debug, Default)]
pub(crate) struct Selection<'w> {
    /// Workloads of the ServiceEntry's namespace that match.
    pub(crate) workloads: Vec<&'w Candidate>,
    /// Workloads that do not count, and why.
    pub(crate) excluded: Vec<Excluded>,
}

/// Applies the selector of `entry`; nothing when it has none.
pub(crate) fn select<'w>(builder: &Builder<'w>, entry: &Object<ServiceEntry>) -> Selection<'w> {
    let Some(labels) = selector(entry) else { return Selection::default() };
    let (index, own) = (&builder.indexes.workloads, &entry.key.namespace);
    if labels.is_empty() {
        // D-09: only a profile in which an empty selector selects everything comes here.
        let all = index.in_namespace(own).map(|workload| &workload.candidate);
        return Selection { workloads: all.collect(), excluded: Vec::new() };
    }
    let Some(matches) = index.matching(labels) else { return Selection::default() };
    let workloads: Vec<_> = matches.near(own).map(|workload| &workload.candidate).collect();
    let options = builder.given.options;
    let mut excluded = foreign(matches, own, matches.len() - workloads.len(), options.list_foreign);
    if options.list_unmatched {
        let unmatched = index.in_namespace(own).filter(|workload| !is_subset(labels, workload.labels()));
        excluded.extend(unmatched.map(|workload| unmatched_because(workload, labels)));
    }
    Selection { workloads, excluded }
}

/// K-071: workloads of other namespaces match in vain. Of the `count` that there are, `limit` are listed at most.
fn foreign(matches: &Roster, own: &str, count: usize, limit: usize) -> Vec<Excluded> {
    let shown = count.min(limit);
    let describe = |(number, workload): (usize, &Workload)| {
        let more = match count - shown {
            rest if rest > 0 && number + 1 == shown => format!("; {rest} more in other namespaces are not listed"),
            _ => String::new(),
        };
        let there = &workload.id.namespace;
        let message = format!(
            "its labels match, but it is in namespace {there} and a selector sees only its own, {own}; \
             move one of the two, or declare a ServiceEntry in {there}{more}"
        );
        Barrier::new(ExclusionReason::OtherNamespace, "K-071", message).on(&workload.candidate.written.source())
    };
    matches.far(own).take(shown).enumerate().map(describe).collect()
}

/// K-070, K-072: why a workload of the own namespace is not selected.
fn unmatched_because(workload: &Workload, selector: &Labels) -> Excluded {
    let labels = workload.labels();
    let differs = |(key, wanted): (&String, &String)| match labels.get(key) {
        Some(value) if value == wanted => None,
        Some(value) => Some(format!("{key} is `{value}`, not `{wanted}`")),
        None => Some(format!("{key}={wanted} is missing")),
    };
    let differences = selector.iter().filter_map(differs).collect::<Vec<_>>().join(", ");
    let only_in_spec = |hidden: &&Labels| {
        selector.iter().all(|(key, value)| labels.get(key).or_else(|| hidden.get(key)) == Some(value))
    };
    let barrier = match workload.hidden_labels().filter(only_in_spec) {
        Some(_) => Barrier::new(
            ExclusionReason::LabelsDoNotMatch,
            "K-072",
            format!("{differences}: spec.labels do not count for selection, write the labels into metadata.labels"),
        ),
        None => Barrier::new(ExclusionReason::LabelsDoNotMatch, "K-070", differences),
    };
    barrier.on(&workload.candidate.written.source())
}
