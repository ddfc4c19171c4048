//! Matches that were looked at, and why each does not take the request.

use sextant_resources::{HttpRouteMatch, PathMatchType, ValueMatchType};
use sextant_routing::{Fate, MatchCondition, Model, Precedence, Rule, Trace};

use super::Candidate;
use crate::assemble::{matches, route_name};
use crate::request::Request;

/// Every candidate of `trace`, in its order.
pub(super) fn candidates(model: &Model, trace: &Trace, request: &Request) -> Vec<Candidate> {
    let candidate = |candidate: &sextant_routing::Candidate| {
        let route = &model.routes[candidate.route];
        let rule = &route.rules[candidate.rule];
        let (result, message) = match &candidate.fate {
            Fate::Taken => ("taken", String::new()),
            Fate::Outranked(by) => ("outranked", format!("it fits too, but {}", first(*by))),
            Fate::Unfit(condition) => ("unfit", unfit(condition, rule, candidate.matched, request)),
        };
        let matched = matches::of_rule(rule).swap_remove(candidate.matched);
        Candidate { route: route_name(route.kind, &route.key), rule: candidate.rule, matched, result, message }
    };
    trace.candidates.iter().map(candidate).collect()
}

/// Why the one that takes the request goes first.
fn first(by: Precedence) -> &'static str {
    match by {
        Precedence::Path => "the one above has the more specific path",
        Precedence::Method => "the one above demands the method",
        Precedence::Headers => "the one above demands more headers",
        Precedence::QueryParameters => "the one above demands more query parameters",
        Precedence::Age => "the route above is older",
        Precedence::Name => "the route above comes first by namespace and name",
        Precedence::Order => "the one above comes first in the route",
    }
}

fn unfit(condition: &MatchCondition, rule: &Rule, place: usize, request: &Request) -> String {
    let matched = &rule.matches[place];
    match condition {
        MatchCondition::Path => path(matched, request.target.path()),
        MatchCondition::Method => {
            format!("the method is {}, not {}", request.method, matched.method.as_deref().unwrap_or(""))
        }
        MatchCondition::Header(name) => {
            let written = matched.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            let values: Vec<_> =
                request.headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
            let given = (!values.is_empty()).then(|| values.join(","));
            let (kind, wanted) = written.map_or((ValueMatchType::Exact, ""), |header| (header.kind, &*header.value));
            value(&format!("header {name}"), given.as_deref(), kind, wanted)
        }
        MatchCondition::QueryParameter(name) => {
            let written = matched.query_params.iter().find(|parameter| parameter.name == *name);
            let pairs = request.target.query().unwrap_or("").split('&');
            let given = pairs.filter_map(|pair| match pair.split_once('=') {
                Some((key, value)) => (key == name).then_some(value),
                None => (pair == name).then_some(""),
            });
            let (kind, wanted) = written.map_or((ValueMatchType::Exact, ""), |p| (p.kind, &*p.value));
            value(&format!("query parameter {name}"), given.into_iter().next(), kind, wanted)
        }
    }
}

fn path(matched: &HttpRouteMatch, path: &str) -> String {
    let (kind, wanted) = match &matched.path {
        Some(path) => (path.kind, path.value.as_deref().unwrap_or("/")),
        None => (PathMatchType::PathPrefix, "/"),
    };
    match kind {
        PathMatchType::Exact => format!("the path is {path}, not {wanted}"),
        PathMatchType::PathPrefix if path.starts_with(wanted) => {
            format!("the path is {path}: a prefix ends at a slash, so {wanted} does not cover it")
        }
        PathMatchType::PathPrefix => format!("the path {path} is not below {wanted}"),
        PathMatchType::RegularExpression => format!("the whole path {path} does not match {wanted}"),
    }
}

fn value(what: &str, given: Option<&str>, kind: ValueMatchType, wanted: &str) -> String {
    match (given, kind) {
        (None, _) => format!("{what} is missing"),
        (Some(given), ValueMatchType::Exact) => format!("{what} is `{given}`, not `{wanted}`"),
        (Some(given), ValueMatchType::RegularExpression) => {
            format!("{what} is `{given}`, which does not match {wanted}")
        }
    }
}
