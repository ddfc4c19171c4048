//! What is known of a scenario while it runs. It is kept outside of what runs, so that nothing is lost when that hangs,
//! panics or is cancelled.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sextant_scenario::judge::Judgement;
use sextant_verdict::{CheckRecord, RunEvent, ShareTable, Verdict};
use tokio::sync::mpsc::UnboundedSender;

use crate::Features;

/// The record of a scenario in the making; what is entered is told at once.
#[derive(Debug)]
pub(crate) struct Ledger {
    id: String,
    subject: String,
    events: UnboundedSender<RunEvent>,
    entries: Mutex<Entries>,
}

/// What was entered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    /// Name of the step that was started last; empty before the first.
    pub(crate) step: String,
    pub(crate) checks: Vec<CheckRecord>,
    pub(crate) shares: Vec<ShareTable>,
    /// Requests sent.
    pub(crate) requests: u64,
    /// What the subject says that it can do; `None` before it was started.
    pub(crate) declared: Option<Features>,
}

impl Ledger {
    pub(crate) fn new(id: &str, subject: &str, events: UnboundedSender<RunEvent>) -> Self {
        Self { id: id.to_owned(), subject: subject.to_owned(), events, entries: Mutex::default() }
    }

    /// Sends an event. A run goes on when nobody listens any more.
    pub(crate) fn tell(&self, event: RunEvent) {
        let _ = self.events.send(event);
    }

    /// A step starts.
    pub(crate) fn step(&self, name: &str) {
        self.entries().step = name.to_owned();
        self.tell(RunEvent::StepStarted { id: self.id.clone(), subject: self.subject.clone(), step: name.to_owned() });
    }

    /// A promise was judged, or could not be.
    pub(crate) fn check(&self, check: CheckRecord) {
        self.entries().checks.push(check.clone());
        let (id, subject) = (self.id.clone(), self.subject.clone());
        self.tell(RunEvent::Checked { id, subject, check: Box::new(check) });
    }

    /// The promises of a step were judged. True when the scenario can go on: it cannot after a check that could not be
    /// decided, for what comes later would be judged in a world that nobody knows.
    pub(crate) fn judged(&self, judgement: Judgement) -> bool {
        let undecided =
            judgement.checks.iter().any(|check| matches!(check.verdict, Verdict::Inconclusive | Verdict::Error));
        for check in judgement.checks {
            self.check(check);
        }
        self.entries().shares.extend(judgement.shares);
        !undecided
    }

    /// The subject was asked what it can do.
    pub(crate) fn declared(&self, features: Features) {
        self.entries().declared = Some(features);
    }

    /// Requests were sent.
    pub(crate) fn sent(&self, requests: u64) {
        self.entries().requests += requests;
    }

    /// Everything so far.
    pub(crate) fn read(&self) -> Entries {
        self.entries().clone()
    }

    // A panic under the lock leaves nothing half entered.
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
