//! The summary: scenarios, what was folded, what was skipped, and the last line.

use sextant_verdict::{ScenarioRecord, Verdict};

use crate::figures::{count, seconds};
use crate::layout::{Cell, Kind, Page, Table};
use crate::report::{Detail, Report};
use crate::style::Tone;
use crate::text::width;

/// A line per scenario.
pub(super) fn scenarios(report: &Report<'_>, detail: Detail, page: &mut Page) {
    let style = page.style();
    let listed = report.listed(detail);
    if listed.is_empty() {
        return;
    }
    let mut table = Table::new([
        ("Scenario", Kind::Name),
        ("Subject", Kind::Text),
        ("Verdict", Kind::Word),
        ("Requests", Kind::Figure),
        ("Time", Kind::Figure),
    ]);
    for scenario in listed {
        table.row([
            Cell::shown(&scenario.id, style),
            Cell::shown(&scenario.subject, style),
            Cell::plain(scenario.word()).toned(tone(scenario)),
            Cell::plain(count(scenario.requests)),
            Cell::plain(seconds(scenario.duration_us)),
        ]);
    }
    page.section();
    page.table(table);
}

/// How much a scenario calls for attention: not at all when its trouble is known, much when it passed all the same.
fn tone(scenario: &ScenarioRecord) -> Tone {
    match &scenario.known {
        None => Tone::of(scenario.verdict),
        Some(_) if scenario.passed_unexpectedly() => Tone::Bad,
        Some(_) => Tone::Dim,
    }
}

/// A line per folder of scenarios that passed and have no line of their own.
pub(super) fn folds(report: &Report<'_>, detail: Detail, page: &mut Page) {
    let style = page.style();
    let folds = report.folds(detail);
    if folds.is_empty() {
        return;
    }
    let mut table = Table::new([
        ("Folder", Kind::Name),
        ("Subject", Kind::Text),
        ("Passed", Kind::Figure),
        ("Requests", Kind::Figure),
        ("Time", Kind::Figure),
    ]);
    for fold in folds {
        table.row([
            Cell::shown(&fold.folder, style),
            Cell::shown(fold.subject, style),
            Cell::plain(count(fold.scenarios)).toned(Tone::Good),
            Cell::plain(count(fold.requests)),
            Cell::plain(seconds(fold.duration_us)),
        ]);
    }
    page.section();
    page.table(table);
}

/// A line per skipped scenario, with the reason.
pub(super) fn skipped(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    let mut table = Table::new([("Skipped", Kind::Name), ("Subject", Kind::Text), ("Reason", Kind::Text)]);
    let mut any = false;
    for scenario in report.skipped() {
        any = true;
        table.row([
            Cell::shown(&scenario.id, style),
            Cell::shown(&scenario.subject, style),
            Cell::shown(&scenario.reason, style).toned(Tone::Dim),
        ]);
    }
    if any {
        page.section();
        page.table(table);
    }
}

/// Where subjects differ: a line per subject.
pub(super) fn differences(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    let differences = report.differences();
    if differences.is_empty() {
        return;
    }
    let mut table = Table::new([
        ("Differs", Kind::Name),
        ("Step", Kind::Text),
        ("What", Kind::Text),
        ("Subject", Kind::Text),
        ("Observed", Kind::Text),
        ("Explained", Kind::Text),
    ]);
    for difference in differences {
        for (at, (subject, seen)) in difference.seen.iter().enumerate() {
            let once = |text: &str| if at == 0 { Cell::shown(text, style) } else { Cell::plain(String::new()) };
            table.row([
                once(difference.scenario),
                once(difference.step),
                once(&difference.what),
                Cell::shown(subject, style),
                Cell::shown(seen, style),
                once(&difference.explanation()).toned(if difference.is_explained() { Tone::Dim } else { Tone::Bad }),
            ]);
        }
    }
    page.section();
    page.table(table);
}

/// The last line: scenarios by verdict, then what the run took.
pub(super) fn counts(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    page.section();
    let mut counts = report.counts();
    if counts.is_empty() {
        counts.push((Verdict::Skipped, "no scenarios".into()));
    }
    let line = |painted: &dyn Fn(Verdict, &str) -> String| {
        let parts: Vec<_> = counts.iter().map(|(verdict, part)| painted(*verdict, part)).collect();
        format!("{}; {}", parts.join(", "), report.effort())
    };
    let plain = line(&|_, part| part.into());
    if width(&plain) <= style.columns() {
        page.lines([line(&|verdict, part| style.paint(Tone::of(verdict), part))]);
    } else {
        page.text(Tone::Plain, &plain);
    }
}
