//! The client that asks the gateway: requests over connections in turn, and what came of each.
//!
//! Request *i* goes over connection *i* mod *c*, whatever is under way elsewhere. Nothing is sent twice, with one
//! exception: a connection that was used before and that the gateway had closed, without reading anything of the next
//! request, is replaced and the request sent on the new one. That is what keep-alive means to every client (RFC 9112,
//! section 9.3.1); anything else that goes wrong is an outcome.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use sextant_verdict::{FailureSide, Reply, ReplyOutcome};
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

mod connection;
mod failure;
mod raw;
mod reply;
mod request;
#[cfg(test)]
mod tests;
mod tls;

pub(crate) use failure::chain;
pub(crate) use reply::Directory;
pub(crate) use request::BadRequest;
pub(crate) use request::ProbeRequest;

use crate::clock::Clock;
use crate::loopback::Loopback;
use connection::{Connection, OpenError, SendError};
use failure::{failed, no_response, no_tls, not_connected};
use request::Kind;

/// What a probe needs to know of the world.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The clock of the scenario.
    pub(crate) clock: Clock,
    /// Who is who.
    pub(crate) who: Arc<Directory>,
    /// A request without a whole response after so long has failed, through the gateway's fault.
    pub(crate) patience: Duration,
    /// Owns what the probe starts.
    pub(crate) tasks: TaskTracker,
}

/// Sends one request again and again. Its connections are opened when they are first used and closed with it.
pub(crate) struct Probe {
    /// `None` when the gateway has no such listener: every request fails then, through the gateway's fault.
    target: Option<Loopback>,
    request: ProbeRequest,
    around: Surroundings,
    /// Waiters are served in the order they came, which is the order of the requests.
    connections: Vec<Mutex<Option<Connection>>>,
}

impl Probe {
    /// A probe with so many connections, at least one.
    pub(crate) fn new(target: Option<Loopback>, request: ProbeRequest, connections: u32, around: Surroundings) -> Self {
        let connections = (0..connections.max(1)).map(|_| Mutex::default()).collect();
        Self { target, request, around, connections }
    }

    /// Sends requests 0 to `count` - 1, at most `concurrency` at a time: with 1, strictly one after the other. Over
    /// HTTP/1.1 a connection has one request at a time, so that more at a time than connections changes nothing.
    ///
    /// Replies are in the order of the requests. At `deadline` the requests that have no outcome yet are given up, and
    /// have no reply.
    pub(crate) async fn volley(&self, count: u32, concurrency: u32, deadline: Instant) -> Vec<Reply> {
        let mut numbers = 0..u64::from(count);
        let mut under_way = FuturesUnordered::new();
        let mut replies = Vec::with_capacity(count as usize);
        under_way.extend(numbers.by_ref().take(concurrency.max(1) as usize).map(|number| self.one(number, None)));
        while let Ok(Some(reply)) = tokio::time::timeout_at(deadline.into(), under_way.next()).await {
            replies.push(reply);
            under_way.extend(numbers.next().map(|number| self.one(number, None)));
        }
        replies.sort_by_key(|reply| reply.number);
        replies
    }

    /// Sends request `number` and waits for what comes of it. With a deadline, having none by then is the outcome.
    pub(crate) async fn one(&self, number: u64, deadline: Option<Instant>) -> Reply {
        let connection = number % self.connections.len() as u64;
        // There are at most u32::MAX connections.
        let connection = u32::try_from(connection).unwrap_or(u32::MAX);
        let mut slot = self.connections[connection as usize].lock().await;
        let shared = if self.request.is_http2() { self.share(&mut slot).await } else { Ok(None) };
        let sent_at = self.around.clock.now();
        let outcome = match shared {
            Err(outcome) => outcome,
            Ok(None) => self.exchange(&mut slot, deadline).await,
            Ok(shared @ Some(_)) => {
                // Others may use the connection while this request is under way.
                drop(slot);
                self.exchange(&mut { shared }, deadline).await
            }
        };
        Reply { number, connection, sent_at, done_at: self.around.clock.now(), outcome }
    }

    /// A handle to the connection of `slot` for one request, after opening it if need be.
    async fn share(&self, slot: &mut Option<Connection>) -> Result<Option<Connection>, ReplyOutcome> {
        let connection = self.usable(slot.take()).await?;
        let shared = connection.share();
        *slot = Some(connection);
        Ok(shared)
    }

    /// `connection`, if a request can be sent over it, or else a new one.
    async fn usable(&self, connection: Option<Connection>) -> Result<Connection, ReplyOutcome> {
        if let Some(mut connection) = connection
            && connection.is_usable().await
        {
            return Ok(connection);
        }
        self.open().await
    }

    async fn open(&self) -> Result<Connection, ReplyOutcome> {
        let Some(target) = self.target else {
            return Err(no_listener());
        };
        let opened = Connection::open(target, self.request.is_http2(), self.request.tls.as_ref(), &self.around.tasks);
        match tokio::time::timeout(self.around.patience, opened).await {
            Ok(opened) => opened.map_err(|error| match error {
                OpenError::Connect(error) => not_connected(&error),
                OpenError::Closed => ReplyOutcome::Closed,
                OpenError::Tls(error) => no_tls(&error),
                OpenError::Http(error) => no_response(&error, 0),
            }),
            Err(_) => {
                let message = format!("the gateway accepted no connection within {:?}", self.around.patience);
                Err(failed(FailureSide::Gateway, message))
            }
        }
    }

    async fn send_bytes(&self, bytes: &Bytes) -> ReplyOutcome {
        let Some(target) = self.target else { return no_listener() };
        raw::exchange(target, bytes, self.request.tls.as_ref(), &self.around.who).await
    }

    /// One request over the connection of `slot`, which is left empty when the connection cannot be used again.
    async fn exchange(&self, slot: &mut Option<Connection>, deadline: Option<Instant>) -> ReplyOutcome {
        let patience = self.around.patience;
        let by = Instant::now() + patience;
        let outcome = tokio::time::timeout_at(deadline.map_or(by, |deadline| deadline.min(by)).into(), self.send(slot));
        outcome.await.unwrap_or_else(|_| {
            let limit = match deadline {
                Some(deadline) if deadline < by => "before the deadline of the step".to_owned(),
                _ => format!("within {patience:?}"),
            };
            failed(FailureSide::Gateway, format!("no whole response {limit}"))
        })
    }

    async fn send(&self, slot: &mut Option<Connection>) -> ReplyOutcome {
        let request = match &self.request.kind {
            Kind::Http(request) => request,
            Kind::Bytes(bytes) => return self.send_bytes(bytes).await,
        };
        loop {
            let mut connection = match self.usable(slot.take()).await {
                Ok(connection) => connection,
                Err(outcome) => return outcome,
            };
            let reused = connection.was_used();
            match connection.send(request.copy()).await {
                Ok(response) => {
                    let outcome = reply::read(response, request.is_call, &self.around.who).await;
                    // After a broken body the connection tells itself that it cannot be used.
                    *slot = Some(connection);
                    return outcome;
                }
                Err(SendError::Closed(_)) if reused => {}
                Err(SendError::Closed(error)) => return no_response(&error, 0),
                Err(SendError::Broken { error, received }) => return no_response(&error, received),
            }
        }
    }
}

fn no_listener() -> ReplyOutcome {
    failed(FailureSide::Gateway, "the gateway has no listener on the port")
}
