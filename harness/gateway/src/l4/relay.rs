//! Passing bytes on, both ways, until both sides have ended.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::pool::Stream;

/// How a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Both sides have ended it.
    Whole,
    /// One side broke it.
    Broken(#[expect(dead_code, reason = "read by its Debug form, in the log")] io::Error),
    /// Nothing passed for the idle time.
    Idle,
}

/// The client's side, which all bytes pass: it notes when the last ones did.
struct Watched<'a> {
    stream: TcpStream,
    last: &'a Cell<Instant>,
}

/// Passes on what `client` and `endpoint` send. When one side ends, the other is told and may go on (RFC 9293, section
/// 3.6); both are closed when both have, when one breaks, and when nothing passed for `idle`.
pub(super) async fn relay(client: TcpStream, mut endpoint: Stream, idle: Duration) -> Ended {
    let last = Cell::new(Instant::now());
    let mut client = Watched { stream: client, last: &last };
    tokio::select! {
        copied = copy_bidirectional(&mut client, &mut endpoint) => match copied {
            Ok(_) => Ended::Whole,
            Err(error) => Ended::Broken(error),
        },
        () = idle_for(&last, idle) => Ended::Idle,
    }
}

/// Completes when `last` has been `idle` ago.
async fn idle_for(last: &Cell<Instant>, idle: Duration) {
    while last.get().elapsed() < idle {
        tokio::time::sleep_until(last.get() + idle).await;
    }
}

impl Watched<'_> {
    fn note<T>(&self, polled: Poll<T>) -> Poll<T> {
        if polled.is_ready() {
            self.last.set(Instant::now());
        }
        polled
    }
}

impl AsyncRead for Watched<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.note(polled)
    }
}

impl AsyncWrite for Watched<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
