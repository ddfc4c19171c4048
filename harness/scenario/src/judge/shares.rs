//! How replies are shared out, exactly or statistically (invariant 4).

use std::collections::{BTreeMap, BTreeSet};

use sextant_verdict::{CheckRecord, Mismatch, Reply, ReplyOutcome, StatisticsNote, Verdict};

use super::replies::{Breach, Judged};
use super::sources::source_of;
use super::{Outcome, evidence, record};
use crate::GrpcStatus;
use crate::expect::{Check, ShareBy, Shares};
use crate::lint::{CLOSED, canonical_share};
use crate::statistics::ShareTest;

/// What replies without a response are called where others have a name.
pub(super) const FAILED: &str = "failed";

/// What bytes are called that come from nobody who says who it is.
const BYTES: &str = "bytes";

/// One view of the replies, judged.
pub(super) struct View {
    pub(super) by: ShareBy,
    /// Weights by name.
    pub(super) weights: BTreeMap<String, u32>,
    /// Names whose share is wrong.
    pub(super) wrong: BTreeSet<String>,
    pub(super) record: CheckRecord,
}

/// What a reply is counted as. The gateway's own replies are counted by their status whatever the others are counted
/// by, so that they can be promised a share too.
pub(crate) fn name_of(reply: &Reply, by: ShareBy) -> String {
    match (by, source_of(reply)) {
        (ShareBy::Status, _) | (_, None) => status_name(reply),
        (ShareBy::Endpoint, Some(source)) => source.endpoint.to_string(),
        (ShareBy::Workload, Some(source)) => source.workload.clone(),
        (ShareBy::Locality, Some(source)) => source.locality.clone(),
    }
}

/// What a reply is called by its status, or by having none.
pub(super) fn status_name(reply: &Reply) -> String {
    match (&reply.outcome, GrpcStatus::of(&reply.outcome)) {
        (_, Some(grpc)) => grpc.to_string(),
        (ReplyOutcome::Response { status, .. }, None) => status.to_string(),
        (ReplyOutcome::Bytes { .. }, None) => BYTES.to_owned(),
        (ReplyOutcome::Closed, None) => CLOSED.to_owned(),
        (ReplyOutcome::Failed(_), None) => FAILED.to_owned(),
    }
}

/// Judges every view that the step promises.
pub(super) fn judge(judged: &Judged<'_>) -> Vec<View> {
    judged.expect.shares.iter().enumerate().map(|(index, shares)| view(judged, index, shares)).collect()
}

fn view(judged: &Judged<'_>, index: usize, shares: &Shares) -> View {
    let mut weights: BTreeMap<String, u32> = BTreeMap::new();
    for (name, weight) in &shares.of {
        let total = weights.entry(canonical_share(shares.by, name)).or_default();
        *total = total.saturating_add(*weight);
    }
    let names: Vec<(usize, String)> = judged.sound().map(|(at, reply)| (at, name_of(reply, shares.by))).collect();
    let mut counts: BTreeMap<String, u64> = weights.keys().map(|name| (name.clone(), 0)).collect();
    for (_, name) in &names {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let tally = Tally { by: shares.by, weights, counts, names };
    let check = tally.check(judged, shares.check);
    let what = tally.what(check);
    let field = format!("expect.shares[{index}]");
    let (outcome, wrong) = tally.judge(judged, check, &what);
    View { by: shares.by, weights: tally.weights, wrong, record: record(judged.step, &field, what, outcome) }
}

/// Who got how much of what was promised.
struct Tally {
    by: ShareBy,
    weights: BTreeMap<String, u32>,
    /// Of everybody who was promised something or got something.
    counts: BTreeMap<String, u64>,
    /// Each sound reply: its number in the observations, and what it counts as.
    names: Vec<(usize, String)>,
}

impl Tally {
    fn total(&self) -> u64 {
        self.names.len() as u64
    }

    fn weight(&self, name: &str) -> u64 {
        self.weights.get(name).copied().map_or(0, u64::from)
    }

    fn all_weights(&self) -> u64 {
        self.weights.values().map(|weight| u64::from(*weight)).sum()
    }

    /// How strictly: a subject that draws lots may do better than chance, as it does where it takes turns after all, but
    /// need not.
    fn check(&self, judged: &Judged<'_>, promised: Check) -> Check {
        let by_lot = judged.abilities.draws_lots && !self.off_by_one_or_more().is_empty();
        if promised == Check::Exact && by_lot { Check::Statistical { alpha: None } } else { promised }
    }

    fn what(&self, check: Check) -> String {
        let of: Vec<_> = self.weights.iter().map(|(name, weight)| format!("{} {weight}", shown(name))).collect();
        let how = match check {
            Check::Exact => "exactly",
            Check::Statistical { .. } => "statistically",
        };
        format!("shares by {} are {how} {}", word(self.by), of.join(", "))
    }

    fn judge(&self, judged: &Judged<'_>, check: Check, what: &str) -> (Outcome, BTreeSet<String>) {
        let strangers: BTreeSet<String> =
            self.counts.iter().filter(|(name, count)| **count > 0 && self.weight(name) == 0).map(named).collect();
        let (wrong, statistics) = match check {
            Check::Exact => (self.off_by_one_or_more(), None),
            Check::Statistical { alpha } => {
                let (wrong, note) = self.statistical(alpha, !strangers.is_empty());
                (wrong, Some(note))
            }
        };
        let wrong: BTreeSet<String> = wrong.union(&strangers).cloned().collect();
        let breach = (!wrong.is_empty()).then(|| self.breach(&wrong, &strangers, statistics.as_ref()));
        let blind = statistics.as_ref().is_some_and(|note| note.power == 0.0);
        if breach.is_none() && blind && judged.harness_trouble(what, None).is_none() && !judged.is_short() {
            let mismatch = Mismatch {
                expected: what.to_owned(),
                observed: format!("{} replies are too few for any wrong share to show", self.total()),
                nearest: self.observed(),
                evidence: evidence::around(judged.seen, judged.seen.replies.len().saturating_sub(1)),
            };
            return (Outcome { statistics, ..Outcome::other(Verdict::Inconclusive, mismatch) }, wrong);
        }
        (judged.outcome(what, breach, statistics), wrong)
    }

    /// A deterministic scheduler gives everybody n·w/W requests, off by less than one; over whole cycles that is a
    /// whole number, so that it gives exactly that. In integers: |count·W − n·w| < W.
    fn off_by_one_or_more(&self) -> BTreeSet<String> {
        let all = i128::from(self.all_weights());
        let off = |name: &str, count: u64| {
            (i128::from(count) * all - i128::from(self.total()) * i128::from(self.weight(name))).abs()
        };
        self.counts.iter().filter(|(name, count)| off(name, **count) >= all.max(1)).map(named).collect()
    }

    /// The names whose share is improbably far off, and how that was found. A share that goes to somebody who was
    /// promised none has the probability 0 and needs no test.
    fn statistical(&self, alpha: Option<f64>, strangers: bool) -> (BTreeSet<String>, StatisticsNote) {
        let promised: Vec<&String> =
            self.weights.iter().filter(|(_, weight)| **weight > 0).map(|(name, _)| name).collect();
        let weights: Vec<u32> = promised.iter().map(|name| self.weights[*name]).collect();
        let counts: Vec<u64> = promised.iter().map(|name| self.counts[*name]).collect();
        let test = ShareTest::new(&weights, self.total(), alpha);
        let p_values = test.p_values(&counts);
        let p_value = if strangers { 0.0 } else { p_values.iter().copied().fold(1.0, f64::min) };
        let sensitivity = test.sensitivity();
        let note = StatisticsNote {
            test: test.name().to_owned(),
            n: self.total(),
            alpha: test.alpha(),
            p_value,
            power: sensitivity.map_or(0.0, |found| found.power),
            smallest_error: sensitivity.map_or(1.0, |found| found.smallest_error),
        };
        let wrong = promised.iter().zip(p_values).filter(|(_, p)| *p <= test.alpha());
        (wrong.map(|(name, _)| (*name).clone()).collect(), note)
    }

    fn breach(&self, wrong: &BTreeSet<String>, strangers: &BTreeSet<String>, note: Option<&StatisticsNote>) -> Breach {
        let first_stranger = self.names.iter().find(|(_, name)| strangers.contains(name)).map(|(at, _)| *at);
        let last = self.names.last().map_or(0, |(at, _)| *at);
        let observed = match note {
            Some(note) => format!("{}; p = {:.1e} at α = {:e}", self.observed(), note.p_value, note.alpha),
            None => self.observed(),
        };
        Breach {
            first: first_stranger.or_else(|| self.first_excess(wrong)).unwrap_or(last),
            certain: first_stranger.is_some(),
            observed,
            nearest: self.nearest(wrong),
        }
    }

    /// The reply with which somebody first had one more than a fair share of all replies.
    fn first_excess(&self, wrong: &BTreeSet<String>) -> Option<usize> {
        let mut so_far: BTreeMap<&str, u64> = BTreeMap::new();
        self.names.iter().find_map(|(at, name)| {
            let count = so_far.entry(name).or_default();
            *count += 1;
            let fair = (self.total() * self.weight(name)).div_ceil(self.all_weights().max(1));
            (wrong.contains(name) && *count > fair).then_some(*at)
        })
    }

    fn observed(&self) -> String {
        let total = self.total();
        let shares: Vec<_> = self
            .counts
            .iter()
            .map(|(name, count)| {
                let promised = self.promised(name, total);
                format!("{} {count} ({}) instead of {promised}", shown(name), percent(*count, total))
            })
            .collect();
        format!("of {total} replies {}", shares.join(", "))
    }

    fn promised(&self, name: &str, total: u64) -> String {
        let all = self.all_weights().max(1);
        let exact = total * self.weight(name);
        if exact.is_multiple_of(all) { (exact / all).to_string() } else { format!("{:.1}", exact as f64 / all as f64) }
    }

    /// Who got too much and who too little, and when the promise was nearly kept.
    fn nearest(&self, wrong: &BTreeSet<String>) -> String {
        let all = self.all_weights().max(1) as f64;
        let mut off: Vec<(f64, &String)> = wrong
            .iter()
            .map(|name| {
                let promised = self.total() as f64 * self.weight(name) as f64 / all;
                (self.counts.get(name).copied().unwrap_or_default() as f64 - promised, name)
            })
            .collect();
        off.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let mut parts: Vec<String> = off
            .iter()
            .map(|(off, name)| match off {
                off if *off >= 0.0 => format!("{} got {off:.1} too many", shown(name)),
                off => format!("{} got {:.1} too few", shown(name), -off),
            })
            .collect();
        parts.extend(self.closest());
        parts.join("; ")
    }

    /// The moment at which shares came closest to the promise, once everybody could have had a turn.
    fn closest(&self) -> Option<String> {
        let all = self.all_weights().max(1) as f64;
        let mut so_far: BTreeMap<&str, u64> = self.counts.keys().map(|name| (name.as_str(), 0)).collect();
        let mut best: Option<(f64, usize)> = None;
        for (done, (_, name)) in self.names.iter().enumerate() {
            *so_far.get_mut(name.as_str())? += 1;
            let requests = done + 1;
            if requests < self.weights.len() {
                continue;
            }
            let error = so_far
                .iter()
                .map(|(name, count)| (*count as f64 / requests as f64 - self.weight(name) as f64 / all).abs())
                .fold(0.0, f64::max);
            if best.is_none_or(|(least, _)| error <= least) {
                best = Some((error, requests));
            }
        }
        best.map(|(error, requests)| {
            format!("closest after {requests} requests, where the worst share was off by {:.1} points", error * 100.0)
        })
    }
}

fn named<T>((name, _): (&String, T)) -> String {
    name.clone()
}

/// An unknown locality has no name of its own.
fn shown(name: &str) -> &str {
    if name.is_empty() { "(unknown)" } else { name }
}

fn word(by: ShareBy) -> &'static str {
    match by {
        ShareBy::Endpoint => "endpoint",
        ShareBy::Workload => "workload",
        ShareBy::Locality => "locality",
        ShareBy::Status => "status",
    }
}

fn percent(count: u64, total: u64) -> String {
    format!("{:.1} %", count as f64 * 100.0 / total.max(1) as f64)
}
