//! The steps of a scenario, one after the other.
//!
//! After every change the subject is waited for (invariant 3): what it was given must serve, and what it had before must
//! be gone, before anything is sent. A promise that is not kept does not end a scenario; what makes every later
//! observation meaningless does: a subject that does not converge, and a step that could not be done or judged.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sextant_fake_dns::Zone;
use sextant_fake_vms::FleetError;
use sextant_scenario::judge::{self, Abilities, Judgement};
use sextant_scenario::{
    Action, ControlPlane, LoadedScenario, Lookup, QueriesStep, Settings, StepView, WorkloadChange, level,
};
use sextant_verdict::{CheckRecord, Listing, Mismatch, Place, Verdict};

mod traffic;
mod wait;

use crate::ledger::Ledger;
use crate::lookup::{LookupError, lookup};
use crate::loopback::NotLoopback;
use crate::manifests::{Cluster, Manifests, NoSuchObject};
use crate::probe::{BadRequest, chain};
use crate::testbed::{JournalOverflow, Mark, Testbed};
use crate::{Feature, Features, Subject, SubjectError};

/// Name of what happens before the first step.
pub(crate) const START: &str = "start";

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For the subject to serve what it was given, lookups not counted.
    pub(crate) convergence: Duration,
    /// For a request to have its whole response.
    pub(crate) request: Duration,
}

/// Which features of the subject promises rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Those that it declares.
    Declared,
    /// All but that it draws lots: what is promised then shows whether it has them.
    Probing,
}

/// Why a scenario ended before its last step.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A check could not be decided; the ledger says which and why.
    Undecided,
    /// The subject cannot do what the scenario needs.
    Unable(String),
}

/// Why a step could not be done.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Subject(#[from] SubjectError),
    #[error("there is no subject")]
    NoSubject,
    #[error(transparent)]
    Request(#[from] BadRequest),
    #[error("the gateway listens on {}; the request must say which `port` it is for", list(.0))]
    WhichListener(Vec<u16>),
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error(transparent)]
    Fleet(#[from] FleetError),
    #[error(transparent)]
    NoSuchObject(#[from] NoSuchObject),
    #[error(transparent)]
    Journal(#[from] JournalOverflow),
}

impl StepError {
    /// Ends the scenario if it is because the subject cannot do what it needs.
    fn unable(&self) -> Result<(), Stop> {
        match self {
            Self::Subject(error @ SubjectError::Unsupported { .. }) => Err(Stop::Unable(error.to_string())),
            _ => Ok(()),
        }
    }
}

/// Does the steps of one scenario.
struct Performer<'a> {
    bed: &'a mut Testbed,
    manifests: &'a Manifests,
    cluster: Cluster,
    limits: Limits,
    refresh: Duration,
    /// When requests that have no outcome are given up.
    deadline: Instant,
    abilities: Abilities,
    /// Where `lookup` steps asked from: such queries are not the subject's.
    own_lookups: Vec<SocketAddr>,
    /// Where in the journals each step began.
    beginnings: Vec<Mark>,
    ledger: &'a Ledger,
}

/// Does every step of `scenario` in `bed`, whose subject was started. What is seen and judged goes into the ledger.
///
/// # Errors
/// [`Stop`] when not every step was done.
pub(crate) async fn perform(
    bed: &mut Testbed,
    scenario: &LoadedScenario,
    manifests: &Manifests,
    limits: Limits,
    deadline: Instant,
    trust: Trust,
    ledger: &Ledger,
) -> Result<(), Stop> {
    let declared = bed.subject().map(|subject| subject.features()).unwrap_or_default();
    ledger.declared(declared.clone());
    let features = match trust {
        Trust::Declared => declared,
        Trust::Probing => Feature::ALL.into_iter().filter(|feature| *feature != Feature::DrawsLots).collect(),
    };
    able(&features, &scenario.scenario.settings)?;
    let mut performer = Performer {
        bed,
        manifests,
        cluster: manifests.cluster(),
        limits,
        refresh: scenario.scenario.settings.dns_refresh.unwrap_or_default(),
        deadline,
        abilities: abilities(&features),
        own_lookups: Vec::new(),
        beginnings: Vec::new(),
        ledger,
    };
    if let Err(error) = performer.configure().await {
        error.unable()?;
        let place = scenario.places.place("manifests");
        ledger.check(undone(START, &scenario.scenario.rules, place, "the subject serves the manifests", error));
        return Err(Stop::Undecided);
    }
    for step in scenario.steps() {
        ledger.step(&step.name());
        performer.beginnings.push(performer.bed.mark());
        let done = performer.step(&step).await;
        let goes_on = match done {
            Ok(judgement) => ledger.judged(judgement),
            Err(error) => {
                error.unable()?;
                ledger.check(undone(&step.name(), step.rules(), step.place(""), purpose(&step.action), error));
                false
            }
        };
        if !goes_on {
            return Err(Stop::Undecided);
        }
    }
    Ok(())
}

impl Performer<'_> {
    async fn step(&mut self, step: &StepView<'_>) -> Result<Judgement, StepError> {
        match step.action {
            Action::Apply(_) | Action::Delete(_) | Action::Dns(_) | Action::Workload(_) => {
                if let Some(traffic) = &step.step.under {
                    return self.change_under(step, traffic).await;
                }
                self.change(step).await?;
            }
            Action::Send(send) => return self.send(step, send).await,
            Action::Hold(hold) => return self.hold(step, hold).await,
            Action::Until(until) => return self.until(step, until).await,
            Action::Lookup(lookup) => return self.lookup(step, lookup).await,
            Action::Listed(_) => {
                let listing = self.listing().await?;
                return Ok(judge::listed(step, &self.abilities, &listing));
            }
            Action::Status(_) => {
                let listing = self.listing().await?;
                return Ok(judge::status(step, &self.abilities, &listing));
            }
            Action::Queries(queries) => {
                let queries = self.bed.queries_since(self.beginning(step, queries), &self.own_lookups)?;
                return Ok(judge::queries(step, &queries));
            }
        }
        Ok(Judgement::default())
    }

    /// Makes the change of a step that is one, and waits until the subject serves it.
    async fn change(&mut self, step: &StepView<'_>) -> Result<(), StepError> {
        match step.action {
            Action::Apply(_) => {
                if let Some(manifests) = self.manifests.of_step(step.index) {
                    self.cluster.apply(manifests);
                }
                self.configure().await
            }
            Action::Delete(delete) => {
                self.cluster.delete(delete)?;
                self.configure().await
            }
            Action::Dns(zone) => self.set_dns(zone).await,
            Action::Workload(WorkloadChange { endpoint, behaviour }) => {
                Ok(self.bed.fleet().set_behaviour(*endpoint, behaviour).await?)
            }
            _ => Ok(()),
        }
    }

    /// Where in the journals the time begins that a `queries` step is about.
    fn beginning(&self, step: &StepView<'_>, queries: &QueriesStep) -> Mark {
        let named = queries.since.as_ref().and_then(|since| {
            let mut steps = step.scenario.scenario.steps.iter().zip(&self.beginnings).take(step.index);
            steps.rfind(|(earlier, _)| earlier.name.as_ref() == Some(since))
        });
        named.map_or_else(Testbed::beginning, |(_, mark)| *mark)
    }

    fn subject(&mut self) -> Result<&mut dyn Subject, StepError> {
        self.bed.subject().ok_or(StepError::NoSubject)
    }

    /// Gives the subject what is in force now, and waits until it serves that.
    async fn configure(&mut self) -> Result<(), StepError> {
        let subject = self.bed.subject().ok_or(StepError::NoSubject)?;
        let generation = subject.apply(self.cluster.resources()).await?;
        Ok(subject.converged(generation, Instant::now() + self.limits.convergence).await?)
    }

    async fn set_dns(&mut self, zone: &Zone) -> Result<(), StepError> {
        self.bed.dns().set(zone.clone());
        let since = Instant::now();
        let deadline = since + self.limits.convergence + self.refresh;
        Ok(self.subject()?.dns_settled(since, deadline).await?)
    }

    async fn lookup(&mut self, step: &StepView<'_>, wanted: &Lookup) -> Result<Judgement, StepError> {
        let record_type = wanted.record_type.as_deref().unwrap_or("A");
        let found = lookup(self.bed.dns().addr(), &wanted.name, record_type, self.bed.clock()).await?;
        self.own_lookups.extend(found.from);
        Ok(judge::lookup(step, &found.answer))
    }

    /// What the subject says of itself; nothing when it says nothing.
    async fn listing(&mut self) -> Result<Listing, StepError> {
        let Abilities { lists_endpoints, lists_exclusions, reports_conditions, .. } = self.abilities;
        if !(lists_endpoints || lists_exclusions || reports_conditions) {
            return Ok(Listing::default());
        }
        Ok(self.subject()?.listing().await?)
    }
}

/// Whether a subject with these features can obey the settings of a scenario.
fn able(features: &Features, settings: &Settings) -> Result<(), Stop> {
    let needs_identity = !settings.gateway_locality.is_empty()
        || !settings.gateway_labels.is_empty()
        || !settings.gateway_network.is_empty();
    let unable = |what: &str| Err(Stop::Unable(format!("the subject cannot be given {what}")));
    if needs_identity && !features.has_identity {
        return unable("a locality, labels or a network");
    }
    if (settings.dns_refresh.is_some() || settings.respect_dns_ttl) && !features.tunes_dns {
        return unable("a DNS refresh time, or told to respect TTLs");
    }
    if settings.control_plane != ControlPlane::default() && !features.configures_control_plane {
        return unable("settings of a control plane");
    }
    Ok(())
}

fn abilities(features: &Features) -> Abilities {
    Abilities {
        lists_endpoints: features.lists_endpoints,
        lists_exclusions: features.lists_exclusions,
        reports_conditions: features.reports_conditions,
        gives_reasons: features.gives_reasons,
        draws_lots: features.draws_lots,
    }
}

/// What the step wanted to do.
fn purpose(action: &Action<'_>) -> &'static str {
    match action {
        Action::Apply(_) => "the subject serves what is applied",
        Action::Delete(_) => "the subject serves what is left after the deletion",
        Action::Dns(_) => "the subject takes up the new DNS answers",
        Action::Workload(_) => "the workload changes its behaviour",
        Action::Send(_) | Action::Hold(_) | Action::Until(_) => "the requests are sent",
        Action::Lookup(_) => "the fake DNS is asked",
        Action::Listed(_) => "the subject lists its endpoints",
        Action::Status(_) => "the subject reports the status of its routes",
        Action::Queries(_) => "the journal of the fake DNS is read",
    }
}

/// The record of a step that could not be done. What a subject does not do in time, or refuses, leaves the question open;
/// anything else is a failure of the harness.
fn undone(step: &str, rules: &[String], place: Place, what: &str, error: StepError) -> CheckRecord {
    let verdict = match &error {
        StepError::Subject(SubjectError::NotConverged { .. } | SubjectError::Refused { .. }) => Verdict::Inconclusive,
        StepError::Subject(SubjectError::Inexpressible { .. }) => Verdict::Skipped,
        _ => Verdict::Error,
    };
    let observed = match &error {
        // Without the time it took, which differs from run to run.
        StepError::Subject(SubjectError::NotConverged { awaited, .. }) => {
            format!("it did not get there in time; waited for {awaited}")
        }
        error => chain(error),
    };
    let mismatch = Mismatch { expected: what.to_owned(), observed, ..Mismatch::default() };
    CheckRecord {
        step: step.to_owned(),
        rules: rules.to_vec(),
        level: level(rules),
        place,
        what: what.to_owned(),
        verdict,
        mismatch: Some(mismatch),
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    }
}

/// The record of a `hold`, or of the traffic under a change, that the deadline of the scenario ended. `field` says how
/// much was to be sent.
fn cut_short(step: &StepView<'_>, field: &str, sent: u64, wanted: u128) -> CheckRecord {
    let what = format!("{wanted} requests are sent");
    let mismatch = Mismatch {
        expected: what.clone(),
        observed: format!("{sent} were sent before the deadline of the scenario"),
        ..Mismatch::default()
    };
    CheckRecord {
        step: step.name(),
        rules: step.rules().to_vec(),
        level: level(step.rules()),
        place: step.place(field),
        what,
        verdict: Verdict::Inconclusive,
        mismatch: Some(mismatch),
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    }
}

fn list(ports: &[u16]) -> String {
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
