//! A run record in any of the formats: what `run` prints and writes, and `report show` prints again.

use std::io::Write;

use clap::ValueEnum;
use sextant_catalogue::Level;
use sextant_reports::conformance::{ConformanceReport, Support};
use sextant_reports::{Report, Style, html, json, junit, markdown, terminal};
use sextant_verdict::RunRecord;

use crate::commands::BadInput;
use crate::implementation::{self, ImplementationKey};
use crate::terminal::Terminal;

/// What a record is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people.
    Table,
    /// The run record.
    Json,
    /// A summary for CI.
    Markdown,
    /// One page for a browser.
    Html,
    /// JUnit XML.
    Junit,
    /// The Gateway API's ConformanceReport, as YAML; of one subject.
    Conformance,
}

impl Format {
    /// All of them as a sentence has them.
    pub(crate) fn names() -> String {
        let names: Vec<_> = Self::value_variants().iter().filter_map(Self::to_possible_value).collect();
        let names: Vec<_> = names.iter().map(|name| name.get_name()).collect();
        names.split_last().map_or_else(String::new, |(last, rest)| format!("{} or {last}", rest.join(", ")))
    }
}

/// How much of it, where the format leaves a choice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    /// JSON: only what equal runs have in common.
    pub(crate) canonical: bool,
    /// Tables: only failures and counts.
    pub(crate) quiet: bool,
    /// Tables: every check.
    pub(crate) verbose: bool,
    /// Conformance reports: who made the gateway, where it is not known.
    pub(crate) implementation: Vec<(ImplementationKey, String)>,
}

/// Writes `record` to `out`.
///
/// # Errors
/// When `out` fails.
pub(crate) fn write(
    record: &RunRecord,
    format: Format,
    look: &Look,
    screen: Terminal,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let report = Report::new(record);
    match format {
        Format::Json => {
            let form = if look.canonical { json::Form::Canonical } else { json::Form::Full };
            json::write(record, form, out)?;
        }
        Format::Conformance => out.write_all(conformance(record, look)?.as_bytes())?,
        Format::Junit => junit::write(&report, out)?,
        Format::Html => out.write_all(html::render(&report)?.as_bytes())?,
        Format::Markdown => out.write_all(markdown::render(&report).as_bytes())?,
        Format::Table => {
            let verbosity = match (look.quiet, look.verbose) {
                (true, _) => terminal::Verbosity::Quiet,
                (_, true) => terminal::Verbosity::Verbose,
                _ => terminal::Verbosity::Normal,
            };
            let style = Style { width: screen.width, colour: screen.color, unicode: true };
            out.write_all(terminal::render(&report, verbosity, style).as_bytes())?;
        }
    }
    Ok(())
}

/// The conformance report of the only subject.
fn conformance(record: &RunRecord, look: &Look) -> anyhow::Result<String> {
    let subjects: Vec<_> = Report::new(record).subjects().iter().map(|(subject, _)| *subject).collect();
    let [subject] = subjects[..] else {
        let why = "a conformance report is about one gateway, and this run has";
        return Err(BadInput(format!("{why} {}: run one of them", implementation::listed(&subjects))).into());
    };
    let who = implementation::of(subject, &record.environment.sextant, &look.implementation);
    let support = |rule: &str| {
        sextant_catalogue::rule(rule).map(|rule| match rule.level {
            Level::Must => Support::Core,
            Level::Should | Level::Informational | Level::Implementation => Support::Extended,
        })
    };
    let now = jiff::Timestamp::now().to_string();
    let report = ConformanceReport::new(record, subject, who, &now, support);
    Ok(report.map_err(|error| BadInput(error.to_string()))?.yaml()?)
}
