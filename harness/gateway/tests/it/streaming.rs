//! Bodies pass as they come, both ways, and break where they break.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc;
use http::{Request, Response};
use http_body_util::BodyExt;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::*;

/// Sends every frame of the request back as it comes.
fn mirror() -> Handler {
    handler(|request| async move {
        let frames = request.into_body().into_data_stream();
        Response::new(stream(frames.map(|bytes| data(bytes.map_err(std::io::Error::other)?))))
    })
}

#[rstest]
#[tokio::test]
async fn a_conversation_over_one_request(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    let plan = Plan::default();
    let endpoint = Endpoint::start(mirror()).await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let (mut say, said) = mpsc::channel(1);
    say.try_send(data("0")).unwrap();
    let reply = client.send("se.example.com", Request::post("/").body(stream(said)).unwrap()).await.unwrap();
    let mut heard = reply.into_body();
    for n in 0..20 {
        // The next word is said only when the one before has come back: whoever buffers waits for ever.
        let frame = within("an echo", heard.frame()).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), n.to_string());
        say.try_send(data((n + 1).to_string())).unwrap();
    }
    drop(say);
    let rest = within("the end", heard.collect()).await.unwrap().to_bytes();
    assert_eq!(rest, "20");
}

#[rstest]
#[tokio::test]
async fn bodies_larger_than_any_buffer(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
    #[values(true, false)] length_known: bool,
) {
    const CHUNK: usize = 64 * 1024;
    const CHUNKS: usize = 256;
    let plan = Plan::default();
    let endpoint = Endpoint::start(mirror()).await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let frames = futures::stream::iter((0..CHUNKS).map(|n| data(vec![n as u8; CHUNK])));
    let mut request = Request::post("/");
    if length_known {
        request = request.header("content-length", CHUNK * CHUNKS);
    }
    let reply = client.send("se.example.com", request.body(stream(frames)).unwrap()).await.unwrap();
    let mut at = 0;
    let mut heard = reply.into_body();
    while let Some(frame) = within("more of the body", heard.frame()).await {
        let mut got = frame.unwrap().into_data().unwrap();
        while !got.is_empty() {
            let part = got.split_to(got.len().min(CHUNK - at % CHUNK));
            assert!(part == vec![(at / CHUNK) as u8; part.len()], "at {at}");
            at += part.len();
        }
    }
    assert_eq!(at, CHUNK * CHUNKS);
}

#[rstest]
#[tokio::test]
async fn a_response_can_come_before_the_end_of_the_request(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    let plan = Plan::default();
    let endpoint =
        Endpoint::start(handler(|_| async { Response::builder().status(413).body(body("too much")).unwrap() })).await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let (mut say, said) = mpsc::channel(1);
    say.try_send(data("begun")).unwrap();
    let reply = client.send("se.example.com", Request::post("/").body(stream(said)).unwrap()).await.unwrap();
    let reply = collect(reply).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (413, "too much"));
    drop(say);
    assert_eq!(get(address(&gateway), "se.example.com").await.status, 413, "and the gateway goes on");
}

/// An endpoint that answers with these bytes and closes.
async fn answer_and_close(plan: &Plan, bytes: &'static [u8]) -> JoinSet<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            stream.write_all(bytes).await.unwrap();
        }
    });
    tasks
}

#[rstest]
#[case::known_length(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")]
#[case::chunked(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
#[tokio::test]
async fn a_response_that_breaks_off_does_so_for_the_client_too(
    #[case] bytes: &'static [u8],
    #[values(Version::Http1, Version::Http2)] version: Version,
) {
    let plan = Plan::default();
    let _endpoint = answer_and_close(&plan, bytes).await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let reply = client.send("se.example.com", Request::get("/").body(empty()).unwrap()).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(within("the break", reply.into_body().collect()).await.is_err());
}

#[rstest]
#[case(Version::Http1)]
#[case(Version::Http2)]
#[tokio::test]
async fn a_response_that_ends_with_its_connection_is_whole(#[case] version: Version) {
    let plan = Plan::default();
    let _endpoint = answer_and_close(&plan, b"HTTP/1.1 200 OK\r\n\r\nwhole").await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let reply = Client::connect(address(&gateway), version).await.get("se.example.com", "/").await;
    assert_eq!(reply.text, "whole");
}

#[rstest]
#[tokio::test]
async fn an_endpoint_hears_when_the_client_goes_away(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    struct Gone(Arc<tokio::sync::Notify>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let plan = Plan::default();
    let gone: Arc<tokio::sync::Notify> = Arc::default();
    let notice = gone.clone();
    let endpoint = Endpoint::start(handler(move |_| {
        let gone = Gone(notice.clone());
        async move {
            let endless = futures::stream::unfold(gone, |gone| async move { Some((data(vec![0; 1024]), gone)) });
            Response::new(stream(endless))
        }
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &speaking(protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let reply = client.send("se.example.com", Request::get("/").body(empty()).unwrap()).await.unwrap();
    let mut heard = reply.into_body();
    let first: Bytes = heard.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(!first.is_empty());
    drop(heard);
    drop(client);
    within("the endpoint to hear of it", gone.notified()).await;
    eventually("the connection to be counted", || gateway.stats().connections_open, |open| *open == 0).await;
}

#[tokio::test]
async fn a_request_that_breaks_off_is_not_completed_for_the_endpoint() {
    let plan = Plan::default();
    let (tell, mut told) = mpsc::unbounded();
    let endpoint = Endpoint::start(handler(move |request| {
        let tell = tell.clone();
        async move {
            let whole = request.into_body().collect().await.is_ok();
            tell.unbounded_send(whole).unwrap();
            Response::new(empty())
        }
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut stream = tokio::net::TcpStream::connect(address(&gateway)).await.unwrap();
    let request = b"POST / HTTP/1.1\r\nhost: se.example.com\r\ncontent-length: 10\r\n\r\nhalf";
    stream.write_all(request).await.unwrap();
    eventually("the request to arrive", || endpoint.hits(), |hits| *hits == 1).await;
    drop(stream);
    assert_eq!(within("the endpoint's verdict", told.next()).await, Some(false));
}
