//! What happens to a request: the listener's hostname, the route's hostname, and its matches by Gateway API precedence.

use crate::Model;

/// Every match of one port, sorted so that the first that fits is the one that wins. Built once per [`Model`];
/// deciding allocates nothing.
#[derive(Debug, Default)]
pub struct RouteTable {}

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
    pub fn new(_model: &Model, _port: u16) -> Self {
        Self {}
    }

    /// Decides a request. `host` is the authority without regard to case; a port in it is ignored (K-137). `uri` gives
    /// path and query.
    pub fn decide(
        &self,
        _host: &str,
        _method: &http::Method,
        _uri: &http::Uri,
        _headers: &http::HeaderMap,
    ) -> Decision {
        Decision::NotFound
    }
}
