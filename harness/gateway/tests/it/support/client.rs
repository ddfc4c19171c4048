//! Clients: one connection each, in either version, and raw bytes.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Body, empty, within};

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http1,
    Http2,
}

/// A connection to the gateway.
pub(crate) struct Client {
    sender: Sender,
    authority: SocketAddr,
    _task: JoinSet<()>,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, version: Version) -> Self {
        let io = TokioIo::new(within("the gateway to accept", TcpStream::connect(address)).await.unwrap());
        let mut task = JoinSet::new();
        let sender = match version {
            Version::Http1 => {
                let (sender, driver) = http1::handshake(io).await.unwrap();
                task.spawn(async move { drop(driver.await) });
                Sender::Http1(sender)
            }
            Version::Http2 => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
                task.spawn(async move { drop(driver.await) });
                Sender::Http2(sender)
            }
        };
        Self { sender, authority: address, _task: task }
    }

    /// Sends a request; its target is a path, its host the one given.
    pub(crate) async fn send(&mut self, host: &str, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        let (mut parts, body) = request.into_parts();
        match &mut self.sender {
            Sender::Http1(sender) => {
                parts.headers.insert("host", host.parse().unwrap());
                sender.ready().await?;
                within("a response", sender.send_request(Request::from_parts(parts, body))).await
            }
            Sender::Http2(sender) => {
                parts.uri = format!("http://{host}{}", parts.uri).parse().unwrap();
                sender.ready().await?;
                within("a response", sender.send_request(Request::from_parts(parts, body))).await
            }
        }
    }

    /// Sends `GET path` for `host` and collects the reply.
    pub(crate) async fn get(&mut self, host: &str, path: &str) -> Reply {
        let response = self.send(host, Request::get(path).body(empty()).unwrap()).await;
        collect(response.unwrap_or_else(|error| panic!("no reply from {}: {error}", self.authority))).await
    }
}

/// Collects a reply.
pub(crate) async fn collect(response: Response<Incoming>) -> Reply {
    let (parts, body) = response.into_parts();
    let bytes: Bytes = within("the end of a body", body.collect()).await.unwrap().to_bytes();
    Reply { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// `GET /` for `host` on a connection of its own.
pub(crate) async fn get(address: SocketAddr, host: &str) -> Reply {
    Client::connect(address, Version::Http1).await.get(host, "/").await
}

/// Sends bytes and reads until the peer closes.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is an end as well.
    let _ = within("the gateway to close", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads until what came ends with `end`; for endpoints played by hand.
pub(crate) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        assert_ne!(within(end, stream.read_buf(&mut read)).await.unwrap(), 0, "closed before {end:?}");
    }
    String::from_utf8(read).unwrap()
}
