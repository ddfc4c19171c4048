//! What a proxy does to headers: nothing, except what HTTP demands of every hop.

use http::header::{
    CONNECTION, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::uri::{PathAndQuery, Scheme, Uri};
use http::{Version, response};
use sextant_routing::UpstreamHttp;

use crate::Reason;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The authority that a request is for, as written: from the target if it has one (RFC 9112, section 3.2.2; RFC 9113,
/// section 8.3.1), otherwise from `Host`. Empty for an HTTP/1.0 request without.
pub(crate) fn authority(parts: &Parts) -> Result<&str, Reason> {
    if let Some(authority) = parts.uri.authority() {
        return Ok(authority.as_str());
    }
    let mut values = parts.headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (Some(host), None) => host.to_str().map_err(|_| Reason::InvalidHost),
        (Some(_), Some(_)) => Err(Reason::InvalidHost),
        (None, _) if parts.version < Version::HTTP_11 => Ok(""),
        (None, _) => Err(Reason::MissingHost),
    }
}

/// Makes the head of a client's request the head of the request to an endpoint. `Host` stays as it is (K-138).
///
/// # Errors
///
/// [`Reason::InvalidHost`] if the authority cannot be expressed in the HTTP version that the endpoint speaks.
pub(crate) fn to_endpoint(parts: &mut Parts, upstream: UpstreamHttp, client: &HeaderValue) -> Result<(), Reason> {
    let trailers = wants_trailers(&parts.headers);
    strip_hop_by_hop(&mut parts.headers);
    // The gateway itself says 100 to the client, when the endpoint's connection asks for the body.
    parts.headers.remove(EXPECT);
    append_client(&mut parts.headers, client);
    parts.headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static("http"));
    match upstream {
        UpstreamHttp::Http1 => origin_form(parts)?,
        UpstreamHttp::Http2 => absolute_form(parts)?,
    }
    if trailers {
        parts.headers.insert(TE, HeaderValue::from_static("trailers"));
        if upstream == UpstreamHttp::Http1 {
            parts.headers.insert(CONNECTION, HeaderValue::from_static("te"));
        }
    }
    Ok(())
}

/// Makes the head of an endpoint's response the head of the reply to the client.
pub(crate) fn to_client(parts: &mut response::Parts) {
    strip_hop_by_hop(&mut parts.headers);
    // Version and reason phrase belong to the endpoint's connection.
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
}

/// Removes what is meant for one connection only (RFC 9110, section 7.6.1), the names in `Connection` included.
fn strip_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            .filter(|name| *name != HOST) // a request without it would be another one
            .collect();
        headers.remove(CONNECTION);
        for name in named {
            headers.remove(name);
        }
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, PROXY_AUTHENTICATE, TE, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
}

fn wants_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

fn append_client(headers: &mut HeaderMap, client: &HeaderValue) {
    let before: Vec<&[u8]> = headers.get_all(X_FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
    let value = if before.is_empty() {
        client.clone()
    } else {
        let all = [&before[..], &[client.as_bytes()]].concat().join(&b", "[..]);
        // Valid values joined by a comma are valid; the fallback keeps what is known for sure.
        HeaderValue::from_bytes(&all).unwrap_or_else(|_| client.clone())
    };
    headers.insert(X_FORWARDED_FOR, value);
}

/// `GET /path` with `Host`, for HTTP/1.1.
fn origin_form(parts: &mut Parts) -> Result<(), Reason> {
    parts.version = Version::HTTP_11;
    if let Some(authority) = parts.uri.authority() {
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Reason::InvalidHost)?;
        parts.headers.insert(HOST, host);
        let path = parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        parts.uri = Uri::from(path);
    }
    Ok(())
}

/// `:scheme`, `:authority` and `:path`, for HTTP/2.
fn absolute_form(parts: &mut Parts) -> Result<(), Reason> {
    parts.version = Version::HTTP_2;
    let mut uri = std::mem::take(&mut parts.uri).into_parts();
    if uri.authority.is_none() {
        let host = parts.headers.get(HOST).ok_or(Reason::MissingHost)?;
        uri.authority = Some(host.as_bytes().try_into().map_err(|_| Reason::InvalidHost)?);
    }
    parts.headers.remove(HOST);
    uri.scheme = Some(Scheme::HTTP);
    uri.path_and_query.get_or_insert_with(|| PathAndQuery::from_static("/"));
    parts.uri = Uri::from_parts(uri).map_err(|_| Reason::InvalidHost)?;
    Ok(())
}

#[cfg(test)]
mod tests;
