//! One match of one rule, compiled: whether it fits a request, and its rank among all others.

use std::borrow::Cow;
use std::cmp::Reverse;

use http::{HeaderMap, HeaderName, Method, Uri};
use regex::Regex;
use sextant_resources::{GrpcRouteMatch, HttpRouteMatch, PathMatch, PathMatchType, ValueMatchType};

use super::query;
use super::trace::Precedence;
use crate::Route;

/// One match of one rule.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) route: usize,
    pub(super) rule: usize,
    pub(super) matched: usize,
    conditions: Conditions,
    rank: Rank,
}

/// How specific a match is; smaller goes first. Matches of both kinds never compete for a hostname of one listener.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Most characters in the service, then in the method, then most headers (Gateway API, GRPCRouteSpec.rules).
    Grpc { service: Reverse<usize>, method: Reverse<usize>, headers: Reverse<usize> },
    /// Exact path, longest prefix, expression; a method; most headers; most query parameters (Gateway API,
    /// HTTPRouteRule.matches).
    Http { path: (u8, Reverse<usize>), any_method: bool, headers: Reverse<usize>, query: Reverse<usize> },
}

/// A condition that a request does not fulfil.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mismatch<'e> {
    Path,
    Method,
    Header(&'e str),
    QueryParameter(&'e str),
}

/// What a request must fulfil.
#[derive(Debug)]
struct Conditions {
    path: Path,
    method: Option<Method>,
    headers: Vec<(HeaderName, Value)>,
    query: Vec<(String, Value)>,
}

#[derive(Debug)]
enum Path {
    Exact(String),
    /// Without the slash at its end.
    Prefix(String),
    Regex(Regex),
}

#[derive(Debug)]
enum Value {
    Exact(String),
    Regex(Regex),
}

/// Whether requests can be compared with `matched` at all.
///
/// # Errors
/// What is wrong, for the route's status.
pub(crate) fn check_match(matched: &HttpRouteMatch) -> Result<(), String> {
    Conditions::new(matched).map(|_| ())
}

impl Entry {
    /// Every match of `route`, which is at `place` in the model. One that cannot be compared fits no request.
    pub(super) fn of_route(place: usize, route: &Route) -> impl Iterator<Item = Self> + '_ {
        route.rules.iter().enumerate().flat_map(move |(rule, written)| {
            written.matches.iter().enumerate().filter_map(move |(matched, request)| {
                let conditions = Conditions::new(request).ok()?;
                let rank = match written.grpc_matches.get(matched) {
                    Some(call) => Rank::of_call(call, &conditions),
                    None => Rank::of_request(&conditions),
                };
                Some(Self { route: place, rule, matched, conditions, rank })
            })
        })
    }

    /// Smaller goes first: the more specific match; the oldest route (one that was never applied counts as youngest); its
    /// namespace and name; the first rule and match.
    pub(super) fn precedence<'r>(&'r self, routes: &'r [Route]) -> impl Ord + 'r {
        let route = &routes[self.route];
        let age = (route.created.is_none(), route.created);
        (&self.rank, age, &route.key, route.kind, self.rule, self.matched)
    }

    /// Why this one, which goes before `other`, does.
    pub(super) fn precedes_by(&self, other: &Self, routes: &[Route]) -> Precedence {
        let age = |entry: &Self| routes[entry.route].created;
        let by_rank = self.rank.differs(&other.rank);
        by_rank.unwrap_or_else(|| match (age(self) == age(other), self.route == other.route) {
            (false, _) => Precedence::Age,
            (true, false) => Precedence::Name,
            (true, true) => Precedence::Order,
        })
    }

    pub(super) fn fits(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
        self.mismatch(method, uri, headers).is_none()
    }

    /// The first condition that the request does not fulfil.
    pub(super) fn mismatch(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Mismatch<'_>> {
        let conditions = &self.conditions;
        if !conditions.path.fits(uri.path()) {
            return Some(Mismatch::Path);
        }
        if conditions.method.as_ref().is_some_and(|wanted| wanted != method) {
            return Some(Mismatch::Method);
        }
        let header = conditions.headers.iter().find(|(name, value)| !value.fits_header(name, headers));
        let query = || {
            let query = uri.query().unwrap_or("");
            conditions.query.iter().find(|(name, value)| !value.fits_parameter(name, query))
        };
        match header {
            Some((name, _)) => Some(Mismatch::Header(name.as_str())),
            None => query().map(|(name, _)| Mismatch::QueryParameter(name)),
        }
    }
}

impl Rank {
    /// What the two differ in first.
    fn differs(&self, other: &Self) -> Option<Precedence> {
        let differing = |pairs: &[(bool, Precedence)]| pairs.iter().find(|(same, _)| !same).map(|(_, by)| *by);
        match (self, other) {
            (Self::Grpc { service, method, headers }, Self::Grpc { service: s, method: m, headers: h }) => {
                differing(&[((service, method) == (s, m), Precedence::Path), (headers == h, Precedence::Headers)])
            }
            (
                Self::Http { path, any_method, headers, query },
                Self::Http { path: p, any_method: m, headers: h, query: q },
            ) => differing(&[
                (path == p, Precedence::Path),
                (any_method == m, Precedence::Method),
                (headers == h, Precedence::Headers),
                (query == q, Precedence::QueryParameters),
            ]),
            _ => Some(Precedence::Path),
        }
    }

    fn of_call(written: &GrpcRouteMatch, conditions: &Conditions) -> Self {
        let method = written.method.as_ref();
        let length = |part: Option<&String>| Reverse(part.map_or(0, |part| part.chars().count()));
        Self::Grpc {
            service: length(method.and_then(|method| method.service.as_ref())),
            method: length(method.and_then(|method| method.method.as_ref())),
            headers: Reverse(conditions.headers.len()),
        }
    }

    fn of_request(conditions: &Conditions) -> Self {
        Self::Http {
            path: conditions.path.rank(),
            any_method: conditions.method.is_none(),
            headers: Reverse(conditions.headers.len()),
            query: Reverse(conditions.query.len()),
        }
    }
}

impl Conditions {
    fn new(written: &HttpRouteMatch) -> Result<Self, String> {
        let default = PathMatch::default();
        let method = written.method.as_deref().filter(|method| !method.is_empty());
        let mut headers: Vec<(HeaderName, Value)> = Vec::with_capacity(written.headers.len());
        for header in &written.headers {
            let name: HeaderName =
                header.name.parse().map_err(|_| format!("`{}` is not a header name", header.name))?;
            // Of several conditions with one name only the first counts (Gateway API, HTTPHeaderMatch.name).
            if !headers.iter().any(|(known, _)| *known == name) {
                headers.push((name, Value::new(header.kind, &header.value)?));
            }
        }
        let mut query: Vec<(String, Value)> = Vec::with_capacity(written.query_params.len());
        for parameter in &written.query_params {
            if !query.iter().any(|(known, _)| *known == parameter.name) {
                query.push((parameter.name.clone(), Value::new(parameter.kind, &parameter.value)?));
            }
        }
        Ok(Self {
            path: Path::new(written.path.as_ref().unwrap_or(&default))?,
            method: method.map(|m| m.parse().map_err(|_| format!("`{m}` is not a method"))).transpose()?,
            headers,
            query,
        })
    }
}

impl Path {
    fn new(written: &PathMatch) -> Result<Self, String> {
        let value = written.value.as_deref().unwrap_or("/");
        Ok(match written.kind {
            PathMatchType::Exact => Self::Exact(value.to_owned()),
            PathMatchType::PathPrefix => Self::Prefix(value.trim_end_matches('/').to_owned()),
            PathMatchType::RegularExpression => Self::Regex(whole(value)?),
        })
    }

    /// Smaller is more specific.
    fn rank(&self) -> (u8, Reverse<usize>) {
        match self {
            Self::Exact(_) => (0, Reverse(0)),
            Self::Prefix(prefix) => (1, Reverse(prefix.len())),
            Self::Regex(expression) => (2, Reverse(expression.as_str().len())),
        }
    }

    fn fits(&self, path: &str) -> bool {
        match self {
            Self::Exact(wanted) => path == wanted,
            Self::Prefix(prefix) => {
                path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Regex(expression) => expression.is_match(path),
        }
    }
}

impl Value {
    fn new(kind: ValueMatchType, value: &str) -> Result<Self, String> {
        Ok(match kind {
            ValueMatchType::Exact => Self::Exact(value.to_owned()),
            ValueMatchType::RegularExpression => Self::Regex(whole(value)?),
        })
    }

    /// Several headers of one name are one value, joined by commas (RFC 9110, 5.3).
    fn fits_header(&self, name: &HeaderName, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(name).iter();
        let Some(first) = values.next() else { return false };
        if values.next().is_none() {
            return match self {
                Self::Exact(wanted) => first.as_bytes() == wanted.as_bytes(),
                Self::Regex(expression) => expression.is_match(&String::from_utf8_lossy(first.as_bytes())),
            };
        }
        let values: Vec<_> = headers.get_all(name).iter().map(|value| value.as_bytes()).collect();
        let joined = values.join(&b","[..]);
        self.fits(String::from_utf8_lossy(&joined))
    }

    fn fits_parameter(&self, name: &str, query: &str) -> bool {
        let Some(value) = query::first(query, name) else { return false };
        match self {
            Self::Exact(wanted) => query::decoded_eq(value, wanted),
            Self::Regex(_) => self.fits(query::decode(value)),
        }
    }

    fn fits(&self, text: Cow<'_, str>) -> bool {
        match self {
            Self::Exact(wanted) => text == wanted.as_str(),
            Self::Regex(expression) => expression.is_match(&text),
        }
    }
}

/// An expression for the whole of a text.
fn whole(expression: &str) -> Result<Regex, String> {
    // Checked alone first, so that a stray parenthesis cannot get out of the group.
    let checked = Regex::new(expression).map_err(|error| format!("`{expression}` is not an expression: {error}"))?;
    Regex::new(&format!("^(?:{checked})$")).map_err(|error| format!("`{expression}` is not an expression: {error}"))
}
