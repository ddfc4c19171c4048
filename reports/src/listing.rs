//! A problem as text: a heading and its labelled parts, aligned. The terminal colours it, JUnit and Markdown quote it.

use sextant_verdict::Evidence;

use crate::figures::milliseconds;
use crate::report::{Field, Problem};
use crate::style::{Style, Tone};
use crate::text::{Lines, visible, width, wrap, wrap_command};

/// Columns before the labels, and before the text of the heading's second line.
const INDENT: usize = 2;
/// Columns of the longest label (`statistics`) and the gap after it.
const LABEL: usize = 12;

/// The heading of a problem: verdict, scenario and subject, and below what was promised.
pub(crate) fn heading(problem: &Problem<'_>, style: Style) -> Vec<String> {
    let show = |text: &str| visible(text, Lines::One, style.unicode);
    let verdict = problem.verdict();
    let name = format!("{} on {}", show(&problem.scenario.id), show(&problem.scenario.subject));
    let gap = verdict.as_str().len() + 2;
    let mut lines: Vec<String> = Vec::new();
    for (index, line) in wrap(&name, style.columns().saturating_sub(gap)).iter().enumerate() {
        let margin = if index == 0 { verdict.as_str() } else { "" };
        let padding = " ".repeat(gap - margin.len());
        lines.push(format!("{}{padding}{}", style.paint(Tone::of(verdict), margin), style.paint(Tone::Strong, line)));
    }
    lines.extend(indented(INDENT, wrap(&show(problem.what()), style.columns().saturating_sub(INDENT))));
    lines
}

/// The labelled parts of a problem.
pub(crate) fn parts(problem: &Problem<'_>, style: Style) -> Vec<String> {
    let columns = style.columns().saturating_sub(INDENT + LABEL);
    let mut lines = Vec::new();
    for field in problem.fields() {
        let (label, body) = match field {
            Field::Text(label, text) => (label, wrap(&visible(&text, Lines::Many, style.unicode), columns)),
            Field::Nothing(label, text) => (label, vec![style.paint(Tone::Dim, text)]),
            Field::Evidence(entries) => ("evidence", evidence(entries, columns, style)),
            Field::Repeat(command) => ("repeat", wrap_command(&visible(command, Lines::One, style.unicode), columns)),
        };
        for (index, line) in body.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let padding = " ".repeat(LABEL - label.len());
            lines.push(format!("{}{}{padding}{line}", " ".repeat(INDENT), style.paint(Tone::Dim, label)));
        }
    }
    lines
}

/// Heading and parts without colour and without limit of width, for files.
pub(crate) fn text(problem: &Problem<'_>) -> String {
    let style = Style::unlimited();
    let mut lines = heading(problem, style);
    lines.extend(parts(problem, style));
    lines.iter().map(|line| line.trim_end_matches(' ')).collect::<Vec<_>>().join("\n")
}

/// Journal entries: time, journal and text in columns; the text hangs when it is wrapped.
fn evidence(entries: &[Evidence], columns: usize, style: Style) -> Vec<String> {
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| {
            let time = entry.at.map(milliseconds).unwrap_or_default();
            (time, visible(&entry.journal, Lines::One, style.unicode), visible(&entry.text, Lines::Many, style.unicode))
        })
        .collect();
    let times = shown.iter().map(|(time, ..)| width(time)).max().unwrap_or(0);
    let journals = shown.iter().map(|(_, journal, _)| width(journal)).max().unwrap_or(0);
    let margin = if times == 0 { journals + 2 } else { times + 2 + journals + 2 };
    if margin + MIN_EVIDENCE > columns {
        return shown.iter().flat_map(|(time, journal, text)| stacked(time, journal, text, columns, style)).collect();
    }
    let mut lines = Vec::new();
    for (time, journal, text) in &shown {
        for (index, line) in wrap(text, columns - margin).into_iter().enumerate() {
            if index > 0 {
                lines.push(format!("{}{line}", " ".repeat(margin)));
                continue;
            }
            let mut head = if times == 0 { String::new() } else { format!("{time:>times$}  ") };
            head.push_str(journal);
            let padding = " ".repeat(margin - width(&head));
            lines.push(format!("{}{padding}{line}", style.paint(Tone::Dim, &head)));
        }
    }
    lines
}

/// Columns that evidence needs beside its time and journal; with less, its text stands below them.
const MIN_EVIDENCE: usize = 20;

/// One entry with its text below time and journal, for names too long to stand beside it.
fn stacked(time: &str, journal: &str, text: &str, columns: usize, style: Style) -> Vec<String> {
    let head = format!("{time} {journal}");
    let mut lines: Vec<_> = wrap(head.trim(), columns).iter().map(|line| style.paint(Tone::Dim, line)).collect();
    lines.extend(indented(INDENT, wrap(text, columns.saturating_sub(INDENT))));
    lines
}

/// `lines`, each moved to the right.
fn indented(columns: usize, lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| format!("{}{line}", " ".repeat(columns)))
}
