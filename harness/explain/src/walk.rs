//! The way of one request: listener, hostname, rule, filters, share, endpoint.

mod candidates;
mod filters;
mod others;
mod render;
mod steps;

use serde::Serialize;
use sextant_routing::Profile;

pub(crate) use others::Arrival;
pub(crate) use render::{render_arrival, render_others, render_share};
pub use steps::walk;
pub(crate) use steps::{overall, share};

use crate::explanation::{BackendName, Endpoint, Excluded, Gateway, ListenerName, Reference, RouteName};

/// The way of one request, and why it is this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Walk {
    /// [`crate::API_VERSION`].
    pub api_version: &'static str,
    /// `RequestWalk`.
    pub kind: &'static str,
    /// Whose semantics.
    pub profile: Profile,
    /// The gateway that it is sent to.
    pub gateway: Gateway,
    /// The request.
    pub request: WalkedRequest,
    /// What was assumed about it; empty when it says everything.
    pub note: String,
    /// What it gets: `forward`, a status, `mixed` when its shares get different ones, or `refused` when nothing listens.
    pub outcome: String,
    /// Why it is not `forward`; empty otherwise.
    pub message: String,
    /// Every HTTP listener of the port, ordered by Gateway and place in it.
    pub listeners: Vec<WalkedListener>,
    /// The hostname under which routes were looked up; `null` when none serves the host.
    pub hostname: Option<String>,
    /// Every match under that hostname, in the order of precedence.
    pub candidates: Vec<Candidate>,
    /// Routes that were not looked at, and why; ordered by kind, namespace and name.
    pub other_routes: Vec<OtherRoute>,
    /// What the rule's filters do, in their order.
    pub filters: Vec<String>,
    /// Where the reply redirects to; `null` when it does not.
    pub redirect: Option<String>,
    /// Who shares the requests of the rule, in the order written.
    pub shares: Vec<Share>,
}

/// A request on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WalkedRequest {
    /// Method.
    pub method: String,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The header `host`.
    pub host: String,
    /// Port of the listener; `null` for the forwarded request, as each endpoint has its own.
    pub port: Option<u16>,
    /// Path and query.
    pub path: String,
    /// Headers, each `name: value`, without `host`.
    pub headers: Vec<String>,
}

/// A listener of the port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WalkedListener {
    /// Gateway, name and port.
    #[serde(flatten)]
    pub listener: ListenerName,
    /// Hosts it serves; `*` for all.
    pub hostname: String,
    /// Whether it takes the request or connection.
    pub takes: bool,
}

/// A match that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its route.
    pub route: RouteName,
    /// Place of its rule in the route, from 0.
    pub rule: usize,
    /// The match in short form.
    #[serde(rename = "match")]
    pub matched: String,
    /// `taken`, `outranked` (it fits, but another one goes first) or `unfit`.
    pub result: &'static str,
    /// Why it is not taken; empty otherwise.
    pub message: String,
}

/// A route that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherRoute {
    /// The route.
    pub route: RouteName,
    /// Why.
    pub message: String,
}

/// Who gets a part of the rule's requests, or of a route's connections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// As written, with its defaults.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// Weight among the rule's backendRefs.
    pub weight: u32,
    /// Part of the rule's requests, from 0 to 1.
    pub share: f64,
    /// What it resolves to; `null` when it does not.
    pub backend: Option<BackendName>,
    /// What its requests get.
    pub outcome: String,
    /// Why it is not `forward`; empty otherwise.
    pub message: String,
    /// What the filters of the backendRef do, after those of the rule.
    pub filters: Vec<String>,
    /// The request as endpoints see it; `null` when none does, and for connections, which are passed on as they are.
    pub forwarded: Option<WalkedRequest>,
    /// The endpoints of the backend; `share` is of the rule's requests.
    pub endpoints: Vec<Endpoint>,
    /// What was looked at and is no endpoint, ordered by source.
    pub excluded: Vec<Excluded>,
}
