//! Promises about who answers, and whether replies and workloads agree about it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use sextant_verdict::{CheckRecord, Mismatch, Observations, Reply, ReplyOutcome, Source, Verdict};

use super::replies::{Breach, Judged, number};
use super::{Outcome, evidence, record};
use crate::view::StepView;

/// `a, b and c`.
pub(super) fn list(endpoints: &[SocketAddr], and: &str) -> String {
    let texts: Vec<_> = endpoints.iter().map(ToString::to_string).collect();
    match texts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        _ => texts.concat(),
    }
}

pub(super) fn describe(expected: &[SocketAddr]) -> String {
    match expected {
        [] => "no workload answers".into(),
        _ => format!("exactly {} answer", list(expected, "and")),
    }
}

/// The workload that a reply says it comes from.
pub(crate) fn source_of(reply: &Reply) -> Option<&Source> {
    match &reply.outcome {
        ReplyOutcome::Response { source, .. } | ReplyOutcome::Bytes { source, .. } => source.as_ref(),
        ReplyOutcome::Closed | ReplyOutcome::Failed(_) => None,
    }
}

/// Both directions: everybody who is named answered, and nobody else did. Replies by the gateway itself are nobody's.
pub(super) fn exactly(judged: &Judged<'_>, expected: &[SocketAddr]) -> Option<Breach> {
    let answered = counts(judged);
    let extra: Vec<_> = answered.iter().filter(|(endpoint, _)| !expected.contains(endpoint)).collect();
    let missing: Vec<SocketAddr> =
        expected.iter().copied().filter(|endpoint| !answered.contains_key(endpoint)).collect();
    if extra.is_empty() && missing.is_empty() {
        return None;
    }
    let mut nearest: Vec<String> = extra.iter().map(|(endpoint, tally)| tally.describe(endpoint)).collect();
    if !missing.is_empty() {
        nearest.push(format!("{} never answered", list(&missing, "and")));
    }
    let last = judged.seen.replies.len().saturating_sub(1);
    let first = extra.iter().map(|(_, tally)| tally.first).min().unwrap_or(last);
    Some(Breach {
        first,
        certain: !extra.is_empty(),
        observed: observed(judged, &answered),
        nearest: nearest.join("; "),
    })
}

pub(super) fn never(judged: &Judged<'_>, forbidden: &[SocketAddr]) -> Option<Breach> {
    let answered = counts(judged);
    let guilty: Vec<_> = answered.iter().filter(|(endpoint, _)| forbidden.contains(endpoint)).collect();
    let first = guilty.iter().map(|(_, tally)| tally.first).min()?;
    let nearest: Vec<_> = guilty.iter().map(|(endpoint, tally)| tally.describe(endpoint)).collect();
    Some(Breach { first, certain: true, observed: observed(judged, &answered), nearest: nearest.join("; ") })
}

/// What one endpoint answered.
struct Tally {
    count: u64,
    /// Number of its first reply in the observations.
    first: usize,
    /// Name of the first and the last request.
    numbers: (String, String),
}

impl Tally {
    fn describe(&self, endpoint: &SocketAddr) -> String {
        match self.count {
            1 => format!("{endpoint} answered once: {}", self.numbers.0),
            count => format!("{endpoint} answered {count} times, from {} to {}", self.numbers.0, self.numbers.1),
        }
    }
}

fn counts(judged: &Judged<'_>) -> BTreeMap<SocketAddr, Tally> {
    let mut counts: BTreeMap<SocketAddr, Tally> = BTreeMap::new();
    for (index, reply) in judged.sound() {
        let Some(source) = source_of(reply) else { continue };
        let number = number(reply);
        counts
            .entry(source.endpoint)
            .and_modify(|tally| {
                tally.count += 1;
                tally.numbers.1.clone_from(&number);
            })
            .or_insert_with(|| Tally { count: 1, first: index, numbers: (number.clone(), number.clone()) });
    }
    counts
}

fn observed(judged: &Judged<'_>, answered: &BTreeMap<SocketAddr, Tally>) -> String {
    let total = judged.sound().count();
    let from: Vec<_> = answered.iter().map(|(endpoint, tally)| format!("{} from {endpoint}", tally.count)).collect();
    let others = total as u64 - answered.values().map(|tally| tally.count).sum::<u64>();
    let mut parts = from;
    if others > 0 || parts.is_empty() {
        parts.push(format!("{others} from no workload"));
    }
    format!("of {total} replies {}", parts.join(", "))
}

/// Replies claim a source; the workloads' own journal must hold at least as many requests for it, or one of the two
/// lies and nothing that was judged by them is worth anything. The journal may hold more: a gateway retries, and a
/// workload that breaks off has been asked too. `None` when they agree.
pub(super) fn cross_check(step: &StepView<'_>, seen: &Observations) -> Option<CheckRecord> {
    let mut claimed: BTreeMap<SocketAddr, u64> = BTreeMap::new();
    for source in seen.replies.iter().filter_map(source_of) {
        *claimed.entry(source.endpoint).or_default() += 1;
    }
    let mut journal: BTreeMap<SocketAddr, u64> = BTreeMap::new();
    for request in &seen.workloads {
        *journal.entry(request.endpoint).or_default() += 1;
    }
    let lies: Vec<String> = claimed
        .iter()
        .filter_map(|(endpoint, claimed)| {
            let asked = journal.get(endpoint).copied().unwrap_or_default();
            (asked < *claimed).then(|| format!("{claimed} replies claim {endpoint}, which was asked {asked} times"))
        })
        .collect();
    if lies.is_empty() {
        return None;
    }
    let what = "replies and the journal of the workloads agree".to_owned();
    let guilty: BTreeSet<_> = claimed.keys().filter(|endpoint| journal.get(endpoint) < claimed.get(endpoint)).collect();
    let is_guilty = |reply: &Reply| source_of(reply).is_some_and(|source| guilty.contains(&source.endpoint));
    let first = seen.replies.iter().position(is_guilty).unwrap_or_default();
    let mismatch = Mismatch {
        expected: what.clone(),
        observed: lies.join("; "),
        nearest: String::new(),
        evidence: evidence::around(seen, first),
    };
    Some(record(step, "expect", what, Outcome::other(Verdict::Error, mismatch)))
}
