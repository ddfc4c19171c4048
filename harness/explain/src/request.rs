//! A request as people type it: `GET http://host/path`, with headers as `Name: value`.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

/// A request to be walked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// The header `host` as a client sends it: what is given, otherwise the URL's host, with its port unless the scheme
    /// implies it.
    pub host: String,
    /// The port that the URL names; `None` when it names none.
    pub port: Option<u16>,
    /// Whether the URL begins with `https`.
    pub secure: bool,
    /// Path and query.
    pub target: Uri,
    /// Headers without `host`.
    pub headers: HeaderMap,
}

/// Why a text is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not a method and a URL.
    #[error("`{0}` is not a request; write it like GET http://se.example.com/info")]
    Shape(String),
    /// The method is none.
    #[error("`{0}` is not a method")]
    Method(String),
    /// The URL is none, or neither of HTTP.
    #[error("`{0}` is not an http:// or https:// URL, nor tcp:// or tls:// without a method")]
    Url(String),
    /// A header is none.
    #[error("`{0}` is not a header; write it like x-env: dev")]
    Header(String),
    /// Neither the URL nor a header names a host.
    #[error("the request names no host; write it like GET http://se.example.com/info, or add the header Host")]
    NoHost,
}

impl Request {
    /// Reads `METHOD URL` (GET when it is only a URL, http when that has no scheme) and `headers`, each `Name: value`.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn parse(text: &str, headers: &[String]) -> Result<Self, RequestError> {
        let mut words = text.split_whitespace();
        let (method, url) = match (words.next(), words.next(), words.next()) {
            (Some(url), None, _) => ("GET", url),
            (Some(method), Some(url), None) => (method, url),
            _ => return Err(RequestError::Shape(text.to_owned())),
        };
        let bad_url = || RequestError::Url(url.to_owned());
        let full = if url.starts_with('/') || url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = full.parse().map_err(|_| bad_url())?;
        if uri.scheme_str().is_some_and(|scheme| scheme != "http" && scheme != "https") {
            return Err(bad_url());
        }
        let mut headers = parse_headers(headers)?;
        let named = headers.remove(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
        let secure = uri.scheme_str() == Some("https");
        let implied = if secure { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != implied);
        let of_url = uri.host().map(|host| port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        let host = named.or(of_url).filter(|host| !host.is_empty());
        let target = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self {
            method: method.parse().map_err(|_| RequestError::Method(method.to_owned()))?,
            host: host.ok_or(RequestError::NoHost)?,
            port: uri.port_u16(),
            secure,
            target: Uri::from(target),
            headers,
        })
    }
}

impl Request {
    /// The host without its port, as hostnames are compared with it.
    pub fn hostname(&self) -> &str {
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.ends_with(':') => host,
            _ => &self.host,
        }
    }
}

fn parse_headers(headers: &[String]) -> Result<HeaderMap, RequestError> {
    let mut map = HeaderMap::new();
    for text in headers {
        let bad = || RequestError::Header(text.clone());
        let (name, value) = text.split_once(':').ok_or_else(bad)?;
        let name: HeaderName = name.trim().parse().map_err(|_| bad())?;
        let value: HeaderValue = value.trim().parse().map_err(|_| bad())?;
        map.append(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str, headers: &[&str]) -> Result<Request, RequestError> {
        Request::parse(text, &headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>())
    }

    #[rstest]
    #[case("GET http://se.example.com/info", &[], "GET se.example.com None /info")]
    #[case("http://se.example.com", &[], "GET se.example.com None /")]
    #[case("se.example.com/a?b=c", &[], "GET se.example.com None /a?b=c")]
    #[case("POST http://se.example.com:8080/a", &[], "POST se.example.com:8080 Some(8080) /a")]
    #[case("GET https://se.example.com:443/a", &[], "GET se.example.com Some(443) /a")]
    #[case("GET http://127.0.0.1:8080/a", &["Host: se.example.com"], "GET se.example.com Some(8080) /a")]
    #[case("GET /a", &["host:se.example.com:80"], "GET se.example.com:80 None /a")]
    #[case("GET http://[::1]:80/", &[], "GET [::1] Some(80) /")]
    fn what_people_type(#[case] text: &str, #[case] headers: &[&str], #[case] expected: &str) {
        let request = parse(text, headers).expect("it is a request");
        let Request { method, host, port, target, .. } = request;
        assert_eq!(format!("{method} {host} {port:?} {target}"), expected);
    }

    #[rstest]
    #[case("http://a.test:8080/", "a.test")]
    #[case("http://a.test/", "a.test")]
    #[case("http://[::1]:8080/", "[::1]")]
    #[case("http://[::1]/", "[::1]")]
    fn hostnames_have_no_port(#[case] text: &str, #[case] hostname: &str) {
        assert_eq!(parse(text, &[]).expect("it is a request").hostname(), hostname);
    }

    #[rstest]
    #[case("", &[], RequestError::Shape(String::new()))]
    #[case("GET a b", &[], RequestError::Shape("GET a b".to_owned()))]
    #[case("G(T http://a/", &[], RequestError::Method("G(T".to_owned()))]
    #[case("GET ftp://a/", &[], RequestError::Url("ftp://a/".to_owned()))]
    #[case("GET /a", &[], RequestError::NoHost)]
    #[case("GET http://a/", &["no colon"], RequestError::Header("no colon".to_owned()))]
    fn what_is_no_request(#[case] text: &str, #[case] headers: &[&str], #[case] expected: RequestError) {
        assert_eq!(parse(text, headers), Err(expected));
    }
}
