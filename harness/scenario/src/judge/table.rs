//! The distribution of a step's requests, as a table for people.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use sextant_verdict::{Reply, ReplyOutcome, ShareRow, ShareTable, Verdict};

use super::promises::wrong_status;
use super::replies::{Judged, failed_in_harness};
use super::shares::{FAILED, View, name_of, status_name};
use super::sources::source_of;
use crate::expect::ShareBy;

/// What the requests of one row have in common. Ordered as rows are: workloads by locality and endpoint, then the
/// gateway's own replies by status, then what got no response.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Workload { locality: String, endpoint: SocketAddr, workload: String },
    Gateway { status: String },
    Failed,
}

#[derive(Default)]
struct Cell {
    requests: u64,
    wrong_status: bool,
    in_harness: bool,
    /// What its replies count as, one for each view.
    names: Vec<String>,
}

/// The table of `judged`. Who was promised something and got nothing has a row too.
pub(super) fn build(judged: &Judged<'_>, views: &[View]) -> ShareTable {
    let mut cells: BTreeMap<Row, Cell> = expected(judged, views);
    for reply in &judged.seen.replies {
        let cell = cells.entry(row_of(reply)).or_default();
        cell.requests += 1;
        cell.in_harness |= failed_in_harness(reply);
        cell.wrong_status |= judged.expect.status.is_some_and(|status| wrong_status(reply, status).is_some());
        // All 503s of workloads share a row with other statuses; for those views by status say nothing about a row.
        cell.names = views.iter().map(|view| name_of(reply, view.by)).collect();
    }
    let total = judged.seen.replies.len() as u64;
    let sharing = rows_per_name(&cells, views);
    let rows = cells
        .iter()
        .map(|(row, cell)| {
            let (endpoint, locality, source) = row.words();
            ShareRow {
                endpoint,
                locality,
                source,
                expected: promised(judged, row, cell, views, &sharing),
                requests: cell.requests,
                observed: if total == 0 { 0.0 } else { cell.requests as f64 / total as f64 },
                verdict: verdict(judged, row, cell, views),
            }
        })
        .collect();
    ShareTable { step: judged.step.name(), rows }
}

fn row_of(reply: &Reply) -> Row {
    match (&reply.outcome, source_of(reply)) {
        (_, Some(source)) => Row::Workload {
            locality: source.locality.clone(),
            endpoint: source.endpoint,
            workload: source.workload.clone(),
        },
        (ReplyOutcome::Failed(_), None) => Row::Failed,
        (_, None) => Row::Gateway { status: status_name(reply) },
    }
}

/// Rows of the scenario's workloads that a promise wants to see.
fn expected(judged: &Judged<'_>, views: &[View]) -> BTreeMap<Row, Cell> {
    let scenario = &judged.step.scenario.scenario;
    let sources = judged.expect.sources.as_deref().unwrap_or_default();
    let mut cells = BTreeMap::new();
    for source in scenario.workloads.iter().map(crate::ScenarioWorkload::source) {
        let gets = |view: &View| {
            let name = match view.by {
                ShareBy::Endpoint => source.endpoint.to_string(),
                ShareBy::Workload => source.workload.clone(),
                // Which endpoint of a locality answers is not promised.
                ShareBy::Locality | ShareBy::Status => return false,
            };
            view.weights.get(&name).is_some_and(|weight| *weight > 0)
        };
        if sources.contains(&source.endpoint) || views.iter().any(gets) {
            let names = views
                .iter()
                .map(|view| match view.by {
                    ShareBy::Endpoint => source.endpoint.to_string(),
                    ShareBy::Workload => source.workload.clone(),
                    ShareBy::Locality => source.locality.clone(),
                    ShareBy::Status => String::new(),
                })
                .collect();
            let row = Row::Workload { locality: source.locality, endpoint: source.endpoint, workload: source.workload };
            cells.insert(row, Cell { names, ..Cell::default() });
        }
    }
    cells
}

/// How many rows each name of each view is spread over.
fn rows_per_name(cells: &BTreeMap<Row, Cell>, views: &[View]) -> BTreeMap<(usize, String), usize> {
    let mut rows = BTreeMap::new();
    for cell in cells.values() {
        for (view, name) in cell.names.iter().enumerate().take(views.len()) {
            *rows.entry((view, name.clone())).or_default() += 1;
        }
    }
    rows
}

/// The promised share of a row: of the first view that promises something to this row alone. What must not answer was
/// promised nothing at all.
fn promised(
    judged: &Judged<'_>,
    row: &Row,
    cell: &Cell,
    views: &[View],
    sharing: &BTreeMap<(usize, String), usize>,
) -> Option<f64> {
    let alone = |view: usize, name: &String| sharing.get(&(view, name.clone())) == Some(&1);
    let share = views.iter().enumerate().zip(&cell.names).find_map(|((number, view), name)| {
        let all: f64 = view.weights.values().copied().map(f64::from).sum();
        match view.weights.get(name) {
            Some(weight) if alone(number, name) && all > 0.0 => Some(f64::from(*weight) / all),
            Some(_) => None,
            // A status that a view by status does not name belongs to somebody who is promised nothing.
            None => (view.by != ShareBy::Status).then_some(0.0),
        }
    });
    share.or_else(|| is_forbidden(judged, row).then_some(0.0))
}

fn is_forbidden(judged: &Judged<'_>, row: &Row) -> bool {
    let Row::Workload { endpoint, .. } = row else { return false };
    judged.expect.never.contains(endpoint)
        || judged.expect.sources.as_ref().is_some_and(|sources| !sources.contains(endpoint))
}

fn verdict(judged: &Judged<'_>, row: &Row, cell: &Cell, views: &[View]) -> Verdict {
    if cell.in_harness {
        return Verdict::Error;
    }
    let is_source = |endpoint| judged.expect.sources.as_ref().is_some_and(|sources| sources.contains(endpoint));
    let absent = cell.requests == 0 && matches!(row, Row::Workload { endpoint, .. } if is_source(endpoint));
    let by_itself = (cell.requests > 0 && is_forbidden(judged, row)) || cell.wrong_status;
    let undecided = judged.is_short() || judged.harness_trouble("", None).is_some();
    let mut verdict = match (by_itself, absent) {
        (true, _) => Verdict::Fail,
        (false, true) if !undecided => Verdict::Fail,
        (false, true) => Verdict::Inconclusive,
        (false, false) => Verdict::Pass,
    };
    for (view, name) in views.iter().zip(&cell.names) {
        let of_view = match view.record.verdict {
            Verdict::Fail if view.wrong.contains(name) => Verdict::Fail,
            Verdict::Fail | Verdict::Pass | Verdict::Skipped => Verdict::Pass,
            undecided => undecided,
        };
        verdict = verdict.max(of_view);
    }
    verdict
}

impl Row {
    /// Endpoint, locality and source, as they are shown.
    fn words(&self) -> (String, String, String) {
        match self {
            Self::Workload { locality, endpoint, workload } => {
                (endpoint.to_string(), locality.clone(), workload.clone())
            }
            Self::Gateway { status } => (status.clone(), String::new(), String::new()),
            Self::Failed => (FAILED.to_owned(), String::new(), String::new()),
        }
    }
}
