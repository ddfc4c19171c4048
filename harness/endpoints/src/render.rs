//! The document as text, in the look of `sextant explain`: each cluster with its endpoints and what leads to it, and one
//! line of counts last, where the eye is.

use sextant_explain::{place, socket};
use sextant_reports::Style;
use sextant_reports::layout::{Cell, Kind, Lines, Page, Table, Tone, counted, percent, visible};

use crate::document::{Cluster, Endpoint, Endpoints, Origin, Use};

impl Endpoints {
    /// The document for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        say(&mut page, Tone::Dim, &origin(&self.origin));
        for cluster in &self.clusters {
            section(cluster, &mut page);
        }
        if !self.waiting_for.is_empty() {
            page.section();
            say(&mut page, Tone::Bad, &format!("Still waited for when time was up: {}", self.waiting_for.join(", ")));
        }
        page.section();
        say(&mut page, self.tone(), &self.summary());
        page.finish()
    }

    fn tone(&self) -> Tone {
        if self.waiting_for.is_empty() { Tone::Good } else { Tone::Bad }
    }

    /// `3 clusters (1 of no known backend), 4 endpoints (1 not healthy)`
    fn summary(&self) -> String {
        let unknown = self.clusters.iter().filter(|cluster| cluster.backend.is_none()).count();
        let endpoints = || self.clusters.iter().flat_map(|cluster| &cluster.endpoints);
        let unhealthy = endpoints().filter(|endpoint| !endpoint.is_healthy()).count();
        format!(
            "{}, {}",
            with(counted(self.clusters.len() as u64, "cluster"), unknown, "of no known backend"),
            with(counted(endpoints().count() as u64, "endpoint"), unhealthy, "not healthy"),
        )
    }
}

fn with(all: String, some: usize, what: &str) -> String {
    if some == 0 { all } else { format!("{all} ({some} {what})") }
}

/// `handed out by 127.0.0.1:15010 (istiod) to node …, clusters version 3`
pub(crate) fn origin(origin: &Origin) -> String {
    let who = if origin.control_plane.is_empty() { String::new() } else { format!(" ({})", origin.control_plane) };
    let of = match origin.kind {
        "ads" => format!("handed out by {}{who} to node {}", origin.address, origin.node),
        _ if origin.node.is_empty() => format!("in the Envoy at {}", origin.address),
        _ => format!("in the Envoy at {}, node {}", origin.address, origin.node),
    };
    let versions: Vec<_> = origin.versions.iter().map(|(kind, version)| format!("{kind} {version}")).collect();
    if versions.is_empty() { of } else { format!("{of}; versions: {}", versions.join(", ")) }
}

fn section(cluster: &Cluster, page: &mut Page) {
    page.section();
    say(page, Tone::Strong, &heading(cluster));
    if cluster.backend.is_some() {
        say(page, Tone::Dim, &format!("{}, {}", cluster.kind, cluster.name));
    }
    if !cluster.has_endpoints {
        say(page, Tone::Bad, "Its endpoints have not come");
    } else if cluster.endpoints.is_empty() && !matches!(&*cluster.kind, "DYNAMIC_FORWARD_PROXY" | "ORIGINAL_DST") {
        say(page, Tone::Bad, "No endpoint");
    }
    if !cluster.endpoints.is_empty() {
        page.gap();
        page.table(endpoints(&cluster.endpoints, page.style()));
    }
    match cluster.routes.is_empty() {
        true => say(page, Tone::Dim, "no route leads to it"),
        false => {
            page.gap();
            page.table(routes(&cluster.routes, page.style()));
        }
    }
}

/// `gwtest/example-se  se.example.com:80`, or the name of an unknown cluster and its type.
fn heading(cluster: &Cluster) -> String {
    let Some(backend) = &cluster.backend else { return format!("{}  {}", cluster.name, cluster.kind) };
    match &backend.declared_by {
        Some(by) => format!("{}  {}", sextant_explain::declared(by), backend.to_text()),
        None if backend.namespace.is_empty() => backend.to_text(),
        None => format!("{}  in namespace {}", backend.to_text(), backend.namespace),
    }
}

/// A row for each endpoint below one for its locality.
fn endpoints(endpoints: &[Endpoint], style: Style) -> Table {
    let mut table = Table::new([("Endpoint", Kind::Name), ("Weight", Kind::Figure), ("Health", Kind::Word)]);
    let placed = endpoints.iter().any(|endpoint| !endpoint.locality.is_empty());
    let ranked = endpoints.iter().any(|endpoint| endpoint.priority != endpoints[0].priority);
    for priority in endpoints.chunk_by(|one, other| one.priority == other.priority) {
        if ranked {
            table.group(vec![format!("priority {}", priority[0].priority)]);
        }
        for near in priority.chunk_by(|one, other| one.locality == other.locality) {
            if placed {
                let weight = near[0].locality_weight.map_or_else(String::new, |weight| weight.to_string());
                let cells = [Cell::shown(&place(&near[0].locality), style), Cell::plain(weight), Cell::plain("")];
                table.row(cells.map(|cell| cell.toned(Tone::Strong)));
            }
            for endpoint in near {
                row(endpoint, if placed { "  " } else { "" }, &mut table, style);
            }
        }
    }
    table
}

fn row(endpoint: &Endpoint, indent: &str, table: &mut Table, style: Style) {
    // Of a name whose addresses are known, those have the health.
    let known = if endpoint.looked_up.is_empty() { &*endpoint.health } else { "" };
    table.row([
        Cell::shown(&format!("{indent}{}", socket(&endpoint.address, endpoint.port)), style),
        Cell::plain(endpoint.weight.to_string()),
        health(known),
    ]);
    for found in &endpoint.looked_up {
        let place = socket(&found.address, found.port);
        table.row([Cell::shown(&format!("{indent}  {place}"), style), Cell::plain(""), health(&found.health)]);
    }
}

fn health(word: &str) -> Cell {
    Cell::plain(word).toned(if matches!(word, "healthy" | "") { Tone::Plain } else { Tone::Bad })
}

fn routes(routes: &[Use], style: Style) -> Table {
    let mut table = Table::new([
        ("Route", Kind::Name),
        ("Weight", Kind::Figure),
        ("Share", Kind::Figure),
        ("Listener", Kind::Text),
    ]);
    for route in routes {
        let hosts = match shown(&route.hosts)[..] {
            ["*"] => "every host".to_owned(),
            ref hosts => hosts.join(", "),
        };
        let matches = if route.matches.is_empty() { "connections" } else { &route.matches };
        let copies = if route.kind == "mirror" { " (copies)" } else { "" };
        let listener = match route.listener == route.address || route.listener.is_empty() {
            true => route.address.clone(),
            false => format!("{} ({})", route.listener, route.address),
        };
        table.row([
            Cell::shown(&format!("{hosts}  {matches}{copies}"), style),
            Cell::plain(route.weight.to_string()),
            Cell::plain(percent(route.share)),
            Cell::shown(&listener, style),
        ]);
    }
    table
}

/// Hosts without those that only have a port, or the dot at the end, behind one that is there.
fn shown(hosts: &[String]) -> Vec<&str> {
    let bare = |host: &str| -> String {
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok() || *port == "*");
        name.map_or(host, |(name, _)| name).trim_end_matches('.').to_owned()
    };
    let needed = |host: &&str| bare(host) == *host || !hosts.contains(&bare(host));
    hosts.iter().map(String::as_str).filter(needed).collect()
}

impl Endpoint {
    /// Whether it gets requests: all addresses of a name count.
    pub(crate) fn is_healthy(&self) -> bool {
        let served = |health: &str| matches!(health, "healthy");
        match self.looked_up.is_empty() {
            true => served(&self.health),
            false => self.looked_up.iter().all(|found| served(&found.health)),
        }
    }
}

/// Text that may come from outside, wrapped.
pub(crate) fn say(page: &mut Page, tone: Tone, text: &str) {
    let shown = visible(text, Lines::One, page.style().unicode);
    page.text(tone, &shown);
}
