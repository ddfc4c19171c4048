//! Known failures, and what has to be done about the ledger, as tables.

use super::escape::{code, prose};
use super::table;
use crate::report::Report;

/// A line per scenario whose trouble is known.
pub(super) fn known(report: &Report<'_>) -> String {
    let rows: Vec<_> = report
        .known()
        .map(|(scenario, known)| {
            vec![
                code(&scenario.id),
                code(&scenario.subject),
                scenario.verdict.to_string(),
                prose(&format!("{} ({})", known.reason, known.link)),
                prose(&known.owner),
                prose(&known.expires),
            ]
        })
        .collect();
    table(&["Known", "Subject", "Verdict", "Reason", "Owner", "Until"], &rows)
}

/// A line per entry that somebody has to do something about.
pub(super) fn stale(report: &Report<'_>) -> String {
    let rows: Vec<_> = report
        .stale()
        .map(|entry| {
            vec![code(entry.names()), code(&entry.subject), prose(&Report::complaint(entry)), prose(&entry.advice())]
        })
        .collect();
    table(&["Ledger", "Subject", "Wrong", "What to do"], &rows)
}
