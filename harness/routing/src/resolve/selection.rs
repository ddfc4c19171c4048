//! What a ServiceEntry's workloadSelector selects, and what it looks at and leaves (K-070 to K-074).

use sextant_resources::{Object, ServiceEntry};

use super::backends::Builder;
use super::candidate::{Barrier, Candidate};
use super::workloads::Workload;
use crate::selector::{Labels, is_subset};
use crate::{Excluded, ExclusionReason};

/// The outcome of one selector.
#[derive(Debug, Default)]
pub(crate) struct Selection<'w> {
    /// Workloads of the ServiceEntry's namespace that match.
    pub(crate) workloads: Vec<&'w Candidate<'w>>,
    /// Workloads that do not count, and why.
    pub(crate) excluded: Vec<Excluded>,
}

/// Applies the selector of `entry`; nothing when it has none.
pub(crate) fn select<'w>(builder: &mut Builder<'w>, entry: &'w Object<ServiceEntry>) -> Selection<'w> {
    let Some(labels) = entry.body.spec.workload_selector.as_ref().map(|selector| &selector.labels) else {
        return Selection::default();
    };
    let namespace = builder.index.namespace(&entry.key.namespace);
    if labels.is_empty() {
        // D-09: only a profile in which an empty selector selects everything comes here.
        let all = namespace.map(|place| &builder.index.get(place as u32).candidate);
        return Selection { workloads: all.collect(), excluded: Vec::new() };
    }
    let matches = builder.index.matches(labels);
    let start = matches.partition_point(|place| (*place as usize) < namespace.start);
    let end = matches.partition_point(|place| (*place as usize) < namespace.end).max(start);
    let workloads = matches[start..end].iter().map(|place| &builder.index.get(*place).candidate).collect();
    let elsewhere: Vec<_> = matches[..start].iter().chain(&matches[end..]).copied().collect();
    let mut excluded = foreign(builder, entry, &elsewhere);
    if builder.options.list_unmatched {
        let unmatched = namespace.map(|place| builder.index.get(place as u32));
        excluded.extend(unmatched.filter(|w| !is_subset(labels, w.labels())).map(|w| unmatched_because(w, labels)));
    }
    Selection { workloads, excluded }
}

/// K-071: workloads of other namespaces match in vain.
fn foreign(builder: &Builder<'_>, entry: &Object<ServiceEntry>, places: &[u32]) -> Vec<Excluded> {
    let shown = places.len().min(builder.options.list_foreign);
    let own = &entry.key.namespace;
    let describe = |(number, place): (usize, &u32)| {
        let workload = builder.index.get(*place);
        let more = match places.len() - shown {
            rest if rest > 0 && number + 1 == shown => format!("; {rest} more in other namespaces are not listed"),
            _ => String::new(),
        };
        let there = workload.namespace;
        let message = format!(
            "its labels match, but it is in namespace {there} and a selector sees only its own, {own}; \
             move one of the two, or declare a ServiceEntry in {there}{more}"
        );
        Barrier::new(ExclusionReason::OtherNamespace, "K-071", message).on(&workload.candidate.source)
    };
    places[..shown].iter().enumerate().map(describe).collect()
}

/// K-070, K-072: why a workload of the own namespace is not selected.
fn unmatched_because(workload: &Workload<'_>, selector: &Labels) -> Excluded {
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
    let barrier = match workload.hidden.filter(only_in_spec) {
        Some(_) => Barrier::new(
            ExclusionReason::LabelsDoNotMatch,
            "K-072",
            format!("{differences}: spec.labels do not count for selection, write the labels into metadata.labels"),
        ),
        None => Barrier::new(ExclusionReason::LabelsDoNotMatch, "K-070", differences),
    };
    barrier.on(&workload.candidate.source)
}
