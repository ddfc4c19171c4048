//! The walk as text, step by step.

use sextant_reports::Style;
use sextant_reports::layout::{Cell, Kind, Page, Table, Tone, percent};

use super::{Candidate, OtherRoute, Share, Walk, WalkedListener, WalkedRequest};
use crate::render::{cell, excluded, place, reference, say, setting, socket, source, tone};

impl Walk {
    /// The walk for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        say(&mut page, Tone::Dim, &setting(self.profile, &self.gateway));
        page.section();
        self.headline(&mut page);
        render_arrival(&self.listeners, self.hostname.as_deref(), &mut page);
        if !self.candidates.is_empty() {
            page.gap();
            page.table(candidates(&self.candidates, style));
        }
        render_others(&self.other_routes, &mut page);
        self.leaving(&mut page);
        page.finish()
    }

    fn headline(&self, page: &mut Page) {
        let WalkedRequest { method, scheme, host, port, path, .. } = &self.request;
        let host = host.strip_suffix(&port.map(|port| format!(":{port}")).unwrap_or_default()).unwrap_or(host);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        say(page, Tone::Strong, &format!("{method} {scheme}://{host}{port}{path}"));
        self.request.headers.iter().for_each(|header| say(page, Tone::Dim, header));
        let told = match self.outcome.as_str() {
            "forward" => "It is forwarded".to_owned(),
            "mixed" => "It is forwarded in part".to_owned(),
            "refused" => "It is refused".to_owned(),
            status => match &self.redirect {
                Some(location) => format!("It gets {status}, to {location}"),
                None => format!("It gets {status}"),
            },
        };
        let because = if self.message.is_empty() || self.redirect.is_some() {
            String::new()
        } else {
            format!(": {}", self.message)
        };
        say(page, tone(&self.outcome), &format!("{told}{because}"));
        if !self.note.is_empty() {
            say(page, Tone::Dim, &self.note);
        }
    }

    /// Filters, shares and endpoints.
    fn leaving(&self, page: &mut Page) {
        if !self.filters.is_empty() {
            page.gap();
        }
        self.filters.iter().for_each(|filter| say(page, Tone::Plain, &format!("filter: {filter}")));
        let route = self.candidates.iter().find(|candidate| candidate.result == "taken");
        for share in &self.shares {
            page.section();
            render_share(share, route.map_or("", |candidate| &candidate.route.namespace), page);
        }
    }
}

/// Listeners and hostname.
pub(crate) fn render_arrival(listeners: &[WalkedListener], hostname: Option<&str>, page: &mut Page) {
    if !listeners.is_empty() {
        page.gap();
    }
    for walked in listeners {
        let listener = &walked.listener;
        let takes = if walked.takes { "takes it" } else { "does not take it" };
        let text = format!("Gateway {} listener {} for {}: {takes}", listener.gateway, listener.name, walked.hostname);
        say(page, if walked.takes { Tone::Plain } else { Tone::Dim }, &text);
    }
    if let Some(hostname) = hostname {
        say(page, Tone::Plain, &format!("routes are looked up by hostname {hostname}"));
    }
}

/// Routes that were not looked at.
pub(crate) fn render_others(others: &[OtherRoute], page: &mut Page) {
    if others.is_empty() {
        return;
    }
    let style = page.style();
    let mut table = Table::new([("Not looked at", Kind::Name), ("Why", Kind::Prose)]);
    for other in others {
        let name = &other.route;
        let name = format!("{} {}/{}", name.kind, name.namespace, name.name);
        table.row([Cell::shown(&name, style), Cell::shown(&other.message, style)]);
    }
    page.gap();
    page.table(table);
}

/// A share of a route of namespace `own`, with its endpoints.
pub(crate) fn render_share(share: &Share, own: &str, page: &mut Page) {
    let backend = share.backend.as_ref();
    let backend = backend.map_or_else(String::new, |b| format!(", {}/{} {}:{}", b.namespace, b.name, b.host, b.port));
    say(page, Tone::Strong, &format!("{} to {}{backend}", percent(share.share), reference(&share.reference, own)));
    if share.outcome != "forward" {
        say(page, Tone::Worst, &format!("{}: {}", share.outcome, share.message));
    }
    share.filters.iter().for_each(|filter| say(page, Tone::Plain, &format!("filter: {filter}")));
    if let Some(sent) = &share.forwarded {
        let WalkedRequest { method, host, path, headers, .. } = sent;
        let headers: String = headers.iter().map(|header| format!(", {header}")).collect();
        say(page, Tone::Dim, &format!("endpoints see {method} {path}, host: {host}{headers}"));
    }
    let own = share.backend.as_ref().map_or("", |backend| &*backend.namespace);
    if !share.endpoints.is_empty() {
        page.gap();
        page.table(endpoints(share, own, page.style()));
    }
    excluded(&share.excluded, own, page);
}

fn candidates(candidates: &[Candidate], style: Style) -> Table {
    let mut table =
        Table::new([("Match", Kind::Name), ("Rule", Kind::Name), ("Result", Kind::Word), ("Why", Kind::Prose)]);
    for candidate in candidates {
        let tone = if candidate.result == "taken" { Tone::Good } else { Tone::Plain };
        let route = &candidate.route;
        table.row([
            Cell::shown(&candidate.matched, style).toned(tone),
            Cell::shown(&format!("{}/{} rule {}", route.namespace, route.name, candidate.rule + 1), style),
            Cell::plain(candidate.result).toned(tone),
            cell(&candidate.message, style),
        ]);
    }
    table
}

fn endpoints(share: &Share, own: &str, style: Style) -> Table {
    let placed = share.endpoints.iter().any(|endpoint| !endpoint.locality.is_empty());
    let ranked = share.endpoints.windows(2).any(|pair| pair[0].priority != pair[1].priority);
    let mut columns = vec![("Endpoint", Kind::Name)];
    columns.extend(placed.then_some(("Locality", Kind::Text)));
    columns.extend(ranked.then_some(("Priority", Kind::Figure)));
    columns.extend([("Of all", Kind::Figure), ("Source", Kind::Text)]);
    let mut table = Table::new(columns);
    for endpoint in &share.endpoints {
        let mut cells = vec![Cell::shown(&socket(&endpoint.address, endpoint.port), style)];
        cells.extend(placed.then(|| Cell::shown(&place(&endpoint.locality), style)));
        cells.extend(ranked.then(|| Cell::plain(endpoint.priority.to_string())));
        cells.push(Cell::plain(endpoint.share.map_or_else(|| "by DNS".to_owned(), percent)));
        cells.push(Cell::shown(&source(&endpoint.source, own), style));
        table.row(cells);
    }
    table
}
