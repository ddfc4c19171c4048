//! GRPCRoute rules as HTTPRoute rules: a call is a request for the path `/service/method`.

use sextant_resources::{
    GrpcMethodMatch, GrpcMethodMatchType, GrpcRouteMatch, GrpcRouteRule, HttpRouteMatch, HttpRouteRule, PathMatch,
    PathMatchType,
};

/// Any service or method: a part of the path that is not empty.
const ANY: &str = "[^/]+";

/// The rule of an HTTPRoute that serves the calls of `written`.
pub(crate) fn lowered(written: &GrpcRouteRule) -> HttpRouteRule {
    HttpRouteRule {
        name: written.name.clone(),
        matches: matches(written).iter().map(request).collect(),
        filters: written.filters.clone(),
        backend_refs: written.backend_refs.clone(),
        timeouts: None,
    }
}

/// The matches of `written`: one that every call fits when it has none.
pub(crate) fn matches(written: &GrpcRouteRule) -> Vec<GrpcRouteMatch> {
    if written.matches.is_empty() { vec![GrpcRouteMatch::default()] } else { written.matches.clone() }
}

fn request(call: &GrpcRouteMatch) -> HttpRouteMatch {
    HttpRouteMatch { path: call.method.as_ref().and_then(path), headers: call.headers.clone(), ..Default::default() }
}

/// The paths of `called`; `None` means every one.
fn path(called: &GrpcMethodMatch) -> Option<PathMatch> {
    let given = |part: &'_ Option<String>| part.clone().filter(|part| !part.is_empty());
    let (service, method) = (given(&called.service), given(&called.method));
    let (kind, value) = match (called.kind, service, method) {
        (_, None, None) => return None,
        (GrpcMethodMatchType::Exact, Some(service), Some(method)) => {
            (PathMatchType::Exact, format!("/{service}/{method}"))
        }
        (GrpcMethodMatchType::Exact, Some(service), None) => (PathMatchType::PathPrefix, format!("/{service}/")),
        (GrpcMethodMatchType::Exact, None, Some(method)) => {
            (PathMatchType::RegularExpression, format!("/{ANY}/{}", regex::escape(&method)))
        }
        (GrpcMethodMatchType::RegularExpression, service, method) => {
            let parts = [service, method].map(|part| part.unwrap_or_else(|| ANY.to_owned()));
            (PathMatchType::RegularExpression, expression(parts))
        }
    };
    Some(PathMatch { kind, value: Some(value) })
}

/// Each part for itself first: one that is no expression stands for the whole, so that its own mistake is told and no
/// parenthesis gets out of its group.
fn expression(parts: [String; 2]) -> String {
    match parts.iter().find(|part| regex::Regex::new(part).is_err()) {
        Some(wrong) => wrong.clone(),
        None => format!("/(?:{})/(?:{})", parts[0], parts[1]),
    }
}
