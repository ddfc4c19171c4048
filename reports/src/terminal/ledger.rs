//! Known failures, and what has to be done about the ledger.

use crate::layout::{Cell, Kind, Page, Table};
use crate::report::Report;
use crate::style::Tone;

/// A line per scenario whose trouble is known.
pub(super) fn known(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    let mut table = Table::new([
        ("Known", Kind::Name),
        ("Subject", Kind::Text),
        ("Verdict", Kind::Word),
        ("Reason", Kind::Text),
        ("Owner", Kind::Text),
        ("Until", Kind::Word),
    ]);
    let mut any = false;
    for (scenario, known) in report.known() {
        any = true;
        table.row([
            Cell::shown(&scenario.id, style),
            Cell::shown(&scenario.subject, style),
            Cell::plain(scenario.verdict.as_str()),
            Cell::shown(&format!("{} ({})", known.reason, known.link), style),
            Cell::shown(&known.owner, style),
            Cell::shown(&known.expires, style),
        ]);
    }
    if any {
        page.section();
        page.table(table);
    }
}

/// A line per entry that somebody has to do something about.
pub(super) fn stale(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    let mut table = Table::new([
        ("Ledger", Kind::Name),
        ("Subject", Kind::Text),
        ("Wrong", Kind::Text),
        ("What to do", Kind::Text),
    ]);
    let mut any = false;
    for entry in report.stale() {
        any = true;
        table.row([
            Cell::shown(entry.names(), style),
            Cell::shown(&entry.subject, style),
            Cell::shown(&Report::complaint(entry), style).toned(Tone::Bad),
            Cell::shown(&entry.advice(), style),
        ]);
    }
    if any {
        page.section();
        page.table(table);
    }
}
