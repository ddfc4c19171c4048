//! Opening a connection to an endpoint.

use std::io;
use std::net::SocketAddr;

use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Pool;
use crate::stats::count;
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
            Self::Handshake => Reason::UpstreamReset,
        }
    }
}

/// Connects to the pool's address, as the address plan has it.
pub(super) async fn connect(pool: &Pool) -> Result<TokioIo<TcpStream>, ConnectError> {
    count(&pool.stats.connects);
    let result = dial(pool.address, pool).await;
    if let Err(error) = &result {
        tracing::debug!(upstream.address = %pool.address, %error, "no upstream connection");
    }
    result
}

async fn dial(address: SocketAddr, pool: &Pool) -> Result<TokioIo<TcpStream>, ConnectError> {
    let settings = &pool.settings;
    let dialled = settings.dialer.dial_address(address).map_err(ConnectError::Dial)?;
    let stream = tokio::time::timeout(settings.connect_timeout, TcpStream::connect(dialled))
        .await
        .map_err(|_| ConnectError::Timeout(settings.connect_timeout))?
        .map_err(|error| ConnectError::Connect(error.kind()))?;
    stream.set_nodelay(true).map_err(|error| ConnectError::Connect(error.kind()))?;
    Ok(TokioIo::new(stream))
}
