//! What filters do to a request, in words and to the request itself.

use sextant_resources::HttpRouteMatch;
use sextant_routing::{Filter, HeaderEdit, Mirror};

use super::WalkedRequest;
use crate::request::Request;

/// The request behind the filters of a rule, with what each of them did.
#[derive(Debug)]
pub(super) struct Filtered {
    pub(super) request: Request,
    pub(super) told: Vec<String>,
}

/// Carries out `filters` on `request`, which `matched` took.
pub(super) fn apply(filters: &[Filter], request: &Request, matched: &HttpRouteMatch) -> Filtered {
    let mut filtered = Filtered { request: request.clone(), told: Vec::new() };
    for filter in filters {
        match filter {
            Filter::RequestHeaders(edit) => {
                edit.apply(&mut filtered.request.headers);
                filtered.told.extend(headers("request", edit));
            }
            Filter::ResponseHeaders(edit) => filtered.told.extend(headers("response", edit)),
            Filter::Redirect(redirect) => filtered.told.push(format!("redirects with {}", redirect.status.as_u16())),
            Filter::Rewrite(rewrite) => {
                if let Some(path) = &rewrite.path {
                    let before = filtered.request.target.clone();
                    rewrite_path(&mut filtered.request, &path.apply(before.path(), matched));
                    filtered.told.push(format!("path {} → {}", before.path(), filtered.request.target.path()));
                }
                if let Some(host) = &rewrite.hostname {
                    filtered.told.push(format!("host {} → {host}", filtered.request.host));
                    filtered.request.host = host.to_string();
                }
            }
            Filter::Mirror(mirror) => filtered.told.push(copy(mirror)),
        }
    }
    filtered
}

/// A path that is no URI stays what it was: the gateway refuses such a request, which status and rule have told.
fn rewrite_path(request: &mut Request, path: &str) {
    let query = request.target.query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(target) = format!("{path}{query}").parse() {
        request.target = target;
    }
}

fn headers(of: &str, edit: &HeaderEdit) -> Vec<String> {
    let value = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let set = edit.set.iter().map(|(name, v)| format!("{of} header {name} becomes `{}`", value(v)));
    let add = edit.add.iter().map(|(name, v)| format!("{of} header {name} gains `{}`", value(v)));
    let remove = edit.remove.iter().map(|name| format!("{of} header {name} goes"));
    set.chain(add).chain(remove).collect()
}

fn copy(mirror: &Mirror) -> String {
    let written = &mirror.reference;
    let port = written.port.map_or_else(String::new, |port| format!(":{port}"));
    let (numerator, denominator) = (mirror.share.numerator, mirror.share.denominator);
    let part =
        if numerator == denominator { String::new() } else { format!(" of {numerator} in {denominator} requests") };
    format!("a copy{part} goes to {} {}{port}", written.kind.as_deref().unwrap_or("Service"), written.name)
}

/// `request` as documents have it.
pub(super) fn walked(request: &Request, port: Option<u16>) -> WalkedRequest {
    let value = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    WalkedRequest {
        method: request.method.to_string(),
        scheme: if request.secure { "https" } else { "http" },
        host: request.host.clone(),
        port,
        path: request.target.to_string(),
        headers: request.headers.iter().map(|(name, v)| format!("{name}: {}", value(v))).collect(),
    }
}
