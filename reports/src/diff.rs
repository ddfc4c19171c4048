//! Two stored records compared: what got better, what got worse, and what is no longer told.

mod change;
mod markdown;
mod terminal;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sextant_verdict::{RunRecord, ScenarioRecord, Verdict};

pub use self::change::Change;
use crate::report::{Problem, Report};
use crate::stored::Stored;

/// What the comparison calls itself in JSON.
const KIND: &str = "RunDiff";

/// From when on a scenario counts as slower or faster. Both limits have to be passed, so that neither the noise of short
/// scenarios nor that of long ones is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How many times as long it has to take; at least 1.
    pub factor: f64,
    /// By how many microseconds at least.
    pub floor_us: u64,
}

impl Default for Pace {
    /// Twice as long and a quarter of a second: scenarios run side by side and wait for each other's turn.
    fn default() -> Self {
        Self { factor: 2.0, floor_us: 250_000 }
    }
}

/// What is different in the second of two records.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDiff {
    /// Version of this document's shape.
    pub api_version: &'static str,
    /// Always `RunDiff`.
    pub kind: &'static str,
    /// File of the earlier record.
    pub before: String,
    /// File of the later record.
    pub after: String,
    /// What was not the same to begin with, a sentence each: the profile, the seed, the version. Differences may come from
    /// that alone.
    pub notes: Vec<String>,
    /// What changed, most urgent first, then by subject and scenario.
    pub changes: Vec<Changed>,
    /// Scenarios of which nothing is to be told.
    pub unchanged: u64,
}

/// One scenario of which something is to be told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// What.
    pub change: Change,
    /// Scenario id.
    pub scenario: String,
    /// Subject, as the later record names it.
    pub subject: String,
    /// What it was; absent when it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// What it is; absent when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
}

/// One scenario in one of the records.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// Verdict.
    pub verdict: Verdict,
    /// Whether a ledger of known failures says that it does not pass, and that entry has not expired.
    pub known: bool,
    /// What was wrong, or why it was skipped; empty when it passed.
    pub why: String,
    /// Wall clock in microseconds; absent in a canonical record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// The command that repeats it.
    pub repeat: String,
}

impl Side {
    fn of(run: &ScenarioRecord) -> Self {
        let why = match Problem::of(run).as_slice() {
            [] => run.reason.clone(),
            [only] => only.message(),
            [first, rest @ ..] => format!("{} (and {} more)", first.message(), rest.len()),
        };
        Self {
            verdict: run.verdict,
            known: run.known.as_ref().is_some_and(|known| !known.expired),
            why,
            duration_us: run.duration_us,
            repeat: run.repeat.clone(),
        }
    }
}

impl RunDiff {
    /// Compares the `before` with the `after`. A scenario is the same when its id and its subject are; when each record
    /// has one subject, those are compared whatever they are called.
    pub fn new(before: &Stored, after: &Stored, pace: Pace) -> Self {
        let notes = notes(&before.record, &after.record);
        let renamed = renamed(&before.record, &after.record);
        let subject = |run: &ScenarioRecord| renamed.clone().unwrap_or_else(|| run.subject.clone());
        let key = |run: &ScenarioRecord| (subject(run), run.id.clone());
        let mut sides: BTreeMap<(String, String), [Option<&ScenarioRecord>; 2]> = BTreeMap::new();
        for (index, record) in [&before.record, &after.record].into_iter().enumerate() {
            for run in &record.scenarios {
                sides.entry(key(run)).or_default()[index] = Some(run);
            }
        }
        let mut changes = Vec::new();
        let mut unchanged = 0;
        for ((subject, scenario), [before, after]) in sides {
            let Some(change) = Change::of(before, after, pace) else {
                unchanged += 1;
                continue;
            };
            changes.push(Changed {
                change,
                scenario,
                subject,
                before: before.map(Side::of),
                after: after.map(Side::of),
            });
        }
        changes.sort_by_key(|changed| changed.change); // stable: by subject and scenario within a change
        let (before, after) = (before.file.clone(), after.file.clone());
        Self { api_version: sextant_verdict::API_VERSION, kind: KIND, before, after, notes, changes, unchanged }
    }

    /// Whether something that did not fail before does now. What a ledger knows does not count; with `strict`, a scenario
    /// counts that is no longer judged (skipped or gone), and one that is new and not kept.
    pub fn is_worse(&self, strict: bool) -> bool {
        self.changes.iter().any(|changed| {
            let after = changed.after.as_ref();
            let in_trouble = after.is_some_and(|after| after.verdict > Verdict::Skipped && !after.known);
            match changed.change {
                Change::Broken => in_trouble,
                Change::NewlySkipped | Change::Gone => strict,
                Change::New => strict && in_trouble,
                _ => false,
            }
        })
    }

    /// How many changes there are of each kind that there are any of.
    pub fn counts(&self) -> Vec<(Change, u64)> {
        let mut counts: BTreeMap<Change, u64> = BTreeMap::new();
        for changed in &self.changes {
            *counts.entry(changed.change).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// Whether scenarios of several subjects are told of.
    fn has_several_subjects(&self) -> bool {
        self.changes.windows(2).any(|two| two[0].subject != two[1].subject)
    }
}

/// The one name for the subject when each record has one, and they differ.
fn renamed(before: &RunRecord, after: &RunRecord) -> Option<String> {
    match (Report::new(before).subjects().as_slice(), Report::new(after).subjects().as_slice()) {
        ([(one, _)], [(other, _)]) if one != other => Some(format!("{one} to {other}")),
        _ => None,
    }
}

/// What the two runs did not have in common.
fn notes(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let (one, other) = (&before.environment, &after.environment);
    let seeds = [one.seed.to_string(), other.seed.to_string()];
    let subjects = |record| Report::new(record).subjects().iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let subjects = [subjects(before), subjects(after)];
    [
        ("the subject", &subjects[0], &subjects[1]),
        ("the profile", &one.profile, &other.profile),
        ("the seed", &seeds[0], &seeds[1]),
        ("the version of Sextant", &one.sextant, &other.sextant),
        ("the address mode", &one.address_mode, &other.address_mode),
    ]
    .into_iter()
    .filter(|(_, one, other)| one != other && !one.is_empty() && !other.is_empty())
    .map(|(what, one, other)| format!("{what} was {one}, and is {other}"))
    .collect()
}

#[cfg(test)]
mod tests;
