//! Where subjects differ: the same scenario, other verdicts, checks or shares.

use std::collections::BTreeSet;

use sextant_verdict::{CheckRecord, LedgerEntry, Place, ScenarioRecord, ShareTable, Verdict};

use super::Report;
use crate::figures::percent;

/// Shares of two subjects that draw lots differ by chance. By more than so many standard errors they hardly ever do: less
/// than once in a million rows.
const STANDARD_ERRORS: f64 = 5.0;

/// What subjects did differently in one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The scenario.
    pub scenario: &'a str,
    /// The step; empty for what is about the whole scenario.
    pub step: &'a str,
    /// What differs: `verdict`, a promise, or whose share.
    pub what: String,
    /// Each subject that ran the scenario with what was seen of it, in the order of the record.
    pub seen: Vec<(&'a str, String)>,
    /// Entries of ledgers that explain it: each is of a subject that does something else, and the rest do the same. Empty
    /// when nothing does.
    pub explained_by: Vec<&'a LedgerEntry>,
}

impl Difference<'_> {
    /// Whether ledgers say why.
    pub fn is_explained(&self) -> bool {
        !self.explained_by.is_empty()
    }

    /// The reasons that explain it, each with the name of its ledger's file and the line of its entry, or `no`.
    pub fn explanation(&self) -> String {
        let entries = self.explained_by.iter();
        let told = entries.map(|entry| {
            let Place { file, line, .. } = &entry.known.place;
            format!("{} ({}:{line})", entry.known.reason, file.rsplit(['/', '\\']).next().unwrap_or(file))
        });
        if self.is_explained() { told.collect::<Vec<_>>().join("; ") } else { "no".to_owned() }
    }
}

impl<'a> Report<'a> {
    /// Everything in which subjects differ, in the order of the first subject's scenarios; empty when there is one subject.
    /// A scenario that only one of them ran is none, and neither is a promise that was not judged of one of them: the record
    /// has the reason for that.
    pub fn differences(&self) -> Vec<Difference<'a>> {
        let all = &self.record().scenarios;
        let mut told = BTreeSet::new();
        let first_of_its_id = all.iter().filter(|scenario| told.insert(scenario.id.as_str()));
        let runs = first_of_its_id.map(|first| all.iter().filter(|other| other.id == first.id).collect::<Vec<_>>());
        runs.filter(|runs| runs.len() > 1).flat_map(|runs| self.explained(&runs)).collect()
    }

    /// What differs in one scenario, each difference with what explains it: what the subjects that no entry is about differ
    /// in is not explained.
    fn explained(&self, runs: &[&'a ScenarioRecord]) -> Vec<Difference<'a>> {
        let mut found = of_scenario(runs);
        let covers = |entry: &&LedgerEntry| {
            runs.iter().any(|run| run.subject == entry.subject && entry.covers.contains(&run.id))
        };
        let entries: Vec<&LedgerEntry> = self.record().ledger.iter().filter(covers).collect();
        let others = runs.iter().filter(|run| !entries.iter().any(|entry| entry.subject == run.subject));
        let others: Vec<&ScenarioRecord> = others.copied().collect();
        let left = if others.len() > 1 { of_scenario(&others) } else { Vec::new() };
        for difference in &mut found {
            if !left.iter().any(|other| other.step == difference.step) {
                difference.explained_by.clone_from(&entries);
            }
        }
        found
    }
}

fn of_scenario<'a>(runs: &[&'a ScenarioRecord]) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    let verdicts = runs.iter().map(|run| (run.subject.as_str(), told(run.verdict, &run.reason)));
    found.extend(difference(runs, "", "verdict".to_owned(), verdicts.collect(), |a, b| differ(a.verdict, b.verdict)));
    for check in &runs[0].checks {
        let same: Vec<_> = runs.iter().map(|run| counterpart(run, check)).collect();
        let differs = same.iter().flatten().any(|other| differ(other.verdict, check.verdict));
        if differs {
            let seen = runs.iter().zip(&same).filter_map(|(run, check)| Some((run.subject.as_str(), shown((*check)?))));
            let (scenario, step) = (runs[0].id.as_str(), check.step.as_str());
            let (what, seen) = (check.what.clone(), seen.collect());
            found.push(Difference { scenario, step, what, seen, explained_by: Vec::new() });
        }
    }
    for table in &runs[0].shares {
        found.extend(of_shares(runs, table));
    }
    found
}

/// Whether two verdicts are different outcomes. What was not judged has none.
fn differ(one: Verdict, other: Verdict) -> bool {
    one != other && one != Verdict::Skipped && other != Verdict::Skipped
}

/// A difference of whole runs, if any two are `unlike`.
fn difference<'a>(
    runs: &[&'a ScenarioRecord],
    step: &'a str,
    what: String,
    seen: Vec<(&'a str, String)>,
    unlike: impl Fn(&ScenarioRecord, &ScenarioRecord) -> bool,
) -> Option<Difference<'a>> {
    let differs = runs.iter().any(|run| unlike(runs[0], run));
    differs.then(|| Difference { scenario: &runs[0].id, step, what, seen, explained_by: Vec::new() })
}

/// The check of the same promise: the one at the same place of the same step.
fn counterpart<'a>(run: &'a ScenarioRecord, check: &CheckRecord) -> Option<&'a CheckRecord> {
    let nth = |other: &&CheckRecord| other.step == check.step && other.place == check.place;
    let same: Vec<_> = run.checks.iter().filter(nth).collect();
    same.iter()
        .find(|other| other.what == check.what)
        .or(match &same[..] {
            [only] => Some(only),
            _ => None,
        })
        .copied()
}

fn shown(check: &CheckRecord) -> String {
    told(check.verdict, check.mismatch.as_ref().map_or("", |mismatch| &mismatch.observed))
}

fn told(verdict: Verdict, why: &str) -> String {
    if why.is_empty() { verdict.as_str().to_owned() } else { format!("{}: {why}", verdict.as_str()) }
}

/// Who answered in the step of `table`, which is the first run's.
fn of_shares<'a>(runs: &[&'a ScenarioRecord], table: &'a ShareTable) -> Vec<Difference<'a>> {
    let place = runs[0].shares.iter().position(|other| std::ptr::eq(other, table));
    let same = |run: &&'a ScenarioRecord| {
        let table = run.shares.get(place?).filter(|other| other.step == table.step)?;
        Some((run.subject.as_str(), table))
    };
    let tables: Vec<(&str, &ShareTable)> = runs.iter().filter_map(same).collect();
    let names: BTreeSet<&str> =
        tables.iter().flat_map(|(_, table)| table.rows.iter().map(|row| row.endpoint.as_str())).collect();
    let of_name = |name: &str| {
        let counts: Vec<_> = tables.iter().map(|(subject, table)| (*subject, count(table, name))).collect();
        let differs = counts.iter().any(|(_, other)| unlike(counts[0].1, *other, own_reply(&tables, name)));
        let seen = counts.iter().map(|(subject, (got, all))| {
            (*subject, format!("{got} of {all} ({})", percent(*got as f64 / (*all).max(1) as f64)))
        });
        let what = format!("replies from {name}");
        let (scenario, step, seen) = (runs[0].id.as_str(), table.step.as_str(), seen.collect());
        differs.then(|| Difference { scenario, step, what, seen, explained_by: Vec::new() })
    };
    names.into_iter().filter_map(of_name).collect()
}

/// Requests that `name` got, and all.
fn count(table: &ShareTable, name: &str) -> (u64, u64) {
    let rows = table.rows.iter().filter(|row| row.endpoint == name);
    (rows.fold(0, |sum, row| sum.saturating_add(row.requests)), Report::requests(table))
}

/// Whether `name` is what the gateway answered by itself.
fn own_reply(tables: &[(&str, &ShareTable)], name: &str) -> bool {
    tables.iter().flat_map(|(_, table)| &table.rows).any(|row| row.endpoint == name && row.source.is_empty())
}

/// A gateway's own reply that the other never gave is a difference even when it came once.
fn unlike((one, all_one): (u64, u64), (other, all_other): (u64, u64), own: bool) -> bool {
    if own && (one == 0) != (other == 0) {
        return true;
    }
    if all_one == 0 || all_other == 0 {
        return all_one != all_other;
    }
    let (one, all_one, other, all_other) = (one as f64, all_one as f64, other as f64, all_other as f64);
    let pooled = (one + other) / (all_one + all_other);
    let error = (pooled * (1.0 - pooled) * (1.0 / all_one + 1.0 / all_other)).sqrt();
    (one / all_one - other / all_other).abs() > STANDARD_ERRORS * error
}
