//! Both directions: every mutant is noticed by a scenario, and every scenario notices a mutant.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;

use crate::{Hunt, Hunter, Kills, Mutant};

/// What was found out about all mutants and all scenarios.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// One for each mutant, in their order.
    pub hunts: Vec<Hunt>,
    /// From each scenario to a mutant that it notices; liveness checks are not looked at.
    pub scenarios: BTreeMap<String, String>,
    /// Scenarios that notice nothing, in order of id.
    pub idle: Vec<String>,
    /// Names in the table of liveness checks that no scenario has.
    pub unknown: Vec<String>,
}

impl Checked {
    /// Whether every mutant was noticed, and every scenario noticed one.
    pub fn is_complete(&self) -> bool {
        self.survivors().next().is_none() && self.idle.is_empty() && self.unknown.is_empty()
    }

    /// The mutants that nobody noticed.
    pub fn survivors(&self) -> impl Iterator<Item = &str> {
        self.hunts.iter().filter(|hunt| hunt.kills.is_empty()).map(|hunt| hunt.mutant.as_str())
    }

    /// The table that has what was found out, and nothing twice.
    pub fn table(&self) -> Kills {
        let first = |hunt: &Hunt| Some((hunt.mutant.clone(), hunt.kills.first()?.scenario.clone()));
        let mut kills = Kills { mutants: self.hunts.iter().filter_map(first).collect(), scenarios: BTreeMap::new() };
        let killers: BTreeSet<String> = kills.mutants.values().cloned().collect();
        let others = self.scenarios.iter().filter(|(scenario, _)| !killers.contains(*scenario));
        kills.scenarios = others.map(|(scenario, mutant)| (scenario.clone(), mutant.clone())).collect();
        kills
    }
}

/// Hunts every one of `mutants`, and has every scenario but the `liveness` checks notice one of them. `table` says where to
/// look first, `side_by_side` how many hunts run at once, and `progress` is told what is done of what there is to do.
pub async fn check(
    hunter: &Hunter,
    mutants: &[Mutant],
    table: &Kills,
    liveness: &BTreeMap<String, String>,
    side_by_side: usize,
    mut progress: impl FnMut(usize, usize),
) -> Checked {
    let mut checked = Checked::default();
    let killers = table.killers();
    let ids: BTreeSet<&str> = hunter.scenarios().iter().map(|loaded| loaded.scenario.id.as_str()).collect();
    checked.unknown = liveness.keys().filter(|id| !ids.contains(id.as_str())).cloned().collect();
    let others = ids.iter().filter(|id| !killers.contains(*id) && !liveness.contains_key(**id)).count();
    let told = |done| progress(done, mutants.len() + others);
    checked.hunts = hunts(hunter, mutants, table, false, side_by_side, told).await;
    for hunt in &checked.hunts {
        for kill in &hunt.kills {
            checked.scenarios.entry(kill.scenario.clone()).or_insert_with(|| hunt.mutant.clone());
        }
    }
    let left: Vec<&str> =
        ids.into_iter().filter(|id| !checked.scenarios.contains_key(*id) && !liveness.contains_key(*id)).collect();
    let noticed = left.iter().map(|id| async move {
        let hint = table.scenarios.get(*id).map(String::as_str);
        (*id, hunter.noticed(id, mutants, hint).await)
    });
    let mut noticed = futures::stream::iter(noticed).buffer_unordered(side_by_side.max(1)).enumerate();
    while let Some((done, (scenario, mutant))) = noticed.next().await {
        match mutant {
            Some(mutant) => drop(checked.scenarios.insert(scenario.to_owned(), mutant.id.clone())),
            None => checked.idle.push(scenario.to_owned()),
        }
        progress(mutants.len() + done + 1, mutants.len() + left.len());
    }
    checked.idle.sort();
    checked
}

/// Hunts every one of `mutants`, and tells `progress` how many are done. The hunts come in the order of the mutants.
pub async fn hunts(
    hunter: &Hunter,
    mutants: &[Mutant],
    table: &Kills,
    whole: bool,
    side_by_side: usize,
    mut progress: impl FnMut(usize),
) -> Vec<Hunt> {
    let hunts = mutants.iter().enumerate().map(|(place, mutant)| async move {
        let hint = table.mutants.get(&mutant.id).map(String::as_str);
        (place, hunter.hunt(mutant, hint, whole).await)
    });
    // In any order: some wait for seconds, and nobody shall wait for them.
    let mut hunts = futures::stream::iter(hunts).buffer_unordered(side_by_side.max(1));
    let mut done = Vec::with_capacity(mutants.len());
    while let Some(hunt) = hunts.next().await {
        done.push(hunt);
        progress(done.len());
    }
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, hunt)| hunt).collect()
}
