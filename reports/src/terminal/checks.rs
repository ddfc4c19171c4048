//! Every check of a scenario, for verbose reports.

use sextant_verdict::{CheckRecord, ScenarioRecord};

use super::distribution;
use crate::layout::{Cell, Kind, Page, Table};
use crate::report::Report;
use crate::style::Tone;
use crate::text::{Lines, visible};

/// Heading, checks and distribution table of `scenario`.
pub(super) fn scenario(scenario: &ScenarioRecord, page: &mut Page) {
    let style = page.style();
    distribution::heading(scenario, page);
    if !scenario.reason.is_empty() {
        page.text(Tone::Dim, &visible(&scenario.reason, Lines::Many, style.unicode));
    }
    if !scenario.checks.is_empty() {
        page.gap();
        page.table(table(scenario, page));
    }
    distribution::table(scenario, page);
}

/// The checks, in a group per step.
fn table(scenario: &ScenarioRecord, page: &Page) -> Table {
    let style = page.style();
    let mut table = Table::new([("Check", Kind::Text), ("Rules", Kind::Text), ("Verdict", Kind::Word)]);
    for checks in scenario.checks.chunk_by(|one, next| one.step == next.step) {
        table.group(step(scenario, checks).iter().map(|line| visible(line, Lines::One, style.unicode)).collect());
        for check in checks {
            table.row([
                Cell::shown(&check.what, style),
                Cell::shown(&check.rules.join(" "), style),
                Cell::plain(check.verdict.as_str()).toned(Tone::of(check.verdict)),
            ]);
        }
    }
    table
}

/// Name of the step of `checks`, and how its statistical ones were made unless its distribution says so below.
fn step(scenario: &ScenarioRecord, checks: &[CheckRecord]) -> Vec<String> {
    let [check, ..] = checks else { return Vec::new() };
    let mut lines = vec![check.step.clone()];
    if scenario.shares.iter().all(|shares| shares.step != check.step) {
        lines.extend(Report::statistics(scenario, &check.step));
    }
    lines
}
