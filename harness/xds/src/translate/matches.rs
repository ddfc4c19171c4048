//! Conditions of requests.

use std::collections::HashSet;

use envoy_types::pb::envoy::config::route::v3::header_matcher::HeaderMatchSpecifier;
use envoy_types::pb::envoy::config::route::v3::query_parameter_matcher::QueryParameterMatchSpecifier;
use envoy_types::pb::envoy::config::route::v3::route_match::PathSpecifier;
use envoy_types::pb::envoy::config::route::v3::{HeaderMatcher, QueryParameterMatcher, RouteMatch};
use envoy_types::pb::envoy::r#type::matcher::v3::StringMatcher;
use sextant_resources::{HttpRouteMatch, PathMatch, PathMatchType, ValueMatchType};

use crate::proto::{exactly, matching, regex};

/// The condition that `written` is.
pub(super) fn route_match(written: &HttpRouteMatch) -> RouteMatch {
    let method = written.method.as_deref().filter(|method| !method.is_empty());
    let mut headers: Vec<HeaderMatcher> = method.map(|method| header(":method", exactly(method))).into_iter().collect();
    // Of several conditions with one name only the first counts (Gateway API, HTTPHeaderMatch.name).
    let mut known = HashSet::new();
    for condition in &written.headers {
        let name = condition.name.to_ascii_lowercase();
        if known.insert(name.clone()) {
            let name = if name == "host" { ":authority" } else { &name };
            headers.push(header(name, value(condition.kind, &condition.value)));
        }
    }
    let mut known = HashSet::new();
    let parameters = written.query_params.iter().filter(|parameter| known.insert(&parameter.name));
    let query_parameters = parameters.map(|parameter| QueryParameterMatcher {
        name: parameter.name.clone(),
        query_parameter_match_specifier: Some(QueryParameterMatchSpecifier::StringMatch(value(
            parameter.kind,
            &parameter.value,
        ))),
    });
    let default = PathMatch::default();
    RouteMatch {
        query_parameters: query_parameters.collect(),
        headers,
        path_specifier: Some(path(written.path.as_ref().unwrap_or(&default))),
        ..Default::default()
    }
}

/// The condition that a header has this value.
pub(super) fn header(name: &str, value: StringMatcher) -> HeaderMatcher {
    HeaderMatcher {
        name: name.to_owned(),
        header_match_specifier: Some(HeaderMatchSpecifier::StringMatch(value)),
        ..Default::default()
    }
}

fn value(kind: ValueMatchType, text: &str) -> StringMatcher {
    match kind {
        ValueMatchType::Exact => exactly(text),
        ValueMatchType::RegularExpression => matching(text),
    }
}

fn path(written: &PathMatch) -> PathSpecifier {
    let value = written.value.as_deref().unwrap_or("/");
    match written.kind {
        PathMatchType::Exact => PathSpecifier::Path(value.to_owned()),
        PathMatchType::RegularExpression => PathSpecifier::SafeRegex(regex(value)),
        // Envoy's own form of a prefix by elements has no slash at its end, so that the root has to be the other form.
        PathMatchType::PathPrefix => match value.trim_end_matches('/') {
            "" => PathSpecifier::Prefix("/".to_owned()),
            prefix => PathSpecifier::PathSeparatedPrefix(prefix.to_owned()),
        },
    }
}
