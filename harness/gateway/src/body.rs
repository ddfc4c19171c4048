//! The bodies that pass through: requests to endpoints, responses to clients. Neither is ever collected.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::Notify;

use crate::pool::Http1Body;
use crate::registry::RequestGuard;

/// The body of a request on its way to an endpoint.
pub(crate) struct RequestBody {
    /// `None` for a body that is known to be empty.
    incoming: Option<Incoming>,
    /// Rung when the body has been read to its end, for limits that start then.
    end: Option<Rc<Notify>>,
}

/// The body of a reply on its way to a client.
pub(crate) struct ReplyBody {
    source: Source,
    /// Passes when the rule's time limit does.
    limit: Option<LocalBoxFuture<'static, ()>>,
    /// Why the body breaks off, to be told at the next poll.
    broken: Option<BrokenReply>,
    /// The connection counts as busy as long as this lives.
    _guard: RequestGuard,
}

/// Where a reply's bytes come from.
pub(crate) enum Source {
    /// From the gateway; `None` when there are none (left).
    Own(Option<Bytes>),
    Http1(Http1Body),
    Http2(Incoming),
}

/// Why a reply breaks off. The client sees a broken body, never a short one that looks whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenReply {
    #[error("the endpoint's response broke off")]
    Upstream(#[source] hyper::Error),
    #[error("the rule's time limit passed")]
    Timeout,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming) -> Self {
        Self { incoming: (!incoming.is_end_stream()).then_some(incoming), end: None }
    }

    pub(crate) fn empty() -> Self {
        Self { incoming: None, end: None }
    }

    /// Whether there is nothing to send, so that sending it again is the same.
    pub(crate) fn is_empty(&self) -> bool {
        self.incoming.is_none()
    }

    /// Rings `end` when the body has been read or given up.
    pub(crate) fn notify_end(&mut self, end: Rc<Notify>) {
        self.end = Some(end);
    }

    fn ended(&mut self) {
        if let Some(end) = self.end.take() {
            end.notify_one();
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.ended();
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(incoming) = &mut self.incoming else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(incoming).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.is_end_stream() {
            self.ended();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl ReplyBody {
    pub(crate) fn new(source: Source, guard: RequestGuard) -> Self {
        Self { source, limit: None, broken: None, _guard: guard }
    }

    /// Breaks the body off when `limit` completes.
    pub(crate) fn limited(mut self, limit: Option<LocalBoxFuture<'static, ()>>) -> Self {
        self.limit = limit;
        self
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenReply>>> {
        if let Some(limit) = &mut self.limit
            && limit.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Some(Err(BrokenReply::Timeout)));
        }
        let frame = match &mut self.source {
            Source::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Source::Http1(body) => Pin::new(body).poll_frame(cx),
            Source::Http2(body) => Pin::new(body).poll_frame(cx),
        };
        frame.map_err(BrokenReply::Upstream)
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = BrokenReply;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenReply>>> {
        if let Some(broken) = self.broken.take() {
            return Poll::Ready(Some(Err(broken)));
        }
        let broken = match ready!(self.poll_source(cx)) {
            Some(Err(broken)) => broken,
            frame => return Poll::Ready(frame),
        };
        // An error makes hyper drop what it has not written yet. One turn later it has written it, and the client sees
        // the head and the beginning of a body that breaks off, as it would without a gateway in between.
        self.source = Source::Own(None); // lets go of the endpoint's connection
        self.limit = None;
        self.broken = Some(broken);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(bytes) => bytes.is_none() && self.broken.is_none(),
            Source::Http1(body) => body.is_end_stream(),
            Source::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Source::Http1(body) => body.size_hint(),
            Source::Http2(body) => body.size_hint(),
        }
    }
}
