//! Problems as workflow commands (`::error file=…`), which a CI service shows beside the line of the scenario.

use sextant_verdict::Verdict;

use crate::report::Report;
use crate::text::one_line;

/// One line per problem: an error for what failed and for harness errors, a warning for what came to no verdict.
/// Empty when there is no problem.
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
    lines.collect()
}

/// The text of a command: it ends with the line, and `%` starts an escape.
fn data(text: &str) -> String {
    one_line(text).replace('%', "%25")
}

/// The value of a property: it also ends at `,` and at `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
