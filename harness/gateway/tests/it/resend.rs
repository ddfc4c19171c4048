//! Keep-alive connections that their endpoint closes: no request is lost that can be sent again.

use http::{Method, Request};
use rstest::rstest;
use sextant_gateway::GatewayOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::*;

/// What an endpoint does with the second request of a connection. The first is always answered.
#[derive(Clone, Copy)]
enum Second {
    /// Reads it and closes without a word.
    Swallow,
    /// Begins an answer and closes.
    Begin,
}

/// An endpoint as above; counts requests.
async fn forgetful(plan: &Plan, second: Second) -> (JoinSet<()>, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let requests: std::sync::Arc<std::sync::atomic::AtomicUsize> = Default::default();
    let count = requests.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let count = count.clone();
            connections.spawn(async move {
                let mut buffer = [0; 4096];
                if stream.read(&mut buffer).await.unwrap() == 0 {
                    return;
                }
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                if stream.read(&mut buffer).await.unwrap_or(0) == 0 {
                    return;
                }
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                if matches!(second, Second::Begin) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no").await.unwrap();
                }
            });
        }
    });
    (tasks, requests)
}

fn request(method: Method, text: &'static str) -> Request<Body> {
    Request::builder().method(method).uri("/").body(if text.is_empty() { empty() } else { body(text) }).unwrap()
}

#[rstest]
#[case::get(Method::GET, "", 200)]
#[case::delete(Method::DELETE, "", 200)]
#[case::post_may_have_been_done(Method::POST, "", 503)]
#[case::put_with_a_body_that_is_gone(Method::PUT, "text", 503)]
#[tokio::test]
async fn a_request_that_a_dying_connection_swallowed(
    #[case] method: Method,
    #[case] text: &'static str,
    #[case] status: u16,
) {
    let plan = Plan::default();
    let (_endpoint, requests) = forgetful(&plan, Second::Swallow).await;
    let gateway = serve(GatewayOptions { workers: 1, ..options(&plan) }, &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    assert_eq!(client.get("se.example.com", "/").await.text, "ok");
    let reply = client.send("se.example.com", request(method, text)).await.unwrap();
    assert_eq!(reply.status().as_u16(), status);
    let resent = u64::from(status == 200);
    assert_eq!(gateway.stats().upstream_resent, resent);
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst) as u64, 2 + resent);
}

#[tokio::test]
async fn a_response_that_has_begun_is_not_asked_for_again() {
    let plan = Plan::default();
    let (_endpoint, _) = forgetful(&plan, Second::Begin).await;
    let gateway = serve(GatewayOptions { workers: 1, ..options(&plan) }, &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    client.get("se.example.com", "/").await;
    let reply = raw(address(&gateway), b"GET / HTTP/1.1\r\nhost: se.example.com\r\n\r\n").await;
    assert!(reply.ends_with("\r\n\r\no"), "broken off, as the endpoint did: {reply}");
    assert_eq!(gateway.stats().upstream_resent, 0);
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_not_used() {
    let plan = Plan::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let gateway = serve(GatewayOptions { workers: 1, ..options(&plan) }, &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    for round in 0..20 {
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_until(&mut stream, "text").await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            stream
        };
        // A request that could not be sent twice: the connection has to be known as closed, or the request as unsent.
        let (reply, stream) = tokio::join!(client.send("se.example.com", request(Method::POST, "text")), answer);
        assert_eq!(collect(reply.unwrap()).await.text, "ok", "round {round}");
        drop(stream);
    }
    assert_eq!(gateway.stats().upstream_connects, 20);
}

#[rstest]
#[case::http1("HTTP")]
#[case::http2("HTTP2")]
#[tokio::test]
async fn connections_are_reused(#[case] protocol: &str) {
    let plan = Plan::default();
    let endpoints = echo(&plan, &["1.1.1.1"]).await;
    let gateway = serve(GatewayOptions { workers: 1, ..options(&plan) }, &speaking(protocol)).await;
    for _ in 0..5 {
        assert_eq!(get(address(&gateway), "se.example.com").await.status, 200);
    }
    assert_eq!(endpoints["1.1.1.1"].connections(), 1);
}

#[tokio::test]
async fn http_2_requests_that_start_at_once_share_one_connection() {
    let plan = Plan::default();
    let endpoints = echo(&plan, &["1.1.1.1"]).await;
    let gateway = serve(GatewayOptions { workers: 1, ..options(&plan) }, &speaking("HTTP2")).await;
    let at = address(&gateway);
    let replies = futures::future::join_all((0..10).map(|_| get(at, "se.example.com"))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!(endpoints["1.1.1.1"].connections(), 1);
}

#[tokio::test]
async fn an_http_2_connection_that_says_goodbye_loses_nothing() {
    use hyper::server::conn::http2;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let plan = Plan::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            connections.spawn(async move {
                let served = std::sync::Arc::new(tokio::sync::Notify::new());
                let notice = served.clone();
                let service = hyper::service::service_fn(move |_| {
                    notice.notify_one();
                    async { Ok::<_, std::convert::Infallible>(http::Response::new(body("ok"))) }
                });
                let mut connection = std::pin::pin!(
                    http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service)
                );
                tokio::select! {
                    _ = &mut connection => return,
                    () = served.notified() => connection.as_mut().graceful_shutdown(),
                }
                let _ = connection.await;
            });
        }
    });
    let gateway = serve(GatewayOptions { workers: 1, ..options(&plan) }, &speaking("HTTP2")).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    for round in 0..20 {
        let reply = client.send("se.example.com", request(Method::POST, "text")).await.unwrap();
        assert_eq!(collect(reply).await.text, "ok", "round {round}");
    }
    assert!(gateway.stats().upstream_connects > 1, "connections did end");
}
