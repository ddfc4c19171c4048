//! One client connection, HTTP/1.1 or HTTP/2 as its first bytes say.

use std::convert::Infallible;
use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;

use crate::Limits;
use crate::proxy::Client;
use crate::registry::{Carries, Entry};
use crate::worker::{Accepted, LocalExecutor, Worker};

/// What an HTTP/2 connection starts with (RFC 9113, section 3.4), and no HTTP/1.1 connection does.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A client's socket with the bytes that were read to find out what it speaks.
struct Socket {
    io: TokioIo<TcpStream>,
    start: [u8; PREFACE.len()],
    /// Bytes of `start` that have been read from the socket.
    filled: usize,
    /// Bytes of them that have been handed on.
    taken: usize,
}

/// Serves a connection until it ends, drains or expires.
pub(crate) async fn serve(worker: Rc<Worker>, accepted: Accepted) {
    let closed_port = worker.current().active.table(accepted.port).is_none();
    let registered = worker.registry.register(accepted.port, Carries::Requests, closed_port);
    let entry = registered.entry.clone();
    let socket = match accepted.stream.set_nodelay(true).and_then(|()| TcpStream::from_std(accepted.stream)) {
        Ok(stream) => Socket::new(stream),
        Err(error) => return tracing::debug!(%error, "client connection lost"),
    };
    let address = HeaderValue::try_from(accepted.peer.ip().to_canonical().to_string());
    let Ok(address) = address else { return }; // digits, dots and colons are always a value
    let Some((socket, is_http2)) = detect(&entry, socket).await else { return };
    let client = Rc::new(Client { worker: worker.clone(), entry: entry.clone(), address });
    let service = service_fn(move |request: Request<Incoming>| {
        let client = client.clone();
        async move { Ok::<_, Infallible>(client.handle(request).await) }
    });
    if is_http2 {
        supervise(&entry, pin!(worker.http2.serve_connection(socket, service))).await;
    } else {
        supervise(&entry, pin!(worker.http1.serve_connection(socket, service))).await;
    }
    drop(accepted.permit);
}

/// The HTTP/1.1 settings of client connections. The header timeout is the registry's: one clock for all.
pub(crate) fn http1(limits: &Limits) -> http1::Builder {
    let mut http1 = http1::Builder::new();
    http1.max_header_size(limits.header_bytes);
    http1
}

/// The HTTP/2 settings of client connections.
pub(crate) fn http2(limits: &Limits) -> http2::Builder<LocalExecutor> {
    let mut http2 = http2::Builder::new(LocalExecutor);
    http2
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.streams_per_connection);
    http2
}

/// Reads until it is clear what the client speaks. `None` when the connection ended before.
async fn detect(entry: &Entry, mut socket: Socket) -> Option<(Socket, bool)> {
    let is_http2 = poll_fn(|cx| {
        entry.note_waker(cx);
        if entry.is_expired() || (entry.is_draining() && socket.filled == 0) {
            return Poll::Ready(None);
        }
        socket.poll_detect(cx).map(Result::ok)
    })
    .await?;
    Some((socket, is_http2))
}

/// Drives a connection; tells it to drain when the registry says so.
async fn supervise<C>(entry: &Entry, mut connection: Pin<&mut C>)
where
    C: GracefulConnection,
    C::Error: Display,
{
    let mut draining = false;
    let result = poll_fn(|cx| {
        entry.note_waker(cx);
        if entry.is_expired() {
            return Poll::Ready(None);
        }
        if !draining && entry.is_draining() {
            draining = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx).map(Some)
    });
    match result.await {
        None => tracing::debug!("client connection closed: no request in time"),
        Some(Err(error)) => tracing::debug!(%error, "client connection ended"),
        Some(Ok(())) => (),
    }
}

impl Socket {
    fn new(stream: TcpStream) -> Self {
        Self { io: TokioIo::new(stream), start: [0; PREFACE.len()], filled: 0, taken: 0 }
    }

    /// Whether the client starts with HTTP/2's preface; reads no further than it takes to know.
    fn poll_detect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            if self.start[..self.filled] != PREFACE[..self.filled] {
                return Poll::Ready(Ok(false));
            }
            if self.filled == PREFACE.len() {
                return Poll::Ready(Ok(true));
            }
            let mut buffer = ReadBuf::new(&mut self.start[self.filled..]);
            ready!(Pin::new(&mut self.io).poll_read(cx, buffer.unfilled()))?;
            match buffer.filled().len() {
                0 => return Poll::Ready(Ok(false)), // the end of the stream; HTTP/1.1 knows what to make of it
                read => self.filled += read,
            }
        }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.taken == self.filled {
            return Pin::new(&mut self.io).poll_read(cx, buffer);
        }
        let size = buffer.remaining().min(self.filled - self.taken);
        buffer.put_slice(&self.start[self.taken..self.taken + size]);
        self.taken += size;
        Poll::Ready(Ok(()))
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }
}
