//! Who got how much: the distribution table of a scenario.

use sextant_verdict::{ScenarioRecord, ShareRow};

use crate::figures::{ABSENT, count, counted, percent};
use crate::layout::{Cell, Kind, Page, Table};
use crate::report::Report;
use crate::style::{Style, Tone};
use crate::text::{Lines, visible};

/// Heading and table of `scenario`; nothing when it has no distribution.
pub(super) fn scenario(scenario: &ScenarioRecord, page: &mut Page) {
    if !scenario.shares.is_empty() {
        heading(scenario, page);
        table(scenario, page);
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

/// The table of `scenario`: a group per step, under its name, its requests and how it was checked.
pub(super) fn table(scenario: &ScenarioRecord, page: &mut Page) {
    let style = page.style();
    if scenario.shares.is_empty() {
        return;
    }
    let mut table = Table::new([
        ("Endpoint", Kind::Name),
        ("Locality", Kind::Text),
        ("Expected", Kind::Figure),
        ("Observed", Kind::Figure),
        ("Requests", Kind::Figure),
        ("Source", Kind::Text),
        ("Verdict", Kind::Word),
    ]);
    for shares in &scenario.shares {
        let mut lines = vec![format!("{}: {}", shares.step, counted(Report::requests(shares), "request"))];
        lines.extend(Report::statistics(scenario, &shares.step));
        table.group(lines.iter().map(|line| visible(line, Lines::One, style.unicode)).collect());
        shares.rows.iter().for_each(|row| table.row(cells(row, style)));
    }
    page.gap();
    page.table(table);
}

fn cells(row: &ShareRow, style: Style) -> Vec<Cell> {
    vec![
        Cell::shown(&row.endpoint, style),
        Cell::shown(&row.locality, style),
        Cell::plain(row.expected.map_or_else(|| ABSENT.into(), percent)),
        Cell::plain(percent(row.observed)),
        Cell::plain(count(row.requests)),
        Cell::shown(Report::answered_by(row), style),
        Cell::plain(row.verdict.as_str()).toned(Tone::of(row.verdict)),
    ]
}
