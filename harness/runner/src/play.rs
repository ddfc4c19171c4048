//! One scenario on one subject, whatever happens: it ends by its deadline, and always with a record.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use sextant_scenario::{LoadedScenario, Profile};
use sextant_verdict::{CheckRecord, OTHER_PROFILE, RunEvent, ScenarioRecord, Verdict};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::addresses::netns;
use crate::clock::micros;
use crate::ledger::{Entries, Ledger};
use crate::manifests::{ManifestError, Manifests};
use crate::probe::chain;
use crate::steps::{self, Limits, Stop, Trust};
use crate::testbed::{Testbed, TestbedError};
use crate::{AddressMode, Features, Keep, RunOptions, SubjectError, SubjectFactory};

/// A scenario to be run on a subject.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) scenario: Arc<LoadedScenario>,
    pub(crate) subject: Arc<dyn SubjectFactory>,
    pub(crate) options: Arc<RunOptions>,
    /// Whether its testbed may be kept.
    pub(crate) keep: Option<Kept>,
}

/// Whether the testbed of a scenario is kept.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) keep: Arc<Keep>,
    /// Whatever becomes of it; otherwise only when it does not pass.
    pub(crate) always: bool,
}

/// How a scenario ended.
enum End {
    /// It came to its last step.
    Done,
    /// It stopped itself.
    Stopped(Stop),
    /// It could not start.
    NotStarted(StartError),
    /// The deadline passed.
    Hung,
    /// Something panicked.
    Panicked(String),
    /// The run was cancelled.
    Cancelled,
}

/// Why a scenario could not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Manifests(#[from] ManifestError),
    #[error(transparent)]
    Testbed(#[from] TestbedError),
    #[error("the manifests could not be read to their end")]
    Reader(#[from] tokio::task::JoinError),
}

impl Job {
    /// Runs the scenario. When this returns, nothing of it is left.
    pub(crate) async fn play(self, events: UnboundedSender<RunEvent>, cancel: CancellationToken) -> ScenarioRecord {
        if self.options.addresses != AddressMode::Netns {
            return self.play_here(events, cancel).await;
        }
        let (job, told) = (self.clone(), events.clone());
        match netns::apart(cancel, move |cancel| job.play_here(told, cancel)).await {
            Ok(record) => record,
            Err(error) => {
                let record = self.lost(chain(&error));
                // Nobody may be listening.
                let _ = events.send(RunEvent::ScenarioFinished(Box::new(record.clone())));
                record
            }
        }
    }

    async fn play_here(self, events: UnboundedSender<RunEvent>, cancel: CancellationToken) -> ScenarioRecord {
        let id = &self.scenario.scenario.id;
        let subject = self.subject.name().to_owned();
        let span = tracing::debug_span!("scenario", scenario.id = %id, subject.name = %subject);
        let ledger = Ledger::new(id, &subject, events);
        ledger.tell(RunEvent::ScenarioStarted { id: id.clone(), subject });
        let record = match self.mismatched_profile() {
            Some(reason) => self.skipped(reason),
            None => {
                let began = Instant::now();
                let end = self.guarded(&ledger, Trust::Declared, &cancel).instrument(span).await;
                let mut record = self.record(end, ledger.read());
                record.duration_us = Some(micros(began.elapsed()));
                record
            }
        };
        ledger.tell(RunEvent::ScenarioFinished(Box::new(record.clone())));
        record
    }

    /// Runs the scenario as if the subject had every feature. With the record comes what the subject says of itself; `None`
    /// when it was not started.
    pub(crate) async fn probe(self, cancel: CancellationToken) -> (Option<Features>, ScenarioRecord) {
        if self.options.addresses != AddressMode::Netns {
            return self.probe_here(cancel).await;
        }
        let job = self.clone();
        let probed = netns::apart(cancel, move |cancel| job.probe_here(cancel)).await;
        probed.unwrap_or_else(|error| (None, self.lost(chain(&error))))
    }

    async fn probe_here(self, cancel: CancellationToken) -> (Option<Features>, ScenarioRecord) {
        if let Some(reason) = self.mismatched_profile() {
            return (None, self.skipped(reason));
        }
        // Nobody listens: a probe is no part of the run.
        let (events, _) = tokio::sync::mpsc::unbounded_channel();
        let ledger = Ledger::new(&self.scenario.scenario.id, self.subject.name(), events);
        let end = self.guarded(&ledger, Trust::Probing, &cancel).await;
        let entries = ledger.read();
        (entries.declared.clone(), self.record(end, entries))
    }

    /// The record of a scenario that was not run.
    pub(crate) fn skipped(&self, reason: String) -> ScenarioRecord {
        self.write(Verdict::Skipped, reason, Entries::default())
    }

    /// The record of a scenario that was lost with its task.
    pub(crate) fn lost(&self, why: String) -> ScenarioRecord {
        self.write(Verdict::Error, why, Entries::default())
    }

    fn mismatched_profile(&self) -> Option<String> {
        let (holds_for, asked) = (&self.scenario.scenario.profiles, self.options.profile);
        if holds_for.is_empty() || holds_for.contains(&asked) {
            return None;
        }
        let names: Vec<_> = holds_for.iter().map(|profile| profile_name(*profile)).collect();
        Some(format!("{OTHER_PROFILE}{} only, and {} was asked for", names.join(", "), profile_name(asked)))
    }

    /// Runs the scenario under its deadline and tears its testbed down, whatever became of it.
    async fn guarded(&self, ledger: &Ledger, trust: Trust, cancel: &CancellationToken) -> End {
        let mut bed = None;
        let deadline = Instant::now() + self.options.scenario_timeout;
        // The ledger survives a panic, and of the testbed nothing is used after one but what ends it.
        let body = AssertUnwindSafe(self.body(&mut bed, ledger, trust, deadline)).catch_unwind();
        let end = tokio::select! {
            biased;
            () = cancel.cancelled() => End::Cancelled,
            ended = tokio::time::timeout_at(deadline.into(), body) => match ended {
                Err(_) => End::Hung,
                Ok(Err(panic)) => End::Panicked(panic_text(&*panic)),
                Ok(Ok(end)) => end,
            },
        };
        if let (Some(bed), Some(kept)) = (&mut bed, &self.keep) {
            self.keep(bed, kept, &end, ledger, cancel).await;
        }
        if let Some(bed) = bed {
            // What a subject does on its way out is not judged any more.
            if AssertUnwindSafe(bed.close()).catch_unwind().await.is_err() {
                tracing::warn!("the testbed panicked while it was torn down");
            }
        }
        end
    }

    /// Keeps the testbed up if it should be.
    async fn keep(&self, bed: &mut Testbed, kept: &Kept, end: &End, ledger: &Ledger, cancel: &CancellationToken) {
        let verdict = match end {
            End::Cancelled | End::Stopped(Stop::Unable(_)) => return,
            End::Done | End::Stopped(Stop::Undecided) => of_checks(&ledger.read().checks),
            End::NotStarted(_) | End::Hung | End::Panicked(_) => Verdict::Error,
        };
        if kept.always || !matches!(verdict, Verdict::Pass | Verdict::Skipped) {
            let holding = kept.keep.hold(bed, &self.scenario, self.subject.name(), verdict);
            tokio::select! { () = holding => {}, () = cancel.cancelled() => {} }
        }
    }

    async fn body(&self, bed: &mut Option<Testbed>, ledger: &Ledger, trust: Trust, deadline: Instant) -> End {
        ledger.step(steps::START);
        let (bed, manifests) = match self.start(bed).await {
            Ok(started) => started,
            Err(StartError::Testbed(TestbedError::Subject(
                error @ (SubjectError::Inexpressible { .. } | SubjectError::Unsupported { .. }),
            ))) => return End::Stopped(Stop::Unable(chain(&error))),
            Err(error) => return End::NotStarted(error),
        };
        // Requests are given up a little earlier, so that what they came to can still be judged.
        let requests_end = deadline - (self.options.scenario_timeout / 10).min(Duration::from_secs(2));
        let limits = Limits { convergence: self.options.convergence_timeout, request: self.options.request_timeout };
        match steps::perform(bed, &self.scenario, &manifests, limits, requests_end, trust, ledger).await {
            Ok(()) => End::Done,
            Err(stop) => End::Stopped(stop),
        }
    }

    async fn start<'b>(&self, bed: &'b mut Option<Testbed>) -> Result<(&'b mut Testbed, Manifests), StartError> {
        let scenario = Arc::clone(&self.scenario);
        // Files are read off the reactor, which drives other scenarios at the same time.
        let manifests = tokio::task::spawn_blocking(move || Manifests::read(&scenario)).await??;
        let (scenario, seed) = (&self.scenario.scenario, self.options.seed);
        let bed = bed.insert(Testbed::open(scenario, self.options.addresses, seed).await?);
        bed.start(&*self.subject, scenario, self.options.profile, self.options.addresses, seed).await?;
        Ok((bed, manifests))
    }

    fn record(&self, end: End, mut entries: Entries) -> ScenarioRecord {
        sextant_scenario::judge::reconsider(&mut entries.checks);
        let step = &entries.step;
        let (ended, why) = match end {
            End::Done | End::Stopped(Stop::Undecided) => (Verdict::Pass, String::new()),
            End::Stopped(Stop::Unable(reason)) => (Verdict::Skipped, reason),
            End::NotStarted(error) => (Verdict::Error, chain(&error)),
            End::Hung => {
                let limit = self.options.scenario_timeout;
                (Verdict::Error, format!("the deadline of {limit:?} passed in step `{step}`"))
            }
            End::Panicked(text) => (Verdict::Error, format!("panic in step `{step}`: {text}")),
            End::Cancelled => (Verdict::Inconclusive, format!("the run was cancelled in step `{step}`")),
        };
        let verdict = ended.max(of_checks(&entries.checks));
        let reason = match verdict {
            _ if !why.is_empty() => why,
            Verdict::Fail => String::new(),
            Verdict::Pass => not_judged(&entries.checks),
            _ => first_of(&entries.checks, verdict),
        };
        self.write(verdict, reason, entries)
    }

    fn write(&self, verdict: Verdict, reason: String, entries: Entries) -> ScenarioRecord {
        let scenario = &self.scenario.scenario;
        let subject = self.subject.name().to_owned();
        ScenarioRecord {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            repeat: self.options.repeat_command(&self.scenario, &self.subject.arguments()),
            subject,
            rules: scenario.all_rules().into_iter().map(str::to_owned).collect(),
            place: self.scenario.place(),
            verdict,
            reason,
            known: None,
            checks: entries.checks,
            shares: entries.shares,
            requests: entries.requests,
            duration_us: None,
        }
    }
}

/// The word for a profile.
pub(crate) fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Kgateway => "kgateway",
        Profile::Istio => "istio",
    }
}

/// The worst verdict of `checks`. What was not judged counts only when nothing else was.
fn of_checks(checks: &[CheckRecord]) -> Verdict {
    let worst = Verdict::worst(checks.iter().map(|check| check.verdict));
    let kept = checks.iter().any(|check| check.verdict == Verdict::Pass);
    if worst == Verdict::Skipped && kept { Verdict::Pass } else { worst }
}

/// What a scenario that passed leaves open, in one line; empty when nothing.
fn not_judged(checks: &[CheckRecord]) -> String {
    let open = checks.iter().filter(|check| check.verdict == Verdict::Skipped).count();
    if open == 0 {
        return String::new();
    }
    let first = first_of(checks, Verdict::Skipped);
    format!("passed, but {open} of {} promises were not judged; {first}", checks.len())
}

/// The first check with this verdict, in one line.
fn first_of(checks: &[CheckRecord], verdict: Verdict) -> String {
    let Some(check) = checks.iter().find(|check| check.verdict == verdict) else { return String::new() };
    let observed = check.mismatch.as_ref().map(|mismatch| mismatch.observed.as_str()).unwrap_or_default();
    format!("step `{}`: {}: {observed}", check.step, check.what)
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it said nothing".to_owned())
}
