//! How a request was decided, step by step, for people. The steps are those of [`RouteTable::decide`]: both ask the same
//! tables and the same conditions.

use http::{HeaderMap, Method, Uri};
use sextant_resources::HostnamePattern;

use super::entry::{Entry, Mismatch};
use super::{Decision, RouteTable};
use crate::Route;
use crate::hostnames::HostBuffer;

/// The steps of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Hostname of the listener that took the request; `None` when no listener of the port serves the host.
    pub listener: Option<HostnamePattern>,
    /// What of that listener's and its routes' hostnames decided; `None` when no route serves the host.
    pub hostname: Option<HostnamePattern>,
    /// Every match under that hostname, in the order of precedence.
    pub candidates: Vec<Candidate>,
}

/// A match that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Place in [`crate::Model::routes`].
    pub route: usize,
    /// Place in its rules.
    pub rule: usize,
    /// Place in the rule's matches.
    pub matched: usize,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It took the request.
    Taken,
    /// It fits too, but another one has precedence.
    Outranked(Precedence),
    /// The request does not fulfil this condition; later ones were not compared.
    Unfit(MatchCondition),
}

/// A condition of a match, as the one that a request does not fulfil.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchCondition {
    /// On the path.
    Path,
    /// On the method.
    Method,
    /// On the header of this name, in lower case.
    Header(String),
    /// On the query parameter of this name.
    QueryParameter(String),
}

/// Why one match goes before another, by the first of these that differs (Gateway API, precedence).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// An exact path before a prefix, a longer prefix before a shorter one; for calls the service, then the method.
    Path,
    /// A condition on the method before none.
    Method,
    /// More conditions on headers.
    Headers,
    /// More conditions on query parameters.
    QueryParameters,
    /// The route is older.
    Age,
    /// The route comes first by namespace and name.
    Name,
    /// It comes first in the route.
    Order,
}

impl RouteTable {
    /// How [`Self::decide`] comes to its decision. `routes` are those of the model that the table was made of.
    pub fn trace(&self, routes: &[Route], host: &str, method: &Method, uri: &Uri, headers: &HeaderMap) -> Trace {
        let mut buffer = HostBuffer::new();
        let host = buffer.normalise(host);
        let Some((listener, hosts)) = self.listeners.find(host) else { return Trace::default() };
        let listener = Some(listener);
        let Some((hostname, places)) = hosts.find(host) else { return Trace { listener, ..Trace::default() } };
        let mut taken: Option<&Entry> = None;
        let mut candidates = Vec::with_capacity(places.len());
        for place in places {
            let entry = &self.entries[*place as usize];
            let fate = match (entry.mismatch(method, uri, headers), taken) {
                (Some(mismatch), _) => Fate::Unfit(MatchCondition::from(mismatch)),
                (None, None) => Fate::Taken,
                (None, Some(winner)) => Fate::Outranked(winner.precedes_by(entry, routes)),
            };
            if fate == Fate::Taken {
                taken = Some(entry);
            }
            candidates.push(Candidate { route: entry.route, rule: entry.rule, matched: entry.matched, fate });
        }
        Trace { listener, hostname: Some(hostname), candidates }
    }
}

impl Trace {
    /// The decision that the steps come to.
    pub fn decision(&self) -> Decision {
        match self.candidates.iter().find(|candidate| candidate.fate == Fate::Taken) {
            Some(taken) => Decision::Rule { route: taken.route, rule: taken.rule, matched: taken.matched },
            None => Decision::NotFound,
        }
    }
}

impl From<Mismatch<'_>> for MatchCondition {
    fn from(mismatch: Mismatch<'_>) -> Self {
        match mismatch {
            Mismatch::Path => Self::Path,
            Mismatch::Method => Self::Method,
            Mismatch::Header(name) => Self::Header(name.to_owned()),
            Mismatch::QueryParameter(name) => Self::QueryParameter(name.to_owned()),
        }
    }
}
