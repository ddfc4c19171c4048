//! Whom a connection is for.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};

use sextant_routing::UpstreamHttp;

use crate::tls::{Originator, TlsPeer};

/// An address and how it is spoken to. Requests for equal peers share connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) http: UpstreamHttp,
    /// `None` for plaintext.
    pub(crate) tls: Option<TlsPeer>,
}

/// Everybody whom some backend sends to. Names that TLS takes endpoints for are left out, and so are the ports of endpoints
/// that requests name themselves: both come with the requests.
#[derive(Debug, Default)]
pub(crate) struct LivePeers(HashSet<(IpAddr, Option<u16>, UpstreamHttp, Option<Originator>)>);

impl LivePeers {
    /// Adds an address; `port` is `None` when requests name it.
    pub(crate) fn add(&mut self, ip: IpAddr, port: Option<u16>, http: UpstreamHttp, tls: Option<&Originator>) {
        self.0.insert((ip, port, http, tls.cloned()));
    }

    pub(crate) fn contains(&self, peer: &Peer) -> bool {
        let tls = peer.tls.as_ref().map(|tls| tls.originator().clone());
        let any = |port| self.0.contains(&(peer.address.ip(), port, peer.http, tls.clone()));
        any(Some(peer.address.port())) || any(None)
    }
}
