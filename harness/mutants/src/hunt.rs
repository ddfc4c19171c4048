//! Which scenario notices which mutant.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use sextant_runner::{RunOptions, SubjectFactory};
use sextant_scenario::LoadedScenario;
use sextant_subjects::ReferenceFactory;
use sextant_verdict::Verdict;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::Mutant;

/// Scenarios that are tried side by side before it is looked whether one failed.
const BATCH: usize = 8;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hunt {
    /// The mutant.
    pub mutant: String,
    /// Who noticed, in order of id; empty when it survived.
    pub kills: Vec<Kill>,
    /// Scenarios that were run on it.
    pub tried: usize,
}

/// A scenario that failed on a mutant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Kill {
    /// The scenario.
    pub scenario: String,
    /// The first thing that it found.
    pub found: String,
}

/// Runs `scenarios` on `mutant`, those first that name a rule that it breaks, until one fails; all of them when `whole`.
pub async fn hunt(mutant: &Mutant, scenarios: &[LoadedScenario], whole: bool, cancel: &CancellationToken) -> Hunt {
    let broken: BTreeSet<&str> = mutant.rules.iter().map(String::as_str).collect();
    let named =
        |loaded: &LoadedScenario| loaded.scenario.all_rules().iter().filter(|rule| broken.contains(*rule)).count();
    let holds = |loaded: &&LoadedScenario| {
        let profiles = &loaded.scenario.profiles;
        profiles.is_empty() || profiles.contains(&mutant.profile)
    };
    let mut order: Vec<&LoadedScenario> = scenarios.iter().filter(holds).collect();
    order.sort_by_key(|loaded| std::cmp::Reverse(named(loaded)));
    let mut hunt = Hunt { mutant: mutant.id.clone(), kills: Vec::new(), tried: 0 };
    for batch in order.chunks(BATCH) {
        if cancel.is_cancelled() || (!whole && !hunt.kills.is_empty()) {
            break;
        }
        hunt.tried += batch.len();
        hunt.kills.extend(run(mutant, batch, cancel).await);
    }
    hunt.kills.sort();
    hunt
}

async fn run(mutant: &Mutant, batch: &[&LoadedScenario], cancel: &CancellationToken) -> Vec<Kill> {
    let subject: Arc<dyn SubjectFactory> =
        Arc::new(ReferenceFactory::altered(mutant.id.as_str(), Arc::new(mutant.clone())));
    let options = RunOptions { profile: mutant.profile, ..RunOptions::default() };
    let (events, _) = mpsc::unbounded_channel();
    let scenarios = batch.iter().map(|loaded| (*loaded).clone()).collect();
    let record = sextant_runner::run(scenarios, vec![subject], options, events, cancel.clone()).await;
    let failed = record.scenarios.into_iter().filter(|scenario| scenario.verdict == Verdict::Fail);
    failed.map(|scenario| Kill { found: first_finding(&scenario), scenario: scenario.id }).collect()
}

/// What failed first, in a line.
fn first_finding(scenario: &sextant_verdict::ScenarioRecord) -> String {
    let failed = scenario.checks.iter().find(|check| check.verdict == Verdict::Fail);
    failed.map(|check| check.what.clone()).unwrap_or_default()
}
