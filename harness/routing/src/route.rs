//! Routes: matches, weighted targets and status.

use std::fmt;

use sextant_resources::{
    BackendRef, HostnamePattern, HttpRouteFilter, HttpRouteMatch, HttpRouteTimeouts, ObjectKey, ParentRef,
};

use crate::BackendIndex;

/// Kind of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteKind {
    /// HTTPRoute.
    HttpRoute,
}

/// A route with its references resolved.
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
    /// As written.
    pub filters: Vec<HttpRouteFilter>,
    /// In the order written, weight 0 included.
    pub targets: Vec<WeightedTarget>,
    /// As written.
    pub timeouts: HttpRouteTimeouts,
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
    /// Reason of `ResolvedRefs=False`: `BackendNotFound`, `RefNotPermitted`, `InvalidKind`.
    pub reason: &'static str,
    /// Message of the condition.
    pub message: String,
    /// Rule id.
    pub rule: &'static str,
}

impl fmt::Display for RouteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HttpRoute => "HTTPRoute",
        })
    }
}
