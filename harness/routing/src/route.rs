//! Routes: matches, weighted targets and status.

use std::fmt;
use std::time::Duration;

use sextant_resources::{
    BackendRef, GrpcRouteMatch, HostnamePattern, HttpRouteFilter, HttpRouteMatch, HttpRouteTimeouts, ObjectKey,
    ParentRef,
};

use crate::{BackendIndex, Filter, Mirror};

/// Kind of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteKind {
    /// HTTPRoute.
    HttpRoute,
    /// GRPCRoute.
    GrpcRoute,
    /// TCPRoute.
    TcpRoute,
    /// TLSRoute.
    TlsRoute,
}

/// An HTTPRoute or GRPCRoute with its references resolved. A GRPCRoute serves requests too: a call is one for the path
/// `/service/method`.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Kind.
    pub kind: RouteKind,
    /// Namespace and name.
    pub key: ObjectKey,
    /// When it was created; older wins ties.
    pub created: Option<jiff::Timestamp>,
    /// Hostnames as written; empty means every hostname of the listener.
    pub hostnames: Vec<HostnamePattern>,
    /// Status per parentRef, in the order written.
    pub parents: Vec<ParentStatus>,
    /// Rules in the order written.
    pub rules: Vec<Rule>,
    /// The route has a mistake that takes all of its rules out of service: its requests are treated as if it were
    /// absent (I-179). Never under kgateway.
    pub withdrawn: bool,
}

/// Status of a route at one parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentStatus {
    /// The parent.
    pub parent: ParentRef,
    /// Ordered by type.
    pub conditions: Vec<Condition>,
}

/// A status condition as the control plane would write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `Accepted`, `ResolvedRefs`, …
    pub kind: &'static str,
    /// True or False.
    pub status: bool,
    /// CamelCase cause.
    pub reason: &'static str,
    /// Sentence for people; empty when all is well.
    pub message: String,
}

/// One rule of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name, if given.
    pub name: Option<String>,
    /// Or-ed; never empty (no matches means the prefix `/`).
    pub matches: Vec<HttpRouteMatch>,
    /// What a GRPCRoute has written for [`Self::matches`], one for each; empty for an HTTPRoute.
    pub grpc_matches: Vec<GrpcRouteMatch>,
    /// As written.
    pub filters: Vec<HttpRouteFilter>,
    /// In the order written, weight 0 included.
    pub targets: Vec<WeightedTarget>,
    /// As written.
    pub timeouts: HttpRouteTimeouts,
    /// [`Self::filters`], ready to be executed; empty when [`Self::fault`] says what is wrong with them.
    pub actions: Vec<Filter>,
    /// [`Self::timeouts`] as durations.
    pub limits: TimeLimits,
    /// Why the rule answers every request with 500 (K-135). `None` when all is well.
    pub fault: Option<RuleFault>,
}

/// Time limits of a rule. `None` means no limit, also for `0s`, which Gateway API has as the way to switch one off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeLimits {
    /// For the whole request.
    pub request: Option<Duration>,
    /// For one attempt at an endpoint.
    pub backend_request: Option<Duration>,
}

/// Why a rule answers 500 (K-135).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// Reason of `Accepted=False`; `None` when the route is accepted all the same (a rule without backendRefs).
    pub reason: Option<&'static str>,
    /// What is wrong.
    pub message: String,
}

/// One backendRef with what it resolves to.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedTarget {
    /// As written, namespace filled in.
    pub reference: BackendRef,
    /// Share of the rule's requests; 0 means none.
    pub weight: u32,
    /// What it resolves to.
    pub target: Target,
    /// What the status says against a reference whose requests are served all the same (I-174).
    pub complaint: Option<Unresolved>,
    /// Filters for the requests of this share, ready to be executed after the rule's own.
    pub actions: Vec<Filter>,
}

/// What a backendRef resolves to. An unresolved reference is a target that answers 500 for its share (K-130, K-131).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A backend.
    Backend(BackendIndex),
    /// Nothing.
    Unresolved(Unresolved),
}

/// Why a backendRef is unresolved (K-121).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// Reason of `ResolvedRefs=False`: `BackendNotFound`, `RefNotPermitted`, `InvalidKind`, `InvalidDestination`.
    pub reason: &'static str,
    /// Message of the condition.
    pub message: String,
    /// Rule id.
    pub rule: &'static str,
    /// What the control plane does not say and a person would want to know; empty when there is nothing to add.
    pub help: String,
    /// Whether the status shows it: some profiles leave a wrong port to be found out by requests (I-175).
    pub reported: bool,
}

impl Rule {
    /// Where copies of requests go: of all requests of the rule, or only of those that go to the target at this place.
    pub fn mirrors(&self) -> impl Iterator<Item = (Option<usize>, &Mirror)> {
        let of_rule = self.actions.iter().map(|action| (None, action));
        let of_targets = self.targets.iter().enumerate();
        let of_targets =
            of_targets.flat_map(|(at, target)| target.actions.iter().map(move |action| (Some(at), action)));
        of_rule.chain(of_targets).filter_map(|(target, action)| match action {
            Filter::Mirror(mirror) => Some((target, mirror)),
            _ => None,
        })
    }
}

impl fmt::Display for RouteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HttpRoute => "HTTPRoute",
            Self::GrpcRoute => "GRPCRoute",
            Self::TcpRoute => "TCPRoute",
            Self::TlsRoute => "TLSRoute",
        })
    }
}
