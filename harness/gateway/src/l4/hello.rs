//! Reading a ClientHello without answering it (RFC 8446, section 4.1.2; RFC 6066, section 3).

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use crate::registry::Entry;

/// Bytes read at a time; most hellos take one read.
const CHUNK: usize = 2048;

/// What a client has sent so far.
#[derive(Debug, Default)]
pub(super) struct Hello {
    /// Everything that was read, for the endpoint.
    pub(super) bytes: Vec<u8>,
    /// The server name (SNI); `None` when the client sent none.
    pub(super) server_name: Option<String>,
}

/// Why there is no ClientHello.
#[derive(Debug, thiserror::Error)]
pub(super) enum HelloError {
    #[error("the client does not speak TLS")]
    NotTls,
    #[error("no ClientHello in time")]
    TooLate,
    #[error("the gateway stops")]
    Draining,
    #[error("the client closed its connection")]
    Closed,
    #[error("the client's connection broke")]
    Broken(#[source] io::Error),
}

/// Reads from `client` until its ClientHello is complete. It has as long as a request head has.
pub(super) async fn read(entry: &Entry, client: &mut TcpStream) -> Result<Hello, HelloError> {
    let mut acceptor = Acceptor::default();
    let mut hello = Hello::default();
    loop {
        let start = hello.bytes.len();
        read_some(entry, client, &mut hello.bytes).await?;
        let mut unread = &hello.bytes[start..];
        while !unread.is_empty() {
            acceptor.read_tls(&mut unread).map_err(|_| HelloError::NotTls)?;
        }
        // What is wrong with a hello is for the endpoint to say; only one that cannot be read has nowhere to go.
        if let Some(accepted) = acceptor.accept().map_err(|_| HelloError::NotTls)? {
            hello.server_name = accepted.client_hello().server_name().map(str::to_owned);
            return Ok(hello);
        }
    }
}

/// Adds at least one byte to `bytes`.
async fn read_some(entry: &Entry, client: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<(), HelloError> {
    let mut chunk = [0; CHUNK];
    poll_fn(|cx| {
        entry.note_waker(cx);
        if entry.is_expired() {
            return Poll::Ready(Err(HelloError::TooLate));
        }
        if entry.is_draining() {
            return Poll::Ready(Err(HelloError::Draining));
        }
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut *client).poll_read(cx, &mut buffer)).map_err(HelloError::Broken)?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Err(HelloError::Closed));
        }
        bytes.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(()))
    })
    .await
}
