//! The only place that binds: loopback alone, UDP and TCP on one port.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::{TcpListener, UdpSocket};

use crate::Protocol;

/// With port 0 the system picks a TCP port whose UDP twin may be taken; so often another one is tried.
const ATTEMPTS: u32 = 32;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Others could reach it there.
    #[error("{0} is not a loopback address; the fake dns listens on 127.0.0.0/8 and ::1 only")]
    NotLoopback(SocketAddr),
    /// The address cannot be bound, most often because it is taken.
    #[error("cannot bind {protocol} {addr}")]
    Bind {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The socket that failed.
        protocol: Protocol,
        /// Why.
        #[source]
        source: io::Error,
    },
}

pub(super) async fn bind(addr: SocketAddr) -> Result<(UdpSocket, TcpListener, SocketAddr), StartError> {
    if !addr.ip().to_canonical().is_loopback() {
        return Err(StartError::NotLoopback(addr));
    }
    let failed = |protocol| move |source| StartError::Bind { addr, protocol, source };
    let mut attempts = 1;
    loop {
        let tcp = TcpListener::bind(addr).await.map_err(failed(Protocol::Tcp))?;
        let bound = tcp.local_addr().map_err(failed(Protocol::Tcp))?;
        match UdpSocket::bind(bound).await {
            Ok(udp) => return Ok((udp, tcp, bound)),
            Err(error) if addr.port() == 0 && error.kind() == ErrorKind::AddrInUse && attempts < ATTEMPTS => {
                attempts += 1;
            }
            Err(source) => return Err(failed(Protocol::Udp)(source)),
        }
    }
}
