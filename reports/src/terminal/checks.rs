//! Every check of a scenario, for verbose reports.

use sextant_verdict::ScenarioRecord;

use super::distribution;
use super::page::Page;
use super::table::{Cell, Kind, Table};
use crate::report::statistics;
use crate::style::Tone;
use crate::text::{Lines, visible};

/// Heading, checks, how the statistical ones were made, and distribution tables of `scenario`.
pub(super) fn scenario(scenario: &ScenarioRecord, page: &mut Page) {
    let style = page.style();
    distribution::heading(scenario, page);
    if !scenario.reason.is_empty() {
        page.text(Tone::Dim, &visible(&scenario.reason, Lines::Many, style.unicode));
    }
    if !scenario.checks.is_empty() {
        let mut table =
            Table::new([("Check", Kind::Text), ("Step", Kind::Text), ("Rules", Kind::Text), ("Verdict", Kind::Word)]);
        for check in &scenario.checks {
            table.row([
                Cell::shown(&check.what, style),
                Cell::shown(&check.step, style),
                Cell::shown(&check.rules.join(" "), style),
                Cell::plain(check.verdict.as_str()).toned(Tone::of(check.verdict)),
            ]);
        }
        page.gap();
        page.table(table);
    }
    for check in &scenario.checks {
        if let Some(note) = &check.statistics {
            let text = visible(&format!("{}: {}", check.step, statistics(note)), Lines::One, style.unicode);
            page.gap();
            page.text(Tone::Dim, &text);
        }
    }
    distribution::tables(scenario, page);
}
