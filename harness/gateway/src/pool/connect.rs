//! Opening a connection to an endpoint.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::stream::Stream;
use super::{Pool, PoolSettings};
use crate::peer::Peer;
use crate::stats::{WorkerStats, count};
use crate::{DialRefused, Reason};

/// Why there is no connection. `Clone`, as several requests can wait for one HTTP/2 connection.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("the address plan refuses it")]
    Dial(#[source] DialRefused),
    #[error("no connection within {0:?}")]
    Timeout(std::time::Duration),
    #[error("the connect failed: {0}")]
    Connect(io::ErrorKind),
    #[error("no TLS was agreed on: {0}")]
    Tls(Arc<str>),
    #[error("the HTTP/2 handshake failed")]
    Handshake,
}

impl ConnectError {
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Dial(_) => Reason::DialRefused,
            Self::Timeout(_) => Reason::ConnectTimeout,
            Self::Connect(io::ErrorKind::ConnectionRefused) => Reason::ConnectRefused,
            Self::Connect(_) => Reason::ConnectFailed,
            Self::Tls(_) => Reason::TlsFailed,
            Self::Handshake => Reason::UpstreamReset,
        }
    }
}

/// Connects to the pool's peer.
pub(super) async fn connect(pool: &Pool) -> Result<TokioIo<Stream>, ConnectError> {
    open(&pool.peer, &pool.settings, &pool.stats).await.map(TokioIo::new)
}

/// Connects to `peer`, as the address plan has it.
pub(super) async fn open(peer: &Peer, settings: &PoolSettings, stats: &WorkerStats) -> Result<Stream, ConnectError> {
    count(&stats.connects);
    let result = dial(peer, settings).await;
    if let Err(error) = &result {
        tracing::debug!(upstream.address = %peer.address, %error, "no upstream connection");
    }
    result
}

async fn dial(peer: &Peer, settings: &PoolSettings) -> Result<Stream, ConnectError> {
    let dialled = settings.dialer.dial_address(peer.address).map_err(ConnectError::Dial)?;
    let opened = async {
        let failed = |error: io::Error| ConnectError::Connect(error.kind());
        let stream = TcpStream::connect(dialled).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let Some(tls) = &peer.tls else { return Ok(Stream::Plain(stream)) };
        let secured = tls.connect(stream).await;
        secured.map(|stream| Stream::Tls(Box::new(stream))).map_err(|error| ConnectError::Tls(error.to_string().into()))
    };
    let opened = tokio::time::timeout(settings.connect_timeout, opened).await;
    opened.map_err(|_| ConnectError::Timeout(settings.connect_timeout))?
}
