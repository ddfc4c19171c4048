//! What happens to a request: the listener's hostname, the route's hostname, and its matches by Gateway API precedence.
//!
//! Hostnames decide first, in two steps, and there is no way back: the most specific listener hostname of the port takes
//! the request (listener isolation), and within that listener the most specific hostname of its routes does, as Envoy
//! chooses a virtual host. A request that no match of that hostname fits is not found, even if a route for a wider
//! hostname would have taken it. Listeners of one port and hostname share their routes.

mod entry;
mod query;
mod trace;

use std::fmt;

use sextant_resources::HostnamePattern;

use crate::Model;
use crate::hostnames::{HostBuffer, HostMap, intersect};

use entry::Entry;
pub(crate) use entry::check_match;
pub use trace::{Candidate, Fate, MatchCondition, Precedence, Trace};

/// Every match of one port, sorted so that the first that fits is the one that wins. Built once per [`Model`];
/// deciding allocates nothing.
#[derive(Default)]
pub struct RouteTable {
    /// By listener hostname, then by what it has in common with the route's: places of entries, ascending.
    listeners: HostMap<HostMap<Vec<u32>>>,
    /// By precedence.
    entries: Box<[Entry]>,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No listener, host or match fits: 404 with an empty body (K-137).
    NotFound,
    /// `model.routes[route].rules[rule]` serves it.
    Rule {
        /// Place in [`Model::routes`].
        route: usize,
        /// Place in its rules.
        rule: usize,
        /// Place in the rule's matches: filters such as a prefix rewrite depend on it.
        matched: usize,
    },
}

impl RouteTable {
    /// The table of all listeners of `model` on `port`.
    pub fn new(model: &Model, port: u16) -> Self {
        let listening = || model.listeners.iter().filter(|listener| listener.port == port);
        let mut routes: Vec<_> = listening().flat_map(|listener| listener.routes.iter().copied()).collect();
        routes.sort_unstable();
        routes.dedup();
        let mut entries: Vec<_> =
            routes.iter().flat_map(|route| Entry::of_route(*route, &model.routes[*route])).collect();
        entries.sort_by(|a, b| a.precedence(&model.routes).cmp(&b.precedence(&model.routes)));
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); model.routes.len()];
        for (place, entry) in entries.iter().enumerate() {
            places[entry.route].push(place as u32);
        }
        let mut table = Self { listeners: HostMap::default(), entries: entries.into() };
        for listener in listening() {
            let hosts = table.listeners.entry(&listener.hostname);
            for route in &listener.routes {
                let any = [HostnamePattern::Any];
                let written = &model.routes[*route].hostnames;
                for hostname in if written.is_empty() { &any[..] } else { written } {
                    if let Some(common) = intersect(&listener.hostname, hostname) {
                        hosts.entry(&common).extend(&places[*route]);
                    }
                }
            }
        }
        for list in table.listeners.values_mut().flat_map(HostMap::values_mut) {
            list.sort_unstable();
            list.dedup();
        }
        table
    }

    /// The same table for a proxy that takes one step: by the most specific of these hostnames that serves a request, the
    /// first decision whose match fits; if none does, or no hostname serves it, the request is not found. Each decision is
    /// a [`Decision::Rule`].
    pub fn virtual_hosts(&self) -> Vec<(HostnamePattern, Vec<Decision>)> {
        let decision = |place: &u32| {
            let Entry { route, rule, matched, .. } = &self.entries[*place as usize];
            Decision::Rule { route: *route, rule: *rule, matched: *matched }
        };
        let decisions = |places: Option<&Vec<u32>>| places.into_iter().flatten().map(decision).collect();
        self.listeners.flat().into_iter().map(|(hostname, places)| (hostname, decisions(places))).collect()
    }

    /// Decides a request. `host` is the authority without regard to case; a port in it is ignored (K-137). `uri` gives
    /// path and query.
    pub fn decide(&self, host: &str, method: &http::Method, uri: &http::Uri, headers: &http::HeaderMap) -> Decision {
        let mut buffer = HostBuffer::new();
        let host = buffer.normalise(host);
        let candidates = self.listeners.get(host).and_then(|hosts| hosts.get(host)).map_or(&[][..], Vec::as_slice);
        let entries = candidates.iter().map(|place| &self.entries[*place as usize]);
        match entries.into_iter().find(|entry| entry.fits(method, uri, headers)) {
            Some(entry) => Decision::Rule { route: entry.route, rule: entry.rule, matched: entry.matched },
            None => Decision::NotFound,
        }
    }
}

impl fmt::Debug for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteTable").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}
