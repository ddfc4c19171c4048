//! One connection of the probe to a listener.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::failure::is_closing;
use super::request::Body;
use super::tls::TlsClient;
use crate::loopback::Loopback;

/// An open connection. Dropping it closes it.
pub(super) struct Connection {
    sender: Sender,
    wire: Arc<WireState>,
    _end: Arc<DropGuard>,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

/// Why there is no connection.
pub(super) enum OpenError {
    /// No TCP connection.
    Connect(io::Error),
    /// The other end closed the connection when TLS was begun, without a word.
    Closed,
    /// No TLS was agreed on.
    Tls(io::Error),
    /// HTTP could not be begun.
    Http(hyper::Error),
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum SendError {
    /// The gateway had closed the connection before it could read anything of the request.
    Closed(hyper::Error),
    /// Anything else, after so many bytes of the response.
    Broken { error: hyper::Error, received: u64 },
}

/// What is known about the bytes of a connection.
#[derive(Debug, Default)]
struct WireState {
    received: AtomicU64,
    /// A request was sent over it.
    used: AtomicBool,
    /// The other end refused what was written: it had closed the connection without reading it. A gateway that reads a
    /// request and then closes in an orderly way leaves no such trace.
    refused: AtomicBool,
}

impl Connection {
    /// Connects to a listener. What drives the connection is one of `tasks` and ends with it.
    ///
    /// # Errors
    /// When there is no TCP connection to be had, or no TLS above it.
    pub(super) async fn open(
        target: Loopback,
        over_http2: bool,
        tls: Option<&TlsClient>,
        tasks: &TaskTracker,
    ) -> Result<Self, OpenError> {
        let stream = TcpStream::connect(target.address()).await.map_err(OpenError::Connect)?;
        stream.set_nodelay(true).map_err(OpenError::Connect)?;
        let state = Arc::new(WireState::default());
        let wire = Wire { stream, state: Arc::clone(&state) };
        let spawner = Spawner { tasks: tasks.clone(), life: CancellationToken::new() };
        let end = Arc::new(spawner.life.clone().drop_guard());
        let sender = match tls {
            None => Sender::begin(wire, over_http2, &spawner).await,
            Some(tls) => match tls.connect(wire).await {
                Ok(stream) => Sender::begin(stream, over_http2, &spawner).await,
                Err(error) if is_closing(&error) && state.received.load(Ordering::Relaxed) == 0 => {
                    return Err(OpenError::Closed);
                }
                Err(error) => return Err(OpenError::Tls(error)),
            },
        };
        Ok(Self { sender: sender.map_err(OpenError::Http)?, wire: state, _end: end })
    }

    /// A second handle to the same connection, for another request at the same time; `None` over HTTP/1.1, where one
    /// request has to wait for another.
    pub(super) fn share(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(Self {
                sender: Sender::Http2(sender.clone()),
                wire: Arc::clone(&self.wire),
                _end: Arc::clone(&self._end),
            }),
        }
    }

    /// Whether a request was sent over it before.
    pub(super) fn was_used(&self) -> bool {
        self.wire.used.load(Ordering::Relaxed)
    }

    /// Waits until a request can be sent; false when the connection is closed.
    pub(super) async fn is_usable(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(&mut self, request: http::Request<Body>) -> Result<http::Response<Incoming>, SendError> {
        self.wire.used.store(true, Ordering::Relaxed);
        let before = self.wire.received.load(Ordering::Relaxed);
        let sent = match &mut self.sender {
            Sender::Http1(sender) => sender.try_send_request(request).await,
            Sender::Http2(sender) => sender.try_send_request(request).await,
        };
        sent.map_err(|error| self.send_error(error, before))
    }

    fn send_error(&self, mut error: TrySendError<http::Request<Body>>, before: u64) -> SendError {
        let handed_back = error.take_message().is_some();
        let received = self.wire.received.load(Ordering::Relaxed) - before;
        let refused = received == 0 && self.wire.refused.load(Ordering::Relaxed);
        let error = error.into_error();
        if handed_back || refused { SendError::Closed(error) } else { SendError::Broken { error, received } }
    }
}

impl Sender {
    /// Begins HTTP over `stream`.
    async fn begin<S>(stream: S, over_http2: bool, spawner: &Spawner) -> hyper::Result<Self>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        if over_http2 {
            let (sender, connection) = http2::handshake(spawner.clone(), io).await?;
            spawner.execute(drive(connection));
            Ok(Self::Http2(sender))
        } else {
            let (sender, connection) = http1::handshake(io).await?;
            spawner.execute(drive(connection));
            Ok(Self::Http1(sender))
        }
    }
}

/// Starts the tasks of one connection; they end when it is dropped.
#[derive(Clone)]
struct Spawner {
    tasks: TaskTracker,
    life: CancellationToken,
}

impl<F> Executor<F> for Spawner
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, future: F) {
        self.tasks.spawn(self.life.clone().run_until_cancelled_owned(future));
    }
}

/// What is wrong with a connection, the request that was under way is told.
async fn drive(connection: impl Future<Output = hyper::Result<()>>) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection of the probe ended");
    }
}

/// The socket, watched.
struct Wire {
    stream: TcpStream,
    state: Arc<WireState>,
}

impl Wire {
    /// Notes an error that says that the other end had closed.
    fn note(&self, error: &io::Error) {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) {
            self.state.refused.store(true, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut wire.stream).poll_read(cx, buffer));
        let came = buffer.filled().len() - before;
        match &read {
            Err(error) => wire.note(error),
            // The end of the stream. If what was written was refused meanwhile, only the socket's own error says so.
            Ok(()) if came == 0 && buffer.remaining() > 0 => {
                if let Ok(Some(error)) = wire.stream.take_error() {
                    wire.note(&error);
                }
            }
            Ok(()) => {
                wire.state.received.fetch_add(came as u64, Ordering::Relaxed);
            }
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = ready!(Pin::new(&mut wire.stream).poll_write(cx, bytes));
        Poll::Ready(written.inspect_err(|error| wire.note(error)))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let written = ready!(Pin::new(&mut wire.stream).poll_write_vectored(cx, parts));
        Poll::Ready(written.inspect_err(|error| wire.note(error)))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
