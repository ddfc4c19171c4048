//! Who got how much: the distribution tables of a scenario.

use sextant_verdict::{ScenarioRecord, ShareTable};

use super::page::Page;
use super::table::{Cell, Kind, Table};
use crate::figures::{ABSENT, count, counted, percent};
use crate::report::Report;
use crate::style::{Style, Tone};
use crate::text::{Lines, visible};

/// Heading and tables of `scenario`; nothing when it has no table.
pub(super) fn scenario(scenario: &ScenarioRecord, page: &mut Page) {
    if !scenario.shares.is_empty() {
        heading(scenario, page);
        tables(scenario, page);
    }
}

/// Name and title of `scenario`.
pub(super) fn heading(scenario: &ScenarioRecord, page: &mut Page) {
    let unicode = page.style().unicode;
    let show = |text: &str| visible(text, Lines::One, unicode);
    page.section();
    page.text(Tone::Strong, &format!("{} on {}", show(&scenario.id), show(&scenario.subject)));
    page.text(Tone::Plain, &show(&scenario.title));
}

/// The tables of `scenario`, each under the name of its step.
pub(super) fn tables(scenario: &ScenarioRecord, page: &mut Page) {
    let style = page.style();
    for shares in &scenario.shares {
        let step = visible(&shares.step, Lines::One, style.unicode);
        page.gap();
        page.text(Tone::Dim, &format!("{step}: {}", counted(Report::requests(shares), "request")));
        if !shares.rows.is_empty() {
            page.table(table(shares, style));
        }
    }
}

fn table(shares: &ShareTable, style: Style) -> Table {
    let mut table = Table::new([
        ("Endpoint", Kind::Text),
        ("Locality", Kind::Text),
        ("Expected", Kind::Figure),
        ("Observed", Kind::Figure),
        ("Requests", Kind::Figure),
        ("Source", Kind::Text),
        ("Verdict", Kind::Word),
    ]);
    for row in &shares.rows {
        table.row([
            Cell::shown(&row.endpoint, style),
            Cell::shown(&row.locality, style),
            Cell::plain(row.expected.map_or_else(|| ABSENT.into(), percent)),
            Cell::plain(percent(row.observed)),
            Cell::plain(count(row.requests)),
            Cell::shown(Report::answered_by(row), style),
            Cell::plain(row.verdict.as_str()).toned(Tone::of(row.verdict)),
        ]);
    }
    table
}
