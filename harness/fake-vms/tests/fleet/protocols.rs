//! What is spoken beside HTTP: gRPC calls, and bytes without a protocol.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rstest::rstest;
use sextant_fake_vms::{Behaviour, Body, Closer, Event, Fault, Protocol, Reply, ResetWhen, Speaks, VmHandle};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::world::*;

const VM: &str = "1.1.1.1:50051";

fn bytes() -> Behaviour {
    Behaviour { speaks: Speaks::Bytes, ..Behaviour::default() }
}

/// What comes back for a call: the head, the bytes and the trailers.
async fn call(vm: &VmHandle, media: &str) -> (http::HeaderMap, Bytes, Option<http::HeaderMap>) {
    let stream = TcpStream::connect(vm.actual()).await.unwrap();
    let (mut sender, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(driver);
    let request = http::Request::post("http://vm.test/shop.Cart/Add").header("content-type", media);
    let request = request.body(Full::new(Bytes::from_static(b"\0\0\0\0\0"))).unwrap();
    let answer = async { sender.send_request(request).await.unwrap() };
    let (head, body) = tokio::time::timeout(DEADLINE, answer).await.expect("an answer").into_parts();
    let whole = tokio::time::timeout(DEADLINE, body.collect()).await.expect("an end").unwrap();
    driver.abort();
    let trailers = whole.trailers().cloned();
    (head.headers, whole.to_bytes(), trailers)
}

#[rstest]
#[case("application/grpc", 0)]
#[case("application/grpc+proto", 5)]
#[tokio::test]
async fn a_call_is_answered_with_a_message_and_its_status(#[case] media: &str, #[case] status: u16) {
    let world = World::new();
    let vm = world.vm(VM, Behaviour { grpc_status: status, ..Behaviour::default() });
    let (head, body, trailers) = call(&vm, media).await;
    assert_eq!(head["content-type"], "application/grpc");
    assert_eq!(head["x-sextant-endpoint"], VM);
    assert_eq!(trailers.unwrap()["grpc-status"], status.to_string());
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap());
    assert_eq!((body[0], length as usize), (0, body.len() - 5), "one message, not compressed");
    let reply: Reply = serde_json::from_slice(&body[5..]).unwrap();
    assert_eq!((reply.endpoint.port, reply.seen.unwrap().path.as_str()), (50051, "/shop.Cart/Add"));
    assert_eq!(world.fleet.journal().counts(at(VM)).requests, 1);
}

#[rstest]
#[case::other_media("application/grpc-web", Behaviour { grpc_status: 5, ..Behaviour::default() })]
#[case::failing("application/grpc", Behaviour::status(503))]
#[tokio::test]
async fn other_replies_have_no_trailers(#[case] media: &str, #[case] behaviour: Behaviour) {
    let world = World::new();
    let vm = world.vm(VM, behaviour);
    let (head, body, trailers) = call(&vm, media).await;
    assert_eq!(head["content-type"], "application/json");
    assert_eq!(trailers, None);
    assert!(serde_json::from_slice::<Reply>(&body).is_ok(), "the body is no message");
}

#[tokio::test]
async fn a_call_gets_the_body_of_the_behaviour() {
    let world = World::new();
    let behaviour = Behaviour { body: Some(Body::Text("hello".into())), ..Behaviour::default() };
    let (_, body, _) = call(&world.vm(VM, behaviour), "application/grpc").await;
    assert_eq!(body, &b"\0\0\0\0\x05hello"[..]);
}

#[tokio::test]
async fn bytes_are_repeated_behind_the_identity_until_the_client_ends() {
    let world = World::new();
    let vm = world.vm(VM, bytes());
    let mut raw = Raw::connect(&vm).await;
    let greeting = raw.until("\n").await;
    let reply: Reply = serde_json::from_str(&greeting).unwrap();
    assert_eq!((reply.endpoint.port, reply.sequence, reply.seen), (50051, Some(1), None));
    raw.send("GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(raw.until("\r\n\r\n").await, "GET / HTTP/1.1\r\n\r\n", "that is no request here");
    raw.send("more").await;
    raw.stream().shutdown().await.unwrap();
    let (rest, ended) = raw.rest().await;
    assert_eq!(rest, "more");
    ended.unwrap();
}

#[tokio::test]
async fn a_connection_of_bytes_is_a_request_in_the_journal() {
    let world = World::new();
    let vm = world.vm(VM, bytes());
    let mut raw = Raw::connect(&vm).await;
    raw.until("\n").await;
    let entries = world.fleet.journal().entries();
    let request = entries.iter().find_map(|entry| entry.request()).unwrap();
    assert_eq!((request.sequence, request.protocol, request.method.as_str()), (1, Protocol::Tcp, ""));
    drop(raw);
    let mut second = Raw::connect(&vm).await;
    assert!(second.until("\n").await.contains("\"sequence\":2"));
    assert_eq!(world.fleet.journal().counts(at(VM)).requests, 2);
}

#[rstest]
#[case::reset_on_accept(Fault::Reset(ResetWhen::OnAccept), "", false)]
#[case::reset_after_bytes(Fault::Reset(ResetWhen::AfterRequest), "", false)]
#[case::half(Fault::CloseHalfWay, "{\"endpoint\"", true)]
#[tokio::test]
async fn faults_are_those_of_a_connection(#[case] fault: Fault, #[case] begins: &str, #[case] orderly: bool) {
    let world = World::new();
    let vm = world.vm(VM, Behaviour { fault: Some(fault), ..bytes() });
    let mut raw = Raw::connect(&vm).await;
    // The other end may be gone already.
    let _ = raw.stream().write_all(b"x").await;
    let _ = raw.stream().shutdown().await;
    let (heard, ended) = raw.rest().await;
    assert!(heard.starts_with(begins) && heard.is_empty() == begins.is_empty() && !heard.contains('\n'), "{heard:?}");
    assert_eq!(ended.is_ok(), orderly, "{ended:?}");
}

#[tokio::test]
async fn a_connection_that_hangs_hears_nothing_until_it_ends() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour { fault: Some(Fault::Hang), ..bytes() });
    let mut raw = Raw::connect(&vm).await;
    raw.send("x").await;
    let journal = world.fleet.journal();
    journal.wait_for("the connection", DEADLINE, |seen| seen.counts(at(VM)).requests == 1).await.unwrap();
    world.fleet.remove(at(VM)).await.unwrap();
    assert_eq!(raw.rest().await.0, "");
    let closed = world.fleet.journal().entries().into_iter().find_map(|entry| match entry.event {
        Event::Closed(closer) => Some(closer),
        _ => None,
    });
    assert_eq!(closed, Some(Closer::Vm));
}
