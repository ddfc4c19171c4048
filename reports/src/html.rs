//! The report as one HTML page for people who would rather look than read: it fetches nothing, needs no script to be read,
//! and a small one filters it.
//!
//! Text of the record is never HTML: the template escapes every piece of it.

mod figure;

use std::collections::BTreeMap;

use askama::Template;
use sextant_verdict::{CheckRecord, ScenarioRecord, ShareTable, Verdict};

use crate::features;
use crate::figures::{count, milliseconds, seconds};
use crate::report::{Field, Problem, Report};

use self::figure::Bar;

/// The whole page, ending in a line feed.
///
/// # Errors
/// [`askama::Error`] when the template cannot be filled, which no record is known to bring about.
pub fn render(report: &Report<'_>) -> Result<String, askama::Error> {
    Page::of(report).render()
}

#[derive(Template)]
#[template(path = "run.html")]
struct Page<'a> {
    headline: String,
    good: bool,
    environment: Vec<String>,
    effort: String,
    counts: Vec<(&'static str, String)>,
    subjects: Vec<&'a str>,
    groups: Vec<Group<'a>>,
    problems: Vec<Trouble<'a>>,
    skipped: Vec<&'a ScenarioRecord>,
    differences: Vec<Difference<'a>>,
    findings: Vec<[String; 3]>,
}

/// Scenarios of one folder.
struct Group<'a> {
    folder: String,
    rows: Vec<Row<'a>>,
}

/// A scenario on every subject.
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    place: String,
    rules: String,
    /// In the order of the subjects; `None` where it was not run.
    cells: Vec<Option<Cell<'a>>>,
    /// Everything that a filter looks for, in lower case.
    words: String,
    verdict: &'static str,
}

struct Cell<'a> {
    verdict: &'static str,
    /// `known` beside the verdict of a failure that a ledger explains.
    known: Option<String>,
    reason: &'a str,
    requests: String,
    time: String,
    checks: &'a [CheckRecord],
    steps: Vec<Step<'a>>,
}

/// Who answered in one step.
struct Step<'a> {
    name: &'a str,
    bars: Vec<Bar>,
}

/// A problem as the other formats tell it, field by field.
struct Trouble<'a> {
    scenario: &'a str,
    subject: &'a str,
    verdict: &'static str,
    what: &'a str,
    fields: Vec<Part>,
}

struct Part {
    label: &'static str,
    lines: Vec<String>,
    is_code: bool,
    is_empty: bool,
}

struct Difference<'a> {
    scenario: &'a str,
    step: &'a str,
    what: String,
    seen: Vec<(&'a str, String)>,
    explanation: String,
}

impl<'a> Page<'a> {
    fn of(report: &Report<'a>) -> Self {
        let subjects: Vec<&str> = report.subjects().into_iter().map(|(subject, _)| subject).collect();
        let mut counts: Vec<(&'static str, String)> = Vec::new();
        for (verdict, text) in report.counts() {
            counts.push((verdict.as_str(), text));
        }
        Self {
            headline: report.headline(),
            good: report.problems().is_empty(),
            environment: report.environment(),
            effort: report.effort(),
            counts,
            groups: groups(report, &subjects),
            problems: report.problems().into_iter().map(|problem| Trouble::of(&problem)).collect(),
            skipped: report.skipped().collect(),
            differences: report
                .differences()
                .into_iter()
                .map(|difference| Difference {
                    scenario: difference.scenario,
                    step: difference.step,
                    explanation: difference.explanation(),
                    what: difference.what.to_string(),
                    seen: difference.seen.iter().map(|(subject, seen)| (*subject, seen.to_string())).collect(),
                })
                .collect(),
            findings: report
                .findings()
                .map(|feature| [feature.name.clone(), feature.subject.clone(), features::told(feature)])
                .collect(),
            subjects,
        }
    }
}

/// Scenarios by folder, in the order of names, each with a cell for every subject.
fn groups<'a>(report: &Report<'a>, subjects: &[&str]) -> Vec<Group<'a>> {
    let mut folders: BTreeMap<String, BTreeMap<&'a str, Vec<&'a ScenarioRecord>>> = BTreeMap::new();
    for scenario in &report.record().scenarios {
        let of_folder = folders.entry(Report::folder(&scenario.place.file)).or_default();
        of_folder.entry(&scenario.id).or_default().push(scenario);
    }
    let rows = |runs: BTreeMap<&'a str, Vec<&'a ScenarioRecord>>| {
        runs.into_values().filter_map(|runs| Row::of(&runs, subjects)).collect()
    };
    folders.into_iter().map(|(folder, runs)| Group { folder, rows: rows(runs) }).collect()
}

impl<'a> Row<'a> {
    fn of(runs: &[&'a ScenarioRecord], subjects: &[&str]) -> Option<Self> {
        let first = runs.first()?;
        let cell = |subject: &&str| runs.iter().find(|run| run.subject == **subject).map(|run| Cell::of(run));
        let worst = runs.iter().map(|run| run.verdict).filter(|verdict| *verdict != Verdict::Skipped).max();
        let rules = first.rules.join(" ");
        Some(Self {
            id: &first.id,
            title: &first.title,
            place: crate::report::place(&first.place),
            cells: subjects.iter().map(cell).collect(),
            words: format!("{} {} {rules}", first.id, first.title).to_lowercase(),
            rules,
            verdict: worst.unwrap_or(Verdict::Skipped).as_str(),
        })
    }
}

impl<'a> Cell<'a> {
    fn of(run: &'a ScenarioRecord) -> Self {
        Self {
            verdict: run.verdict.as_str(),
            known: run.known.as_ref().map(|known| known.reason.clone()),
            reason: &run.reason,
            requests: count(run.requests),
            time: seconds(run.duration_us),
            checks: &run.checks,
            steps: run.shares.iter().map(Step::of).collect(),
        }
    }
}

impl<'a> Step<'a> {
    fn of(shares: &'a ShareTable) -> Self {
        Self { name: &shares.step, bars: shares.rows.iter().map(Bar::of).collect() }
    }
}

impl<'a> Trouble<'a> {
    fn of(problem: &Problem<'a>) -> Self {
        Self {
            scenario: &problem.scenario.id,
            subject: &problem.scenario.subject,
            verdict: problem.verdict().as_str(),
            what: problem.what(),
            fields: problem.fields().iter().map(Part::of).collect(),
        }
    }
}

impl Part {
    fn of(field: &Field<'_>) -> Self {
        let text = |label, lines| Self { label, lines, is_code: false, is_empty: false };
        match field {
            Field::Text(name, value) => text(name, value.lines().map(str::to_owned).collect()),
            Field::Nothing(name, value) => Self { is_empty: true, ..text(name, vec![(*value).to_owned()]) },
            Field::Evidence(entries) => {
                let line = |entry: &sextant_verdict::Evidence| {
                    let at = entry.at.map(milliseconds).unwrap_or_default();
                    format!("{at:>12}  {:<8}  {}", entry.journal, entry.text)
                };
                Self { is_code: true, ..text("evidence", entries.iter().map(line).collect()) }
            }
            Field::Repeat(command) => Self { is_code: true, ..text("repeat", vec![(*command).to_owned()]) },
        }
    }
}

#[cfg(test)]
mod tests;
