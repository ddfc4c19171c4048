//! Reply bodies: whole, in pieces with pauses, or broken off half way.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::wire::WireControl;
use crate::SlowBody;

/// The body of a reply.
pub(super) enum ReplyBody {
    /// Everything at once; empty bodies are this, too.
    Whole(Bytes),
    /// In pieces.
    Slow(Slow),
    /// The first half, then the end of the connection.
    Half(Half),
    /// Another one, and trailers behind it.
    Ended(Box<Self>, Option<HeaderMap>),
}

pub(super) struct Slow {
    rest: Bytes,
    piece: usize,
    gap: Duration,
    /// The pause before the next piece; none before the first.
    pause: Option<Pin<Box<Sleep>>>,
}

pub(super) struct Half {
    half: Bytes,
    whole: u64,
    /// Bytes that are on the wire when all of the half is, at the least; known once the half was handed over.
    until: Option<u64>,
    wire: Arc<WireControl>,
}

impl ReplyBody {
    pub(super) fn slow(whole: Bytes, how: &SlowBody) -> Self {
        let piece = whole.len().div_ceil(usize::from(how.chunks.get())).max(1);
        Self::Slow(Slow { rest: whole, piece, gap: how.gap, pause: None })
    }

    pub(super) fn ended(body: Self, trailers: HeaderMap) -> Self {
        Self::Ended(Box::new(body), Some(trailers))
    }

    pub(super) fn half(whole: &Bytes, wire: Arc<WireControl>) -> Self {
        let half = whole.slice(..whole.len() / 2);
        Self::Half(Half { half, whole: whole.len() as u64, until: None, wire })
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(rest) if rest.is_empty() => Poll::Ready(None),
            Self::Whole(rest) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(rest))))),
            Self::Slow(slow) => slow.poll(cx),
            Self::Half(half) => half.poll(),
            Self::Ended(body, trailers) => match ready!(Pin::new(&mut **body).poll_frame(cx)) {
                None => Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))),
                frame => Poll::Ready(frame),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(rest) => rest.is_empty(),
            Self::Slow(slow) => slow.rest.is_empty(),
            Self::Half(_) => false,
            Self::Ended(body, trailers) => trailers.is_none() && body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(rest) => SizeHint::with_exact(rest.len() as u64),
            Self::Slow(slow) => SizeHint::with_exact(slow.rest.len() as u64),
            Self::Half(half) => SizeHint::with_exact(half.whole),
            // A length would keep trailers from following in HTTP/1.1.
            Self::Ended(..) => SizeHint::default(),
        }
    }
}

impl Slow {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.split_to(self.piece.min(self.rest.len()));
        if !self.rest.is_empty() {
            self.pause = Some(Box::pin(sleep(self.gap)));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl Half {
    /// Hands over the half, then never anything more: the wire ends the connection once the half has left.
    fn poll(&mut self) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(until) = self.until {
            self.wire.close_after(until);
            return Poll::Pending;
        }
        let half = std::mem::take(&mut self.half);
        self.until = Some(self.wire.written() + half.len() as u64);
        if half.is_empty() {
            return self.poll();
        }
        Poll::Ready(Some(Ok(Frame::data(half))))
    }
}
