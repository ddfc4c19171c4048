//! Steps that send requests: `send`, `hold` and `until`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sextant_scenario::judge::{self, Judgement, keeps};
use sextant_scenario::{Hold, Request, Send, StepView, Traffic, Until};
use sextant_verdict::{Observations, Reply};

use super::{Performer, StepError, wait};
use crate::loopback::Loopback;
use crate::probe::{Probe, ProbeRequest};
use crate::testbed::Mark;

/// Time from one request of a `hold` to the next. A fixed pace makes the number of requests, and so the record, the same
/// in every run, and leaves time for the scenarios that run beside.
const PACE: Duration = Duration::from_millis(5);

/// Time from a reply that is not the awaited one to the next request of an `until`.
const PAUSE: Duration = Duration::from_millis(10);

/// Requests before a change that is made under traffic, and so many after it. More than a gateway has workers, so that the
/// endpoints of a small backend all have their turn.
const AROUND_A_CHANGE: usize = 20;

impl Performer<'_> {
    pub(super) async fn send(&mut self, step: &StepView<'_>, send: &Send) -> Result<Judgement, StepError> {
        let probe = self.probe(&send.request, send.connections.unwrap_or(1))?;
        let mark = self.bed.mark();
        let replies = probe.volley(send.requests(), send.concurrency.unwrap_or(1), self.deadline).await;
        self.ledger.sent(replies.len() as u64);
        Ok(judge::replies(step, &self.abilities, &self.observed(replies, mark)?))
    }

    pub(super) async fn hold(&mut self, step: &StepView<'_>, hold: &Hold) -> Result<Judgement, StepError> {
        let probe = self.probe(&hold.request, 1)?;
        let mark = self.bed.mark();
        let start = Instant::now();
        // One at the start and one at the end, at least.
        let wanted = hold.duration.as_micros() / PACE.as_micros() + 2;
        let mut replies = Vec::new();
        let mut next = start;
        for number in 0.. {
            if replies.len() as u128 == wanted || Instant::now() >= self.deadline {
                break;
            }
            wait::until(next).await;
            replies.push(probe.one(number, None).await);
            next = (next + PACE).min(start + hold.duration);
        }
        let sent = replies.len() as u64;
        self.ledger.sent(sent);
        let mut judgement = judge::replies(step, &self.abilities, &self.observed(replies, mark)?);
        if u128::from(sent) < wanted {
            judgement.checks.push(super::cut_short(step, "for", sent, wanted));
        }
        Ok(judgement)
    }

    pub(super) async fn until(&mut self, step: &StepView<'_>, until: &Until) -> Result<Judgement, StepError> {
        let probe = self.probe(&until.request, 1)?;
        let mark = self.bed.mark();
        let deadline = self.deadline.min(Instant::now() + until.within);
        let wanted = u64::from(until.in_a_row.unwrap_or(1));
        let (mut replies, mut kept) = (Vec::new(), 0);
        for number in 0.. {
            let before = self.bed.mark();
            let reply = probe.one(number, Some(deadline)).await;
            let seen = self.observed(vec![reply.clone()], before)?;
            kept = if keeps(&until.expect, &self.abilities, &seen, &reply) { kept + 1 } else { 0 };
            replies.push(reply);
            if kept == wanted || Instant::now() >= deadline {
                break;
            }
            if kept == 0 {
                wait::until(deadline.min(Instant::now() + PAUSE)).await;
            }
        }
        // How often it was asked before is a matter of timing, and equal runs have equal records (invariant 5).
        self.ledger.sent(if kept == wanted { wanted } else { replies.len() as u64 });
        let mut judgement = judge::replies(step, &self.abilities, &self.observed(replies, mark)?);
        if kept == wanted {
            judgement.shares = None;
        }
        Ok(judgement)
    }

    /// Makes the change of `step` while requests are sent, from before it until after it is served.
    pub(super) async fn change_under(
        &mut self,
        step: &StepView<'_>,
        traffic: &Traffic,
    ) -> Result<Judgement, StepError> {
        let probe = self.probe(&traffic.request, 1)?;
        let mark = self.bed.mark();
        let deadline = self.deadline;
        let mut replies = Vec::new();
        paced(&probe, &mut replies, deadline, |sent| sent == AROUND_A_CHANGE).await;
        let served = AtomicBool::new(false);
        let change = async {
            let changed = self.change(step).await;
            served.store(true, Ordering::Release);
            changed
        };
        let meanwhile = paced(&probe, &mut replies, deadline, |_| served.load(Ordering::Acquire));
        let (changed, ()) = tokio::join!(change, meanwhile);
        changed?;
        let wanted = replies.len() + AROUND_A_CHANGE;
        paced(&probe, &mut replies, deadline, |sent| sent == wanted).await;
        let short =
            (replies.len() < wanted).then(|| super::cut_short(step, "request", replies.len() as u64, wanted as u128));
        // How many were sent meanwhile is a matter of timing, and equal runs have equal records (invariant 5).
        self.ledger.sent(2 * AROUND_A_CHANGE as u64);
        let mut judgement = judge::replies(step, &self.abilities, &self.observed(replies, mark)?);
        if judgement.verdict() == sextant_verdict::Verdict::Pass {
            judgement.shares = None;
        }
        judgement.checks.extend(short);
        Ok(judgement)
    }

    fn probe(&mut self, request: &Request, connections: u32) -> Result<Probe, StepError> {
        let target = self.listener(request.port)?;
        let around = self.bed.surroundings(self.limits.request);
        Ok(Probe::new(target, ProbeRequest::new(request)?, connections, around))
    }

    /// Where the listener on `port`, or the only one, is. `None` when there is none: that is for the promises to judge.
    fn listener(&mut self, port: Option<u16>) -> Result<Option<Loopback>, StepError> {
        let subject = self.subject()?;
        let port = match (port, subject.ports().as_slice()) {
            (Some(port), _) => Some(port),
            (None, []) => None,
            (None, [only]) => Some(*only),
            (None, several) => return Err(StepError::WhichListener(several.to_vec())),
        };
        let address = port.and_then(|port| subject.listener(port));
        Ok(address.map(Loopback::new).transpose()?)
    }

    /// What was seen since `mark`.
    fn observed(&self, replies: Vec<Reply>, mark: Mark) -> Result<Observations, StepError> {
        Ok(Observations {
            replies,
            dns: self.bed.queries_since(mark, &self.own_lookups)?,
            workloads: self.bed.requests_since(mark)?,
            listing: None,
        })
    }
}

/// Sends requests at the pace of a `hold`, numbered on from those there are, until `enough` says so of their number.
async fn paced(probe: &Probe, replies: &mut Vec<Reply>, deadline: Instant, enough: impl Fn(usize) -> bool) {
    while !enough(replies.len()) && Instant::now() < deadline {
        let next = Instant::now() + PACE;
        replies.push(probe.one(replies.len() as u64, None).await);
        wait::until(next).await;
    }
}
