//! Time limits of rules and bounds of the gateway.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use rstest::rstest;
use sextant_gateway::{GatewayOptions, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

fn timed(limit: &str) -> Vec<String> {
    let mut manifests = one_service(&["1.1.1.1"]);
    manifests[1] = route("route", "se.example.com", &to_with("service", &format!("timeouts: {{ {limit} }}")));
    manifests
}

#[rstest]
#[case("request: 50ms", Version::Http1)]
#[case("request: 1h, backendRequest: 50ms", Version::Http1)]
#[case("request: 50ms", Version::Http2)]
#[tokio::test]
async fn a_rule_that_runs_out_of_time_answers_504(#[case] limit: &str, #[case] version: Version) {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(|_| std::future::pending())).await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &timed(limit)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let reply = client.get("se.example.com", "/").await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (504, "upstream request timeout"));
    assert_eq!(reply.headers["x-sextant-reason"], "request-timeout; backend=test/service se.example.com:80");
    eventually("the endpoint's connection to be closed", || endpoint.open(), |open| *open == 0).await;
}

#[tokio::test]
async fn a_limit_of_zero_is_none() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &["1.1.1.1"]).await;
    let gateway = serve(options(&plan), &timed("request: 0s")).await;
    assert_eq!(get(address(&gateway), "se.example.com").await.status, 200);
}

#[tokio::test]
async fn the_time_runs_from_the_end_of_the_request() {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(|request| async move {
        use http_body_util::BodyExt;
        let sent = request.into_body().collect().await.unwrap().to_bytes();
        http::Response::new(body(sent))
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &timed("request: 200ms")).await;
    let mut stream = TcpStream::connect(address(&gateway)).await.unwrap();
    let head = b"POST / HTTP/1.1\r\nhost: se.example.com\r\ncontent-length: 4\r\nconnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    for byte in b"slow" {
        tokio::time::sleep(Duration::from_millis(100)).await; // the slow client that the rule is about
        stream.write_all(&[*byte]).await.unwrap();
    }
    let mut reply = String::new();
    within("the reply", stream.read_to_string(&mut reply)).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("\r\n\r\nslow"), "{reply}");
}

#[tokio::test]
async fn a_response_that_outlasts_its_rule_breaks_off() {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(|_| async move {
        use futures::StreamExt;
        let first = futures::stream::iter([data("begun")]);
        http::Response::new(stream(first.chain(futures::stream::pending())))
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &timed("request: 50ms")).await;
    let request = b"GET / HTTP/1.1\r\nhost: se.example.com\r\n\r\n";
    let reply = raw(address(&gateway), request).await;
    assert!(reply.contains("\r\n5\r\nbegun\r\n") && !reply.ends_with("0\r\n\r\n"), "not a clean end: {reply}");
}

#[rstest]
#[case::nothing(b"")]
#[case::half_a_head(b"GET / HTTP/1.1\r\nhost: se")]
#[case::half_a_preface(b"PRI * HTTP/2.0\r\n\r\nSM")]
#[case::a_request_and_then_nothing(b"GET / HTTP/1.1\r\nhost: other.example.com\r\n\r\n")]
#[case::http_2_and_then_nothing(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")]
#[tokio::test]
async fn clients_without_a_request_are_closed_after_the_header_timeout(#[case] bytes: &'static [u8]) {
    let limits = Limits { header_timeout: Duration::from_millis(80), ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, ..options(&Plan::default()) }, &one_service(&["1.1.1.1"])).await;
    raw(address(&gateway), bytes).await; // returns when the gateway closes
    eventually("the connection to be counted", || gateway.stats().connections_open, |open| *open == 0).await;
}

#[tokio::test]
async fn a_request_that_takes_long_is_not_taken_for_an_idle_client() {
    let plan = Plan::default();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let waiting = gate.clone();
    let endpoint = Endpoint::start(handler(move |_| {
        let waiting = waiting.clone();
        async move {
            waiting.acquire().await.unwrap().forget();
            http::Response::new(body("late"))
        }
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let limits = Limits { header_timeout: Duration::from_millis(40), ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, ..options(&plan) }, &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    let idle = raw(address(&gateway), b""); // closed for being idle, while the request is under way
    let later = async {
        eventually("the request to arrive", || endpoint.hits(), |hits| *hits == 1).await;
        idle.await;
        gate.add_permits(1);
    };
    let (reply, ()) = tokio::join!(client.get("se.example.com", "/"), later);
    assert_eq!(reply.text, "late");
}

#[tokio::test]
async fn a_head_that_is_too_long_gets_431() {
    let gateway = serve(options(&Plan::default()), &one_service(&["1.1.1.1"])).await;
    let head = format!("GET / HTTP/1.1\r\nhost: se.example.com\r\nx: {}\r\n\r\n", "x".repeat(61 * 1024));
    let reply = raw(address(&gateway), head.as_bytes()).await;
    assert!(reply.starts_with("HTTP/1.1 431 "), "{reply}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &["1.1.1.1"]).await;
    let limits = Limits { connections_per_worker: 1, ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, ..options(&plan) }, &one_service(&["1.1.1.1"])).await;
    let at = address(&gateway);
    let mut first = Client::connect(at, Version::Http1).await;
    let mut second = Client::connect(at, Version::Http1).await;
    first.get("se.example.com", "/").await;
    second.get("se.example.com", "/").await;
    let third = async {
        let mut third = Client::connect(at, Version::Http1).await;
        third.get("se.example.com", "/").await.text
    };
    tokio::pin!(third);
    assert_eq!(gateway.stats().connections_accepted, 2, "one for each of two workers");
    tokio::select! {
        biased;
        reply = &mut third => panic!("served beyond the limit: {reply}"),
        () = async { first.get("se.example.com", "/").await; } => (),
    }
    drop(first);
    assert_eq!(within("the third client", third).await, "1.1.1.1");
}

#[tokio::test]
async fn idle_connections_to_an_endpoint_are_bounded() {
    let plan = Plan::default();
    let barrier = Arc::new(tokio::sync::Barrier::new(6));
    let waiting = barrier.clone();
    let endpoint = Endpoint::start(handler(move |_| {
        let waiting = waiting.clone();
        async move {
            waiting.wait().await;
            http::Response::new(empty())
        }
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let limits = Limits { idle_per_endpoint: 2, ..Limits::default() };
    let gateway = serve(GatewayOptions { limits, workers: 1, ..options(&plan) }, &one_service(&["1.1.1.1"])).await;
    let at = address(&gateway);
    let replies = futures::future::join_all((0..6).map(|_| async move {
        let mut client = Client::connect(at, Version::Http1).await;
        let request = Request::get("/").body(empty()).unwrap();
        client.send("se.example.com", request).await.unwrap().status()
    }));
    assert!(within("six replies", replies).await.iter().all(|status| *status == 200));
    assert_eq!(endpoint.connections(), 6);
    eventually("all but two to be closed", || endpoint.open(), |open| *open == 2).await;
}
