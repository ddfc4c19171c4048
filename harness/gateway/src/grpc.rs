//! How the gateway's own replies look to a gRPC client, as Envoy 1.40 has them: status 200, no body, and the outcome in
//! `grpc-status` and `grpc-message` (gRPC over HTTP/2, trailers-only responses).

use std::fmt::Write as _;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC: &str = "application/grpc";

/// Whether a request with these headers is a gRPC call: `application/grpc`, or with a `+` and the message's coding
/// behind it. Nothing else counts, parameters and other case included.
pub(crate) fn is_call(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.as_bytes().strip_prefix(GRPC.as_bytes()));
    content_type.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
}

/// The HTTP status that says the same as `response` to a gRPC call does: by its `grpc-status`, if it is in the head (which
/// then is all of the response).
pub(crate) fn http_status<B>(response: &Response<B>) -> StatusCode {
    let code = response.headers().get(GRPC_STATUS).and_then(|value| value.to_str().ok());
    match code.and_then(|code| code.parse::<u16>().ok()) {
        None => response.status(),
        Some(code) => StatusCode::from_u16(equivalent(code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// What Envoy 1.40 takes a gRPC status for when it judges an endpoint.
fn equivalent(code: u16) -> u16 {
    match code {
        0 => 200,
        1 => 499,
        3 | 9 | 11 => 400,
        4 => 504,
        5 => 404,
        6 | 10 => 409,
        7 => 403,
        8 => 429,
        12 => 501,
        14 => 503,
        16 => 401,
        _ => 500,
    }
}

/// Makes `response`, which says `message` with its HTTP status, the one that a gRPC client understands.
pub(crate) fn translate<B>(response: &mut Response<B>, message: &str) {
    let status = code(response.status());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    headers.insert(GRPC_STATUS, status.into());
    if !message.is_empty()
        && let Ok(message) = HeaderValue::try_from(percent_encoded(message))
    {
        headers.insert(GRPC_MESSAGE, message);
    }
}

/// The gRPC status for an HTTP status (gRPC, http-grpc-status-mapping; 400 is INTERNAL, and 500 UNKNOWN).
fn code(status: StatusCode) -> u16 {
    const UNKNOWN: u16 = 2;
    const PERMISSION_DENIED: u16 = 7;
    const UNIMPLEMENTED: u16 = 12;
    const INTERNAL: u16 = 13;
    const UNAVAILABLE: u16 = 14;
    const UNAUTHENTICATED: u16 = 16;
    match status.as_u16() {
        400 => INTERNAL,
        401 => UNAUTHENTICATED,
        403 => PERMISSION_DENIED,
        404 => UNIMPLEMENTED,
        429 | 502 | 503 | 504 => UNAVAILABLE,
        _ => UNKNOWN,
    }
}

/// `message` with everything but printable ASCII, and the percent sign, as percent sequences.
fn percent_encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for byte in message.bytes() {
        if (b' '..=b'~').contains(&byte) && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}"); // writing to a string cannot fail
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // Each seen in Envoy 1.40.
    #[rstest]
    #[case("application/grpc", true)]
    #[case("application/grpc+proto", true)]
    #[case("application/grpc-web", false)]
    #[case("application/grpc;x=1", false)]
    #[case("Application/GRPC", false)]
    #[case("text/plain", false)]
    #[case("", false)]
    fn a_call_is_known_by_its_content_type(#[case] content_type: &'static str, #[case] call: bool) {
        let headers = [(CONTENT_TYPE, HeaderValue::from_static(content_type))].into_iter().collect();
        assert_eq!(is_call(&headers), call);
    }

    #[test]
    fn a_request_without_content_type_is_no_call() {
        assert!(!is_call(&HeaderMap::new()));
    }

    #[rstest]
    #[case(302, "2")]
    #[case(400, "13")]
    #[case(401, "16")]
    #[case(403, "7")]
    #[case(404, "12")]
    #[case(429, "14")]
    #[case(500, "2")]
    #[case(502, "14")]
    #[case(503, "14")]
    #[case(504, "14")]
    fn statuses_have_codes(#[case] status: u16, #[case] code: &str) {
        let mut response = Response::builder().status(status).body(()).unwrap();
        translate(&mut response, "");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["grpc-status"], code);
        assert!(!response.headers().contains_key("grpc-message"));
    }

    #[test]
    fn messages_are_percent_encoded() {
        let mut response = Response::builder().status(500).body(()).unwrap();
        translate(&mut response, "50% of é\n");
        assert_eq!(response.headers()["grpc-message"], "50%25 of %C3%A9%0A");
    }
}
