//! What redirects and path changes come to for one request.

use std::borrow::Cow;

use http::Uri;
use sextant_resources::HttpRouteMatch;

use super::{PathEdit, Redirect};

impl PathEdit {
    /// The path instead of `path`, for a request that `matched` took.
    ///
    /// A prefix is replaced by elements: with the prefix `/foo`, `/foo/bar` becomes `/xyz/bar` for the replacement
    /// `/xyz` and for `/xyz/`, and `/bar` for the replacement `/` and for an empty one.
    pub fn apply(&self, path: &str, matched: &HttpRouteMatch) -> String {
        match self {
            Self::Full(text) => rooted(text).into_owned(),
            Self::Prefix(text) => {
                let prefix = matched.path.as_ref().and_then(|path| path.value.as_deref()).unwrap_or("/");
                let rest = path.strip_prefix(prefix.trim_end_matches('/')).unwrap_or(path);
                let front = text.trim_end_matches('/');
                match rest.is_empty() {
                    true => rooted(text).into_owned(),
                    false => rooted(&format!("{front}{rest}")).into_owned(),
                }
            }
        }
    }
}

impl Redirect {
    /// The `location` header for a request that came for `host` (the authority as sent) to listener port `port` over
    /// plain HTTP, and that `matched` took.
    ///
    /// The port is the filter's; without one, that of the filter's scheme; without either, the listener's. It is left
    /// out where the scheme implies it (Gateway API, HTTPRequestRedirectFilter.port).
    pub fn location(&self, host: &str, port: u16, uri: &Uri, matched: &HttpRouteMatch) -> String {
        let scheme = self.scheme.as_deref().unwrap_or("http");
        let usual = if scheme == "https" { 443 } else { 80 };
        let default = if self.scheme.is_some() { usual } else { port };
        let port = self.port.unwrap_or(default);
        let host = self.hostname.as_ref().map_or_else(|| crate::hostnames::without_port(host), |host| host.as_str());
        let path = self.path.as_ref().map_or_else(|| uri.path().to_owned(), |edit| edit.apply(uri.path(), matched));
        let port = if port == usual { String::new() } else { format!(":{port}") };
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{scheme}://{host}{port}{path}{query}")
    }
}

/// `path` with the slash that every path starts with.
fn rooted(path: &str) -> Cow<'_, str> {
    if path.starts_with('/') { Cow::Borrowed(path) } else { Cow::Owned(format!("/{path}")) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use sextant_resources::{PathMatch, PathMatchType};

    use super::*;

    fn prefix(value: &str) -> HttpRouteMatch {
        let path = PathMatch { kind: PathMatchType::PathPrefix, value: Some(value.to_owned()) };
        HttpRouteMatch { path: Some(path), ..HttpRouteMatch::default() }
    }

    // The table of Gateway API's HTTPPathModifier.replacePrefixMatch.
    #[rstest]
    #[case("/foo/bar", "/foo", "/xyz", "/xyz/bar")]
    #[case("/foo/bar", "/foo", "/xyz/", "/xyz/bar")]
    #[case("/foo/bar", "/foo/", "/xyz", "/xyz/bar")]
    #[case("/foo/bar", "/foo/", "/xyz/", "/xyz/bar")]
    #[case("/foo", "/foo", "/xyz", "/xyz")]
    #[case("/foo/", "/foo", "/xyz", "/xyz/")]
    #[case("/foo/bar", "/foo", "", "/bar")]
    #[case("/foo/", "/foo", "", "/")]
    #[case("/foo", "/foo", "", "/")]
    #[case("/foo/", "/foo", "/", "/")]
    #[case("/foo", "/foo", "/", "/")]
    #[case("/any", "/", "/xyz", "/xyz/any")]
    fn a_prefix_is_replaced_by_elements(
        #[case] path: &str,
        #[case] from: &str,
        #[case] to: &str,
        #[case] result: &str,
    ) {
        assert_eq!(PathEdit::Prefix(to.to_owned()).apply(path, &prefix(from)), result);
    }

    #[rstest]
    #[case(None, None, 8080, "http://se.example.com:8080/a?q=1")]
    #[case(None, None, 80, "http://se.example.com/a?q=1")]
    #[case(Some("https"), None, 8080, "https://se.example.com/a?q=1")]
    #[case(Some("http"), None, 8080, "http://se.example.com/a?q=1")]
    #[case(Some("https"), Some(8443), 8080, "https://se.example.com:8443/a?q=1")]
    #[case(None, Some(80), 8080, "http://se.example.com/a?q=1")]
    fn a_location_names_the_port_unless_the_scheme_implies_it(
        #[case] scheme: Option<&str>,
        #[case] port: Option<u16>,
        #[case] listener: u16,
        #[case] location: &str,
    ) {
        let scheme = scheme.map(str::to_owned);
        let redirect = Redirect { scheme, hostname: None, path: None, port, status: http::StatusCode::FOUND };
        let uri = "/a?q=1".parse().unwrap();
        assert_eq!(redirect.location("se.example.com:8080", listener, &uri, &prefix("/")), location);
    }
}
