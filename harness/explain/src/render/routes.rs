//! Routes: who sends them requests, and what each share gets.

use sextant_reports::layout::{Cell, Kind, Page, Table, Tone, percent};

use super::{cell, say};
use crate::explanation::{BackendRef, Condition, Listener, Parent, Reference, Route};

/// Listeners that something is wrong with.
pub(super) fn listeners(listeners: &[Listener], page: &mut Page) {
    let troubled = listeners.iter().filter(|listener| listener.conditions.iter().any(is_trouble));
    for listener in troubled {
        page.section();
        say(
            page,
            Tone::Strong,
            &format!("Gateway {} listener {} ({})", listener.gateway, listener.name, listener.port),
        );
        for condition in listener.conditions.iter().filter(|condition| is_trouble(condition)) {
            say(page, Tone::Bad, &told(condition));
        }
    }
}

/// Whether a condition says that something is wrong.
pub(crate) fn is_trouble(condition: &Condition) -> bool {
    (condition.kind == "Conflicted") == (condition.status == "True")
}

/// `ResolvedRefs=False, BackendNotFound: ServiceEntry a/b not found`
pub(crate) fn told(condition: &Condition) -> String {
    let Condition { kind, status, reason, message } = condition;
    match message.is_empty() {
        true => format!("{kind}={status}, {reason}"),
        false => format!("{kind}={status}, {reason}: {message}"),
    }
}

/// Heading, status and rules of `route`.
pub(super) fn route(route: &Route, page: &mut Page) {
    let name = &route.route;
    let hosts = if route.hostnames.is_empty() { "every host".to_owned() } else { route.hostnames.join(", ") };
    page.section();
    say(page, Tone::Strong, &format!("{} {}/{}  {hosts}", name.kind, name.namespace, name.name));
    status(route, page);
    page.gap();
    page.table(rules(route, page));
}

fn status(route: &Route, page: &mut Page) {
    let listeners: Vec<_> =
        route.listeners.iter().map(|l| format!("{} listener {} ({})", l.gateway, l.name, l.port)).collect();
    match listeners.is_empty() {
        true => say(page, Tone::Bad, "No listener sends it requests"),
        false => say(page, Tone::Dim, &format!("requests from Gateway {}", listeners.join(", "))),
    }
    if route.parents.is_empty() {
        say(page, Tone::Bad, "It has no parentRefs");
    }
    for parent in &route.parents {
        for condition in parent.conditions.iter().filter(|condition| is_trouble(condition)) {
            say(page, Tone::Bad, &format!("{}: {}", at(parent), told(condition)));
        }
    }
}

/// `Gateway gwtest/gw`, with the section and port that are asked for.
fn at(parent: &Parent) -> String {
    let section =
        if parent.section_name.is_empty() { String::new() } else { format!(" listener {}", parent.section_name) };
    let port = parent.port.map_or_else(String::new, |port| format!(" port {port}"));
    format!("{} {}/{}{section}{port}", parent.kind, parent.namespace, parent.name)
}

/// A row for each rule's matches, and below it one for each backendRef.
fn rules(route: &Route, page: &Page) -> Table {
    let style = page.style();
    let explained = route.rules.iter().any(|rule| {
        !rule.message.is_empty() || rule.backend_refs.iter().any(|backend_ref| !backend_ref.message.is_empty())
    });
    let matched = route.rules.iter().any(|rule| !rule.matches.is_empty());
    let title = if matched { "Match and backend" } else { "Backend" };
    let mut columns = vec![(title, Kind::Name), ("Share", Kind::Figure), ("Outcome", Kind::Word)];
    if explained {
        columns.push(("Why", Kind::Prose));
    }
    let mut table = Table::new(columns);
    let mut row = |first: Cell, share: String, outcome: &str, why: &str| {
        let mut cells = vec![first, Cell::plain(share), Cell::plain(outcome).toned(tone(outcome))];
        if explained {
            cells.push(cell(why, style));
        }
        table.row(cells);
    };
    for rule in &route.rules {
        let own = rule.outcome != "forward";
        if matched || rule.backend_refs.is_empty() {
            let first = Cell::shown(&rule.matches.join(" or "), style).toned(Tone::Strong);
            row(first, String::new(), if own { &rule.outcome } else { "" }, &rule.message);
        }
        for backend_ref in &rule.backend_refs {
            let name = target(backend_ref, &route.route.namespace);
            let first = Cell::shown(&format!("{}{name}", if matched { "  " } else { "" }), style);
            // What holds for the whole rule is told once.
            let (outcome, why) = if own { ("", "") } else { (&*backend_ref.outcome, &*backend_ref.message) };
            row(first, percent(backend_ref.share), outcome, why);
        }
    }
    table
}

/// The tone of an outcome.
pub(crate) fn tone(outcome: &str) -> Tone {
    match outcome {
        "forward" => Tone::Good,
        redirect if redirect.starts_with('3') => Tone::Plain,
        _ => Tone::Worst,
    }
}

/// `ServiceEntry example-se:80`, `Hostname se.example.com:80 (gwtest/example-se)`.
pub(crate) fn target(backend_ref: &BackendRef, own: &str) -> String {
    let resolved = backend_ref.backend.as_ref().filter(|_| backend_ref.reference.kind == "Hostname");
    let resolved = resolved.map_or_else(String::new, |name| format!(" ({}/{})", name.namespace, name.name));
    format!("{}{resolved}", reference(&backend_ref.reference, own))
}

/// `ServiceEntry example-se:80`; the namespace only where it is not `own`.
pub(crate) fn reference(written: &Reference, own: &str) -> String {
    let name = match written.namespace.is_empty() || written.namespace == own {
        true => written.name.clone(),
        false => format!("{}/{}", written.namespace, written.name),
    };
    let port = written.port.map_or_else(|| " without port".to_owned(), |port| format!(":{port}"));
    format!("{} {name}{port}", written.kind)
}
