//! Calls, bytes and TLS, against fake workloads and against listeners that close.

use sextant_fake_vms::{Behaviour, Body, Fault, Fleet, FleetOptions, Lease, ServeTls, Speaks, VmSpec, Workload};
use sextant_scenario::{ClientTls, Request};

use super::*;

const VM: &str = "1.1.1.1:80";

/// A fake workload, asked directly.
struct Asked {
    _fleet: Fleet,
    target: Loopback,
}

fn workload(behaviour: Behaviour) -> Asked {
    let fleet = Fleet::start(Lease::take().unwrap(), FleetOptions::default());
    let spec = VmSpec { documented: VM.parse().unwrap(), workload: Workload::host("vm"), behaviour };
    let target = Loopback::new(fleet.add(spec).unwrap().actual()).unwrap();
    Asked { _fleet: fleet, target }
}

async fn ask(target: Loopback, request: Request) -> Reply {
    Probe::new(Some(target), ProbeRequest::new(&request).unwrap(), 1, around()).one(0, None).await
}

fn call() -> Request {
    Request { host: "vm.test".into(), grpc: Some("shop.Cart/Add".into()), ..Request::default() }
}

fn ping() -> Request {
    Request { bytes: Some("ping".into()), ..Request::default() }
}

fn secured(request: Request, server_name: Option<&str>) -> Request {
    Request { tls: Some(ClientTls { server_name: server_name.map(str::to_owned) }), ..request }
}

fn bytes() -> Behaviour {
    Behaviour { speaks: Speaks::Bytes, ..Behaviour::default() }
}

fn serving(certificate: &str, behaviour: Behaviour) -> Behaviour {
    Behaviour { tls: Some(ServeTls::named(certificate)), ..behaviour }
}

/// A listener that closes every connection, having read `first` bytes or none.
async fn closing(read: usize) -> (Loopback, tokio::task::JoinHandle<()>) {
    use tokio::io::AsyncReadExt as _;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Loopback::new(listener.local_addr().unwrap()).unwrap();
    let task = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read_exact(&mut vec![0; read]).await;
        }
    });
    (target, task)
}

#[tokio::test]
async fn a_call_ends_with_its_status_and_its_message_is_the_body() {
    let behaviour = Behaviour { grpc_status: 5, body: Some(Body::Text("gone".into())), ..Behaviour::default() };
    let asked = workload(behaviour);
    let ReplyOutcome::Response { status, source, headers, body, .. } = ask(asked.target, call()).await.outcome else {
        panic!("it was not answered")
    };
    assert_eq!((status, body.as_str(), headers["grpc-status"].as_str()), (200, "gone", "5"));
    assert_eq!(source.unwrap().endpoint, VM.parse().unwrap());
}

#[tokio::test]
async fn bytes_come_back_behind_the_identity() {
    let asked = workload(bytes());
    let ReplyOutcome::Bytes { source, body } = ask(asked.target, ping()).await.outcome else {
        panic!("nothing came back")
    };
    assert_eq!((source.unwrap().endpoint, body.as_str()), (VM.parse().unwrap(), "ping"));
}

#[tokio::test]
async fn bytes_from_a_stranger_are_from_nobody() {
    let asked = workload(Behaviour { body: Some(Body::Text("no bytes spoken here".into())), ..Behaviour::default() });
    let request = Request { bytes: Some("GET /x HTTP/1.0\r\n\r\n".into()), ..Request::default() };
    let ReplyOutcome::Bytes { source, body } = ask(asked.target, request).await.outcome else {
        panic!("nothing came back")
    };
    assert_eq!(source, None);
    assert!(body.starts_with("HTTP/1.0 200") && body.ends_with("no bytes spoken here"), "{body}");
}

#[rstest]
#[case::at_once(0)]
#[case::after_a_read(4)]
#[tokio::test]
async fn a_connection_that_ends_without_a_byte_is_closed(
    #[case] read: usize,
    #[values(ping(), secured(ping(), Some("a.test")), secured(Request { host: "a.test".into(), ..Request::default() }, None))]
    request: Request,
) {
    let (target, server) = closing(read).await;
    assert_eq!(ask(target, request).await.outcome, ReplyOutcome::Closed);
    server.abort();
}

#[tokio::test]
async fn a_plain_request_that_is_not_answered_has_failed() {
    let (target, server) = closing(4).await;
    let reply = ask(target, Request { host: "a.test".into(), ..Request::default() }).await;
    assert_eq!(failure(&reply).side, FailureSide::Gateway);
    server.abort();
}

#[tokio::test]
async fn a_connection_that_breaks_amid_bytes_has_failed() {
    let asked = workload(Behaviour { fault: Some(Fault::Reset(sextant_fake_vms::ResetWhen::AfterRequest)), ..bytes() });
    assert_eq!(ask(asked.target, ping()).await.outcome, ReplyOutcome::Closed, "not a byte came back");
    let half = workload(serving("a.test", Behaviour { fault: Some(Fault::CloseHalfWay), ..bytes() }));
    let reply = ask(half.target, secured(ping(), Some("a.test"))).await;
    assert!(matches!(&reply.outcome, ReplyOutcome::Bytes { source: None, .. }), "half an identity names nobody");
}

#[rstest]
#[case::by_host("a.test", "a.test:8443", None, true)]
#[case::by_server_name("a.test", "other.test", Some("a.test"), true)]
#[case::wildcard("*.vm.test", "a.vm.test", None, true)]
#[case::no_name_sent("a.test", "a.test", Some(""), true)]
#[case::another_certificate("b.test", "a.test", None, false)]
#[tokio::test]
async fn the_certificate_is_for_the_name(
    #[case] certificate: &str,
    #[case] host: &str,
    #[case] server_name: Option<&str>,
    #[case] accepted: bool,
    #[values("http1", "http2", "grpc", "bytes")] kind: &str,
) {
    let behaviour = if kind == "bytes" { bytes() } else { Behaviour::default() };
    let asked = workload(serving(certificate, behaviour));
    let request = Request { host: host.into(), http2: kind == "http2", ..Request::default() };
    let request = match kind {
        "bytes" => Request { bytes: Some("ping".into()), ..request },
        "grpc" => Request { grpc: Some("s/M".into()), ..request },
        _ => request,
    };
    let reply = ask(asked.target, secured(request, server_name)).await;
    match &reply.outcome {
        ReplyOutcome::Response { status, source: Some(_), .. } => assert_eq!((*status, accepted), (200, true)),
        ReplyOutcome::Bytes { source: Some(_), .. } => assert!(accepted),
        _ => {
            assert!(!accepted, "{reply:?}");
            assert!(!matches!(reply.outcome, ReplyOutcome::Closed), "the workload spoke TLS: {reply:?}");
            assert!(failure(&reply).message.contains("no TLS was agreed on"), "{reply:?}");
        }
    }
    let sent = asked._fleet.journal().entries().iter().find_map(|entry| entry.request()?.tls.clone());
    let expected = server_name.unwrap_or_else(|| host.trim_end_matches(":8443"));
    assert_eq!(sent.and_then(|tls| tls.server_name).unwrap_or_default(), if accepted { expected } else { "" });
}

#[tokio::test]
async fn without_a_listener_nothing_is_sent() {
    let probe = Probe::new(None, ProbeRequest::new(&ping()).unwrap(), 1, around());
    assert_eq!(failure(&probe.one(0, None).await).message, "the gateway has no listener on the port");
}

#[test]
fn a_name_that_no_certificate_can_have_is_told() {
    let error = ProbeRequest::new(&secured(ping(), Some("a b"))).unwrap_err().to_string();
    assert_eq!(error, "`a b` is no name that a certificate can be for");
}
