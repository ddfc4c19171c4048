//! HTTP/1.1 connections, driven by the task of the request that borrowed them.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Pool;
use super::connect::{ConnectError, connect};
use super::relay::Relay;
use super::stream::Stream;
use crate::body::RequestBody;
use crate::stats::count;

/// How often a borrower polls again because of its own doing before it lets other tasks have a turn. Progress beyond
/// that needs the scheduler: an exhausted cooperative budget, for one, wakes its task at once, again and again.
const ROUNDS: usize = 8;

/// The idle connections of a pool, the last one used on top.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "a connection goes in and out with every request: moving a pointer is cheaper")]
pub(super) struct IdleConnections(RefCell<Vec<Box<Connection>>>);

/// A connection that carries one request at a time.
pub(super) struct Connection {
    sender: http1::SendRequest<RequestBody>,
    driver: http1::Connection<TokioIo<Stream>, RequestBody>,
    relay: Arc<Relay>,
    /// The relay as a waker.
    waker: Waker,
    /// The driver has ended and must not be polled.
    ended: bool,
}

/// A borrowed connection. Dropped before its response is complete, it is closed.
pub(crate) struct Http1Lease {
    connection: Box<Connection>,
    pool: Rc<Pool>,
    reused: bool,
}

/// The body of a response, which drives the connection it comes from and gives it back at its end.
pub(crate) struct Http1Body {
    incoming: Incoming,
    lease: Option<Http1Lease>,
}

impl IdleConnections {
    /// An idle connection that is not known to be closed.
    pub(super) fn take(&self) -> Option<Box<Connection>> {
        let mut idle = self.0.borrow_mut();
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.ended && connection.sender.is_ready())
    }

    /// Drops connections that their peers have closed.
    pub(super) fn reap(&self) {
        self.0.borrow_mut().retain_mut(|connection| !connection.relay.stirred() || connection.settle());
    }

    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    fn put(&self, connection: Box<Connection>, limit: usize) {
        let mut idle = self.0.borrow_mut();
        if idle.len() < limit {
            idle.push(connection);
        }
    }
}

impl Connection {
    /// Polls the connection, then `done`, as often as they wake each other.
    fn drive<T>(&mut self, cx: &Context<'_>, mut done: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        self.relay.enter();
        let mut inner = Context::from_waker(&self.waker);
        for _ in 0..ROUNDS {
            // Its error, if any, reaches the request or its body as well.
            self.ended = self.ended || Pin::new(&mut self.driver).poll(&mut inner).is_ready();
            if let Poll::Ready(value) = done(&mut inner) {
                return Poll::Ready(value);
            }
            if !self.relay.woken() {
                self.relay.wait(cx.waker());
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Polls the connection until it rests. Says whether it can carry another request.
    fn settle(&mut self) -> bool {
        self.relay.enter();
        let mut inner = Context::from_waker(&self.waker);
        for _ in 0..ROUNDS {
            self.ended = self.ended || Pin::new(&mut self.driver).poll(&mut inner).is_ready();
            if self.ended {
                return false;
            }
            if !self.relay.woken() {
                break;
            }
        }
        self.relay.idle();
        self.sender.is_ready()
    }
}

impl Http1Lease {
    pub(super) fn reused(connection: Box<Connection>, pool: Rc<Pool>) -> Self {
        count(&pool.stats.reuses);
        Self { connection, pool, reused: true }
    }

    pub(super) async fn connect(pool: Rc<Pool>) -> Result<Self, ConnectError> {
        let io = connect(&pool).await?;
        let (sender, driver) = http1::Builder::new()
            .max_header_size(pool.settings.header_bytes)
            .handshake(io)
            .await
            .map_err(|_| ConnectError::Handshake)?;
        let relay = Relay::new(pool.idle_event.clone());
        let waker = Waker::from(relay.clone());
        let connection = Box::new(Connection { sender, driver, relay, waker, ended: false });
        Ok(Self { connection, pool, reused: false })
    }

    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Sends `request` and waits for the head of the response.
    pub(crate) async fn exchange(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Http1Body>, TrySendError<Request<RequestBody>>> {
        self.connection.relay.enter(); // queueing the request wakes the connection, which is about to be polled
        let mut response = pin!(self.connection.sender.try_send_request(request));
        let response = poll_fn(|cx| self.connection.drive(cx, |inner| response.as_mut().poll(inner))).await?;
        Ok(response.map(|incoming| Http1Body::new(incoming, self)))
    }

    /// Gives the connection back if it can be used again.
    fn release(mut self) {
        if self.connection.settle() && !self.pool.retired.get() {
            self.pool.http1.put(self.connection, self.pool.settings.idle_per_endpoint);
        }
    }
}

impl Http1Body {
    fn new(incoming: Incoming, lease: Http1Lease) -> Self {
        let mut body = Self { incoming, lease: Some(lease) };
        body.release_at_end();
        body
    }

    fn release_at_end(&mut self) {
        if self.incoming.is_end_stream()
            && let Some(lease) = self.lease.take()
        {
            lease.release();
        }
    }
}

impl Body for Http1Body {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let Some(lease) = &mut this.lease else {
            return Pin::new(&mut this.incoming).poll_frame(cx);
        };
        let mut incoming = Pin::new(&mut this.incoming);
        // What the connection has read already needs no poll of it.
        lease.connection.relay.enter();
        let frame = match incoming.as_mut().poll_frame(&mut Context::from_waker(&lease.connection.waker)) {
            Poll::Ready(frame) => frame,
            Poll::Pending => ready!(lease.connection.drive(cx, |inner| incoming.as_mut().poll_frame(inner))),
        };
        match &frame {
            Some(Ok(_)) => this.release_at_end(),
            Some(Err(_)) => this.lease = None,
            None => {
                if let Some(lease) = this.lease.take() {
                    lease.release();
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
