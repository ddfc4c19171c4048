//! Filters: headers, redirects, rewrites, copies.

use envoy_types::pb::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use envoy_types::pb::envoy::config::core::v3::{HeaderValue, HeaderValueOption, RuntimeFractionalPercent};
use envoy_types::pb::envoy::config::route::v3::redirect_action::{
    PathRewriteSpecifier, RedirectResponseCode, SchemeRewriteSpecifier,
};
use envoy_types::pb::envoy::config::route::v3::route_action::{HostRewriteSpecifier, RequestMirrorPolicy};
use envoy_types::pb::envoy::config::route::v3::{RedirectAction, RouteAction};
use envoy_types::pb::envoy::r#type::matcher::v3::RegexMatchAndSubstitute;
use envoy_types::pb::envoy::r#type::v3::FractionalPercent;
use envoy_types::pb::envoy::r#type::v3::fractional_percent::DenominatorType;
use sextant_resources::HttpRouteMatch;
use sextant_routing::{Filter, HeaderEdit, Mirror, PathEdit, Redirect, Rewrite, Target};

use super::Context;
use crate::proto::regex;

/// What filters do to the headers of requests and of responses.
#[derive(Debug, Default)]
pub(super) struct Headers {
    pub(super) request_add: Vec<HeaderValueOption>,
    pub(super) request_remove: Vec<String>,
    pub(super) response_add: Vec<HeaderValueOption>,
    pub(super) response_remove: Vec<String>,
}

/// A path that changes: as a whole or in its prefix.
enum Edit {
    Prefix(String),
    Regex(RegexMatchAndSubstitute),
}

impl Headers {
    pub(super) fn of<'a>(filters: impl IntoIterator<Item = &'a Filter>) -> Self {
        let mut headers = Self::default();
        for filter in filters {
            match filter {
                Filter::RequestHeaders(edit) => change(edit, &mut headers.request_add, &mut headers.request_remove),
                Filter::ResponseHeaders(edit) => change(edit, &mut headers.response_add, &mut headers.response_remove),
                Filter::Redirect(_) | Filter::Rewrite(_) | Filter::Mirror(_) => {}
            }
        }
        headers
    }
}

fn change(edit: &HeaderEdit, add: &mut Vec<HeaderValueOption>, remove: &mut Vec<String>) {
    let option = |name: &http::HeaderName, value: &http::HeaderValue, action: HeaderAppendAction| HeaderValueOption {
        header: Some(HeaderValue {
            key: name.to_string(),
            // A percent sign would begin a formatter.
            value: String::from_utf8_lossy(value.as_bytes()).replace('%', "%%"),
            ..Default::default()
        }),
        append_action: action.into(),
        keep_empty_value: true,
        ..Default::default()
    };
    let set = edit.set.iter().map(|(name, value)| option(name, value, HeaderAppendAction::OverwriteIfExistsOrAdd));
    let added = edit.add.iter().map(|(name, value)| option(name, value, HeaderAppendAction::AppendIfExistsOrAdd));
    add.extend(set.chain(added));
    remove.extend(edit.remove.iter().map(ToString::to_string));
}

/// The redirect of a request that `matched` took at listener port `port`. The port of the location is the filter's; without
/// one, that of the filter's scheme; without either, the listener's; it is left out where the scheme implies it.
pub(super) fn redirect(redirect: &Redirect, matched: &HttpRouteMatch, port: u16) -> RedirectAction {
    let scheme = redirect.scheme.as_deref().unwrap_or("http");
    let usual = if scheme == "https" { 443 } else { 80 };
    let default = if redirect.scheme.is_some() { usual } else { port };
    let port = redirect.port.unwrap_or(default);
    let code = match redirect.status.as_u16() {
        301 => RedirectResponseCode::MovedPermanently,
        303 => RedirectResponseCode::SeeOther,
        307 => RedirectResponseCode::TemporaryRedirect,
        308 => RedirectResponseCode::PermanentRedirect,
        _ => RedirectResponseCode::Found,
    };
    RedirectAction {
        host_redirect: redirect.hostname.as_ref().map(ToString::to_string).unwrap_or_default(),
        port_redirect: if port == usual { 0 } else { port.into() },
        response_code: code.into(),
        scheme_rewrite_specifier: redirect.scheme.clone().map(SchemeRewriteSpecifier::SchemeRedirect),
        path_rewrite_specifier: redirect.path.as_ref().and_then(|edit| path(edit, matched)).map(|edit| match edit {
            Edit::Prefix(prefix) => PathRewriteSpecifier::PrefixRewrite(prefix),
            Edit::Regex(regex) => PathRewriteSpecifier::RegexRewrite(regex),
        }),
        ..Default::default()
    }
}

/// Makes `action` rewrite requests that `matched` took.
pub(super) fn rewrite(action: &mut RouteAction, rewrite: &Rewrite, matched: &HttpRouteMatch) {
    if let Some(hostname) = &rewrite.hostname {
        action.host_rewrite_specifier = Some(HostRewriteSpecifier::HostRewriteLiteral(hostname.to_string()));
    }
    match rewrite.path.as_ref().and_then(|edit| path(edit, matched)) {
        Some(Edit::Prefix(prefix)) => action.prefix_rewrite = prefix,
        Some(Edit::Regex(regex)) => action.regex_rewrite = Some(regex),
        None => {}
    }
}

/// `None` for a change that changes nothing.
fn path(edit: &PathEdit, matched: &HttpRouteMatch) -> Option<Edit> {
    let substitute = |pattern: String, path: &str| {
        let substitution = path.replace('\\', r"\\");
        Some(Edit::Regex(RegexMatchAndSubstitute { pattern: Some(regex(pattern)), substitution }))
    };
    match edit {
        PathEdit::Full(path) => substitute("^.*$".to_owned(), &format!("/{}", path.trim_start_matches('/'))),
        PathEdit::Prefix(to) => {
            let from = matched.path.as_ref().and_then(|path| path.value.as_deref()).unwrap_or("/");
            match (from.trim_end_matches('/'), to.trim_matches('/')) {
                ("", "") => None,
                ("", to) => Some(Edit::Prefix(format!("/{to}/"))),
                // The slash behind the prefix goes with it: otherwise two would be left.
                (from, "") => substitute(format!("^{}/*", escaped(from)), "/"),
                (_, to) => Some(Edit::Prefix(format!("/{to}"))),
            }
        }
    }
}

/// `text` as an expression that means just it.
fn escaped(text: &str) -> String {
    let special = |character: char| !(character.is_alphanumeric() || "/_-~".contains(character));
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Where copies go; `None` for a reference that resolves to nothing, whose requests lose only their copy.
pub(super) fn mirror(context: &Context<'_>, mirror: &Mirror) -> Option<RequestMirrorPolicy> {
    let Target::Backend(_) = &mirror.target else { return None };
    let share = mirror.share;
    let millionths = u64::from(share.numerator) * 1_000_000 / u64::from(share.denominator.max(1));
    let share = FractionalPercent {
        numerator: u32::try_from(millionths).unwrap_or(1_000_000),
        denominator: DenominatorType::Million.into(),
    };
    Some(RequestMirrorPolicy {
        cluster: context.cluster(&mirror.target).to_owned(),
        runtime_fraction: Some(RuntimeFractionalPercent { default_value: Some(share), ..Default::default() }),
        ..Default::default()
    })
}
