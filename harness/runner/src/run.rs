//! Many scenarios on many subjects, side by side.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sextant_scenario::{LoadedScenario, Profile};
use sextant_verdict::{Environment, RunEvent, RunRecord, ScenarioRecord};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::micros;
use crate::play::{Job, Kept, panic_text, profile_name};
use crate::{AddressMode, Keep, SubjectFactory};

/// How scenarios are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Whose rules are demanded; a scenario that does not hold for it is skipped. Default kgateway.
    pub profile: Profile,
    /// How subjects get to know real addresses. Default [`AddressMode::Alias`].
    pub addresses: AddressMode,
    /// Seed of everything that draws lots. Default 1.
    pub seed: u64,
    /// Scenarios that run side by side; `None` (default) means twice the number of cores, 0 counts as 1.
    pub jobs: Option<usize>,
    /// Longest time for one scenario; one that takes longer is an error. Default 60 s.
    pub scenario_timeout: Duration,
    /// Longest time for a subject to serve what it was given; one that takes longer makes the scenario inconclusive.
    /// After a change of DNS the time between lookups comes on top. Default 20 s.
    pub convergence_timeout: Duration,
    /// Longest time for a request to have its whole response; one that takes longer has failed. Default 10 s.
    pub request_timeout: Duration,
    /// How a scenario is named in the command that repeats it.
    pub repeat: Repeat,
}

/// How the command that repeats a scenario names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// By its id, for scenarios of the suite.
    #[default]
    ById,
    /// By its file, for scenarios from elsewhere.
    ByFile,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            addresses: AddressMode::default(),
            seed: 1,
            jobs: None,
            scenario_timeout: Duration::from_secs(60),
            convergence_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(10),
            repeat: Repeat::default(),
        }
    }
}

impl RunOptions {
    /// The command that runs `scenario` alone on the subject of this name, as these options do.
    pub(crate) fn repeat_command(&self, scenario: &LoadedScenario, subject: &[String]) -> String {
        let id = &scenario.scenario.id;
        let named = match self.repeat {
            Repeat::ById => quoted(id),
            Repeat::ByFile => format!("{} -E {}", quoted(&scenario.file), quoted(&format!("id({id})"))),
        };
        let profile = profile_name(self.profile);
        let addresses = match self.addresses {
            AddressMode::Alias => String::new(),
            addresses => format!(" --addresses {addresses}"),
        };
        let subject: Vec<_> = subject.iter().map(|word| quoted(word)).collect();
        let subject = subject.join(" ");
        format!("sextant run {named} --seed {} --profile {profile} --subject {subject}{addresses}", self.seed)
    }
}

/// Runs every scenario on every subject, and tells `events` as it goes; a run goes on when nobody listens.
///
/// Every scenario has a testbed of its own, so that any number of them can run side by side. When this returns, nothing
/// of them is left. A scenario that hangs or panics is an error and never a lost run. `cancel` ends what runs
/// (inconclusive) and keeps the rest from starting (skipped); the record has them all, in the order of subject and id.
/// Dropping the future ends everything too, without a record.
pub async fn run(
    scenarios: Vec<LoadedScenario>,
    subjects: Vec<Arc<dyn SubjectFactory>>,
    options: RunOptions,
    events: UnboundedSender<RunEvent>,
    cancel: CancellationToken,
) -> RunRecord {
    run_keeping(scenarios, subjects, options, events, cancel, None).await
}

/// The same, with a testbed that stays up for a while; see [`Keep`].
pub async fn run_keeping(
    scenarios: Vec<LoadedScenario>,
    subjects: Vec<Arc<dyn SubjectFactory>>,
    options: RunOptions,
    events: UnboundedSender<RunEvent>,
    cancel: CancellationToken,
    keep: Option<Keep>,
) -> RunRecord {
    let (began, started_at) = (Instant::now(), jiff::Timestamp::now());
    // Of scenarios side by side nobody could say which is the first.
    let options = Arc::new(if keep.is_some() { RunOptions { jobs: Some(1), ..options } } else { options });
    let always = scenarios.len() * subjects.len() == 1;
    let keep = keep.map(|keep| Kept { keep: Arc::new(keep), always });
    let jobs: Vec<Job> = scenarios
        .into_iter()
        .map(Arc::new)
        .flat_map(|scenario| subjects.iter().map(move |subject| (Arc::clone(&scenario), Arc::clone(subject))))
        .map(|(scenario, subject)| Job { scenario, subject, options: Arc::clone(&options), keep: keep.clone() })
        .collect();
    // Nobody may be listening; the same below.
    let _ = events.send(RunEvent::RunStarted { total: jobs.len() });
    let records = play_all(jobs, &options, &events, &cancel).await;
    let environment = Environment {
        sextant: env!("CARGO_PKG_VERSION").to_owned(),
        level: None,
        profile: profile_name(options.profile).to_owned(),
        seed: options.seed,
        address_mode: options.addresses.to_string(),
        started_at: Some(started_at.to_string()),
        duration_us: Some(micros(began.elapsed())),
    };
    let record = RunRecord::new(environment, records);
    let _ = events.send(RunEvent::RunFinished(Box::new(record.clone())));
    record
}

async fn play_all(
    jobs: Vec<Job>,
    options: &RunOptions,
    events: &UnboundedSender<RunEvent>,
    cancel: &CancellationToken,
) -> Vec<ScenarioRecord> {
    let places = Arc::new(Semaphore::new(options.jobs.unwrap_or_else(default_jobs).max(1)));
    let mut running = JoinSet::new();
    let mut known: HashMap<Id, Job> = HashMap::with_capacity(jobs.len());
    let mut records = Vec::with_capacity(jobs.len());
    for job in jobs {
        let place = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            // The semaphore is never closed.
            place = Arc::clone(&places).acquire_owned() => place.ok(),
        };
        if job.keep.as_ref().is_some_and(|kept| kept.keep.is_used()) {
            let record = job.skipped("an earlier scenario was kept up, and with it the run ended".to_owned());
            let _ = events.send(RunEvent::ScenarioFinished(Box::new(record.clone())));
            records.push(record);
            continue;
        }
        let Some(place) = place else {
            let record = job.skipped("the run was cancelled before it started".to_owned());
            let _ = events.send(RunEvent::ScenarioFinished(Box::new(record.clone())));
            records.push(record);
            continue;
        };
        let (lost, playing) = (job.clone(), job.play(events.clone(), cancel.clone()));
        let task = running.spawn(async move {
            let record = playing.await;
            drop(place);
            record
        });
        known.insert(task.id(), lost);
    }
    while let Some(ended) = running.join_next_with_id().await {
        records.push(match ended {
            Ok((_, record)) => record,
            Err(error) => {
                let Some(job) = known.get(&error.id()) else { continue };
                let record = job.lost(why_lost(error));
                let _ = events.send(RunEvent::ScenarioFinished(Box::new(record.clone())));
                record
            }
        });
    }
    records
}

/// A panic outside of what is guarded: in a subject's `Drop`, for one.
fn why_lost(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => format!("panic while the scenario was set up or torn down: {}", panic_text(&*panic)),
        Err(error) => format!("the scenario was lost: {error}"),
    }
}

fn default_jobs() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// `text` as one word of a shell command.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use sextant_scenario::load_text;

    use super::*;

    #[rstest]
    #[case("documented-dns", "documented-dns")]
    #[case("a b", "'a b'")]
    #[case("it's", r"'it'\''s'")]
    #[case("id(a-b)", "'id(a-b)'")]
    #[case("", "''")]
    fn words_are_quoted_where_a_shell_needs_it(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(quoted(text), expected);
    }

    /// Invariant 6: a failure says the command that repeats it.
    #[test]
    fn the_command_that_repeats_a_scenario_says_all_that_was_chosen() {
        let text = "apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: one
title: One
why: Because
rules: [K-001]
manifests: []
steps: [{ lookup: { name: a.test } }]
";
        let scenario = load_text("my scenarios/one.yaml", text).unwrap().scenarios.remove(0);
        let options = RunOptions { seed: 7, profile: Profile::Istio, ..RunOptions::default() };
        assert_eq!(
            options.repeat_command(&scenario, &["reference".to_owned()]),
            "sextant run one --seed 7 --profile istio --subject reference"
        );
        let options = RunOptions { addresses: AddressMode::Rewrite, repeat: Repeat::ByFile, ..options };
        assert_eq!(
            options.repeat_command(&scenario, &["reference".to_owned()]),
            "sextant run 'my scenarios/one.yaml' -E 'id(one)' --seed 7 --profile istio --subject reference \
             --addresses rewrite"
        );
    }
}
