//! The replies of a step against its promises: what every promise shares.

use sextant_verdict::{CheckRecord, FailureSide, Mismatch, Observations, Reply, ReplyOutcome, StatisticsNote, Verdict};

use super::causes::{self, Sight};
use super::{Abilities, Judgement, Outcome, evidence, headers, promises, record, shares, sources, table, until};
use crate::expect::Expect;
use crate::view::{Action, StepView};

/// Judges the replies of a `send`, `hold` or `until` step, or of the traffic under a change. `seen` holds what this step saw and nothing else: all its
/// replies in the order sent, and the journals of the same time. Other steps give an empty judgement.
pub fn replies(step: &StepView<'_>, abilities: &Abilities, seen: &Observations) -> Judgement {
    let (expect, wanted) = match step.action {
        Action::Send(send) => (&send.expect, u64::from(send.requests())),
        Action::Hold(hold) => (&hold.expect, 1),
        Action::Until(step_until) => return until::judge(step, step_until, abilities, seen),
        _ => match &step.step.under {
            Some(traffic) => (&traffic.expect, 1),
            None => return Judgement::default(),
        },
    };
    let judged = Judged { step, expect, abilities, seen, wanted };
    let mut checks = judged.promises();
    let views = shares::judge(&judged);
    let table = table::build(&judged, &views);
    checks.extend(views.into_iter().map(|view| view.record));
    checks.extend(sources::cross_check(step, seen));
    let judgement = Judgement { checks, shares: (!seen.replies.is_empty()).then_some(table) };
    causes::told(step, judgement, Sight::Replies(seen))
}

/// Replies and what is promised about them.
pub(super) struct Judged<'a> {
    pub(super) step: &'a StepView<'a>,
    pub(super) expect: &'a Expect,
    pub(super) abilities: &'a Abilities,
    pub(super) seen: &'a Observations,
    /// Replies that must have come before anything can be said about all of them.
    pub(super) wanted: u64,
}

/// How a promise was broken.
pub(super) struct Breach {
    /// Number, in the observations, of the first reply that breaks it.
    pub(super) first: usize,
    /// Whether it stays broken whatever replies are still missing.
    pub(super) certain: bool,
    pub(super) observed: String,
    /// Empty when nothing was near.
    pub(super) nearest: String,
}

impl<'a> Judged<'a> {
    /// Every promise but shares.
    fn promises(&self) -> Vec<CheckRecord> {
        let expect = self.expect;
        let mut checks = Vec::new();
        if let Some(status) = expect.status {
            let what = format!("every reply has status {}", String::from(status));
            checks.push(self.check("expect.status", what, promises::status(self, status)));
        }
        if let Some(status) = expect.grpc {
            let what = format!("every call ends with {status}");
            checks.push(self.check("expect.grpc", what, promises::grpc(self, status)));
        }
        if expect.closed {
            let what = "every connection is closed before anything comes back".to_owned();
            checks.push(self.check("expect.closed", what, promises::closed(self)));
        }
        if let Some(expected) = &expect.sources {
            let what = sources::describe(expected);
            checks.push(self.check("expect.sources", what, sources::exactly(self, expected)));
        }
        if !expect.never.is_empty() {
            let what = format!("no reply comes from {}", sources::list(&expect.never, "or"));
            checks.push(self.check("expect.never", what, sources::never(self, &expect.never)));
        }
        if let Some(text) = &expect.body {
            let what = match text.as_str() {
                "" => "every body is empty".to_owned(),
                text => format!("every body contains {text:?}"),
            };
            checks.push(self.check("expect.body", what, promises::body(self, text)));
        }
        if !expect.headers.is_empty() {
            let what = format!("every reply has {}", headers::describe(&expect.headers));
            checks.push(self.check("expect.headers", what, promises::headers(self, &expect.headers)));
        }
        if let Some(reason) = &expect.reason {
            let what = format!("the gateway gives the reason {reason} for every reply");
            checks.push(if self.abilities.gives_reasons {
                self.check("expect.reason", what, promises::reason(self, reason))
            } else {
                let skipped = Outcome::skipped(&what, "the subject gives no reasons for its own replies");
                record(self.step, "expect.reason", what, skipped)
            });
        }
        if let Some(expected) = &expect.seen {
            let what = promises::describe_seen(expected);
            checks.push(record(self.step, "expect.seen", what.clone(), promises::seen(self, expected, &what)));
        }
        checks
    }

    /// The replies that the subject has to answer for, each with its number in the observations.
    pub(super) fn sound(&self) -> impl Iterator<Item = (usize, &'a Reply)> {
        self.seen.replies.iter().enumerate().filter(|(_, reply)| !failed_in_harness(reply))
    }

    fn check(&self, field: &str, what: String, breach: Option<Breach>) -> CheckRecord {
        let outcome = self.outcome(&what, breach, None);
        record(self.step, field, what, outcome)
    }

    /// The verdict on a promise that the sound replies broke as `breach` says, or kept.
    pub(super) fn outcome(&self, what: &str, breach: Option<Breach>, statistics: Option<StatisticsNote>) -> Outcome {
        let outcome = match (self.harness_trouble(what, breach.as_ref()), breach) {
            (Some(error), _) => error,
            (None, Some(breach)) if breach.certain => self.broken(Verdict::Fail, what, breach),
            (None, _) if self.is_short() => Outcome::other(Verdict::Inconclusive, self.shortage(what)),
            (None, Some(breach)) => self.broken(Verdict::Fail, what, breach),
            (None, None) => Outcome::pass(),
        };
        Outcome { statistics, ..outcome }
    }

    fn broken(&self, verdict: Verdict, what: &str, breach: Breach) -> Outcome {
        let evidence = evidence::around(self.seen, breach.first);
        let Breach { observed, nearest, .. } = breach;
        Outcome::other(verdict, Mismatch { expected: what.to_owned(), observed, nearest, evidence })
    }

    /// The harness's own failures, when there are any.
    pub(super) fn harness_trouble(&self, what: &str, breach: Option<&Breach>) -> Option<Outcome> {
        let count = self.seen.replies.iter().filter(|reply| failed_in_harness(reply)).count();
        let first = self.seen.replies.iter().position(failed_in_harness)?;
        let observed = format!(
            "{count} of {} requests failed on the harness's side, first {}",
            self.seen.replies.len(),
            at(&self.seen.replies[first])
        );
        let nearest = match breach {
            None => "the other replies kept it".to_owned(),
            Some(breach) => format!("the other replies did not keep it: {}", breach.observed),
        };
        let evidence = evidence::around(self.seen, first);
        Some(Outcome::other(Verdict::Error, Mismatch { expected: what.to_owned(), observed, nearest, evidence }))
    }

    pub(super) fn is_short(&self) -> bool {
        (self.seen.replies.len() as u64) < self.wanted
    }

    pub(super) fn shortage(&self, what: &str) -> Mismatch {
        let came = self.seen.replies.len();
        let nearest = if came == 0 { "" } else { "the outcomes that are known are no breach that is certain" };
        Mismatch {
            expected: what.to_owned(),
            observed: format!("only {came} of {} requests have an outcome", self.wanted),
            nearest: nearest.into(),
            evidence: evidence::around(self.seen, came.saturating_sub(1)),
        }
    }

    /// A breach by those of the sound replies for which `breaks` gives a reason.
    pub(super) fn each(&self, breaks: impl Fn(&Reply) -> Option<String>) -> Option<Breach> {
        let broken: Vec<_> =
            self.sound().filter_map(|(index, reply)| breaks(reply).map(|how| (index, reply, how))).collect();
        let (first, reply, how) = broken.first()?;
        let total = self.sound().count();
        let nearest = match total - broken.len() {
            0 => String::new(),
            kept => format!("{kept} of {total} replies kept it, {first} of them before the first that did not"),
        };
        Some(Breach {
            first: *first,
            certain: true,
            observed: format!("{} of {total} replies did not, first {}: {how}", broken.len(), number(reply)),
            nearest,
        })
    }
}

pub(crate) fn failed_in_harness(reply: &Reply) -> bool {
    matches!(&reply.outcome, ReplyOutcome::Failed(failure) if failure.side == FailureSide::Harness)
}

fn at(reply: &Reply) -> String {
    format!("{}: {}", number(reply), evidence::outcome(reply))
}

/// How a request is called in reports.
pub(super) fn number(reply: &Reply) -> String {
    format!("request #{}", reply.number)
}
