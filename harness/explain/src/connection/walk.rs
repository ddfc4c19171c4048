//! From a connection to its walk.

use serde::Serialize;
use sextant_resources::ResourceSet;
use sextant_routing::{
    Discovery, L4Protocol, L4Route, L4Table, L4Trace, Model, Options, Profile, Target, WeightedTarget, resolve,
};

use super::Connection;
use crate::assemble::{self, listener_name, route_name, targets};
use crate::explanation::{API_VERSION, BackendRef, Gateway, RouteName};
use crate::walk::{Arrival, OtherRoute, Share, WalkedListener, overall, share};

/// The way of one connection, and why it is this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionWalk {
    /// [`crate::API_VERSION`].
    pub api_version: &'static str,
    /// `ConnectionWalk`.
    pub kind: &'static str,
    /// Whose semantics.
    pub profile: Profile,
    /// The gateway that it is made to.
    pub gateway: Gateway,
    /// The connection.
    pub connection: WalkedConnection,
    /// What was assumed about it; empty when it says everything.
    pub note: String,
    /// What becomes of it: `forward`, `closed`, `mixed` when its shares get different outcomes, `http` when the port serves
    /// requests, or `refused` when nothing listens.
    pub outcome: String,
    /// Why it is not `forward`; empty otherwise.
    pub message: String,
    /// Every TCP and TLS listener of the port, ordered by Gateway and place in it.
    pub listeners: Vec<WalkedListener>,
    /// The hostname under which routes were looked up; `null` when none serves the server name.
    pub hostname: Option<String>,
    /// Every route under that hostname, in the order of precedence.
    pub candidates: Vec<ConnectionCandidate>,
    /// TCPRoutes and TLSRoutes that were not looked at, and why; ordered by kind, namespace and name. Empty when the
    /// listener wants TLS and the connection is none, as then no route is looked at for anything about it.
    pub other_routes: Vec<OtherRoute>,
    /// Who shares the connections of the route, in the order written.
    pub shares: Vec<Share>,
}

/// A connection on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalkedConnection {
    /// `tcp` or `tls`.
    pub scheme: &'static str,
    /// The server name of its ClientHello; `null` when there is none.
    pub server_name: Option<String>,
    /// Port of the listener.
    pub port: u16,
}

/// A route that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionCandidate {
    /// The route.
    pub route: RouteName,
    /// `taken`, or `outranked` (it fits, but another one goes first).
    pub result: &'static str,
    /// Why it is not taken; empty otherwise.
    pub message: String,
}

/// Walks `connection` through `resources` by the rules of `options.profile`.
pub fn walk_connection(resources: &ResourceSet, options: &Options, connection: &Connection) -> ConnectionWalk {
    let model = resolve(resources, options);
    let (port, note) = port(&model, connection);
    let table = L4Table::new(&model, port);
    let protocol = table.as_ref().map(L4Table::protocol);
    // A TCP listener does not look into the connection.
    let server_name = connection.server_name.as_deref().filter(|_| protocol != Some(L4Protocol::Tcp));
    let unread = protocol == Some(L4Protocol::TlsPassthrough) && !connection.tls;
    let trace = match &table {
        Some(table) if !unread => table.trace(&model, port, server_name),
        _ => L4Trace::default(),
    };
    let mut walk = ConnectionWalk {
        api_version: API_VERSION,
        kind: "ConnectionWalk",
        profile: options.profile,
        gateway: assemble::gateway(options),
        connection: WalkedConnection {
            scheme: if connection.tls { "tls" } else { "tcp" },
            server_name: connection.server_name.clone(),
            port,
        },
        note,
        outcome: targets::CLOSED.to_owned(),
        message: String::new(),
        listeners: listeners(&model, &trace, port),
        hostname: trace.hostname.as_ref().map(ToString::to_string),
        candidates: candidates(&model, &trace),
        other_routes: if unread { Vec::new() } else { others(&model, &trace, server_name, port) },
        shares: Vec::new(),
    };
    match trace.candidates.first() {
        Some(&taken) => {
            let route = &model.l4_routes[taken];
            let verdict = targets::of_connections(route);
            let refs = targets::backend_refs(&model, &route.targets, &verdict, true);
            let shares = route.targets.iter().zip(refs);
            let shares = shares
                .map(|(target, r)| share(&model, target, named(&model, target, r, server_name), resources, options));
            walk.shares = shares.collect();
            (walk.outcome, walk.message) = (verdict.outcome, verdict.message);
            if walk.outcome == targets::FORWARD {
                (walk.outcome, walk.message) = overall(&walk.shares);
            }
        }
        None => (walk.outcome, walk.message) = lost(&model, &trace, connection, port),
    }
    walk
}

/// The port that the connection goes to, and what to say about the choice: 443 unless it is written, if any TLS listener
/// has it.
fn port(model: &Model, connection: &Connection) -> (u16, String) {
    const USUAL: u16 = 443;
    let tls = || model.l4_listeners.iter().filter(|listener| listener.protocol == L4Protocol::TlsPassthrough);
    match (connection.port, tls().map(|listener| listener.port).min()) {
        (Some(port), _) => (port, String::new()),
        (None, Some(lowest)) if !tls().any(|listener| listener.port == USUAL) => {
            (lowest, format!("the URL names no port and no TLS listener has {USUAL}: port {lowest} is meant"))
        }
        (None, _) => (USUAL, String::new()),
    }
}

fn listeners(model: &Model, trace: &L4Trace, port: u16) -> Vec<WalkedListener> {
    let here = model.l4_listeners.iter().filter(|listener| listener.port == port);
    let walked = here.map(|listener| WalkedListener {
        listener: listener_name(&listener.gateway, &listener.name, listener.port),
        hostname: listener.hostname.to_string(),
        takes: trace.listener.as_ref() == Some(&listener.hostname),
    });
    walked.collect()
}

fn candidates(model: &Model, trace: &L4Trace) -> Vec<ConnectionCandidate> {
    let routes = || trace.candidates.iter().map(|&place| &model.l4_routes[place]);
    let first = routes().next();
    let candidate = |route: &L4Route| {
        let (result, message) = match first {
            Some(first) if first.key == route.key && first.kind == route.kind => ("taken", ""),
            Some(first) if first.created == route.created => {
                ("outranked", "it fits too, but the route above comes first by namespace and name")
            }
            _ => ("outranked", "it fits too, but the route above is older"),
        };
        ConnectionCandidate { route: route_name(route.kind, &route.key), result, message: message.to_owned() }
    };
    routes().map(candidate).collect()
}

fn others(model: &Model, trace: &L4Trace, server_name: Option<&str>, port: u16) -> Vec<OtherRoute> {
    let listeners = |place: usize| {
        let taking = model.l4_listeners.iter().filter(move |listener| listener.routes.contains(&place));
        taking.map(|listener| (listener.port, &listener.hostname)).collect()
    };
    let others = model.l4_routes.iter().enumerate().filter(|(place, _)| !trace.candidates.contains(place));
    let told = others.map(|(place, route)| OtherRoute {
        route: route_name(route.kind, &route.key),
        message: Arrival {
            what: "connection",
            host: server_name.unwrap_or(""),
            port,
            listener: trace.listener.as_ref(),
            hostname: trace.hostname.as_ref(),
        }
        .missed(route.withdrawn, &route.parents, &route.hostnames, listeners(place)),
    });
    told.collect()
}

/// What becomes of a connection that no route takes, and why.
fn lost(model: &Model, trace: &L4Trace, connection: &Connection, port: u16) -> (String, String) {
    let mut ports: Vec<_> = model.l4_listeners.iter().map(|listener| listener.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let serves_http = model.listeners.iter().any(|listener| listener.port == port);
    let closed = |message| (targets::CLOSED.to_owned(), message);
    let listed = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    match (ports.contains(&port), &trace.listener, &trace.hostname) {
        (false, ..) if serves_http => {
            let help = format!("port {port} serves HTTP; walk a request there: 'GET http://host:{port}/path'");
            ("http".to_owned(), help)
        }
        (false, ..) if ports.is_empty() => ("refused".to_owned(), "no Gateway has a TCP or TLS listener".to_owned()),
        (false, ..) => {
            ("refused".to_owned(), format!("nothing listens on port {port}; TCP and TLS listeners have {listed}"))
        }
        (true, None, _) if !connection.tls => {
            closed(format!("port {port} wants TLS and this is none; walk it as tls://server-name:{port}"))
        }
        (true, None, _) => closed(format!("no listener of port {port} serves {}", server(connection))),
        (true, Some(_), None) if connection.tls => {
            closed(format!("no route of the listener serves {}", server(connection)))
        }
        (true, ..) => closed("no route is attached to the listener".to_owned()),
    }
}

fn server(connection: &Connection) -> String {
    connection.server_name.clone().unwrap_or_else(|| "a connection without server name".to_owned())
}

/// `backend_ref`, unless its endpoint is the server name and there is none (I-107).
fn named(model: &Model, target: &WeightedTarget, backend_ref: BackendRef, server_name: Option<&str>) -> BackendRef {
    let dynamic = matches!(target.target, Target::Backend(index) if model[index].discovery == Discovery::DynamicDns);
    if !dynamic || server_name.is_some() || backend_ref.outcome != targets::FORWARD {
        return backend_ref;
    }
    let message = "its endpoint is what the server name says, and the listener sees none (I-107)".to_owned();
    BackendRef { outcome: targets::CLOSED.to_owned(), message, ..backend_ref }
}
