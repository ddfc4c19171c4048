//! A request of a scenario, made ready to be sent any number of times.

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use http_body_util::Full;

/// The body of every request that the probe sends.
pub(super) type Body = Full<Bytes>;

/// A request that HTTP can carry.
#[derive(Clone, Debug)]
pub(crate) struct ProbeRequest {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    http2: bool,
}

/// Why a request of a scenario cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRequest {
    /// The method is not a token (RFC 9110, section 9.1).
    #[error("`{0}` is not a method")]
    Method(String),
    /// The path is no request target, or the host no authority, as HTTP/2 needs it to be.
    #[error("`{text}` cannot be requested")]
    Target {
        /// The target.
        text: String,
        /// Why.
        #[source]
        source: http::uri::InvalidUri,
    },
    /// The host cannot stand in a header.
    #[error("the host `{0}` cannot be sent in a header")]
    Host(String),
    /// Not a header name.
    #[error("`{0}` is not the name of a header")]
    HeaderName(String),
    /// The value of a header holds a control character.
    #[error("the value of header `{0}` cannot be sent")]
    HeaderValue(String),
}

impl ProbeRequest {
    /// Over HTTP/1.1 the host goes into the `Host` header as it is given; over HTTP/2 it is the `:authority`.
    ///
    /// # Errors
    /// [`BadRequest`] for the first part that cannot be sent.
    pub(crate) fn new(request: &sextant_scenario::Request) -> Result<Self, BadRequest> {
        let method = request.method.as_deref().unwrap_or("GET");
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| BadRequest::Method(method.to_owned()))?;
        let path = request.path.as_deref().unwrap_or("/");
        let target = if request.http2 { format!("http://{}{path}", request.host) } else { path.to_owned() };
        let uri = target.parse().map_err(|source| BadRequest::Target { text: target, source })?;
        let mut headers = HeaderMap::new();
        if !request.http2 {
            let host = HeaderValue::from_str(&request.host).map_err(|_| BadRequest::Host(request.host.clone()))?;
            headers.insert(HOST, host);
        }
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value).map_err(|_| BadRequest::HeaderValue(name.clone()))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| BadRequest::HeaderName(name.clone()))?;
            headers.append(name, value);
        }
        Ok(Self { method, uri, headers, body: Bytes::from(request.body.clone()), http2: request.http2 })
    }

    /// Whether it goes over HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        self.http2
    }

    /// One copy to send.
    pub(super) fn copy(&self) -> http::Request<Body> {
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn request() -> sextant_scenario::Request {
        sextant_scenario::Request {
            host: "se.example.com".into(),
            port: None,
            path: None,
            method: None,
            headers: [].into(),
            body: String::new(),
            http2: false,
        }
    }

    #[test]
    fn a_bare_request_is_get_of_the_root() {
        let sent = ProbeRequest::new(&request()).unwrap().copy();
        assert_eq!((sent.method(), sent.uri().to_string()), (&Method::GET, "/".to_owned()));
        assert_eq!(sent.headers()[HOST], "se.example.com");
    }

    #[test]
    fn over_http2_the_host_is_the_authority_and_no_header() {
        let sent = ProbeRequest::new(&sextant_scenario::Request { http2: true, ..request() }).unwrap().copy();
        assert_eq!(sent.uri().authority().unwrap(), "se.example.com");
        assert!(!sent.headers().contains_key(HOST));
    }

    #[rstest]
    #[case::method(|request: &mut sextant_scenario::Request| request.method = Some("G T".into()), "`G T` is not a method")]
    #[case::path(|request: &mut sextant_scenario::Request| request.path = Some("/a b".into()), "`/a b` cannot be requested")]
    #[case::host(|request: &mut sextant_scenario::Request| request.host = "a\nb".into(), "cannot be sent in a header")]
    #[case::name(
        |request: &mut sextant_scenario::Request| { request.headers.insert("a b".into(), "c".into()); },
        "`a b` is not the name of a header"
    )]
    #[case::value(
        |request: &mut sextant_scenario::Request| { request.headers.insert("a".into(), "b\0".into()); },
        "the value of header `a` cannot be sent"
    )]
    fn what_http_cannot_carry_is_named(#[case] spoil: fn(&mut sextant_scenario::Request), #[case] message: &str) {
        let mut request = request();
        spoil(&mut request);
        let error = ProbeRequest::new(&request).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
