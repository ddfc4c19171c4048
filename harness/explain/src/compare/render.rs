//! Changes as text: what comes and goes with + and -, figures before and after.

use sextant_reports::Style;
use sextant_reports::layout::{Cell, Kind, Page, Table, Tone, counted, percent};

use crate::changes::{
    BackendChange, Change, Changes, ConditionChange, ConditionState, EndpointChange, EndpointState, ExcludedChange,
    Exclusion, RouteChange, RouteState, ShareChange, ShareState,
};
use crate::explanation::{BackendName, Fault, Source};
use crate::render::{asker, cell, place, reference, say, setting, socket, source, whose};

impl Changes {
    /// The changes for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        let (from, to) = (&self.from, &self.to);
        let about = match from.profile == to.profile {
            true => setting(to.profile, &to.gateway),
            false => {
                let (from, whose, asker) = (whose(from.profile), whose(to.profile), asker(&to.gateway));
                format!("what changes from the rules of {from} to those of {whose}, {asker}")
            }
        };
        say(&mut page, Tone::Dim, &about);
        for change in &self.backends {
            backend(change, &mut page);
        }
        for change in &self.routes {
            route(change, &mut page);
        }
        page.section();
        say(&mut page, Tone::Strong, &self.summary());
        page.finish()
    }

    /// `1 backend changes: 1 endpoint gained, 2 lost, 1 shifted; 1 route changes: 1 condition, 2 shares`
    fn summary(&self) -> String {
        if self.is_empty() {
            let same = self.from.profile == self.to.profile;
            return if same { "nothing moves" } else { "both profiles do the same" }.to_owned();
        }
        let endpoints = |change| {
            let all = self.backends.iter().flat_map(|backend| &backend.endpoints);
            all.filter(|endpoint| endpoint.own.change == change).count()
        };
        let parts = [(endpoints("added"), "gained"), (endpoints("removed"), "lost"), (endpoints("changed"), "changed")];
        let conditions: usize = self.routes.iter().map(|route| route.conditions.len()).sum();
        let shares: usize = self.routes.iter().map(|route| route.shares.len()).sum();
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let moved: Vec<_> = parts.map(|(count, how)| format!("{} {how}", counted(*count as u64, "endpoint"))).collect();
        let in_routes = [(conditions, "condition"), (shares, "share")].into_iter().filter(|(count, _)| *count > 0);
        let in_routes: Vec<_> = in_routes.map(|(count, what)| counted(count as u64, what)).collect();
        let with = |count: usize, what, parts: Vec<String>| {
            let of = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
            format!("{}{of}", counted(count as u64, what))
        };
        format!(
            "{} and {} differ",
            with(self.backends.len(), "backend", moved),
            with(self.routes.len(), "route", in_routes)
        )
    }
}

/// `+`, `-` or `~`, and the tone that goes with it.
fn mark<T>(change: &Change<T>) -> (char, Tone) {
    match change.change {
        "added" => ('+', Tone::Good),
        "removed" => ('-', Tone::Worst),
        _ => ('~', Tone::Plain),
    }
}

/// The rules behind a change between profiles.
fn rules<T>(change: &Change<T>) -> String {
    if change.rules.is_empty() { String::new() } else { format!(" ({})", change.rules.join(", ")) }
}

fn backend(change: &BackendChange, page: &mut Page) {
    let BackendName { kind, namespace, name, host, port } = &change.backend;
    let service = if *kind == "Service" { "Service " } else { "" };
    let (sign, tone) = mark(&change.own);
    let tone = if sign == '~' { Tone::Strong } else { tone };
    page.section();
    say(page, tone, &format!("{sign} {service}{namespace}/{name}  {host}:{port}{}", rules(&change.own)));
    if !change.message.is_empty() {
        say(page, Tone::Plain, &format!("no backend any more: {}", change.message));
    }
    if let (Some(from), Some(to)) = (&change.own.from, &change.own.to) {
        let discovery = differs("discovery", from.discovery, to.discovery);
        let fault = |fault: &Option<Fault>| fault.as_ref().map_or_else(|| "none".to_owned(), |f| f.message.clone());
        let steps = [
            discovery,
            differs("upstream", from.upstream, to.upstream),
            differs("TLS", switch(from.tls), switch(to.tls)),
            differs("outlierDetection", switch(from.outlier_detection), switch(to.outlier_detection)),
            differs("fault", &fault(&from.fault), &fault(&to.fault)),
            differs("requests get", told(&from.outcome), told(&to.outcome)),
        ];
        steps.into_iter().flatten().for_each(|step| say(page, Tone::Plain, &step));
    }
    if !change.endpoints.is_empty() {
        page.gap();
        page.table(endpoints(&change.endpoints, namespace, page.style()));
    }
    excluded(change, page);
}

fn told(outcome: &str) -> &str {
    if outcome == "forward" { "forwarded" } else { outcome }
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn differs(what: &str, from: &str, to: &str) -> Option<String> {
    (from != to).then(|| format!("{what}: {from} → {to}"))
}

fn endpoints(changes: &[EndpointChange], own: &str, style: Style) -> Table {
    let others: Vec<_> = changes.iter().map(|change| other_steps(&change.own)).collect();
    let (more, why) = (others.iter().any(|o| !o.is_empty()), changes.iter().any(|c| !because(c).is_empty()));
    let mut columns = vec![("Endpoint", Kind::Name), ("Before", Kind::Figure), ("After", Kind::Figure)];
    columns.extend(more.then_some(("Also", Kind::Text)));
    columns.push(("Source", Kind::Text));
    columns.extend(why.then_some(("Why", Kind::Prose)));
    let mut table = Table::new(columns);
    for (change, other) in changes.iter().zip(others) {
        let (sign, tone) = mark(&change.own);
        let address = socket(&change.address, change.port);
        let share = |state: &Option<EndpointState>| match state {
            Some(state) => state.share.map_or_else(|| "by DNS".to_owned(), percent),
            None => "-".to_owned(),
        };
        let mut cells = vec![
            Cell::shown(&format!("{sign} {address}"), style).toned(tone),
            Cell::plain(share(&change.own.from)),
            Cell::plain(share(&change.own.to)),
        ];
        if more {
            cells.push(cell(&other, style));
        }
        cells.push(Cell::shown(&source(&change.source, own), style));
        if why {
            cells.push(cell(&because(change), style));
        }
        table.row(cells);
    }
    table
}

fn because(change: &EndpointChange) -> String {
    let rules = change.own.rules.join(", ");
    match (change.message.is_empty(), rules.is_empty()) {
        (_, true) => change.message.clone(),
        (true, false) => rules,
        (false, false) => format!("{rules}: {}", change.message),
    }
}

/// What changes about an endpoint besides its share.
fn other_steps(change: &Change<EndpointState>) -> String {
    let (Some(from), Some(to)) = (&change.from, &change.to) else { return String::new() };
    let network = |name: &str| if name.is_empty() { "default".to_owned() } else { name.to_owned() };
    let steps = [
        differs("priority", &from.priority.to_string(), &to.priority.to_string()),
        differs("weight", &from.weight.to_string(), &to.weight.to_string()),
        differs("locality", &place(&from.locality), &place(&to.locality)),
        differs("network", &network(&from.network), &network(&to.network)),
    ];
    steps.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Candidates that are left out on one side only, unless they were an endpoint on the other: that has been told.
fn excluded(change: &BackendChange, page: &mut Page) {
    let told = |one: &&ExcludedChange| {
        let same = |endpoint: &&EndpointChange| endpoint.source == Source { index: None, ..one.source.clone() };
        !change.endpoints.iter().filter(same).any(|endpoint| endpoint.own.change != "changed")
    };
    let untold: Vec<_> = change.excluded.iter().filter(told).collect();
    if untold.is_empty() {
        return;
    }
    let style = page.style();
    let mut table =
        Table::new([("Left out", Kind::Name), ("Before", Kind::Word), ("After", Kind::Word), ("Why", Kind::Prose)]);
    for one in untold {
        let (sign, _) = mark(&one.own);
        let reason = |state: &Option<Exclusion>| state.as_ref().map_or_else(|| "-".to_owned(), |s| s.reason.clone());
        let why = one.own.to.as_ref().map_or_else(String::new, |state| format!("{} ({})", state.message, state.rule));
        table.row([
            Cell::shown(&format!("{sign} {}", source(&one.source, &change.backend.namespace)), style),
            Cell::plain(reason(&one.own.from)),
            Cell::plain(reason(&one.own.to)),
            cell(&format!("{why}{}", rules(&one.own)), style),
        ]);
    }
    page.gap();
    page.table(table);
}

fn route(change: &RouteChange, page: &mut Page) {
    let (sign, tone) = mark(&change.own);
    let tone = if sign == '~' { Tone::Strong } else { tone };
    let name = &change.route;
    page.section();
    say(page, tone, &format!("{sign} {} {}/{}{}", name.kind, name.namespace, name.name, rules(&change.own)));
    if let (Some(from), Some(to)) = (&change.own.from, &change.own.to) {
        let hosts = |hosts: &[String]| if hosts.is_empty() { "every host".to_owned() } else { hosts.join(", ") };
        let listeners = |state: &RouteState| {
            let names = state.listeners.iter().map(|l| format!("{} listener {} ({})", l.gateway, l.name, l.port));
            let names: Vec<_> = names.collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let steps = [
            differs("hostnames", &hosts(&from.hostnames), &hosts(&to.hostnames)),
            differs("requests from", &listeners(from), &listeners(to)),
        ];
        steps.into_iter().flatten().for_each(|step| say(page, Tone::Plain, &step));
    }
    for condition in &change.conditions {
        say(page, Tone::Plain, &condition_step(condition));
    }
    if !change.shares.is_empty() {
        page.gap();
        page.table(shares(&change.shares, &name.namespace, page.style()));
    }
}

/// `Gateway gwtest/gw: ResolvedRefs True → False, BackendNotFound: ServiceEntry a/b not found`
fn condition_step(change: &ConditionChange) -> String {
    let of = |state: &Option<ConditionState>| state.as_ref().map_or("-", |state| state.status);
    let (from, to) = (of(&change.own.from), of(&change.own.to));
    let status = if from == to { to.to_owned() } else { format!("{from} → {to}") };
    let said = change.own.to.as_ref().map_or_else(String::new, |state| match state.message.is_empty() {
        true => format!(", {}", state.reason),
        false => format!(", {}: {}", state.reason, state.message),
    });
    format!("{}: {} {status}{said}{}", change.parent, change.kind, rules(&change.own))
}

fn shares(changes: &[ShareChange], own: &str, style: Style) -> Table {
    let ruled = changes.iter().any(|change| !change.own.rules.is_empty());
    let mut columns = vec![
        ("Match and backend", Kind::Name),
        ("Before", Kind::Figure),
        ("After", Kind::Figure),
        ("Outcome", Kind::Text),
    ];
    columns.extend(ruled.then_some(("Rule", Kind::Text)));
    let mut table = Table::new(columns);
    for of_rule in changes.chunk_by(|one, other| one.rule == other.rule) {
        let blank = || Cell::plain("");
        let mut heading = vec![Cell::shown(&of_rule[0].rule, style).toned(Tone::Strong), blank(), blank(), blank()];
        heading.extend(ruled.then(blank));
        table.row(heading);
        for change in of_rule {
            let (sign, tone) = mark(&change.own);
            let name = change.reference.as_ref().map_or_else(|| "all requests".to_owned(), |r| reference(r, own));
            let share = |state: &Option<ShareState>| {
                state.as_ref().map_or_else(|| "-".to_owned(), |state| percent(state.share))
            };
            let outcome = |state: &Option<ShareState>| state.as_ref().map(|state| state.outcome.clone());
            let outcomes = match (outcome(&change.own.from), outcome(&change.own.to)) {
                (Some(from), Some(to)) if from != to => format!("{from} → {to}"),
                (from, to) => to.or(from).unwrap_or_default(),
            };
            let mut cells = vec![
                Cell::shown(&format!("  {sign} {name}"), style).toned(tone),
                Cell::plain(share(&change.own.from)),
                Cell::plain(share(&change.own.to)),
                Cell::plain(outcomes),
            ];
            cells.extend(ruled.then(|| Cell::plain(change.own.rules.join(", "))));
            table.row(cells);
        }
    }
    table
}
