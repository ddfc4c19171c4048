//! TCPRoutes and TLSRoutes: which route takes a connection.

use sextant_resources::{HostnamePattern, ObjectKey};

use crate::hostnames::{HostBuffer, HostMap, intersect};
use crate::{L4Protocol, Model, ParentStatus, RouteKind, WeightedTarget};

/// A TCPRoute or TLSRoute with its references resolved. The first rule is the only one that connections can take, as
/// nothing tells it apart from the others.
#[derive(Clone, Debug, PartialEq)]
pub struct L4Route {
    /// [`RouteKind::TcpRoute`] or [`RouteKind::TlsRoute`].
    pub kind: RouteKind,
    /// Namespace and name.
    pub key: ObjectKey,
    /// When it was created; older wins ties.
    pub created: Option<jiff::Timestamp>,
    /// Server names as written; empty means every one of the listener. Always empty for a TCPRoute.
    pub hostnames: Vec<HostnamePattern>,
    /// Status per parentRef, in the order written.
    pub parents: Vec<ParentStatus>,
    /// Where connections go, in the order written, weight 0 included. The connections of a share whose target is
    /// anything but a backend with endpoints are closed (Gateway API, TCPRouteRule.backendRefs).
    pub targets: Vec<WeightedTarget>,
    /// As [`crate::Route::withdrawn`].
    pub withdrawn: bool,
}

/// Which route takes the connections of one port. Built once per [`Model`]; deciding allocates nothing.
#[derive(Debug)]
pub struct L4Table {
    protocol: L4Protocol,
    /// By listener hostname, then by what it has in common with the route's: the route that wins, as a place in
    /// [`Model::l4_routes`]. Hostnames decide as they do for requests ([`crate::RouteTable`]).
    routes: HostMap<HostMap<Option<usize>>>,
}

/// The steps of a decision, for people. They are those of [`L4Table::decide`]: both ask the same tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L4Trace {
    /// Hostname of the listener that took the connection; `None` when no listener of the port serves the server name.
    pub listener: Option<HostnamePattern>,
    /// What of that listener's and its routes' hostnames decided; `None` when no route serves the server name.
    pub hostname: Option<HostnamePattern>,
    /// Every route under that hostname, as places in [`Model::l4_routes`], in the order of precedence: the first one takes
    /// the connection.
    pub candidates: Vec<usize>,
}

impl L4Table {
    /// The table of the TCP or TLS listeners of `model` on `port`; `None` when there are none. All of them have one
    /// protocol, as others are in conflict and do not serve.
    pub fn new(model: &Model, port: u16) -> Option<Self> {
        let listeners = || model.l4_listeners.iter().filter(|listener| listener.port == port);
        let mut table = Self { protocol: listeners().next()?.protocol, routes: HostMap::default() };
        for listener in listeners() {
            let hosts = table.routes.entry(&listener.hostname);
            for &place in &listener.routes {
                let any = [HostnamePattern::Any];
                let written = &model.l4_routes[place].hostnames;
                for hostname in if written.is_empty() { &any[..] } else { written } {
                    if let Some(common) = intersect(&listener.hostname, hostname) {
                        let winner = hosts.entry(&common);
                        *winner = Some(winner.map_or(place, |other| older(model, other, place)));
                    }
                }
            }
        }
        Some(table)
    }

    /// Whether connections are told apart at all, and by what.
    pub fn protocol(&self) -> L4Protocol {
        self.protocol
    }

    /// The same table for a proxy that takes one step: by the most specific of these names that serves a connection, its
    /// route, as a place in [`Model::l4_routes`]; `None`, or no name that serves it, means that it is closed.
    pub fn server_names(&self) -> Vec<(HostnamePattern, Option<usize>)> {
        let flat = self.routes.flat().into_iter();
        flat.map(|(name, route)| (name, route.copied().flatten())).collect()
    }

    /// The route that takes a connection, as a place in [`Model::l4_routes`]; `None` means that it is closed.
    /// `server_name` is the one of the ClientHello, without regard to case: `None` when it has none, which only a
    /// route for every name takes. It does not matter under [`L4Protocol::Tcp`].
    pub fn decide(&self, server_name: Option<&str>) -> Option<usize> {
        let mut buffer = HostBuffer::new();
        let host = buffer.normalise(server_name.unwrap_or(""));
        *self.routes.get(host)?.get(host)?
    }

    /// How [`Self::decide`] comes to its answer. `model` is the one that the table is of, and `port` its port.
    pub fn trace(&self, model: &Model, port: u16, server_name: Option<&str>) -> L4Trace {
        let mut buffer = HostBuffer::new();
        let host = buffer.normalise(server_name.unwrap_or(""));
        let Some((listener, hosts)) = self.routes.find(host) else { return L4Trace::default() };
        let hostname = hosts.find(host).map(|(pattern, _)| pattern);
        let taking = model.l4_listeners.iter().filter(|own| own.port == port && own.hostname == listener);
        let mut candidates: Vec<_> = taking.flat_map(|own| own.routes.iter().copied()).collect();
        candidates.retain(|&place| {
            let written = &model.l4_routes[place].hostnames;
            let own = if written.is_empty() { &[HostnamePattern::Any][..] } else { written };
            own.iter().any(|own| intersect(&listener, own) == hostname)
        });
        candidates.sort_unstable_by_key(|&place| rank(model, place));
        candidates.dedup();
        L4Trace {
            candidates: if hostname.is_some() { candidates } else { Vec::new() },
            listener: Some(listener),
            hostname,
        }
    }
}

/// The route that wins against the other.
fn older(model: &Model, one: usize, other: usize) -> usize {
    if rank(model, other) < rank(model, one) { other } else { one }
}

/// Routes for one hostname in the order of precedence (Gateway API, conflicts): the older one, then the first by namespace
/// and name.
fn rank(model: &Model, place: usize) -> (bool, Option<jiff::Timestamp>, &ObjectKey) {
    let route = &model.l4_routes[place];
    (route.created.is_none(), route.created, &route.key)
}
