//! Every way to misbehave, as a client sees it.

use std::io::ErrorKind;
use std::num::NonZeroU16;
use std::time::Duration;

use rstest::rstest;
use sextant_fake_vms::{Behaviour, Body, Closer, Event, Fault, JournalView, Outcome, ResetWhen, SlowBody};
use tokio::net::TcpStream;

use crate::world::{DEADLINE, GET, Raw, World, at};

const VM: &str = "1.1.1.1:8080";

fn with_body(fault: Fault, bytes: u32) -> Behaviour {
    Behaviour { body: Some(Body::Bytes(bytes)), ..Behaviour::from(fault) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuse_refuses_connections() {
    let world = World::new();
    let vm = world.vm(VM, Fault::Refuse);
    let error = TcpStream::connect(vm.actual()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(world.get(VM, "/").send().await.unwrap_err().is_connect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_on_accept_resets_before_a_request() {
    let world = World::new();
    let vm = world.vm(VM, Fault::Reset(ResetWhen::OnAccept));
    // The reset may come before connect has returned.
    let error = match TcpStream::connect(vm.actual()).await {
        Err(error) => error,
        Ok(stream) => {
            stream.readable().await.unwrap();
            stream.try_read(&mut [0; 1]).unwrap_err()
        }
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_after_request_reads_it_first() {
    let world = World::new();
    let vm = world.vm(VM, Fault::Reset(ResetWhen::AfterRequest));
    let mut raw = Raw::connect(&vm).await;
    raw.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello").await;
    let (text, ended) = raw.rest().await;
    assert_eq!((text.as_str(), ended.unwrap_err().kind()), ("", ErrorKind::ConnectionReset));
    let requests: Vec<_> = world.fleet.journal().entries().iter().filter_map(|e| e.request().cloned()).collect();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].outcome, requests[0].body_bytes), (Outcome::Reset, 5));
}

#[rstest]
#[case::http1(false)]
#[case::http2(true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_fails_both_protocols(
    #[case] http2: bool,
    #[values(
        Fault::Refuse,
        Fault::Reset(ResetWhen::OnAccept),
        Fault::Reset(ResetWhen::AfterRequest),
        Fault::CloseHalfWay
    )]
    fault: Fault,
) {
    let world = World::new();
    world.vm(VM, fault);
    let client = if http2 { &world.h2 } else { &world.h1 };
    let failed = match client.get(world.url(VM, "/")).send().await {
        Err(_) => true,
        Ok(response) => response.bytes().await.is_err(),
    };
    assert!(failed);
}

#[rstest]
#[case::http1(false)]
#[case::http2(true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hang_reads_and_never_answers(#[case] http2: bool) {
    let world = World::new();
    world.vm(VM, Fault::Hang);
    let client = if http2 { &world.h2 } else { &world.h1 };
    let asking = client.post(world.url(VM, "/slow")).body("hello").send();
    let hung = world.fleet.journal().wait_for("the request that hangs", DEADLINE, |seen| {
        seen.requests().any(|(_, request)| request.outcome == Outcome::Hung && request.body_bytes == 5)
    });
    // Nothing but the end of the VM ends the silence.
    let ended = async {
        hung.await.unwrap();
        world.fleet.remove(at(VM)).await.unwrap();
    };
    let (answer, ()) = tokio::join!(asking, ended);
    assert!(answer.is_err(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hanging_connection_is_over_when_its_client_gives_up() {
    let world = World::new();
    let vm = world.vm(VM, Fault::Hang);
    let journal = world.fleet.journal();
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    journal.wait_for("the request", DEADLINE, |seen| seen.requests().count() == 1).await.unwrap();
    drop(raw);
    let closed = |seen: &JournalView<'_>| seen.entries().iter().any(|entry| entry.event == Event::Closed(Closer::Peer));
    journal.wait_for("the end of the connection", DEADLINE, closed).await.unwrap();
}

/// 5,000,000 bytes are more than the socket buffers hold, so the half leaves in many writes.
#[rstest]
#[case(1000)]
#[case(5_000_000)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_half_way_sends_exactly_half(#[case] bytes: u32) {
    let world = World::new();
    let vm = world.vm(VM, with_body(Fault::CloseHalfWay, bytes));
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    let (text, ended) = raw.rest().await;
    ended.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains(&format!("content-length: {bytes}")), "{head}");
    assert_eq!(body.len(), bytes as usize / 2);
}

#[rstest]
#[case::http1(false)]
#[case::http2(true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_half_way_is_an_error_in_the_body_and_not_before(#[case] http2: bool) {
    let world = World::new();
    world.vm(VM, with_body(Fault::CloseHalfWay, 1000));
    let client = if http2 { &world.h2 } else { &world.h1 };
    let mut response = client.get(world.url(VM, "/")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut arrived = 0;
    let ended = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => arrived += chunk.len(),
            ended => break ended,
        }
    };
    assert!(ended.is_err());
    assert_eq!(arrived, 500);
}

#[rstest]
#[case(Behaviour::from(Fault::CloseHalfWay), "HEAD")]
#[case(Behaviour { status: 204, ..Behaviour::from(Fault::CloseHalfWay) }, "GET")]
#[case(with_body(Fault::CloseHalfWay, 0), "GET")]
#[case(with_body(Fault::CloseHalfWay, 1), "GET")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_half_way_without_a_body_closes_after_the_head(#[case] behaviour: Behaviour, #[case] method: &str) {
    let world = World::new();
    let vm = world.vm(VM, behaviour);
    let mut raw = Raw::connect(&vm).await;
    raw.send(&format!("{method} / HTTP/1.1\r\nhost: a\r\n\r\n")).await;
    let (text, ended) = raw.rest().await;
    ended.unwrap();
    assert!(text.starts_with("HTTP/1.1 20") && text.ends_with("\r\n\r\n"), "{text}");
    assert_eq!(text.matches("HTTP/1.1").count(), 1);
}

#[rstest]
#[case::http1(false)]
#[case::http2(true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_body_arrives_whole(#[case] http2: bool, #[values(0, 1, 3, 1000, 100_001)] bytes: u32) {
    let world = World::new();
    let slow = SlowBody { chunks: NonZeroU16::new(4).unwrap(), gap: Duration::from_millis(2) };
    world.vm(VM, with_body(Fault::SlowBody(slow), bytes));
    let client = if http2 { &world.h2 } else { &world.h1 };
    let body = client.get(world.url(VM, "/")).send().await.unwrap().bytes().await.unwrap();
    let expected: Vec<u8> = (b'a'..=b'z').cycle().take(bytes as usize).collect();
    assert_eq!(body, expected);
}

/// With a gap that no test outlives, only the first piece can be there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_body_comes_in_pieces() {
    let world = World::new();
    let slow = SlowBody { chunks: NonZeroU16::new(4).unwrap(), gap: Duration::from_secs(3600) };
    let vm = world.vm(VM, with_body(Fault::SlowBody(slow), 10));
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    let text = raw.until("\r\n\r\nabc").await;
    assert!(text.contains("content-length: 10\r\n") && text.ends_with("\r\n\r\nabc"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_comes_before_the_head_and_after_the_journal() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour { delay: Duration::from_secs(3600), ..Behaviour::default() });
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    let in_time = |seen: &JournalView<'_>| seen.requests().count() == 1;
    world.fleet.journal().wait_for("the request", DEADLINE, in_time).await.unwrap();
    // Its delay is an hour; it can only end by the VM's end, without a byte.
    world.fleet.remove(vm.documented()).await.unwrap();
    assert_eq!(raw.rest().await.0, "");

    world.vm(VM, Behaviour { delay: Duration::from_millis(5), ..Behaviour::default() });
    assert_eq!(world.ask(VM).await.sequence, Some(2));
}
