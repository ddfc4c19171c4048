//! Waiting for a reply.

use sextant_verdict::{Mismatch, Observations, Reply, Verdict};

use super::causes::{self, Sight};
use super::promises::{not_closed, saw_otherwise, wrong_body, wrong_grpc, wrong_headers, wrong_reason, wrong_status};
use super::replies::{Judged, failed_in_harness, number};
use super::sources::{cross_check, source_of};
use super::{Abilities, Judgement, Outcome, evidence, record, table};
use crate::expect::Expect;
use crate::step::Until;
use crate::view::StepView;

/// Whether one reply keeps every promise of an `until` step, so that the wait may end (after as many as the step wants
/// in a row). The promises are about a single reply: under `sources` it comes from one of those that are named, shares
/// mean nothing, and `seen` is about what workloads saw while the request was under way. A request that failed on the
/// harness's side keeps nothing.
pub fn keeps(expect: &Expect, abilities: &Abilities, seen: &Observations, reply: &Reply) -> bool {
    breaks(expect, abilities, seen, reply).is_none()
}

/// How `reply` breaks the first promise that it breaks.
pub(crate) fn breaks(expect: &Expect, abilities: &Abilities, seen: &Observations, reply: &Reply) -> Option<String> {
    let source = source_of(reply);
    let from = |endpoints: &[_]| source.is_some_and(|source| endpoints.contains(&source.endpoint));
    if failed_in_harness(reply) {
        return Some(evidence::outcome(reply));
    }
    if let Some(how) = expect.status.and_then(|status| wrong_status(reply, status)) {
        return Some(how);
    }
    if let Some(how) = expect.grpc.and_then(|status| wrong_grpc(reply, status)) {
        return Some(how);
    }
    if let Some(how) = not_closed(reply).filter(|_| expect.closed) {
        return Some(how);
    }
    let right_source = match &expect.sources {
        None => true,
        Some(sources) if sources.is_empty() => source.is_none(),
        Some(sources) => from(sources),
    };
    if !right_source || from(&expect.never) {
        return Some(evidence::outcome(reply));
    }
    if let Some(how) = expect.body.as_ref().and_then(|text| wrong_body(reply, text)) {
        return Some(how);
    }
    if let Some(how) = wrong_headers(reply, &expect.headers).filter(|_| !expect.headers.is_empty()) {
        return Some(how);
    }
    if let Some(how) = expect.reason.as_ref().filter(|_| abilities.gives_reasons).and_then(|it| wrong_reason(reply, it))
    {
        return Some(how);
    }
    let expected = expect.seen.as_ref()?;
    let during = reply.sent_at..=reply.done_at;
    let mut asked = seen.workloads.iter().filter(|request| during.contains(&request.at)).peekable();
    if asked.peek().is_none() {
        return Some("no workload was asked".into());
    }
    asked.find_map(|request| saw_otherwise(request, expected))
}

/// Judges a whole wait. `seen` holds every reply up to the one that ended it, or to the deadline.
pub(super) fn judge(step: &StepView<'_>, until: &Until, abilities: &Abilities, seen: &Observations) -> Judgement {
    let wanted = until.in_a_row.unwrap_or(1) as usize;
    let times = if wanted == 1 { String::new() } else { format!(" {wanted} times in a row") };
    let what = format!("within {:?} a reply is as promised{times}: {}", until.within, describe(&until.expect));
    let broken: Vec<Option<String>> =
        seen.replies.iter().map(|reply| breaks(&until.expect, abilities, seen, reply)).collect();
    let kept = broken.iter().rev().take_while(|how| how.is_none()).count();
    let outcome = if kept >= wanted { Outcome::pass() } else { missed(&what, wanted, seen, &broken) };
    let mut checks = vec![record(step, "expect", what, outcome)];
    if until.expect.reason.is_some() && !abilities.gives_reasons {
        let what = "the gateway gives the reason that is awaited".to_owned();
        let skipped = Outcome::skipped(&what, "the subject gives no reasons for its own replies");
        checks.push(record(step, "expect.reason", what, skipped));
    }
    checks.extend(cross_check(step, seen));
    // The table only counts: of a wait's many replies none but the last ones have to keep a promise.
    let nothing = Expect::default();
    let judged = Judged { step, expect: &nothing, abilities, seen, wanted: 1 };
    let shares = (!seen.replies.is_empty()).then(|| table::build(&judged, &[]));
    causes::told(step, Judgement { checks, shares }, Sight::Replies(seen))
}

fn missed(what: &str, wanted: usize, seen: &Observations, broken: &[Option<String>]) -> Outcome {
    let Some(last) = seen.replies.last() else {
        let observed = "no request has an outcome".into();
        let mismatch = Mismatch { expected: what.to_owned(), observed, ..Mismatch::default() };
        return Outcome::other(Verdict::Inconclusive, mismatch);
    };
    let mismatch = Mismatch {
        expected: what.to_owned(),
        observed: format!(
            "the deadline passed after {} replies; the last one, {}: {}",
            seen.replies.len(),
            number(last),
            evidence::outcome(last)
        ),
        nearest: longest_run(wanted, seen, broken),
        evidence: evidence::around(seen, seen.replies.len() - 1),
    };
    // Had the last request not failed in the harness, the wait might have ended with it.
    let verdict = if failed_in_harness(last) { Verdict::Error } else { Verdict::Fail };
    Outcome::other(verdict, mismatch)
}

/// How near the wait came to its end.
fn longest_run(wanted: usize, seen: &Observations, broken: &[Option<String>]) -> String {
    let (mut best, mut best_end, mut run) = (0, 0, 0);
    for (index, how) in broken.iter().enumerate() {
        run = if how.is_none() { run + 1 } else { 0 };
        if run > best {
            (best, best_end) = (run, index);
        }
    }
    if best == 0 {
        return "no reply kept the promises".into();
    }
    let end = number(&seen.replies[best_end]);
    let after = broken.get(best_end + 1).and_then(Option::as_ref);
    let after = after.map(|how| format!(", then: {how}")).unwrap_or_default();
    format!("{best} of {wanted} in a row up to {end}{after}")
}

fn describe(expect: &Expect) -> String {
    let mut parts = Vec::new();
    if let Some(status) = expect.status {
        parts.push(format!("status {}", String::from(status)));
    }
    parts.extend(expect.grpc.map(|status| format!("call ends with {status}")));
    parts.extend(expect.closed.then(|| "connection is closed".to_owned()));
    if let Some(sources) = &expect.sources {
        parts.push(match sources.as_slice() {
            [] => "from no workload".into(),
            some => format!("from {}", super::sources::list(some, "or")),
        });
    }
    if !expect.never.is_empty() {
        parts.push(format!("not from {}", super::sources::list(&expect.never, "or")));
    }
    parts.extend(expect.body.as_ref().map(|text| match text.as_str() {
        "" => "empty body".to_owned(),
        text => format!("body with {text:?}"),
    }));
    parts.extend((!expect.headers.is_empty()).then(|| super::headers::describe(&expect.headers)));
    parts.extend(expect.reason.as_ref().map(|reason| format!("reason {reason}")));
    parts.extend(expect.seen.as_ref().map(super::promises::describe_seen));
    parts.join(", ")
}
