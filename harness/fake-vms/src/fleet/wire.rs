//! The byte stream below HTTP, with the two things that HTTP libraries rightly do not offer: to end it at an exact place
//! and to end it with a reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// Ends a connection. Shared by its wire, its requests and its VM.
#[derive(Debug)]
pub(super) struct WireControl {
    /// Cancelled when the connection has to end; also cancelled with all of the VM's connections.
    cut: CancellationToken,
    reset: AtomicBool,
    /// Whether the VM resets all connections of this generation.
    reset_all: Arc<AtomicBool>,
    written: AtomicU64,
    /// The connection ends when so many bytes were written; `u64::MAX` while it may live.
    close_after: AtomicU64,
}

/// A TCP stream under a [`WireControl`].
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    control: Arc<WireControl>,
}

impl WireControl {
    pub(super) fn new(cut: CancellationToken, reset_all: Arc<AtomicBool>) -> Self {
        Self {
            cut,
            reset: AtomicBool::new(false),
            reset_all,
            written: AtomicU64::new(0),
            close_after: AtomicU64::new(u64::MAX),
        }
    }

    /// Ends the connection with an RST, now.
    pub(super) fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
        self.cut.cancel();
    }

    /// Ends the connection in the ordinary way when everything is flushed and at least `bytes` were written in all.
    pub(super) fn close_after(&self, bytes: u64) {
        self.close_after.store(bytes, Ordering::SeqCst);
    }

    /// Bytes written so far, heads and frames included.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    pub(super) fn is_reset(&self) -> bool {
        self.reset.load(Ordering::SeqCst) || self.reset_all.load(Ordering::SeqCst)
    }

    pub(super) fn cut(&self) -> &CancellationToken {
        &self.cut
    }

    fn flushed(&self) {
        if self.written() >= self.close_after.load(Ordering::SeqCst) {
            self.cut.cancel();
        }
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream, control: Arc<WireControl>) -> Self {
        Self { stream, control }
    }

    /// Small replies leave at once.
    pub(super) fn without_delay(&self) -> io::Result<()> {
        self.stream.set_nodelay(true)
    }

    fn count(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.control.written.fetch_add(*bytes as u64, Ordering::SeqCst);
        }
        written
    }
}

/// A stream that is closed with a linger time of zero sends an RST instead of a FIN.
impl Drop for Wire {
    fn drop(&mut self) {
        if self.control.is_reset()
            && let Err(error) = self.stream.set_zero_linger()
        {
            // The peer is gone already, so it cannot tell the difference.
            tracing::debug!(%error, "connection ended before it could be reset");
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.control.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
