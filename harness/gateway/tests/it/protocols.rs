//! What passes the gateway, in every pair of HTTP versions.

use http::{HeaderMap, Method, Request, Response, Version as HttpVersion};
use http_body::Frame;
use http_body_util::BodyExt;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

#[rstest]
#[tokio::test]
async fn requests_and_responses_pass_unchanged(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(|request| async move {
        let sent = request.into_body().collect().await.unwrap().to_bytes();
        let reply = Response::builder().status(418).header("x-reply", "one").header("x-reply", "two");
        reply.header("server", "endpoint").body(body([&b"got: "[..], &sent[..]].concat())).unwrap()
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let request = Request::builder().method("PATCH").uri("/a%20b/c;d?e=f&g=%2F");
    let request = request.header("x-request", "one").header("x-request", "two").header("cookie", "a=b");
    let reply = client.send("se.example.com:80", request.body(body("sent")).unwrap()).await.unwrap();
    assert_eq!(reply.headers().get_all("x-reply").iter().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(reply.headers()["server"], "endpoint");
    let reply = collect(reply).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (418, "got: sent"));

    let seen = endpoint.requests.lock().unwrap()[0].clone();
    assert_eq!(seen.method(), "PATCH");
    assert_eq!(seen.uri().path_and_query().unwrap(), "/a%20b/c;d?e=f&g=%2F");
    assert_eq!(seen.version(), if protocol == "HTTP2" { HttpVersion::HTTP_2 } else { HttpVersion::HTTP_11 }, "K-017");
    let host = match seen.uri().authority() {
        Some(authority) => authority.as_str(),
        None => seen.headers()["host"].to_str().unwrap(),
    };
    assert_eq!(host, "se.example.com:80", "K-138");
    assert_eq!(seen.headers().get_all("x-request").iter().collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(seen.headers()["cookie"], "a=b");
    assert_eq!(seen.headers()["x-forwarded-for"], "127.0.0.1");
    assert_eq!(seen.headers()["x-forwarded-proto"], "http");
    assert_eq!(seen.headers()["content-length"], "4");
}

#[tokio::test]
async fn rfc_9110_a_response_keeps_to_itself_what_is_for_its_connection() {
    let plan = Plan::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let endpoint = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        let reply = "HTTP/1.1 200 OK\r\nconnection: keep-alive, x-private\r\nkeep-alive: timeout=5\r\nx-private: 1\r\n\
                     proxy-connection: keep-alive\r\nx-public: 1\r\ncontent-length: 2\r\n\r\nok";
        stream.write_all(reply.as_bytes()).await.unwrap();
    };
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http2).await;
    let (reply, ()) = tokio::join!(client.get("se.example.com", "/"), endpoint);
    let mut names: Vec<&str> = reply.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "date", "x-public"]);
}

#[rstest]
#[case::head(Method::HEAD, 200, Some("5"))]
#[case::no_content(Method::GET, 204, None)]
#[case::not_modified(Method::GET, 304, None)]
#[tokio::test]
async fn responses_without_a_body(
    #[case] method: Method,
    #[case] status: u16,
    #[case] length: Option<&str>,
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(move |request| async move {
        let mut reply = Response::builder().status(if request.uri().path() == "/after" { 200 } else { status });
        if request.method() == Method::HEAD {
            reply = reply.header("content-length", 5);
            return reply.body(empty()).unwrap();
        }
        reply.body(if request.uri().path() == "/after" { body("after") } else { empty() }).unwrap()
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let request = Request::builder().method(method).uri("/").body(empty()).unwrap();
    let reply = client.send("se.example.com", request).await.unwrap();
    assert_eq!(reply.status().as_u16(), status);
    assert_eq!(reply.headers().get("content-length").map(|length| length.to_str().unwrap()), length);
    assert_eq!(collect(reply).await.text, "");
    assert_eq!(client.get("se.example.com", "/after").await.text, "after", "the connection is in step");
}

#[rstest]
#[tokio::test]
async fn trailers_pass_both_ways(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(|request| async move {
        let sent = request.into_body().collect().await.unwrap();
        let checksum = sent.trailers().unwrap()["x-checksum"].clone();
        let trailers: HeaderMap = [(http::HeaderName::from_static("x-checksum"), checksum)].into_iter().collect();
        let frames = futures::stream::iter([data("text"), Ok(Frame::trailers(trailers))]);
        Response::builder().header("trailer", "x-checksum").body(stream(frames)).unwrap()
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let trailers: HeaderMap =
        [(http::HeaderName::from_static("x-checksum"), "42".parse().unwrap())].into_iter().collect();
    let frames = futures::stream::iter([data("text"), Ok(Frame::trailers(trailers))]);
    let request = Request::post("/").header("te", "trailers").header("trailer", "x-checksum");
    let reply = client.send("se.example.com", request.body(stream(frames)).unwrap()).await.unwrap();
    let reply = within("the trailers", reply.into_body().collect()).await.unwrap();
    assert_eq!(reply.trailers().unwrap()["x-checksum"], "42");
    assert_eq!(reply.to_bytes(), "text");
}

#[tokio::test]
async fn rfc_9110_expect_100_continue_is_answered_when_the_endpoint_wants_the_body() {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(|request| async move {
        if request.uri().path() == "/refuse" {
            return Response::builder().status(417).body(empty()).unwrap();
        }
        Response::new(body(request.into_body().collect().await.unwrap().to_bytes()))
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: se.example.com\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    within("100", stream.read_exact(&mut interim)).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"text").await.unwrap();
    let mut reply = vec![0; 1024];
    let size = within("the reply", stream.read(&mut reply)).await.unwrap();
    let reply = String::from_utf8_lossy(&reply[..size]);
    assert!(reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("\r\n\r\ntext"), "{reply}");
    assert!(!endpoint.requests.lock().unwrap()[0].headers().contains_key("expect"));
}

#[tokio::test]
async fn filters_of_the_rule_are_carried_out() {
    let plan = Plan::default();
    let endpoint =
        Endpoint::start(handler(|_| async { Response::builder().header("x-old", "1").body(empty()).unwrap() })).await;
    plan.set("1.1.1.1:80", endpoint.address);
    let filters = "filters: [
        { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-set, value: new }], add: [{ name: x-add, value: two }], remove: [x-gone] } },
        { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-new, value: set }], remove: [x-old] } },
        { type: URLRewrite, urlRewrite: { hostname: inside.example.com, path: { type: ReplacePrefixMatch, replacePrefixMatch: /b } } }
      ], matches: [{ path: { type: PathPrefix, value: /a } }]";
    let manifests = [
        gateway_manifest(),
        route("route", "se.example.com", &to_with("service", filters)),
        fixed("service", "se.example.com", &["1.1.1.1"]),
    ];
    let gateway = serve(options(&plan), &manifests).await;
    for version in [Version::Http1, Version::Http2] {
        let mut client = Client::connect(address(&gateway), version).await;
        let request = Request::get("/a/c?q=1").header("x-set", "old").header("x-add", "one").header("x-gone", "1");
        let reply = client.send("se.example.com", request.body(empty()).unwrap()).await.unwrap();
        assert_eq!(reply.headers()["x-new"], "set");
        assert!(!reply.headers().contains_key("x-old"));
        let seen = endpoint.requests.lock().unwrap().pop().unwrap();
        assert_eq!(seen.uri().path_and_query().unwrap(), "/b/c?q=1");
        assert_eq!(seen.headers()["host"], "inside.example.com");
        assert_eq!(seen.headers()["x-set"], "new");
        assert_eq!(seen.headers().get_all("x-add").iter().collect::<Vec<_>>(), ["one", "two"]);
        assert!(!seen.headers().contains_key("x-gone"));
    }
}

#[tokio::test]
async fn a_redirect_needs_no_backend() {
    let rules = "[{ filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, hostname: new.example.com, statusCode: 301 } }, { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-new, value: set }] } }] }]";
    let manifests = [gateway_manifest(), route("route", "se.example.com", rules)];
    let gateway = serve(options(&Plan::default()), &manifests).await;
    let reply = Client::connect(address(&gateway), Version::Http1).await.get("se.example.com", "/a?b=c").await;
    assert_eq!(reply.status, 301);
    assert_eq!(reply.headers["location"], "https://new.example.com/a?b=c");
    assert_eq!(reply.headers["x-new"], "set");
    assert_eq!(gateway.stats().outcomes["redirected"], 1);
}
