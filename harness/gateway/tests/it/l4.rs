//! Connections that are passed on: TCP listeners, and TLS listeners by server name.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use rustls::pki_types::ServerName;
use sextant_gateway::{Drained, Gateway, GatewayOptions, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::*;

/// An endpoint that says its name, repeats what it is sent, and at the end of it says how much that was.
struct Repeater {
    _tasks: JoinSet<()>,
}

impl Repeater {
    async fn start(plan: &Plan, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        plan.set(&format!("{name}:80"), listener.local_addr().unwrap());
        let name = name.to_owned();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(repeat(stream, name.clone()));
            }
        });
        Self { _tasks: tasks }
    }
}

async fn repeat(mut stream: TcpStream, name: String) {
    // A client that goes away ends this as well.
    let _ = stream.write_all(format!("{name};").as_bytes()).await;
    let (mut total, mut buffer) = (0, [0; 4096]);
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        total += read;
        let _ = stream.write_all(&buffer[..read]).await;
    }
    let _ = stream.write_all(format!(";{total}").as_bytes()).await;
}

/// Listeners, each the inside of a YAML flow mapping.
fn listeners(listeners: &[&str]) -> String {
    gateway_on(&[]).replace("listeners: []", &format!("listeners: [{{ {} }}]", listeners.join(" }, { ")))
}

fn tcp_listener() -> String {
    listeners(&[&format!("name: tcp, protocol: TCP, port: {PORT}")])
}

fn tls_listener() -> String {
    listeners(&[&format!("name: tls, protocol: TLS, port: {PORT}, tls: {{ mode: Passthrough }}")])
}

fn l4_route(kind: &str, name: &str, more: &str, references: &[String]) -> String {
    format!(
        "kind: {kind}
apiVersion: gateway.networking.k8s.io/v1
metadata: {{ name: {name}, namespace: test }}
spec: {{ parentRefs: [{{ name: gateway }}], {more} rules: [{{ backendRefs: [{}] }}] }}",
        references.join(", ")
    )
}

fn tcp_route(references: &[String]) -> String {
    l4_route("TCPRoute", "route", "", references)
}

fn tls_route(name: &str, hostnames: &str, to: &str) -> String {
    l4_route("TLSRoute", name, &format!("hostnames: [{hostnames}],"), &[backend(to, 1)])
}

fn named(name: &str, addresses: &[&str]) -> String {
    fixed(name, &format!("{name}.example.com"), addresses)
}

fn one_tcp_service(addresses: &[&str]) -> Vec<String> {
    vec![tcp_listener(), tcp_route(&[backend("service", 1)]), named("service", addresses)]
}

/// What comes back for `sent` when the client then ends its side; empty when the connection is closed or reset before.
async fn exchange(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(sent).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = within("the end of the connection", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The name that the endpoint behind a TLS listener says.
async fn who(address: SocketAddr, hello: &[u8]) -> String {
    let answer = exchange(address, hello).await;
    answer.split_once(';').map_or_else(|| answer.clone(), |(name, _)| name.to_owned())
}

/// A ClientHello for this server name; none for an IP address (RFC 6066, section 3).
fn hello(name: &str) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

async fn read_exactly(stream: &mut TcpStream, expected: &str) {
    let mut read = vec![0; expected.len()];
    within(expected, stream.read_exact(&mut read)).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&read), expected);
}

fn outcomes(gateway: &Gateway) -> Vec<(String, u64)> {
    gateway.stats().outcomes.into_iter().collect()
}

#[tokio::test]
async fn bytes_pass_both_ways_and_a_side_that_ends_leaves_the_other_open() {
    let plan = Plan::default();
    let _endpoint = Repeater::start(&plan, "1.1.1.1").await;
    let gateway = serve(options(&plan), &one_tcp_service(&["1.1.1.1"])).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut stream, "1.1.1.1;").await;
    stream.write_all(b"not HTTP at all").await.unwrap();
    read_exactly(&mut stream, "not HTTP at all").await;
    stream.shutdown().await.unwrap();
    let mut rest = String::new();
    within("the endpoint's last words", stream.read_to_string(&mut rest)).await.unwrap();
    assert_eq!(rest, ";15");
    eventually("the end to be counted", || gateway.stats().connections_open, |open| *open == 0).await;
    assert_eq!(outcomes(&gateway), [("forwarded".to_owned(), 1)]);
}

#[tokio::test]
async fn large_amounts_pass_whole() {
    let plan = Plan::default();
    let _endpoint = Repeater::start(&plan, "1.1.1.1").await;
    let gateway = serve(options(&plan), &one_tcp_service(&["1.1.1.1"])).await;
    let sent = vec![b'x'; 3_000_000];
    let (mut reading, mut writing) = TcpStream::connect(address(&gateway)).await.unwrap().into_split();
    let write = async {
        writing.write_all(&sent).await.unwrap();
        writing.shutdown().await.unwrap();
    };
    let mut answer = Vec::new();
    let (_, read) = within("all bytes", futures::future::join(write, reading.read_to_end(&mut answer))).await;
    assert_eq!(read.unwrap(), "1.1.1.1;".len() + sent.len() + ";3000000".len());
    assert!(answer.ends_with(b"xxx;3000000"));
}

#[tokio::test]
async fn an_endpoint_that_ends_first_is_heard_and_the_client_may_go_on() {
    let plan = Plan::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let gateway = serve(options(&plan), &one_tcp_service(&["1.1.1.1"])).await;
    let mut client = TcpStream::connect(address(&gateway)).await.unwrap();
    let (mut endpoint, _) = within("a connection", listener.accept()).await.unwrap();
    endpoint.write_all(b"bye").await.unwrap();
    endpoint.shutdown().await.unwrap();
    let mut heard = String::new();
    within("the end", client.read_to_string(&mut heard)).await.unwrap();
    assert_eq!(heard, "bye");
    client.write_all(b"wait").await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = String::new();
    within("the end", endpoint.read_to_string(&mut heard)).await.unwrap();
    assert_eq!(heard, "wait");
}

// Gateway API, TCPRouteRule.backendRefs: connections of a share that cannot be served are refused, no others.
#[tokio::test]
async fn k_122_connections_take_turns_by_weight_and_an_unresolved_share_is_closed() {
    let plan = Plan::default();
    let (_one, _two) = (Repeater::start(&plan, "1.1.1.1").await, Repeater::start(&plan, "2.2.2.2").await);
    let references = [backend("one", 2), backend("gone", 1), backend("two", 1), backend("never", 0)];
    let manifests = [tcp_listener(), tcp_route(&references), named("one", &["1.1.1.1"]), named("two", &["2.2.2.2"])];
    let gateway = serve(options(&plan), &manifests).await;
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(exchange(address(&gateway), b"x").await);
    }
    assert_eq!(tally(answers), expected(&[("1.1.1.1;x;1", 4), ("2.2.2.2;x;1", 2), ("", 2)]));
    assert_eq!(outcomes(&gateway), [("forwarded".to_owned(), 6), ("unresolved-target".to_owned(), 2)]);
}

#[rstest]
#[case::unresolved(&[backend("gone", 1)], "unresolved-target")]
#[case::no_endpoints(&[backend("empty", 1)], "no-hosts")]
#[case::refused(&[backend("refusing", 1)], "connect-refused")]
#[case::not_planned(&[backend("elsewhere", 1)], "dial-refused")]
#[case::no_weight(&[backend("empty", 0)], "no-targets")]
#[case::no_backends(&[], "no-targets")]
#[tokio::test]
async fn a_connection_that_nobody_serves_is_closed(
    #[case] references: &[String],
    #[case] reason: &str,
    #[values(&b""[..], b"hello")] sent: &[u8],
    #[values("TCPRoute", "TLSRoute")] kind: &str,
) {
    let (listener, sent) =
        if kind == "TCPRoute" { (tcp_listener(), sent.to_vec()) } else { (tls_listener(), hello("a.com")) };
    let manifests = [
        listener,
        l4_route(kind, "route", "", references),
        named("empty", &[]),
        named("elsewhere", &["9.9.9.9"]),
        service(
            "refusing",
            "refusing.example.com",
            "TCP",
            "resolution: STATIC\n  endpoints: [{ address: 127.0.0.1, ports: { http: 1 } }]",
        ),
    ];
    let gateway = serve(options(&Plan::default()), &manifests).await;
    assert_eq!(exchange(address(&gateway), &sent).await, "");
    assert_eq!(outcomes(&gateway), [(reason.to_owned(), 1)]);
}

#[tokio::test]
async fn a_listener_without_a_route_closes_every_connection() {
    let gateway = serve(options(&Plan::default()), &[tcp_listener()]).await;
    assert_eq!(exchange(address(&gateway), b"x").await, "");
    assert_eq!(outcomes(&gateway), [("no-route".to_owned(), 1)]);
}

#[rstest]
#[case::exact("a.example.com", "1.1.1.1")]
#[case::case("A.Example.Com", "1.1.1.1")]
#[case::wildcard("b.example.com", "2.2.2.2")]
#[case::deep_wildcard("c.b.example.com", "2.2.2.2")]
#[case::nobody("example.com", "")]
#[case::elsewhere("a.example.org", "")]
#[case::no_name("192.0.2.1", "")]
#[tokio::test]
async fn a_tls_listener_goes_by_the_server_name(
    #[case] name: &str,
    #[case] endpoint: &str,
    #[values(true, false)] whole: bool,
) {
    let plan = Plan::default();
    let (_one, _two) = (Repeater::start(&plan, "1.1.1.1").await, Repeater::start(&plan, "2.2.2.2").await);
    let manifests = [
        tls_listener(),
        tls_route("exact", "a.example.com", "one"),
        tls_route("wide", "'*.example.com'", "two"),
        named("one", &["1.1.1.1"]),
        named("two", &["2.2.2.2"]),
    ];
    let gateway = serve(options(&plan), &manifests).await;
    let hello = hello(name);
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    // A hello may come in any number of pieces.
    let (first, rest) = hello.split_at(if whole { hello.len() } else { 7 });
    stream.write_all(first).await.unwrap();
    tokio::task::yield_now().await;
    let _ = stream.write_all(rest).await;
    let _ = stream.write_all(b"more").await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = within("the end", stream.read_to_end(&mut answer)).await;
    if endpoint.is_empty() {
        assert_eq!(answer, b"");
        assert_eq!(outcomes(&gateway), [("no-route".to_owned(), 1)]);
    } else {
        let length = hello.len() + 4;
        let repeated = [endpoint.as_bytes(), b";", &hello, b"more", format!(";{length}").as_bytes()].concat();
        assert_eq!(answer, repeated, "every byte of the client, from the first on");
    }
}

#[tokio::test]
async fn a_hello_without_a_server_name_is_for_routes_of_every_name() {
    let plan = Plan::default();
    let _one = Repeater::start(&plan, "1.1.1.1").await;
    let manifests = [tls_listener(), tls_route("any", "", "one"), named("one", &["1.1.1.1"])];
    let gateway = serve(options(&plan), &manifests).await;
    assert_eq!(who(address(&gateway), &hello("192.0.2.1")).await, "1.1.1.1");
    assert_eq!(who(address(&gateway), &hello("any.example.com")).await, "1.1.1.1");
}

#[rstest]
#[case::http(b"GET / HTTP/1.1\r\nhost: a.example.com\r\n\r\n")]
#[case::wrong_record(&[0x16, 3, 1, 0, 4, 9, 9, 9, 9])]
#[tokio::test]
async fn what_is_no_tls_is_closed_even_where_every_name_is_served(#[case] sent: &[u8]) {
    let plan = Plan::default();
    let _one = Repeater::start(&plan, "1.1.1.1").await;
    let manifests = [tls_listener(), tls_route("any", "", "one"), named("one", &["1.1.1.1"])];
    let gateway = serve(options(&plan), &manifests).await;
    assert_eq!(exchange(address(&gateway), sent).await, "");
    assert_eq!(outcomes(&gateway), [("not-tls".to_owned(), 1)]);
}

#[tokio::test]
async fn a_client_that_ends_before_its_hello_is_not_counted() {
    let gateway = serve(options(&Plan::default()), &[tls_listener()]).await;
    assert_eq!(exchange(address(&gateway), &hello("a.example.com")[..20]).await, "");
    eventually("the connection to end", || gateway.stats().connections_open, |open| *open == 0).await;
    assert_eq!(outcomes(&gateway), []);
}

#[rstest]
#[case(b"")]
#[case(&[0x16, 3, 1])]
#[tokio::test]
async fn a_hello_has_as_long_as_a_request_head(#[case] sent: &[u8]) {
    let limits = Limits { header_timeout: Duration::from_millis(50), ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, ..options(&Plan::default()) }, &[tls_listener()]).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    let _ = within("the gateway to close", stream.read_to_end(&mut answer)).await;
    assert_eq!(answer, b"");
}

#[tokio::test]
async fn a_connection_on_which_nothing_passes_is_closed() {
    let plan = Plan::default();
    let _endpoint = Repeater::start(&plan, "1.1.1.1").await;
    let limits = Limits { l4_idle_timeout: Duration::from_millis(50), ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, ..options(&plan) }, &one_tcp_service(&["1.1.1.1"])).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut stream, "1.1.1.1;").await;
    let mut rest = Vec::new();
    let _ = within("the gateway to close", stream.read_to_end(&mut rest)).await;
    assert_eq!(rest, b"", "nothing was sent, so nothing was repeated");
}

#[tokio::test]
async fn a_busy_connection_outlives_the_header_timeout() {
    let plan = Plan::default();
    let _endpoint = Repeater::start(&plan, "1.1.1.1").await;
    let limits = Limits { header_timeout: Duration::from_millis(8), ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, ..options(&plan) }, &one_tcp_service(&["1.1.1.1"])).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut stream, "1.1.1.1;").await;
    tokio::time::sleep(Duration::from_millis(60)).await; // several times the limit that must not count
    stream.write_all(b"still").await.unwrap();
    read_exactly(&mut stream, "still").await;
}

#[tokio::test]
async fn a_new_configuration_leaves_connections_alone_and_serves_new_ones() {
    let plan = Plan::default();
    let (_one, _two) = (Repeater::start(&plan, "1.1.1.1").await, Repeater::start(&plan, "2.2.2.2").await);
    let gateway = serve(options(&plan), &one_tcp_service(&["1.1.1.1"])).await;
    let mut old = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut old, "1.1.1.1;").await;
    apply(&gateway, &one_tcp_service(&["2.2.2.2"])).await;
    let mut new = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut new, "2.2.2.2;").await;
    let listener = address(&gateway);
    apply(&gateway, &[gateway_on(&[PORT + 1])]).await;
    assert!(TcpStream::connect(listener).await.is_err(), "the listener is gone");
    for stream in [&mut old, &mut new] {
        stream.write_all(b"on").await.unwrap();
        read_exactly(stream, "on").await;
    }
}

#[tokio::test]
async fn turns_go_on_under_a_new_configuration() {
    let plan = Plan::default();
    let (_one, _two) = (Repeater::start(&plan, "1.1.1.1").await, Repeater::start(&plan, "2.2.2.2").await);
    let manifests = [
        tcp_listener(),
        tcp_route(&[backend("one", 1), backend("two", 1)]),
        named("one", &["1.1.1.1"]),
        named("two", &["2.2.2.2"]),
    ];
    let gateway = serve(options(&plan), &manifests).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(exchange(address(&gateway), b"").await);
        apply(&gateway, &manifests).await;
    }
    assert_eq!(tally(answers), expected(&[("1.1.1.1;;0", 2), ("2.2.2.2;;0", 2)]));
}

#[tokio::test]
async fn a_port_that_changes_its_protocol_serves_the_new_one() {
    let plan = Plan::default();
    let _raw = Repeater::start(&plan, "1.1.1.1").await;
    let _http = echo(&plan, &["2.2.2.2"]).await;
    let gateway = serve(options(&plan), &one_service(&["2.2.2.2"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    assert_eq!(client.get("se.example.com", "/").await.text, "2.2.2.2");
    apply(&gateway, &one_tcp_service(&["1.1.1.1"])).await;
    eventually("the idle HTTP connection to end", || gateway.stats().connections_open, |open| *open == 0).await;
    let mut connection = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut connection, "1.1.1.1;").await;
    apply(&gateway, &one_service(&["2.2.2.2"])).await;
    assert_eq!(get(address(&gateway), "se.example.com").await.text, "2.2.2.2");
}

#[tokio::test]
async fn a_shutdown_cuts_connections_at_the_end_of_its_grace() {
    let plan = Plan::default();
    let _endpoint = Repeater::start(&plan, "1.1.1.1").await;
    let gateway = serve(options(&plan), &one_tcp_service(&["1.1.1.1"])).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    read_exactly(&mut stream, "1.1.1.1;").await;
    assert_eq!(gateway.shutdown(Duration::from_millis(50)).await, Drained { aborted: 1 });
    let mut rest = Vec::new();
    let _ = within("the end", stream.read_to_end(&mut rest)).await;
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_hello() {
    let gateway = serve(options(&Plan::default()), &[tls_listener()]).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    stream.write_all(&[0x16, 3, 1]).await.unwrap();
    eventually("the connection", || gateway.stats().connections_open, |open| *open == 1).await;
    let drained = within("the shutdown", gateway.shutdown(Duration::from_secs(3600))).await;
    assert_eq!(drained, Drained { aborted: 0 });
}

#[tokio::test]
async fn listeners_of_one_port_share_it_by_server_name() {
    let plan = Plan::default();
    let (_one, _two) = (Repeater::start(&plan, "1.1.1.1").await, Repeater::start(&plan, "2.2.2.2").await);
    let passthrough = format!("protocol: TLS, port: {PORT}, tls: {{ mode: Passthrough }}");
    let manifests = [
        listeners(&[
            &format!("name: a, hostname: a.example.com, {passthrough}"),
            &format!("name: rest, hostname: '*.example.com', {passthrough}"),
        ]),
        tls_route("a", "a.example.com", "one"),
        tls_route("rest", "'*.example.com'", "two"),
        named("one", &["1.1.1.1"]),
        named("two", &["2.2.2.2"]),
    ];
    let gateway = serve(options(&plan), &manifests).await;
    assert_eq!(who(address(&gateway), &hello("a.example.com")).await, "1.1.1.1");
    assert_eq!(who(address(&gateway), &hello("b.example.com")).await, "2.2.2.2");
    assert_eq!(who(address(&gateway), &hello("b.example.org")).await, "");
}
