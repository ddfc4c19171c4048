//! Whom a connection is for.

use std::net::SocketAddr;

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

/// The same without the name that TLS takes the endpoint for, which requests may bring along: what is known of peers
/// before there are requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PeerKind {
    pub(crate) address: SocketAddr,
    pub(crate) http: UpstreamHttp,
    pub(crate) tls: Option<Originator>,
}

impl Peer {
    pub(crate) fn kind(&self) -> PeerKind {
        let tls = self.tls.as_ref().map(|tls| tls.originator().clone());
        PeerKind { address: self.address, http: self.http, tls }
    }
}
