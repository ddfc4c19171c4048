//! From written filters to typed ones.

use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sextant_resources::{BackendRef, Hostname, HttpRouteFilter, HttpRouteMatch, PathMatchType};

use super::{Filter, HeaderEdit, Mirror, MirrorShare, PathEdit, Redirect, Rewrite};
use crate::{RouteKind, Target};

/// The types that a GRPCRoute has (Gateway API, GRPCRouteFilter).
const OF_CALLS: [&str; 4] = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"];

/// Why filters cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterFault {
    /// A type that the gateway does not execute.
    #[error("filter type `{kind}` is not supported")]
    Unsupported { kind: String },
    /// A type that this kind of route does not have.
    #[error("filter type `{kind}` is not one of a {route}")]
    NotOffered { kind: String, route: RouteKind },
    /// The settings of a filter do not make sense.
    #[error("filter `{kind}`: {problem}")]
    Malformed { kind: String, problem: String },
    /// Two filters that exclude each other, or one of a kind given twice.
    #[error("filters `{first}` and `{second}` cannot be combined")]
    Incompatible { first: String, second: String },
}

/// What filters need to know of where they stand.
pub(crate) struct Setting<'a> {
    /// The kind of route that they are of.
    pub(crate) route: RouteKind,
    /// The matches that took the requests.
    pub(crate) matches: &'a [HttpRouteMatch],
    /// What a reference resolves to, with its namespace filled in.
    pub(crate) resolve: &'a dyn Fn(&BackendRef) -> (BackendRef, Target),
}

/// The typed form of `filters`.
pub(crate) fn parse(filters: &[HttpRouteFilter], setting: &Setting<'_>) -> Result<Vec<Filter>, FilterFault> {
    let offered = |kind: &str| setting.route != RouteKind::GrpcRoute || OF_CALLS.contains(&kind);
    if let Some(other) = filters.iter().find(|filter| !offered(&filter.kind)) {
        return Err(FilterFault::NotOffered { kind: other.kind.clone(), route: setting.route });
    }
    for (place, second) in filters.iter().enumerate() {
        let clashes = |first: &&HttpRouteFilter| {
            let moves = |filter: &HttpRouteFilter| matches!(filter.kind.as_str(), "RequestRedirect" | "URLRewrite");
            let repeats = first.kind == second.kind && second.kind != "RequestMirror";
            repeats || (moves(first) && moves(second))
        };
        if let Some(first) = filters[..place].iter().find(clashes) {
            return Err(FilterFault::Incompatible { first: first.kind.clone(), second: second.kind.clone() });
        }
    }
    filters.iter().map(|filter| one(filter, setting)).collect()
}

fn one(filter: &HttpRouteFilter, setting: &Setting<'_>) -> Result<Filter, FilterFault> {
    let malformed = |problem: String| FilterFault::Malformed { kind: filter.kind.clone(), problem };
    match filter.kind.as_str() {
        "RequestHeaderModifier" => {
            let headers: Headers = settings(filter, "requestHeaderModifier")?;
            headers.typed().map(Filter::RequestHeaders).map_err(malformed)
        }
        "ResponseHeaderModifier" => {
            let headers: Headers = settings(filter, "responseHeaderModifier")?;
            headers.typed().map(Filter::ResponseHeaders).map_err(malformed)
        }
        "RequestRedirect" => {
            let redirect: WrittenRedirect = settings(filter, "requestRedirect")?;
            redirect.typed(setting.matches).map(Filter::Redirect).map_err(malformed)
        }
        "URLRewrite" => {
            let rewrite: WrittenRewrite = settings(filter, "urlRewrite")?;
            rewrite.typed(setting.matches).map(Filter::Rewrite).map_err(malformed)
        }
        "RequestMirror" => {
            let mirror: WrittenMirror = settings(filter, "requestMirror")?;
            mirror.typed(setting).map(Filter::Mirror).map_err(malformed)
        }
        _ => Err(FilterFault::Unsupported { kind: filter.kind.clone() }),
    }
}

fn settings<T: DeserializeOwned>(filter: &HttpRouteFilter, member: &str) -> Result<T, FilterFault> {
    let malformed = |problem| FilterFault::Malformed { kind: filter.kind.clone(), problem };
    let value = filter.settings.get(member).ok_or_else(|| malformed(format!("`{member}` is missing")))?;
    T::deserialize(value).map_err(|error| malformed(error.to_string()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Headers {
    set: Vec<WrittenHeader>,
    add: Vec<WrittenHeader>,
    remove: Vec<String>,
}

#[derive(Deserialize)]
struct WrittenHeader {
    name: String,
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WrittenRedirect {
    scheme: Option<String>,
    hostname: Option<String>,
    path: Option<WrittenPath>,
    port: Option<u16>,
    status_code: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WrittenRewrite {
    hostname: Option<String>,
    path: Option<WrittenPath>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenMirror {
    backend_ref: BackendRef,
    percent: Option<u32>,
    fraction: Option<WrittenFraction>,
}

#[derive(Deserialize)]
struct WrittenFraction {
    numerator: u32,
    denominator: Option<u32>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum WrittenPath {
    #[serde(rename_all = "camelCase")]
    ReplaceFullPath { replace_full_path: String },
    #[serde(rename_all = "camelCase")]
    ReplacePrefixMatch { replace_prefix_match: String },
}

impl Headers {
    fn typed(self) -> Result<HeaderEdit, String> {
        let headers = |list: Vec<WrittenHeader>| list.into_iter().map(WrittenHeader::typed).collect::<Result<_, _>>();
        let remove = self.remove.iter().map(|name| header_name(name)).collect::<Result<_, _>>()?;
        Ok(HeaderEdit { set: headers(self.set)?, add: headers(self.add)?, remove })
    }
}

impl WrittenHeader {
    fn typed(self) -> Result<(HeaderName, HeaderValue), String> {
        let value =
            self.value.parse().map_err(|_| format!("the value of header `{}` has forbidden characters", self.name))?;
        Ok((header_name(&self.name)?, value))
    }
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    name.parse().map_err(|_| format!("`{name}` is not a header name"))
}

impl WrittenRedirect {
    fn typed(self, matches: &[HttpRouteMatch]) -> Result<Redirect, String> {
        if let Some(scheme) = self.scheme.as_deref().filter(|scheme| !matches!(*scheme, "http" | "https")) {
            return Err(format!("scheme `{scheme}` is neither http nor https"));
        }
        let code = self.status_code.unwrap_or(302);
        if !matches!(code, 301 | 302 | 303 | 307 | 308) {
            return Err(format!("status code {code} is not one of 301, 302, 303, 307 and 308"));
        }
        if self.port == Some(0) {
            return Err("port 0 is not between 1 and 65535".to_owned());
        }
        Ok(Redirect {
            scheme: self.scheme,
            hostname: self.hostname.as_deref().map(Hostname::new),
            path: self.path.map(|path| path.typed(matches)).transpose()?,
            port: self.port,
            status: StatusCode::from_u16(code).map_err(|error| error.to_string())?,
        })
    }
}

impl WrittenRewrite {
    fn typed(self, matches: &[HttpRouteMatch]) -> Result<Rewrite, String> {
        Ok(Rewrite {
            hostname: self.hostname.as_deref().map(Hostname::new),
            path: self.path.map(|path| path.typed(matches)).transpose()?,
        })
    }
}

impl WrittenMirror {
    fn typed(self, setting: &Setting<'_>) -> Result<Mirror, String> {
        let share = match (self.percent, self.fraction) {
            (Some(_), Some(_)) => return Err("`percent` and `fraction` exclude each other".to_owned()),
            (None, None) => MirrorShare::ALL,
            (Some(numerator), None) => MirrorShare { numerator, denominator: 100 },
            (None, Some(WrittenFraction { numerator, denominator })) => {
                MirrorShare { numerator, denominator: denominator.unwrap_or(100) }
            }
        };
        let MirrorShare { numerator, denominator } = share;
        if denominator == 0 || numerator > denominator {
            return Err(format!("{numerator} of {denominator} requests is no share between none and all"));
        }
        let (reference, target) = (setting.resolve)(&self.backend_ref);
        Ok(Mirror { reference, target, share })
    }
}

impl WrittenPath {
    /// A prefix can be replaced only where every match has one (Gateway API, HTTPPathModifier).
    fn typed(self, matches: &[HttpRouteMatch]) -> Result<PathEdit, String> {
        let has_prefix = |m: &HttpRouteMatch| m.path.as_ref().is_none_or(|p| p.kind == PathMatchType::PathPrefix);
        match self {
            Self::ReplaceFullPath { replace_full_path } => Ok(PathEdit::Full(replace_full_path)),
            Self::ReplacePrefixMatch { .. } if !matches.iter().all(has_prefix) => {
                Err("ReplacePrefixMatch needs a rule whose matches are all of type PathPrefix".to_owned())
            }
            Self::ReplacePrefixMatch { replace_prefix_match } => Ok(PathEdit::Prefix(replace_prefix_match)),
        }
    }
}
