//! From a decision to what the client gets: the rule's own answer, or the share of each target.

use http::StatusCode;
use sextant_resources::HttpRouteMatch;

use crate::{Backend, Decision, Discovery, Filter, Model, Redirect, Rule, RuleFault, Target, Unresolved};

/// Body of the 500 of a rule that cannot serve (K-135).
pub const INVALID_ROUTE_BODY: &str = "invalid route configuration detected and replaced with a direct response.";

/// Body of the 503 of a backend without endpoints (K-133).
pub const NO_UPSTREAM_BODY: &str = "no healthy upstream";

/// What a [`Decision`] means for the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer<'m> {
    /// 404 with an empty body (K-137).
    NotFound,
    /// 500 with [`INVALID_ROUTE_BODY`] (K-135).
    Invalid(&'m RuleFault),
    /// A redirect; see [`Redirect::location`].
    Redirect {
        /// Where to.
        redirect: &'m Redirect,
        /// The rule; its response header filters apply.
        rule: &'m Rule,
        /// The match that took the request.
        matched: &'m HttpRouteMatch,
    },
    /// The rule's targets take turns by weight ([`crate::Schedule`]); if all weights are 0 the answer is 500 (K-132).
    Share {
        /// The rule with its targets, filters and time limits.
        rule: &'m Rule,
        /// The match that took the request.
        matched: &'m HttpRouteMatch,
    },
}

/// What a target does with the requests of its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome<'m> {
    /// Sends them to the backend's hosts; 503 when at the moment there is none (names without an answer).
    Forward(&'m Backend),
    /// 503 with [`NO_UPSTREAM_BODY`]: the backend has no endpoint (K-133).
    NoEndpoints(&'m Backend),
    /// 500 with an empty body: the proxy never got the backend (K-134, I-041).
    Withheld(&'m Backend),
    /// 500 with an empty body: the reference resolves to nothing (K-130).
    Unresolved(&'m Unresolved),
}

impl Model {
    /// What `decision`, made by a table of this model, means for the request.
    pub fn answer(&self, decision: Decision) -> Answer<'_> {
        let Decision::Rule { route, rule, matched } = decision else { return Answer::NotFound };
        let rule = &self.routes[route].rules[rule];
        let matched = &rule.matches[matched];
        if let Some(fault) = &rule.fault {
            return Answer::Invalid(fault);
        }
        let redirect = rule.actions.iter().find_map(|action| match action {
            Filter::Redirect(redirect) => Some(redirect),
            _ => None,
        });
        match redirect {
            Some(redirect) => Answer::Redirect { redirect, rule, matched },
            None => Answer::Share { rule, matched },
        }
    }

    /// What `target`, one of this model's, does with the requests of its share.
    pub fn outcome<'m>(&'m self, target: &'m Target) -> Outcome<'m> {
        let backend = match target {
            Target::Backend(index) => &self[*index],
            Target::Unresolved(unresolved) => return Outcome::Unresolved(unresolved),
        };
        let dns = matches!(backend.discovery, Discovery::Dns | Discovery::LogicalDns);
        let empty = backend.endpoints.is_empty();
        if backend.fault.is_some() || (empty && dns && self.semantics().empty_dns_is_missing) {
            return Outcome::Withheld(backend);
        }
        // Under DYNAMIC_DNS the request itself names the endpoint.
        if empty && backend.discovery != Discovery::DynamicDns {
            return Outcome::NoEndpoints(backend);
        }
        Outcome::Forward(backend)
    }
}

impl Outcome<'_> {
    /// The status that every request of the share gets; `None` when they are forwarded.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Forward(_) => None,
            Self::NoEndpoints(_) => Some(StatusCode::SERVICE_UNAVAILABLE),
            Self::Withheld(_) | Self::Unresolved(_) => Some(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}
