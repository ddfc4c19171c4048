//! Problems as workflow commands (`::error file=…`), which a CI service shows beside the line of the scenario.

use sextant_verdict::{EntryState, LedgerEntry, Verdict};

use crate::report::Report;
use crate::text::one_line;

/// One line per problem: an error for what failed and for harness errors, a warning for what came to no verdict.
/// Then one line per entry of a ledger that somebody has to do something about. Empty when there is no problem.
pub fn render(report: &Report<'_>) -> String {
    let lines = report.problems().into_iter().map(|problem| {
        let level = if problem.verdict() == Verdict::Inconclusive { "warning" } else { "error" };
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
    lines.chain(report.stale().map(stale)).collect()
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
