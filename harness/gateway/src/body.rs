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

mod tee;

/// The body of a request on its way to an endpoint.
pub(crate) struct RequestBody {
    origin: Origin,
    /// Those who get a copy of everything that is read.
    feeds: Vec<tee::Feed>,
    /// Rung when the body has been read to its end, for limits that start then.
    end: Option<Rc<Notify>>,
}

/// Where the bytes of a request come from.
enum Origin {
    /// Known to be empty.
    Empty,
    /// The client.
    Client(Incoming),
    /// What another request reads from its client.
    Copied(tee::Copied),
}

/// Why a request breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenRequest {
    #[error("the client's request broke off")]
    Client(#[source] hyper::Error),
    #[error("the copy lost its original, or fell too far behind it")]
    Copy,
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
        let origin = if incoming.is_end_stream() { Origin::Empty } else { Origin::Client(incoming) };
        Self::from(origin)
    }

    pub(crate) fn empty() -> Self {
        Self::from(Origin::Empty)
    }

    /// Whether there is nothing to send, so that sending it again is the same.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.origin, Origin::Empty)
    }

    /// A body that gets everything that is read from this one, which waits for nobody.
    pub(crate) fn copy(&mut self) -> Self {
        if self.is_empty() {
            return Self::empty();
        }
        let (feed, copied) = tee::copy(self.size_hint());
        self.feeds.push(feed);
        Self::from(Origin::Copied(copied))
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

impl From<Origin> for RequestBody {
    fn from(origin: Origin) -> Self {
        Self { origin, feeds: Vec::new(), end: None }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.ended();
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BrokenRequest;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenRequest>>> {
        let this = &mut *self;
        let frame = match &mut this.origin {
            Origin::Empty => return Poll::Ready(None),
            Origin::Client(incoming) => {
                ready!(Pin::new(incoming).poll_frame(cx)).map(|f| f.map_err(BrokenRequest::Client))
            }
            Origin::Copied(copied) => ready!(copied.poll_frame(cx)).map(|f| f.map_err(|_| BrokenRequest::Copy)),
        };
        if let Some(Ok(frame)) = &frame {
            this.feeds.iter_mut().for_each(|feed| feed.frame(frame));
        }
        if frame.is_none() || this.is_end_stream() {
            this.feeds.drain(..).for_each(|mut feed| feed.end());
            this.ended();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.origin {
            Origin::Empty => true,
            Origin::Client(incoming) => incoming.is_end_stream(),
            Origin::Copied(copied) => copied.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.origin {
            Origin::Empty => SizeHint::with_exact(0),
            Origin::Client(incoming) => incoming.size_hint(),
            Origin::Copied(copied) => copied.size_hint(),
        }
    }
}

impl Body for Source {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Own(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Http1(body) => Pin::new(body).poll_frame(cx),
            Self::Http2(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(bytes) => bytes.is_none(),
            Self::Http1(body) => body.is_end_stream(),
            Self::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Http1(body) => body.size_hint(),
            Self::Http2(body) => body.size_hint(),
        }
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
        Pin::new(&mut self.source).poll_frame(cx).map_err(BrokenReply::Upstream)
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
        self.source.is_end_stream() && self.broken.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.source.size_hint()
    }
}
