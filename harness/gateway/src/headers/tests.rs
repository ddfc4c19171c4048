//! What hops do to headers.

use http::Request;
use rstest::rstest;

use super::*;

fn head(request: http::request::Builder) -> Parts {
    request.body(()).unwrap().into_parts().0
}

fn client() -> HeaderValue {
    HeaderValue::from_static("127.0.0.1")
}

#[rstest]
#[case::host(Request::get("/").header("host", "A.example"), Ok("A.example"))]
#[case::host_with_port(Request::get("/").header("host", "a.example:8080"), Ok("a.example:8080"))]
#[case::target_outweighs_host(Request::get("http://b.example/").header("host", "a.example"), Ok("b.example"))]
#[case::none(Request::get("/"), Err(Reason::MissingHost))]
#[case::none_in_http_1_0(Request::get("/").version(Version::HTTP_10), Ok(""))]
#[case::two(Request::get("/").header("host", "a").header("host", "b"), Err(Reason::InvalidHost))]
#[case::not_text(Request::get("/").header("host", &b"a\xff"[..]), Err(Reason::InvalidHost))]
fn rfc_9112_the_authority(#[case] request: http::request::Builder, #[case] expected: Result<&str, Reason>) {
    assert_eq!(authority(&head(request)), expected);
}

#[test]
fn rfc_9110_what_is_meant_for_one_connection_stays_there() {
    let mut parts = head(
        Request::get("/")
            .header("host", "a.example")
            .header("connection", "keep-alive, X-Private")
            .header("connection", "host")
            .header("keep-alive", "timeout=5")
            .header("proxy-connection", "keep-alive")
            .header("transfer-encoding", "chunked")
            .header("upgrade", "websocket")
            .header("expect", "100-continue")
            .header("x-private", "1")
            .header("authorization", "kept")
            .header("x-kept", "1"),
    );
    to_endpoint(&mut parts, UpstreamHttp::Http1, &client()).unwrap();
    let mut names: Vec<&str> = parts.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["authorization", "host", "x-forwarded-for", "x-forwarded-proto", "x-kept"]);
}

#[rstest]
#[case(&[], "127.0.0.1")]
#[case(&["10.0.0.1"], "10.0.0.1, 127.0.0.1")]
#[case(&["10.0.0.1, 10.0.0.2", "10.0.0.3"], "10.0.0.1, 10.0.0.2, 10.0.0.3, 127.0.0.1")]
fn the_client_is_appended(#[case] before: &[&str], #[case] after: &str) {
    let mut request = Request::get("/").header("host", "a");
    for value in before {
        request = request.header("x-forwarded-for", *value);
    }
    let mut parts = head(request);
    to_endpoint(&mut parts, UpstreamHttp::Http1, &client()).unwrap();
    assert_eq!(parts.headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>(), [after]);
}

#[rstest]
#[case::origin(Request::get("/p?q=1").header("host", "a.example"), "/p?q=1", "a.example")]
#[case::absolute(Request::get("http://a.example:8080/p?q=1"), "/p?q=1", "a.example:8080")]
#[case::absolute_without_path(Request::get("http://a.example"), "/", "a.example")]
fn http_1_gets_origin_form_and_host(#[case] request: http::request::Builder, #[case] target: &str, #[case] host: &str) {
    let mut parts = head(request);
    to_endpoint(&mut parts, UpstreamHttp::Http1, &client()).unwrap();
    assert_eq!((parts.uri.to_string().as_str(), parts.version), (target, Version::HTTP_11));
    assert_eq!(parts.headers.get("host").unwrap(), host, "K-138");
}

#[rstest]
#[case::origin(Request::get("/p?q=1").header("host", "A.example:81"), "http://A.example:81/p?q=1")]
#[case::absolute(Request::get("http://a.example/p").header("host", "b.example"), "http://a.example/p")]
fn http_2_gets_scheme_and_authority(#[case] request: http::request::Builder, #[case] target: &str) {
    let mut parts = head(request);
    to_endpoint(&mut parts, UpstreamHttp::Http2, &client()).unwrap();
    assert_eq!(
        (parts.uri.authority().unwrap().as_str(), parts.version),
        (&target[7..target.rfind("/p").unwrap()], Version::HTTP_2)
    );
    assert_eq!(parts.uri.path_and_query().unwrap().as_str(), &target[target.rfind("/p").unwrap()..]);
    assert!(!parts.headers.contains_key("host"), "the authority says it");
}

#[test]
fn a_host_that_is_no_authority_cannot_go_over_http_2() {
    let mut parts = head(Request::get("/").header("host", "a b"));
    assert_eq!(to_endpoint(&mut parts, UpstreamHttp::Http2, &client()), Err(Reason::InvalidHost));
}

#[rstest]
#[case::http1(UpstreamHttp::Http1, Some("te"))]
#[case::http2(UpstreamHttp::Http2, None)]
fn the_wish_for_trailers_is_passed_on(#[case] upstream: UpstreamHttp, #[case] connection: Option<&str>) {
    let mut parts = head(Request::get("/").header("host", "a").header("te", "gzip, Trailers"));
    to_endpoint(&mut parts, upstream, &client()).unwrap();
    assert_eq!(parts.headers.get("te").unwrap(), "trailers");
    assert_eq!(parts.headers.get("connection").map(|value| value.to_str().unwrap()), connection);
}
