//! The record as every format reads it: what counts, what went wrong, and what is worth a line of its own.

mod differences;
mod ledger;
mod problem;

use sextant_verdict::{FeatureFinding, FeatureRecord, Level, RunRecord, ScenarioRecord, ShareRow, ShareTable, Verdict};

pub use self::differences::Difference;
pub(crate) use self::problem::place;
use self::problem::statistics;
pub use self::problem::{Field, Problem};
use crate::figures::{count, counted, seconds};

/// Runs of more scenarios than this are shown with their passing scenarios folded, see [`Detail`].
const SHORT_RUN: usize = 40;

/// The order in which verdicts are counted: first the good news, then what needs attention, worst first.
const COUNTED: [Verdict; 5] = [Verdict::Pass, Verdict::Fail, Verdict::Error, Verdict::Inconclusive, Verdict::Skipped];

/// How much is said of scenarios that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything, however many there are.
    All,
    /// Everything in a run of up to 40 scenarios; in a longer one they are counted by folder.
    Folded,
}

/// A run record and the questions that all formats ask of it. Cheap to make and to copy: it only borrows.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    record: &'a RunRecord,
}

/// Scenarios of one folder that passed on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold<'a> {
    /// Subject.
    pub subject: &'a str,
    /// Folder, see [`Report::folder`].
    pub folder: String,
    /// How many passed.
    pub scenarios: u64,
    /// Requests that they sent.
    pub requests: u64,
    /// Timing: sum of their wall clocks in microseconds; `None` when no scenario has one.
    pub duration_us: Option<u64>,
}

impl<'a> Report<'a> {
    /// A report of `record`.
    pub const fn new(record: &'a RunRecord) -> Self {
        Self { record }
    }

    /// The record itself.
    pub const fn record(&self) -> &'a RunRecord {
        self.record
    }

    /// How many scenarios have each verdict (`4 passed`), those that none has left out. Passed ones come first, then
    /// the worst, then how many of all were known and what is wrong with the ledger.
    pub fn counts(&self) -> Vec<(Verdict, String)> {
        let summary = &self.record.summary;
        COUNTED
            .into_iter()
            .map(|verdict| match verdict {
                Verdict::Pass => (verdict, summary.pass, "passed"),
                Verdict::Fail => (verdict, summary.fail, "failed"),
                Verdict::Error if summary.error == 1 => (verdict, summary.error, "error"),
                Verdict::Error => (verdict, summary.error, "errors"),
                Verdict::Inconclusive => (verdict, summary.inconclusive, "inconclusive"),
                Verdict::Skipped => (verdict, summary.skipped, "skipped"),
            })
            .filter(|(_, scenarios, _)| *scenarios > 0)
            .map(|(verdict, scenarios, word)| (verdict, format!("{} {word}", count(scenarios))))
            .chain(self.ledger_counts())
            .collect()
    }

    /// What the run took: `130 requests in 2.31 s`; without the time in a canonical record.
    pub fn effort(&self) -> String {
        let requests = counted(self.record.summary.requests, "request");
        match self.record.environment.duration_us {
            Some(duration) => format!("{requests} in {}", seconds(Some(duration))),
            None => requests,
        }
    }

    /// The outcome in one sentence without full stop: `1 of 8 scenarios failed`.
    pub fn headline(&self) -> String {
        let summary = &self.record.summary;
        let of = |part: u64| format!("{} of {}", count(part), counted(summary.total, "scenario"));
        let new = self.record.scenarios.iter().filter(|scenario| self.record.counts(scenario));
        let absent = |feature: &&FeatureRecord| feature.finding == Some(FeatureFinding::DeclaredButAbsent);
        let absent = self.record.features.iter().filter(absent).count() as u64;
        let (failed, undecided) = new.fold((0, 0), |(failed, undecided), scenario| match scenario.verdict {
            Verdict::Fail => (failed + 1, undecided),
            _ => (failed, undecided + 1),
        });
        if summary.total == 0 {
            "no scenario was run".into()
        } else if failed > 0 {
            format!("{} failed", of(failed))
        } else if absent > 0 {
            format!("{} declared and absent", counted(absent, "feature"))
        } else if undecided > 0 {
            format!("{} came to no verdict", of(undecided))
        } else if let Some(stale) = self.ledger_headline() {
            stale
        } else if summary.known > 0 {
            format!("{} passed, {} known not to", of(summary.pass), count(summary.known))
        } else if summary.fail + summary.error + summary.inconclusive > 0 {
            format!("{} passed", of(summary.pass)) // the rest broke what does not count
        } else if summary.skipped > 0 {
            format!("{} passed, {} skipped", of(summary.pass), count(summary.skipped))
        } else {
            format!("{} passed", counted(summary.total, "scenario"))
        }
    }

    /// What the run was made with, one phrase each: version, profile, seed, address mode.
    pub fn environment(&self) -> Vec<String> {
        let environment = &self.record.environment;
        let named = |name: &str, value: &str| format!("{name} {}", if value.is_empty() { "unknown" } else { value });
        [
            named("Sextant", &environment.sextant),
            named("profile", &environment.profile),
            format!("seed {}", environment.seed),
            named("addresses", &environment.address_mode),
        ]
        .into_iter()
        .chain(environment.level.filter(|level| *level == Level::Must).map(|_| "musts alone count".to_owned()))
        .collect()
    }

    /// Scenarios with a line of their own, ordered by verdict (best first, so that what needs attention stands last),
    /// subject and id.
    pub fn listed(&self, detail: Detail) -> Vec<&'a ScenarioRecord> {
        let mut listed: Vec<_> = self.told(detail).collect();
        listed.sort_by_key(|scenario| scenario.verdict);
        listed
    }

    /// Scenarios whose distribution tables and checks are shown, in the order of the record.
    pub fn told(&self, detail: Detail) -> impl Iterator<Item = &'a ScenarioRecord> {
        let folds = self.folds_passes(detail);
        self.record.scenarios.iter().filter(move |scenario| !folds || scenario.verdict != Verdict::Pass)
    }

    /// Scenarios without a line of their own, by subject and folder; empty unless passing ones are folded.
    pub fn folds(&self, detail: Detail) -> Vec<Fold<'a>> {
        let mut folds: Vec<Fold<'a>> = Vec::new();
        if !self.folds_passes(detail) {
            return folds;
        }
        for scenario in self.record.scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Pass) {
            let folder = Self::folder(&scenario.place.file);
            let known = folds.iter().position(|fold| fold.subject == scenario.subject && fold.folder == folder);
            let index = known.unwrap_or(folds.len());
            if known.is_none() {
                folds.push(Fold { subject: &scenario.subject, folder, scenarios: 0, requests: 0, duration_us: None });
            }
            let fold = &mut folds[index];
            fold.scenarios += 1;
            fold.requests = fold.requests.saturating_add(scenario.requests);
            if let Some(duration) = scenario.duration_us {
                fold.duration_us = Some(fold.duration_us.unwrap_or(0).saturating_add(duration));
            }
        }
        folds.sort_by(|a, b| (a.subject, &a.folder).cmp(&(b.subject, &b.folder)));
        folds
    }

    /// Scenarios that were not run, or passed without every promise being judged, in the order of the record.
    pub fn skipped(&self) -> impl Iterator<Item = &'a ScenarioRecord> {
        let open = |scenario: &&ScenarioRecord| match scenario.verdict {
            Verdict::Skipped => true,
            Verdict::Pass => !scenario.reason.is_empty(),
            Verdict::Fail | Verdict::Error | Verdict::Inconclusive => false,
        };
        self.record.scenarios.iter().filter(open)
    }

    /// What of the scenarios keeps the run from being green, or would if every level counted, in the order of the record: each check that was not kept, and
    /// each scenario without such a check whose verdict is neither pass nor skipped. Not what a ledger knows of.
    pub fn problems(&self) -> Vec<Problem<'a>> {
        self.record.scenarios.iter().filter(|scenario| scenario.in_new_trouble()).flat_map(Problem::of).collect()
    }

    /// Features that subjects have and do not declare, or declare and do not have, in the order of the record.
    pub fn findings(&self) -> impl Iterator<Item = &'a FeatureRecord> {
        self.record.features.iter().filter(|feature| feature.finding.is_some())
    }

    /// Subjects in order, each with its scenarios in the order of the record.
    pub fn subjects(&self) -> Vec<(&'a str, Vec<&'a ScenarioRecord>)> {
        let mut subjects: Vec<(&str, Vec<&ScenarioRecord>)> = Vec::new();
        for scenario in &self.record.scenarios {
            match subjects.iter_mut().find(|(subject, _)| *subject == scenario.subject) {
                Some((_, scenarios)) => scenarios.push(scenario),
                None => subjects.push((&scenario.subject, vec![scenario])),
            }
        }
        subjects
    }

    /// The concept that a scenario's file is filed under: its folders below `scenarios`, separated by `/`. A file
    /// elsewhere gives the name of its own folder, a file without folder `scenarios`.
    pub fn folder(file: &str) -> String {
        let mut folders: Vec<_> = file.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
        folders.pop();
        let below = folders.iter().rposition(|folder| *folder == "scenarios").map(|index| &folders[index + 1..]);
        match below.unwrap_or_else(|| &folders[folders.len().saturating_sub(1)..]) {
            [] => "scenarios".into(),
            folders => folders.join("/"),
        }
    }

    /// Requests of one step, those that nobody answered included.
    pub fn requests(shares: &ShareTable) -> u64 {
        shares.rows.iter().fold(0, |sum, row| sum.saturating_add(row.requests))
    }

    /// How the statistical checks of `step` were made, one line each (invariant 4).
    pub fn statistics(scenario: &'a ScenarioRecord, step: &'a str) -> impl Iterator<Item = String> {
        let checks = scenario.checks.iter().filter(move |check| check.step == step);
        checks.filter_map(|check| check.statistics.as_ref()).map(statistics)
    }

    /// Who a row of a distribution is about: its workload; `gateway` for what the gateway answered by itself; `nobody`
    /// for requests that got no reply.
    pub fn answered_by(row: &ShareRow) -> &str {
        match (row.source.as_str(), row.endpoint.as_str()) {
            ("", "failed") => "nobody",
            ("", _) => "gateway",
            (workload, _) => workload,
        }
    }

    fn folds_passes(&self, detail: Detail) -> bool {
        detail == Detail::Folded && self.record.scenarios.len() > SHORT_RUN
    }
}

#[cfg(test)]
mod tests;
