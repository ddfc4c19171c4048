//! Connections to endpoints: one set per worker, so nothing here is shared between threads.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sextant_routing::UpstreamHttp;
use tokio::sync::Notify;

mod connect;
mod http1;
mod http2;
mod relay;
mod stream;

pub(crate) use connect::ConnectError;
pub(crate) use http1::{Http1Body, Http1Lease};
pub(crate) use http2::Http2Lease;
pub(crate) use stream::Stream;

use crate::Dialer;
use crate::peer::{LivePeers, Peer};
use crate::stats::WorkerStats;

/// What pools need to know.
#[derive(Debug)]
pub(crate) struct PoolSettings {
    pub(crate) dialer: Arc<dyn Dialer>,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_per_endpoint: usize,
    pub(crate) header_bytes: usize,
}

/// The pools of one worker.
pub(crate) struct Pools {
    settings: Rc<PoolSettings>,
    pools: RefCell<HashMap<Peer, Rc<Pool>>>,
    /// Rung when something happens on an idle connection, which can only be that its peer closes it.
    idle_event: Arc<Notify>,
    stats: Arc<WorkerStats>,
}

/// The connections of one worker to one peer.
pub(crate) struct Pool {
    peer: Peer,
    settings: Rc<PoolSettings>,
    http1: http1::IdleConnections,
    http2: http2::SharedConnection,
    /// Set when the address is no endpoint any more: connections that come back are closed.
    retired: Cell<bool>,
    idle_event: Arc<Notify>,
    stats: Arc<WorkerStats>,
}

/// A connection to send one request on.
pub(crate) enum Lease {
    Http1(Http1Lease),
    Http2(Http2Lease),
}

impl Pools {
    pub(crate) fn new(settings: PoolSettings, stats: Arc<WorkerStats>) -> Self {
        Self { settings: Rc::new(settings), pools: RefCell::default(), idle_event: Arc::default(), stats }
    }

    /// The pool of `peer`, made when it is not there.
    pub(crate) fn pool(&self, peer: &Peer) -> Rc<Pool> {
        let mut pools = self.pools.borrow_mut();
        if let Some(pool) = pools.get(peer) {
            return pool.clone();
        }
        prune(&mut pools);
        let pool = Rc::new(self.new_pool(peer));
        pools.insert(peer.clone(), pool.clone());
        pool
    }

    /// Retires the pools of all peers but `live` ones: idle connections are closed at once, others when their
    /// request is done.
    pub(crate) fn retain(&self, live: &LivePeers) {
        self.pools.borrow_mut().retain(|peer, pool| {
            let keep = live.contains(peer);
            if !keep {
                pool.retire();
            }
            keep
        });
    }

    /// Drops idle connections that their peers have closed, as soon as they do.
    pub(crate) async fn reap(&self) {
        loop {
            self.idle_event.notified().await;
            for pool in self.pools.borrow().values() {
                pool.http1.reap();
            }
        }
    }

    /// A new connection to `peer` that no pool keeps.
    pub(crate) async fn connect(&self, peer: &Peer) -> Result<Stream, ConnectError> {
        connect::open(peer, &self.settings, &self.stats).await
    }

    fn new_pool(&self, peer: &Peer) -> Pool {
        Pool {
            peer: peer.clone(),
            settings: self.settings.clone(),
            http1: http1::IdleConnections::default(),
            http2: http2::SharedConnection::default(),
            retired: Cell::new(false),
            idle_event: self.idle_event.clone(),
            stats: self.stats.clone(),
        }
    }
}

/// Drops pools that nobody uses when there are too many: requests bring along names for TLS and ports, and they could go on
/// for ever.
#[expect(clippy::mutable_key_type, reason = "an originator is equal to itself alone, whatever becomes of its sessions")]
fn prune(pools: &mut HashMap<Peer, Rc<Pool>>) {
    const MOST: usize = 16_384;
    if pools.len() >= MOST {
        pools.retain(|_, pool| Rc::strong_count(pool) > 1);
    }
}

impl Pool {
    /// A connection: an idle (HTTP/1.1) or shared (HTTP/2) one, or a new one. `fresh` insists on a new one.
    pub(crate) async fn acquire(self: Rc<Self>, fresh: bool) -> Result<Lease, ConnectError> {
        match self.peer.http {
            UpstreamHttp::Http1 => {
                if !fresh && let Some(connection) = self.http1.take() {
                    return Ok(Lease::Http1(Http1Lease::reused(connection, self)));
                }
                Http1Lease::connect(self).await.map(Lease::Http1)
            }
            UpstreamHttp::Http2 => self.http2.acquire(&self, fresh).await.map(Lease::Http2),
        }
    }

    fn retire(&self) {
        self.retired.set(true);
        self.http1.clear();
        self.http2.clear();
    }
}

impl Lease {
    /// Whether the connection has carried a request before: its peer may have closed it meanwhile.
    pub(crate) fn reused(&self) -> bool {
        match self {
            Self::Http1(lease) => lease.is_reused(),
            Self::Http2(lease) => lease.is_reused(),
        }
    }
}
