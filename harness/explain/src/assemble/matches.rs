//! Matches in short form.

use std::fmt::Write;

use sextant_resources::{HttpRouteMatch, PathMatchType, ValueMatchType};

/// `GET PathPrefix /api, header x-env=dev, query page~[0-9]+`: a method only where one is demanded, `~` before an
/// expression.
pub(crate) fn short(matched: &HttpRouteMatch) -> String {
    let method = matched.method.as_deref().filter(|method| !method.is_empty());
    let mut text = method.map_or_else(String::new, |method| format!("{method} "));
    text.push_str(&path(matched));
    for header in &matched.headers {
        // Writing to a string cannot fail.
        let _ = write!(text, ", header {}{}{}", header.name, sign(header.kind), header.value);
    }
    for parameter in &matched.query_params {
        let _ = write!(text, ", query {}{}{}", parameter.name, sign(parameter.kind), parameter.value);
    }
    text
}

fn path(matched: &HttpRouteMatch) -> String {
    let (kind, value) = match &matched.path {
        Some(path) => (path.kind, path.value.as_deref().unwrap_or("/")),
        None => (PathMatchType::default(), "/"),
    };
    format!("{kind:?} {value}")
}

fn sign(kind: ValueMatchType) -> char {
    match kind {
        ValueMatchType::Exact => '=',
        ValueMatchType::RegularExpression => '~',
    }
}
