//! Endpoints by priority and locality, with the share that each gets.

use sextant_reports::Style;
use sextant_reports::layout::{Cell, Kind, Page, Table, Tone, percent};

use super::{place, say};
use crate::explanation::{Backend, Endpoint, Source};

/// A row for each endpoint below one for its locality. `own` is the namespace that goes without saying.
pub(super) fn table(backend: &Backend, own: &str, style: Style) -> Table {
    let networks = backend.endpoints.iter().any(|endpoint| !endpoint.network.is_empty());
    let mut columns = vec![("Endpoint", Kind::Name), ("Weight", Kind::Figure), ("Share", Kind::Figure)];
    if networks {
        columns.push(("Network", Kind::Text));
    }
    columns.push(("Source", Kind::Text));
    let mut table = Table::new(columns);
    let placed = backend.endpoints.iter().any(|endpoint| !endpoint.locality.is_empty());
    let ranked = backend.endpoints.windows(2).any(|pair| pair[0].priority != pair[1].priority);
    let mut first = None;
    for priority in backend.endpoints.chunk_by(|one, other| one.priority == other.priority) {
        if ranked {
            table.group(vec![standing(priority[0].priority, *first.get_or_insert(priority[0].priority), backend)]);
        }
        for near in priority.chunk_by(|one, other| one.locality == other.locality) {
            if placed {
                table.row(locality(near, networks));
            }
            near.iter().for_each(|endpoint| table.row(row(endpoint, placed, networks, own, style)));
        }
    }
    table
}

/// When a priority has requests.
fn standing(priority: u32, first: u32, backend: &Backend) -> String {
    if priority == first {
        return format!("priority {priority}");
    }
    match backend.outlier_detection {
        // Envoy's overprovisioning factor of 1.4 (K-094): up to there the first priority takes everything.
        true => format!("priority {priority}: takes over as less than 72 % of priority {first} is healthy"),
        false => format!(
            "priority {priority}: only if priority {first} has no endpoint, as no outlierDetection takes one out"
        ),
    }
}

fn locality(near: &[Endpoint], networks: bool) -> Vec<Cell> {
    let share = near.iter().map(|endpoint| endpoint.share).sum::<Option<f64>>();
    let mut cells = vec![Cell::plain(place(&near[0].locality)), Cell::plain(""), Cell::plain(shown(share))];
    if networks {
        cells.push(Cell::plain(""));
    }
    cells.push(Cell::plain(""));
    cells.into_iter().map(|cell| cell.toned(Tone::Strong)).collect()
}

fn row(endpoint: &Endpoint, indented: bool, networks: bool, own: &str, style: Style) -> Vec<Cell> {
    let mut cells = vec![
        Cell::shown(
            &format!("{}{}", if indented { "  " } else { "" }, socket(&endpoint.address, endpoint.port)),
            style,
        ),
        Cell::plain(endpoint.weight.to_string()),
        Cell::plain(shown(endpoint.share)),
    ];
    if networks {
        cells.push(Cell::shown(&endpoint.network, style));
    }
    cells.push(Cell::shown(&source(&endpoint.source, own), style));
    cells
}

fn shown(share: Option<f64>) -> String {
    share.map_or_else(|| "by DNS".to_owned(), percent)
}

/// `1.1.1.1:80`, `[fd00::1]:80`, `vm.example.com:80`, `unix:///run/app.sock`.
pub fn socket(address: &str, port: u16) -> String {
    match address {
        socket if socket.starts_with("unix:") => socket.to_owned(),
        ip if ip.contains(':') => format!("[{ip}]:{port}"),
        address => format!("{address}:{port}"),
    }
}

/// `WorkloadEntry reviews-1`, `endpoints[0]`; the namespace only where it is not `own`.
pub(crate) fn source(source: &Source, own: &str) -> String {
    let name = match source.namespace == own || source.namespace.is_empty() {
        true => source.name.clone(),
        false => format!("{}/{}", source.namespace, source.name),
    };
    match (source.kind, source.index) {
        ("Endpoint", Some(index)) => format!("endpoints[{index}]"),
        ("Endpoint", None) => "its own endpoints".to_owned(),
        ("Host", _) => "its host".to_owned(),
        ("NetworkGateway", _) => format!("gateway of network {name}"),
        (kind, Some(index)) => format!("{kind} {name}[{index}]"),
        (kind, None) => format!("{kind} {name}"),
    }
}

/// What the figures alone do not say.
pub(super) fn notes(backend: &Backend, page: &mut Page) {
    if backend.endpoints.iter().any(|endpoint| endpoint.share.is_none()) {
        say(
            page,
            Tone::Dim,
            "by DNS: every address in the answers gets its endpoint's weight, so their number decides",
        );
    }
    let twice = |endpoint: &Endpoint| {
        endpoint.share == Some(0.0)
            && backend.endpoints.iter().any(|other| {
                (&other.address, other.port) == (&endpoint.address, endpoint.port)
                    && other.source != endpoint.source
                    && other.share != Some(0.0)
            })
    };
    if backend.endpoints.iter().any(twice) {
        say(page, Tone::Dim, "an address that is listed twice counts once, with the weight of the first (K-060)");
    }
}
