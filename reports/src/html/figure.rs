//! A share as a bar: what was observed, and a mark where it was expected.

use sextant_verdict::ShareRow;

use crate::figures::{ABSENT, count, percent};
use crate::report::Report;

/// One row of a distribution.
pub(super) struct Bar {
    /// Endpoint, or the status of what the gateway answered by itself.
    pub(super) endpoint: String,
    pub(super) locality: String,
    /// Who answered.
    pub(super) who: String,
    pub(super) requests: String,
    pub(super) observed: String,
    pub(super) expected: String,
    /// Columns of a hundred that the bar fills.
    pub(super) filled: String,
    /// Column of the mark; `None` where nothing was expected.
    pub(super) mark: Option<String>,
    pub(super) verdict: &'static str,
}

impl Bar {
    pub(super) fn of(row: &ShareRow) -> Self {
        let column = |of: f64| format!("{:.1}", (of * 100.0).clamp(0.0, 100.0));
        Self {
            endpoint: row.endpoint.clone(),
            locality: row.locality.clone(),
            who: Report::answered_by(row).to_owned(),
            requests: count(row.requests),
            observed: percent(row.observed),
            expected: row.expected.map_or_else(|| ABSENT.to_owned(), percent),
            filled: column(row.observed),
            mark: row.expected.map(column),
            verdict: row.verdict.as_str(),
        }
    }
}
