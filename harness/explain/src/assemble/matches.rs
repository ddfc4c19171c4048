//! Matches in short form.

use std::fmt::Write;

use sextant_resources::{
    GrpcMethodMatchType, GrpcRouteMatch, HeaderMatch, HttpRouteMatch, PathMatchType, ValueMatchType,
};

/// Every match of `rule`, as its kind of route writes them.
pub(crate) fn of_rule(rule: &sextant_routing::Rule) -> Vec<String> {
    match rule.grpc_matches.is_empty() {
        true => rule.matches.iter().map(request).collect(),
        false => rule.grpc_matches.iter().map(call).collect(),
    }
}

/// `GET PathPrefix /api, header x-env=dev, query page~[0-9]+`: a method only where one is demanded, `~` before an
/// expression.
fn request(matched: &HttpRouteMatch) -> String {
    let method = matched.method.as_deref().filter(|method| !method.is_empty());
    let mut text = method.map_or_else(String::new, |method| format!("{method} "));
    let (kind, value) = match &matched.path {
        Some(path) => (path.kind, path.value.as_deref().unwrap_or("/")),
        None => (PathMatchType::default(), "/"),
    };
    // Writing to a string cannot fail.
    let _ = write!(text, "{kind:?} {value}");
    headers(&mut text, &matched.headers);
    for parameter in &matched.query_params {
        let _ = write!(text, ", query {}{}{}", parameter.name, sign(parameter.kind), parameter.value);
    }
    text
}

/// `call shop.v1.Cart/Add, header x-env=dev`; `*` for any service or method, `~` before expressions.
fn call(matched: &GrpcRouteMatch) -> String {
    let method = matched.method.as_ref();
    let expression = method.is_some_and(|method| method.kind == GrpcMethodMatchType::RegularExpression);
    let mut text = format!(
        "call {}{}/{}",
        if expression { "~" } else { "" },
        any(method.and_then(|method| method.service.as_ref())),
        any(method.and_then(|method| method.method.as_ref())),
    );
    headers(&mut text, &matched.headers);
    text
}

fn any(part: Option<&String>) -> &str {
    part.filter(|part| !part.is_empty()).map_or("*", String::as_str)
}

fn headers(text: &mut String, headers: &[HeaderMatch]) {
    for header in headers {
        let _ = write!(text, ", header {}{}{}", header.name, sign(header.kind), header.value);
    }
}

fn sign(kind: ValueMatchType) -> char {
    match kind {
        ValueMatchType::Exact => '=',
        ValueMatchType::RegularExpression => '~',
    }
}
