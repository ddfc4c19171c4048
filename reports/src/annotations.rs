//! Problems as workflow commands (`::error file=…`), which a CI service shows beside the line of the scenario.

use sextant_verdict::{EntryState, FeatureFinding, FeatureRecord, LedgerEntry, Verdict};

use crate::features;
use crate::report::Report;
use crate::text::one_line;

/// One line per problem: an error for what failed and for harness errors, a warning for what came to no verdict.
/// Then one line per entry of a ledger that somebody has to do something about. Empty when there is no problem.
pub fn render(report: &Report<'_>) -> String {
    let lines = report.problems().into_iter().map(|problem| {
        let counts = report.record().counts(problem.scenario);
        let level = if problem.verdict() == Verdict::Inconclusive || !counts { "warning" } else { "error" };
        let place = problem.place();
        let rules = problem.rules().join(", ");
        let rules = if rules.is_empty() { rules } else { format!(" ({rules})") };
        format!(
            "::{level} file={},line={},col={},title={}::{}\n",
            property(&place.file),
            place.line,
            place.column,
            property(&format!("{}: {} on {}", problem.verdict(), problem.scenario.id, problem.scenario.subject)),
            data(&format!("{}: {}{rules}", problem.what(), problem.message())),
        )
    });
    lines.chain(report.findings().map(finding)).chain(report.stale().map(stale)).collect()
}

/// A feature that a subject declares and has not, or has and does not declare. It stands in no file.
fn finding(feature: &FeatureRecord) -> String {
    let level = if feature.finding == Some(FeatureFinding::DeclaredButAbsent) { "error" } else { "warning" };
    let title = property(&format!("feature {} of {}", feature.name, feature.subject));
    format!("::{level} title={title}::{}\n", data(&features::told(feature)))
}

/// The entry of a ledger that has to go or to be renewed; one that nothing that ran needed is only a warning.
fn stale(entry: &LedgerEntry) -> String {
    let level = if entry.state == EntryState::Unmatched { "warning" } else { "error" };
    let place = &entry.known.place;
    format!(
        "::{level} file={},line={},col={},title={}::{}\n",
        property(&place.file),
        place.line,
        place.column,
        property(&format!("known failures of {}: {}", entry.subject, entry.names())),
        data(&format!("{}: {}", Report::complaint(entry), entry.advice())),
    )
}

/// The text of a command: it ends with the line, and `%` starts an escape.
fn data(text: &str) -> String {
    one_line(text).replace('%', "%25")
}

/// The value of a property: it also ends at `,` and at `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
