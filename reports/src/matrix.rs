//! Many stored records in one table: what each subject keeps, by concept, rule or scenario.

mod render;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use sextant_verdict::{ScenarioRecord, Verdict};

use crate::report::Report;
use crate::stored::Stored;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The folder of scenarios.
    Concept,
    /// A rule. A scenario counts in every rule that it names, in each with the promises of that rule.
    Rule,
    /// A scenario.
    Scenario,
}

/// The table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// Version of this document's shape.
    pub api_version: &'static str,
    /// Always `RunMatrix`.
    pub kind: &'static str,
    /// What a row is about.
    pub by: By,
    /// Subjects, in the order of the records; with the profile where there are several, and with the file where a subject
    /// is there twice.
    pub columns: Vec<String>,
    /// Rows, in order of name.
    pub rows: Vec<Row>,
    /// Scenarios of each column, whatever the rows are about.
    pub total: Vec<Tally>,
}

/// One concept, rule or scenario.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What came of it on each subject, in the order of the columns.
    pub cells: Vec<Tally>,
}

/// Scenarios by what came of them. All zero where a subject has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Inconclusive, or an error of the harness.
    pub undecided: u64,
    /// Skipped, those of another profile left out.
    pub skipped: u64,
}

impl Tally {
    /// Scenarios that were run.
    pub const fn ran(self) -> u64 {
        self.passed + self.failed + self.undecided
    }

    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Pass => &mut self.passed,
            Verdict::Fail => &mut self.failed,
            Verdict::Inconclusive | Verdict::Error => &mut self.undecided,
            Verdict::Skipped => &mut self.skipped,
        } += 1;
    }
}

impl Matrix {
    /// The table of everything in `records`. Scenarios of another profile than that of their run are left out.
    pub fn new(records: &[Stored], by: By) -> Self {
        let runs: Vec<(Column<'_>, Vec<&ScenarioRecord>)> = records.iter().flat_map(columns).collect();
        let mut rows: BTreeMap<String, Vec<Tally>> = BTreeMap::new();
        let mut total = vec![Tally::default(); runs.len()];
        for (column, (_, scenarios)) in runs.iter().enumerate() {
            for run in scenarios.iter().filter(|run| !run.is_of_other_profile()) {
                total[column].add(run.verdict);
                for (name, verdict) in counted_in(run, by) {
                    let cells = rows.entry(name).or_insert_with(|| vec![Tally::default(); runs.len()]);
                    cells[column].add(verdict);
                }
            }
        }
        let names: Vec<_> = runs.into_iter().map(|(column, _)| column).collect();
        Self {
            api_version: sextant_verdict::API_VERSION,
            kind: "RunMatrix",
            by,
            columns: labels(&names),
            rows: rows.into_iter().map(|(name, cells)| Row { name, cells }).collect(),
            total,
        }
    }
}

/// What a column stands for.
struct Column<'a> {
    subject: &'a str,
    profile: &'a str,
    file: &'a str,
}

fn columns(stored: &Stored) -> Vec<(Column<'_>, Vec<&ScenarioRecord>)> {
    let profile = stored.record.environment.profile.as_str();
    let column = |subject| Column { subject, profile, file: &stored.file };
    Report::new(&stored.record).subjects().into_iter().map(|(subject, runs)| (column(subject), runs)).collect()
}

/// As short as tells the columns apart.
fn labels(columns: &[Column<'_>]) -> Vec<String> {
    let profiles = columns.windows(2).any(|two| two[0].profile != two[1].profile);
    let label = |column: &Column<'_>| match profiles {
        true => format!("{} {}", column.subject, column.profile),
        false => column.subject.to_owned(),
    };
    let plain: Vec<_> = columns.iter().map(label).collect();
    let twice = |name: &String| plain.iter().filter(|other| *other == name).count() > 1;
    let named = |(column, name): (&Column<'_>, &String)| match twice(name) {
        true => format!("{name} ({})", column.file),
        false => name.clone(),
    };
    columns.iter().zip(&plain).map(named).collect()
}

/// The rows that a scenario counts in, each with what came of it there.
fn counted_in(run: &ScenarioRecord, by: By) -> Vec<(String, Verdict)> {
    let of_rule = |rule: &String| {
        let checks = run.checks.iter().filter(|check| check.rules.contains(rule));
        let judged = checks.map(|check| check.verdict).filter(|verdict| *verdict != Verdict::Skipped).max();
        let blamed = run.checks.iter().any(|check| check.verdict == run.verdict);
        (rule.clone(), judged.filter(|_| blamed).unwrap_or(run.verdict))
    };
    match by {
        By::Concept => vec![(Report::folder(&run.place.file), run.verdict)],
        By::Scenario => vec![(run.id.clone(), run.verdict)],
        By::Rule => run.rules.iter().map(of_rule).collect(),
    }
}

#[cfg(test)]
mod tests;
