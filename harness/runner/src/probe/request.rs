//! A request of a scenario, made ready to be sent any number of times.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, TE};
use http::{Method, Uri};
use http_body_util::Full;

use super::tls::{BadTls, TlsClient};

/// The body of every request that the probe sends.
pub(super) type Body = Full<Bytes>;

/// Something that can be sent.
#[derive(Clone, Debug)]
pub(crate) struct ProbeRequest {
    pub(super) kind: Kind,
    /// TLS on its connections; `None` for none.
    pub(super) tls: Option<TlsClient>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Http(Box<HttpRequest>),
    /// Bytes without a protocol.
    Bytes(Bytes),
}

/// A request that HTTP can carry.
#[derive(Clone, Debug)]
pub(super) struct HttpRequest {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    pub(super) http2: bool,
    /// It is a gRPC call.
    pub(super) is_call: bool,
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
    /// There can be no TLS.
    #[error(transparent)]
    Tls(#[from] BadTls),
    /// The value of a header holds a control character.
    #[error("the value of header `{0}` cannot be sent")]
    HeaderValue(String),
}

impl ProbeRequest {
    /// # Errors
    /// [`BadRequest`] for the first part that cannot be sent.
    pub(crate) fn new(request: &sextant_scenario::Request) -> Result<Self, BadRequest> {
        if let Some(bytes) = &request.bytes {
            return Ok(Self { kind: Kind::Bytes(Bytes::from(bytes.clone())), tls: TlsClient::new(request, None)? });
        }
        let http = match &request.grpc {
            Some(called) => HttpRequest::call(request, called)?,
            None => HttpRequest::new(request)?,
        };
        let tls = TlsClient::new(request, Some(if http.http2 { "h2" } else { "http/1.1" }))?;
        Ok(Self { kind: Kind::Http(Box::new(http)), tls })
    }

    /// Whether it goes over HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        matches!(&self.kind, Kind::Http(http) if http.http2)
    }
}

impl HttpRequest {
    /// A unary call (gRPC over HTTP/2), whose message is the body of `request`.
    fn call(request: &sextant_scenario::Request, called: &str) -> Result<Self, BadRequest> {
        let path = Some(format!("/{called}"));
        let call = sextant_scenario::Request { path, method: Some("POST".into()), http2: true, ..request.clone() };
        let mut call = Self { is_call: true, ..Self::new(&call)? };
        // What a scenario says of these headers stands.
        call.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/grpc"));
        call.headers.entry(TE).or_insert(HeaderValue::from_static("trailers"));
        let length = u32::try_from(call.body.len()).unwrap_or(u32::MAX); // no scenario is that long
        call.body = [&[0][..], &length.to_be_bytes(), &call.body].concat().into();
        Ok(call)
    }

    /// Over HTTP/1.1 the host goes into the `Host` header as it is given; over HTTP/2 it is the `:authority`.
    ///
    /// # Errors
    /// [`BadRequest`] for the first part that cannot be sent.
    fn new(request: &sextant_scenario::Request) -> Result<Self, BadRequest> {
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
        let body = Bytes::from(request.body.clone());
        Ok(Self { method, uri, headers, body, http2: request.http2, is_call: false })
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
        sextant_scenario::Request { host: "se.example.com".into(), ..sextant_scenario::Request::default() }
    }

    fn http(request: &sextant_scenario::Request) -> HttpRequest {
        match ProbeRequest::new(request).unwrap().kind {
            Kind::Http(http) => *http,
            Kind::Bytes(_) => panic!("it is HTTP"),
        }
    }

    #[tokio::test]
    async fn a_call_is_a_post_over_http2_with_one_message() {
        let call = sextant_scenario::Request { grpc: Some("shop.Cart/Add".into()), body: "hello".into(), ..request() };
        let http = http(&call);
        assert!(http.http2 && http.is_call);
        let sent = http.copy();
        assert_eq!((sent.method(), sent.uri().path()), (&Method::POST, "/shop.Cart/Add"));
        assert_eq!(sent.headers()[CONTENT_TYPE], "application/grpc");
        assert_eq!(sent.headers()[TE], "trailers");
        let body = http_body_util::BodyExt::collect(sent.into_body()).await.unwrap().to_bytes();
        assert_eq!(body, &b"\0\0\0\0\x05hello"[..]);
    }

    #[test]
    fn a_call_keeps_the_headers_that_are_written() {
        let headers = [("content-type".to_owned(), "application/grpc+proto".to_owned())].into();
        let call = sextant_scenario::Request { grpc: Some("s/M".into()), headers, ..request() };
        assert_eq!(http(&call).copy().headers()[CONTENT_TYPE], "application/grpc+proto");
    }

    #[test]
    fn a_bare_request_is_get_of_the_root() {
        let sent = http(&request()).copy();
        assert_eq!((sent.method(), sent.uri().to_string()), (&Method::GET, "/".to_owned()));
        assert_eq!(sent.headers()[HOST], "se.example.com");
    }

    #[test]
    fn over_http2_the_host_is_the_authority_and_no_header() {
        let sent = http(&sextant_scenario::Request { http2: true, ..request() }).copy();
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
