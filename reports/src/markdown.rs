//! The report as Markdown for a CI job summary.
//!
//! Text of the record is never Markdown: every piece of it is escaped. What has a passing verdict is
//! folded away (`<details>`), problems are open.

mod escape;
mod ledger;

use std::fmt::Write;

use sextant_verdict::{ScenarioRecord, ShareTable, Verdict};

pub(crate) use self::escape::{code, prose};
use self::escape::{fenced, html};
use crate::features;
use crate::figures::{ABSENT, count, counted, percent, seconds};
use crate::listing;
use crate::report::{Detail, Problem, Report};
use crate::style::Style;

/// The whole summary. A run of more than 40 scenarios counts those that passed by folder.
pub fn render(report: &Report<'_>) -> String {
    let sections = [
        headline(report),
        scenarios(report),
        folds(report),
        skipped(report),
        features(report),
        ledger::known(report),
        problems(report),
        ledger::stale(report),
        differences(report),
        distributions(report),
    ];
    let mut text = sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

fn headline(report: &Report<'_>) -> String {
    let counts: Vec<_> = report.counts().into_iter().map(|(_, part)| part).collect();
    let counts =
        if counts.is_empty() { report.effort() } else { format!("{}; {}", counts.join(", "), report.effort()) };
    let environment: Vec<_> = report.environment().iter().map(|phrase| prose(phrase)).collect();
    format!("## Sextant: {}\n\n{counts}.\n\n{}", report.headline(), environment.join(", "))
}

fn scenarios(report: &Report<'_>) -> String {
    let rows: Vec<_> = report
        .listed(Detail::Folded)
        .into_iter()
        .map(|scenario| {
            vec![
                code(&scenario.id),
                code(&scenario.subject),
                word(scenario),
                count(scenario.requests),
                seconds(scenario.duration_us),
            ]
        })
        .collect();
    table(&["Scenario", "Subject", "Verdict", "Requests:", "Time:"], &rows)
}

/// Where subjects differ, a line per subject.
fn differences(report: &Report<'_>) -> String {
    let mut rows = Vec::new();
    for difference in report.differences() {
        for (subject, seen) in &difference.seen {
            let (step, what) = (prose(difference.step), prose(&difference.what));
            let explained = prose(&difference.explanation());
            rows.push(vec![code(difference.scenario), step, what, code(subject), prose(seen), explained]);
        }
    }
    table(&["Differs", "Step", "What", "Subject", "Observed", "Explained"], &rows)
}

/// What subjects say of themselves and was seen otherwise.
fn features(report: &Report<'_>) -> String {
    let rows: Vec<_> = report
        .findings()
        .map(|feature| vec![code(&feature.name), code(&feature.subject), prose(&features::told(feature))])
        .collect();
    table(&["Feature", "Subject", "Finding"], &rows)
}

fn folds(report: &Report<'_>) -> String {
    let rows: Vec<_> = report
        .folds(Detail::Folded)
        .into_iter()
        .map(|fold| {
            vec![
                code(&fold.folder),
                code(fold.subject),
                count(fold.scenarios),
                count(fold.requests),
                seconds(fold.duration_us),
            ]
        })
        .collect();
    table(&["Folder", "Subject", "Passed:", "Requests:", "Time:"], &rows)
}

fn skipped(report: &Report<'_>) -> String {
    let rows: Vec<_> = report
        .skipped()
        .map(|scenario| vec![code(&scenario.id), code(&scenario.subject), prose(&scenario.reason)])
        .collect();
    table(&["Skipped", "Subject", "Reason"], &rows)
}

fn problems(report: &Report<'_>) -> String {
    let problems: Vec<_> = report.problems().iter().map(problem).collect();
    if problems.is_empty() { String::new() } else { format!("### Problems\n\n{}", problems.join("\n\n")) }
}

fn problem(problem: &Problem<'_>) -> String {
    let scenario = problem.scenario;
    let summary = format!(
        "<b>{}</b> <code>{}</code> on <code>{}</code>: {}",
        problem.verdict(),
        html(&scenario.id),
        html(&scenario.subject),
        html(problem.what()),
    );
    details(" open", &summary, &fenced(&listing::parts(problem, Style::unlimited()).join("\n")))
}

fn distributions(report: &Report<'_>) -> String {
    let scenarios: Vec<_> =
        report.told(Detail::Folded).filter(|scenario| !scenario.shares.is_empty()).map(distribution).collect();
    if scenarios.is_empty() { String::new() } else { format!("### Distribution\n\n{}", scenarios.join("\n\n")) }
}

fn distribution(scenario: &ScenarioRecord) -> String {
    let open = if scenario.verdict == Verdict::Pass { "" } else { " open" };
    let summary = format!(
        "<code>{}</code> on <code>{}</code>: {}",
        html(&scenario.id),
        html(&scenario.subject),
        html(&scenario.title)
    );
    let tables: Vec<_> = scenario.shares.iter().map(|step| shares(scenario, step)).collect();
    details(open, &summary, &tables.join("\n\n"))
}

fn shares(scenario: &ScenarioRecord, shares: &ShareTable) -> String {
    let rows: Vec<_> = shares
        .rows
        .iter()
        .map(|row| {
            vec![
                code(&row.endpoint),
                code(&row.locality),
                row.expected.map_or_else(|| ABSENT.into(), percent),
                percent(row.observed),
                count(row.requests),
                code(Report::answered_by(row)),
                verdict(row.verdict),
            ]
        })
        .collect();
    let titles = ["Endpoint", "Locality", "Expected:", "Observed:", "Requests:", "Source", "Verdict"];
    let heading = format!("Step {}: {}", code(&shares.step), counted(Report::requests(shares), "request"));
    let notes = Report::statistics(scenario, &shares.step).map(|note| format!("Checked by: {}", prose(&note)));
    let parts = [heading, table(&titles, &rows)].into_iter().chain(notes).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n")
}

/// A verdict; what is not green stands out.
fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass | Verdict::Skipped => verdict.to_string(),
        Verdict::Fail | Verdict::Error | Verdict::Inconclusive => format!("**{verdict}**"),
    }
}

/// The verdict of a scenario, and whether it was known.
fn word(scenario: &ScenarioRecord) -> String {
    match &scenario.known {
        None => verdict(scenario.verdict),
        Some(_) if scenario.passed_unexpectedly() => format!("**{}**", scenario.word()),
        Some(_) => scenario.word(),
    }
}

/// A table of cells that are Markdown already; columns whose title ends in `:` are right-aligned. Empty without rows.
pub(crate) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(titles.iter().map(|title| title.trim_end_matches(':')).collect()),
        line(titles.iter().map(|title| if title.ends_with(':') { "--:" } else { ":--" }).collect()),
    ];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines.join("\n")
}

/// A part that can be folded. The blank lines make its content Markdown again, after the HTML of its first lines.
fn details(open: &str, summary: &str, content: &str) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "<details{open}>\n<summary>{summary}</summary>\n\n{content}\n\n</details>");
    text
}
