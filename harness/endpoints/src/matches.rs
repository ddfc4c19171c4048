//! Conditions of requests in short form, as `sextant explain` writes them.

use std::fmt::Write;

use crate::wire::{HeaderMatcher, RouteMatch, StringMatcher};

/// `GET PathPrefix /api, header x-env=dev, query page~[0-9]+`: `~` before an expression, `!` before what must not be.
pub(crate) fn text(taken: &RouteMatch) -> String {
    let method = taken.headers.iter().find(|header| header.name == ":method").and_then(exactly);
    let mut text = method.map_or_else(String::new, |method| format!("{method} "));
    // Writing to a string cannot fail.
    let _ = match taken {
        RouteMatch { path: Some(path), .. } => write!(text, "Exact {path}"),
        RouteMatch { path_separated_prefix: Some(prefix), .. } => write!(text, "PathPrefix {prefix}"),
        RouteMatch { safe_regex: Some(regex), .. } => write!(text, "RegularExpression {}", regex.regex),
        // The one prefix of characters that is also one of elements.
        RouteMatch { prefix: Some(prefix), .. } if prefix == "/" => write!(text, "PathPrefix /"),
        RouteMatch { prefix: Some(prefix), .. } => write!(text, "Prefix {prefix}"),
        RouteMatch { .. } => write!(text, "any path"),
    };
    for header in taken.headers.iter().filter(|header| method.is_none() || header.name != ":method") {
        let name = if header.name == ":authority" { "host" } else { &header.name };
        let not = if header.invert_match { "!" } else { "" };
        let _ = write!(text, ", header {not}{name}{}", condition(header));
    }
    for parameter in &taken.query_parameters {
        let value = parameter.string_match.as_ref().map(value).unwrap_or_default();
        let _ = write!(text, ", query {}{value}", parameter.name);
    }
    text
}

fn exactly(header: &HeaderMatcher) -> Option<&str> {
    let given = header.string_match.as_ref().and_then(|matcher| matcher.exact.as_ref());
    given.or(header.exact_match.as_ref()).filter(|_| !header.invert_match).map(String::as_str)
}

/// Empty when the header only has to be there.
fn condition(header: &HeaderMatcher) -> String {
    match header {
        HeaderMatcher { string_match: Some(matcher), .. } => value(matcher),
        HeaderMatcher { exact_match: Some(text), .. } => format!("={text}"),
        HeaderMatcher { safe_regex_match: Some(regex), .. } => format!("~{}", regex.regex),
        HeaderMatcher { .. } => String::new(),
    }
}

fn value(matcher: &StringMatcher) -> String {
    match matcher {
        StringMatcher { exact: Some(text), .. } => format!("={text}"),
        StringMatcher { safe_regex: Some(regex), .. } => format!("~{}", regex.regex),
        StringMatcher { prefix: Some(text), .. } => format!("={text}*"),
        StringMatcher { suffix: Some(text), .. } => format!("=*{text}"),
        StringMatcher { contains: Some(text), .. } => format!("=*{text}*"),
        StringMatcher { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// As Envoy's admin interface writes them.
    #[rstest]
    #[case::root(r#"{"prefix": "/"}"#, "PathPrefix /")]
    #[case::elements(r#"{"path_separated_prefix": "/api"}"#, "PathPrefix /api")]
    #[case::characters(r#"{"prefix": "/api"}"#, "Prefix /api")]
    #[case::exact(r#"{"path": "/info"}"#, "Exact /info")]
    #[case::regex(r#"{"safe_regex": {"regex": "/v[0-9]+"}}"#, "RegularExpression /v[0-9]+")]
    #[case::connect(r#"{"connect_matcher": {}}"#, "any path")]
    #[case::method(
        r#"{"path": "/a", "headers": [{"name": ":method", "string_match": {"exact": "GET"}}, {"name": "x", "string_match": {"safe_regex": {"regex": "1|2"}}}]}"#,
        "GET Exact /a, header x~1|2"
    )]
    #[case::older(
        r#"{"prefix": "/", "headers": [{"name": "x-env", "exact_match": "dev"}, {"name": "y", "present_match": true, "invert_match": true}]}"#,
        "PathPrefix /, header x-env=dev, header !y"
    )]
    #[case::host(
        r#"{"prefix": "/", "headers": [{"name": ":authority", "string_match": {"prefix": "a.b:"}}]}"#,
        "PathPrefix /, header host=a.b:*"
    )]
    #[case::query(
        r#"{"prefix": "/", "query_parameters": [{"name": "q", "string_match": {"exact": "1"}}]}"#,
        "PathPrefix /, query q=1"
    )]
    fn conditions(#[case] json: &str, #[case] expected: &str) {
        let taken: RouteMatch = serde_json::from_str(json).expect("a match");
        assert_eq!(text(&taken), expected);
    }
}
