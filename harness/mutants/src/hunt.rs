//! Which scenario notices which mutant.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use serde::Serialize;
use sextant_catalogue::Profile;
use sextant_runner::{RunOptions, SubjectFactory};
use sextant_scenario::LoadedScenario;
use sextant_subjects::{Alteration, ReferenceFactory};
use sextant_verdict::{Cause, CheckRecord, ScenarioRecord, Verdict};
use tokio::sync::{OnceCell, mpsc};
use tokio_util::sync::CancellationToken;

use crate::Mutant;
use crate::handed::{AllHanded, Recorder};

/// Longest time for a mutant to serve what it was given, shorter than usual: some never do, which says nothing about them.
const CONVERGENCE: Duration = Duration::from_secs(5);

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hunt {
    /// The mutant.
    pub mutant: String,
    /// Who noticed, those first that name more of the rules that it breaks; empty when it survived.
    pub kills: Vec<Kill>,
    /// Scenarios that were run on it.
    pub tried: usize,
}

/// A scenario that failed on a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kill {
    /// The scenario.
    pub scenario: String,
    /// The first thing that it found.
    pub found: String,
    /// What the diagnosis of that says, the likeliest class first.
    pub causes: Vec<Cause>,
    /// How long it took, in microseconds of wall clock.
    pub duration_us: u64,
}

/// Scenarios to hunt mutants with.
pub struct Hunter {
    scenarios: Vec<LoadedScenario>,
    jobs: usize,
    cancel: CancellationToken,
    handed: [OnceCell<AllHanded>; 2],
}

impl Hunter {
    /// Hunts with `scenarios`, of which `jobs` run side by side on one mutant; 0 counts as 1. `cancel` ends what runs.
    pub fn new(scenarios: Vec<LoadedScenario>, jobs: usize, cancel: CancellationToken) -> Self {
        Self { scenarios, jobs: jobs.max(1), cancel, handed: Default::default() }
    }

    /// What it hunts with.
    pub fn scenarios(&self) -> &[LoadedScenario] {
        &self.scenarios
    }

    /// Runs `hint` on `mutant`, then those that can notice it at all, the ones first that name a rule that it breaks, until
    /// one fails; all of them when `whole`. A hint that names no scenario is none.
    pub async fn hunt(&self, mutant: &Mutant, hint: Option<&str>, whole: bool) -> Hunt {
        let mut hunt = Hunt { mutant: mutant.id.clone(), kills: Vec::new(), tried: 0 };
        let hinted = hint.and_then(|hint| self.scenarios.iter().find(|loaded| loaded.scenario.id == hint));
        if let Some(hinted) = hinted.filter(|hinted| holds(hinted, mutant.profile) && !whole) {
            hunt.tried += 1;
            hunt.kills.extend(self.kill(mutant, hinted).await);
        }
        if hunt.kills.is_empty() {
            let order = self.order(mutant).await;
            for batch in order.chunks(self.jobs) {
                if self.cancel.is_cancelled() || (!whole && !hunt.kills.is_empty()) {
                    break;
                }
                hunt.tried += batch.len();
                let found = batch.iter().map(|loaded| self.kill(mutant, loaded));
                hunt.kills.extend(futures::future::join_all(found).await.into_iter().flatten());
            }
        }
        hunt
    }

    /// The first of `mutants` that the scenario `id` notices, in their order but for `hint`, which comes first; `None` when
    /// it notices none.
    pub async fn noticed<'m>(&self, id: &str, mutants: &'m [Mutant], hint: Option<&str>) -> Option<&'m Mutant> {
        let loaded = self.scenarios.iter().find(|loaded| loaded.scenario.id == id)?;
        let hinted = hint.and_then(|hint| mutants.iter().find(|mutant| mutant.id == hint));
        if let Some(mutant) = hinted
            && self.kill(mutant, loaded).await.is_some()
        {
            return hinted;
        }
        let broken = loaded.scenario.all_rules();
        let named = |mutant: &Mutant| mutant.rules.iter().filter(|rule| broken.contains(rule.as_str())).count();
        let mut order = Vec::new();
        for mutant in mutants.iter().filter(|mutant| holds(loaded, mutant.profile)) {
            if self.handed(mutant.profile).await.get(id).is_some_and(|handed| handed.touched_by(mutant)) {
                order.push(mutant);
            }
        }
        order.sort_by_key(|mutant| std::cmp::Reverse(named(mutant)));
        for mutant in order {
            if self.kill(mutant, loaded).await.is_some() {
                return Some(mutant);
            }
        }
        None
    }

    /// The scenarios that can notice `mutant`, most promising first.
    async fn order(&self, mutant: &Mutant) -> Vec<&LoadedScenario> {
        let handed = self.handed(mutant.profile).await;
        let can =
            |loaded: &&LoadedScenario| handed.get(&loaded.scenario.id).is_some_and(|given| given.touched_by(mutant));
        let broken: BTreeSet<&str> = mutant.rules.iter().map(String::as_str).collect();
        let named =
            |loaded: &LoadedScenario| loaded.scenario.all_rules().iter().filter(|rule| broken.contains(*rule)).count();
        let mut order: Vec<&LoadedScenario> = self.scenarios.iter().filter(can).collect();
        // Of two that name as many, the one that is about less else says more about the mutant.
        order.sort_by_key(|loaded| match named(loaded) {
            0 => (std::cmp::Reverse(0), 0),
            some => (std::cmp::Reverse(some), loaded.scenario.all_rules().len()),
        });
        order
    }

    /// What the reference is handed in each scenario that holds for `profile`: they are run once to find out.
    async fn handed(&self, profile: Profile) -> &AllHanded {
        let place = match profile {
            Profile::Kgateway => 0,
            Profile::Istio => 1,
        };
        let find_out = || async {
            let scenarios = self.scenarios.iter().filter(|loaded| holds(loaded, profile));
            let runs = scenarios.map(|loaded| async move {
                let recorder = Arc::new(Recorder::default());
                self.run("reference", recorder.clone(), profile, loaded).await;
                (loaded.scenario.id.clone(), Arc::new(recorder.handed()))
            });
            futures::stream::iter(runs).buffer_unordered(self.jobs).collect().await
        };
        self.handed[place].get_or_init(find_out).await
    }

    /// How `loaded` fails on `mutant`; `None` when it does not.
    async fn kill(&self, mutant: &Mutant, loaded: &LoadedScenario) -> Option<Kill> {
        let record = self.run(&mutant.id, Arc::new(mutant.clone()), mutant.profile, loaded).await?;
        (record.verdict == Verdict::Fail).then(|| Kill {
            found: first_finding(&record).map(|check| check.what.clone()).unwrap_or_default(),
            causes: first_finding(&record)
                .into_iter()
                .flat_map(|check| &check.causes)
                .map(|cause| cause.class)
                .collect(),
            duration_us: record.duration_us.unwrap_or_default(),
            scenario: record.id,
        })
    }

    async fn run(
        &self,
        name: &str,
        alteration: Arc<dyn Alteration>,
        profile: Profile,
        loaded: &LoadedScenario,
    ) -> Option<ScenarioRecord> {
        let subject: Arc<dyn SubjectFactory> = Arc::new(ReferenceFactory::altered(name, alteration));
        let options = RunOptions { profile, convergence_timeout: CONVERGENCE, ..RunOptions::default() };
        let (events, _) = mpsc::unbounded_channel();
        let run = sextant_runner::run(vec![loaded.clone()], vec![subject], options, events, self.cancel.clone());
        run.await.scenarios.into_iter().next()
    }
}

/// Whether a scenario says anything about this profile.
fn holds(loaded: &LoadedScenario, profile: Profile) -> bool {
    let profiles = &loaded.scenario.profiles;
    profiles.is_empty() || profiles.contains(&profile)
}

/// What failed first.
fn first_finding(scenario: &ScenarioRecord) -> Option<&CheckRecord> {
    scenario.checks.iter().find(|check| check.verdict == Verdict::Fail)
}
