//! HTTPRoute filters as typed values, and what they do to a request (Gateway API, HTTPRouteFilter).

mod mirror;
mod parse;
mod rewrite;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sextant_resources::Hostname;

pub use mirror::{Mirror, MirrorShare};
pub(crate) use parse::{FilterFault, Setting, parse};

/// One filter, ready to be executed.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Changes headers of the request.
    RequestHeaders(HeaderEdit),
    /// Changes headers of the response.
    ResponseHeaders(HeaderEdit),
    /// Answers with a redirect instead of forwarding.
    Redirect(Redirect),
    /// Changes host or path on the way to the endpoint.
    Rewrite(Rewrite),
    /// Sends a copy to another backend, whose reply nobody sees. May be given several times.
    Mirror(Mirror),
}

/// A change of headers, in the order `set`, `add`, `remove` (a name stands in one of them only).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderEdit {
    /// Replace every value of the header.
    pub set: Vec<(HeaderName, HeaderValue)>,
    /// Add a value beside those there are.
    pub add: Vec<(HeaderName, HeaderValue)>,
    /// Remove every value of the header.
    pub remove: Vec<HeaderName>,
}

/// A redirect. What is `None` stays as the request has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// Host.
    pub hostname: Option<Hostname>,
    /// Path.
    pub path: Option<PathEdit>,
    /// Port.
    pub port: Option<u16>,
    /// 302 unless given.
    pub status: StatusCode,
}

/// A rewrite. What is `None` stays as the request has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// Host header for the endpoint.
    pub hostname: Option<Hostname>,
    /// Path for the endpoint; the query stays.
    pub path: Option<PathEdit>,
}

/// A change of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathEdit {
    /// The whole path.
    Full(String),
    /// The part that the match's prefix covers.
    Prefix(String),
}

impl HeaderEdit {
    /// Changes `headers`.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.set {
            headers.insert(name, value.clone());
        }
        for (name, value) in &self.add {
            headers.append(name, value.clone());
        }
        for name in &self.remove {
            headers.remove(name);
        }
    }
}
