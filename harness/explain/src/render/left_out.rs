//! What is no endpoint and no backend, with the rule that says so.

use std::collections::BTreeMap;

use sextant_reports::layout::{Cell, Kind, Page, Table, Tone, counted};

use super::endpoints::source;
use super::say;
use crate::explanation::{Excluded, Unselected, WithoutBackend};

/// How many candidates with one reason are named before they are only counted.
const NAMED: usize = 5;
/// How many workloads that no selector selects are listed.
const LISTED: usize = 20;

/// Candidates that are no endpoints; those with one reason share a row.
pub(crate) fn excluded(excluded: &[Excluded], own: &str, page: &mut Page) {
    if excluded.is_empty() {
        return;
    }
    let mut alike: Vec<(&Excluded, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<_, usize> = BTreeMap::new();
    for one in excluded {
        let place = *places.entry((&one.reason, one.rule, &one.message)).or_insert(alike.len());
        let name = source(&one.source, own);
        match alike.get_mut(place) {
            Some((_, names)) => names.push(name),
            None => alike.push((one, vec![name])),
        }
    }
    let style = page.style();
    let mut table =
        Table::new([("Left out", Kind::Name), ("Reason", Kind::Word), ("Rule", Kind::Word), ("Why", Kind::Prose)]);
    for (one, names) in &alike {
        table.row([
            Cell::shown(&listed(names), style),
            Cell::plain(&*one.reason),
            Cell::plain(one.rule),
            Cell::shown(&one.message, style),
        ]);
    }
    page.gap();
    page.table(table);
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// ServiceEntries that make no backend.
pub(super) fn without_backend(absent: &[WithoutBackend], page: &mut Page) {
    if absent.is_empty() {
        return;
    }
    let style = page.style();
    let mut table =
        Table::new([("ServiceEntry without backend", Kind::Name), ("Rule", Kind::Word), ("Why", Kind::Prose)]);
    for one in absent {
        table.row([
            Cell::shown(&one.service_entry.to_string(), style).toned(Tone::Bad),
            Cell::plain(one.rule),
            Cell::shown(&one.message, style),
        ]);
    }
    page.section();
    page.table(table);
}

/// Workloads that no ServiceEntry looks at and some selector may have meant; the others are counted.
pub(super) fn unselected(unselected: &[Unselected], page: &mut Page) {
    let near: Vec<_> = unselected.iter().filter_map(|one| Some((one, one.nearest.as_ref()?))).collect();
    let style = page.style();
    if !near.is_empty() {
        let mut table = Table::new([
            ("Selected by no ServiceEntry", Kind::Name),
            ("Nearest", Kind::Text),
            ("What differs", Kind::Prose),
        ]);
        for (one, nearest) in near.iter().take(LISTED) {
            table.row([
                Cell::shown(&source(&one.source, ""), style),
                Cell::shown(&nearest.to_string(), style),
                Cell::shown(&one.message, style),
            ]);
        }
        page.section();
        page.table(table);
    }
    let others = unselected.len() - near.len().min(LISTED);
    if others > 0 {
        if near.is_empty() {
            page.section();
        }
        let what = if near.is_empty() { "workload" } else { "other workload" };
        let text =
            format!("{} selected by no ServiceEntry; --all says how their labels differ", counted(others as u64, what));
        say(page, Tone::Dim, &text);
    }
}
