//! Every outcome of the spec: status, body, reason.

use std::time::Duration;

use http::{Method, Request};
use rstest::rstest;
use sextant_gateway::{DnsOptions, GatewayOptions, PortMap, Reason};
use tokio::net::{TcpListener, TcpSocket};

use crate::support::*;

const NO_UPSTREAM: &str = "no healthy upstream";
const REPLACED: &str = "invalid route configuration detected and replaced with a direct response.";
const CONNECT: &str = "upstream connect error or disconnect/reset before headers. reset reason: ";

/// Manifests with one route to whatever `service` declares as ServiceEntry `service`.
fn with(rules: &str, services: &[String]) -> Vec<String> {
    [&[gateway_manifest(), route("route", "se.example.com", rules)], services].concat()
}

fn reference(name: &str, port: u16) -> String {
    format!("[{{ backendRefs: [{{ group: networking.istio.io, kind: ServiceEntry, name: {name}, port: {port} }}] }}]")
}

#[rstest]
#[case::k_137_no_host("other.example.com", with(&to("service"), &[fixed("service", "se.example.com", &["1.1.1.1"])]), 404, "", "no-route")]
#[case::k_137_no_path(
    "se.example.com",
    with(&to_with("service", "matches: [{ path: { value: /only } }]"), &[fixed("service", "se.example.com", &["1.1.1.1"])]),
    404, "", "no-route"
)]
#[case::k_130_no_such_entry("se.example.com", with(&reference("nobody", 80), &[]), 500, "", "unresolved-target")]
#[case::k_130_no_such_port(
    "se.example.com",
    with(&reference("service", 81), &[fixed("service", "se.example.com", &["1.1.1.1"])]),
    500, "", "unresolved-target"
)]
#[case::k_135_no_backend_refs("se.example.com", with("[{ }]", &[]), 500, REPLACED, "rule-fault")]
#[case::k_135_unknown_filter(
    "se.example.com",
    with(&to_with("service", "filters: [{ type: CORS, cors: {} }]"), &[fixed("service", "se.example.com", &["1.1.1.1"])]),
    500, REPLACED, "rule-fault"
)]
#[case::k_132_no_weight(
    "se.example.com",
    with(&format!("[{{ backendRefs: [{}] }}]", backend("service", 0)), &[fixed("service", "se.example.com", &["1.1.1.1"])]),
    500, REPLACED, "no-targets"
)]
#[case::k_032_no_endpoints(
    "se.example.com",
    with(&to("service"), &[fixed("service", "se.example.com", &[])]),
    503, NO_UPSTREAM, "no-hosts; backend=test/service se.example.com:80"
)]
#[case::k_020_a_withheld_backend(
    "se.example.com",
    with(&to("service"), &[fixed("service", "se.example.com", &["1.1.1.1"])
        .replace("metadata: {", "metadata: { annotations: { kgateway.dev/disable-istio-auto-mtls: maybe },")]),
    500, "", "backend-withheld; backend=test/service se.example.com:80"
)]
#[case::no_dns_server(
    "se.example.com",
    with(&to("service"), &[service("service", "se.example.com", "HTTP", "resolution: DNS")]),
    503, NO_UPSTREAM, "no-resolver; backend=test/service se.example.com:80"
)]
#[case::invariant_1_not_in_the_plan(
    "se.example.com",
    with(&to("service"), &[fixed("service", "se.example.com", &["9.9.9.9"])]),
    503, &format!("{CONNECT}remote connection failure"), "dial-refused; backend=test/service se.example.com:80"
)]
#[tokio::test]
async fn the_gateway_answers_itself(
    #[case] host: &str,
    #[case] manifests: Vec<String>,
    #[case] status: u16,
    #[case] body: &str,
    #[case] reason: &str,
    #[values(Version::Http1, Version::Http2)] version: Version,
) {
    let gateway = serve(options(&Plan::default()), &manifests).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let reply = client.get(host, "/").await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (status, body));
    assert_eq!(reply.headers["x-sextant-reason"], reason);
    assert_eq!(reply.headers["content-length"], body.len().to_string());

    // The length is told, the body is not sent, and the connection stays in step.
    let head =
        client.send(host, Request::builder().method(Method::HEAD).uri("/").body(empty()).unwrap()).await.unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()),
        (status, &*body.len().to_string())
    );
    assert_eq!(collect(head).await.text, "");
    assert_eq!(client.get(host, "/").await.text, body);

    let word = reason.split(';').next().unwrap();
    assert_eq!(gateway.stats().outcomes[word], 3, "counted by reason");
}

#[tokio::test]
async fn no_reason_is_told_unless_asked_for() {
    let options = GatewayOptions { reason_header: false, ..options(&Plan::default()) };
    let gateway = serve(options, &with(&to("service"), &[fixed("service", "se.example.com", &[])])).await;
    let reply = get(address(&gateway), "se.example.com").await;
    assert_eq!(reply.status, 503);
    assert!(!reply.headers.contains_key("x-sextant-reason"));
}

/// A loopback address where nobody listens, held so that nobody else can.
fn closed_port() -> (TcpSocket, std::net::SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[rstest]
#[case("HTTP")]
#[case("HTTP2")]
#[tokio::test]
async fn k_136_a_refused_connect_is_503_and_tried_once(#[case] protocol: &str) {
    let plan = Plan::default();
    let (_socket, closed) = closed_port();
    plan.set("1.1.1.1:80", closed);
    let manifests = with(
        &to("service"),
        &[service("service", "se.example.com", protocol, "resolution: STATIC\n  endpoints: [{ address: 1.1.1.1 }]")],
    );
    let gateway = serve(options(&plan), &manifests).await;
    let reply = get(address(&gateway), "se.example.com").await;
    assert_eq!((reply.status.as_u16(), reply.text), (503, format!("{CONNECT}remote connection failure")));
    assert_eq!(reply.headers["x-sextant-reason"], "connect-refused; backend=test/service se.example.com:80");
    assert_eq!(gateway.stats().upstream_connects, 1);
}

#[tokio::test]
async fn k_016_a_connect_without_answer_is_503_after_the_connect_timeout() {
    let plan = Plan::default();
    let (full, _waiting) = full_listener().await;
    plan.set("1.1.1.1:80", full);
    let options = GatewayOptions { connect_timeout: Duration::from_millis(100), ..options(&plan) };
    let gateway = serve(options, &one_service(&["1.1.1.1"])).await;
    let reply = get(address(&gateway), "se.example.com").await;
    assert_eq!((reply.status.as_u16(), reply.text), (503, format!("{CONNECT}connection timeout")));
    assert_eq!(reply.headers["x-sextant-reason"], "connect-timeout; backend=test/service se.example.com:80");
}

/// An endpoint that answers every connection with `bytes` and closes it.
async fn answers(plan: &Plan, bytes: &'static [u8]) -> tokio::task::JoinSet<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    tasks
}

#[rstest]
#[case::closed(b"", 503, "connection termination", "upstream-reset")]
#[case::broken_head(b"HTTP/1.1 200 OK\r\ncontent-le", 503, "connection termination", "upstream-reset")]
#[case::not_http(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 502, "protocol error", "upstream-protocol")]
#[case::unasked_upgrade(
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    502,
    "protocol error",
    "upstream-protocol"
)]
#[tokio::test]
async fn an_endpoint_that_gives_no_response(
    #[case] bytes: &'static [u8],
    #[case] status: u16,
    #[case] what: &str,
    #[case] reason: &str,
) {
    let plan = Plan::default();
    let _endpoint = answers(&plan, bytes).await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let reply = get(address(&gateway), "se.example.com").await;
    assert_eq!((reply.status.as_u16(), reply.text), (status, format!("{CONNECT}{what}")));
    assert_eq!(reply.headers["x-sextant-reason"], format!("{reason}; backend=test/service se.example.com:80"));
    assert_eq!(gateway.stats().upstream_connects, 1, "a fresh connection that fails is not retried");
}

#[rstest]
#[case::rfc_9112_no_host(b"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ")]
#[case::rfc_9112_two_hosts(b"GET / HTTP/1.1\r\nhost: se.example.com\r\nhost: se.example.com\r\n\r\n", "HTTP/1.1 400 ")]
#[case::no_http(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "HTTP/1.1 400 ")]
#[case::almost_http_2(b"PRI * HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ")]
#[case::bad_header(b"GET / HTTP/1.1\r\nhost: se.example.com\r\nbad header\r\n\r\n", "HTTP/1.1 400 ")]
#[case::bad_length(b"POST / HTTP/1.1\r\nhost: se.example.com\r\ncontent-length: x\r\n\r\n", "HTTP/1.1 400 ")]
#[case::connect(b"CONNECT se.example.com:80 HTTP/1.1\r\nhost: se.example.com:80\r\n\r\n", "HTTP/1.1 404 ")]
#[case::absolute_target(b"GET http://se.example.com/ HTTP/1.1\r\nhost: other.example.com\r\n\r\n", "HTTP/1.1 200 ")]
#[case::http_1_0(b"GET / HTTP/1.0\r\nhost: se.example.com\r\n\r\n", "HTTP/1.0 200 ")]
#[case::http_1_0_without_host(b"GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 404 ")]
#[tokio::test]
async fn requests_by_hand(#[case] request: &'static [u8], #[case] answer: &str) {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &["1.1.1.1"]).await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let closing = [&request[..request.len() - 2], b"connection: close\r\n\r\n"].concat();
    let reply = raw(address(&gateway), &closing).await;
    assert!(reply.starts_with(answer), "{reply:?}");
}

#[tokio::test]
async fn k_137_a_port_in_host_is_ignored_and_case_as_well() {
    let plan = Plan::default();
    let endpoints = echo(&plan, &["1.1.1.1"]).await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    for host in ["se.example.com", "se.example.com:8080", "SE.Example.COM:1"] {
        assert_eq!(get(address(&gateway), host).await.status, 200, "{host}");
    }
    let seen = endpoints["1.1.1.1"].requests.lock().unwrap();
    let hosts: Vec<_> = seen.iter().map(|request| request.headers()["host"].to_str().unwrap()).collect();
    assert_eq!(hosts, ["se.example.com", "se.example.com:8080", "SE.Example.COM:1"], "K-138: forwarded as it came");
}

#[tokio::test]
async fn the_bind_error_names_gateway_listener_address_and_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let gateway = sextant_gateway::Gateway::start(GatewayOptions {
        ports: PortMap::Explicit([(PORT, port)].into()),
        dns: DnsOptions::default(),
        ..options(&Plan::default())
    })
    .await
    .unwrap();
    let error = gateway.apply(model(&one_service(&["1.1.1.1"]))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "listener http-8080 of Gateway test/gateway cannot listen on 127.0.0.1:{port}; stop what listens there, or \
             map port 8080 to another one"
        )
    );
    assert_eq!(gateway.generation().0, 0, "nothing was applied");
    drop(taken);
    let generation = gateway.apply(model(&one_service(&["1.1.1.1"]))).unwrap();
    gateway.serving(generation, soon()).await.unwrap();
}

#[test]
fn every_reason_has_a_word_of_its_own() {
    let words: std::collections::BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(words.len(), Reason::ALL.len());
    assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    for (place, reason) in Reason::ALL.iter().enumerate() {
        assert_eq!(*reason as usize, place, "counters are kept by place");
    }
}
