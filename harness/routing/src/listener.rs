//! Listeners: where requests and connections come in, and which routes they may take.

use sextant_resources::{HostnamePattern, ObjectKey};

use crate::{Condition, RouteKind};

/// A Gateway's HTTP listener with the routes attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// Listener name.
    pub name: String,
    /// Port.
    pub port: u16,
    /// Hosts it serves.
    pub hostname: HostnamePattern,
    /// Places of the attached routes in [`crate::Model::routes`].
    pub routes: Vec<usize>,
}

/// A Gateway's listener that passes connections on as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L4Listener {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// Listener name.
    pub name: String,
    /// Port.
    pub port: u16,
    /// What decides where a connection goes.
    pub protocol: L4Protocol,
    /// Server names it serves; every one under [`L4Protocol::Tcp`].
    pub hostname: HostnamePattern,
    /// Places of the attached routes in [`crate::Model::l4_routes`].
    pub routes: Vec<usize>,
}

/// What decides where a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum L4Protocol {
    /// Nothing but the port: protocol `TCP`, TCPRoutes.
    Tcp,
    /// The server name of the ClientHello: protocol `TLS` in mode `Passthrough`, TLSRoutes.
    TlsPassthrough,
}

/// Status of a listener as the control plane would write it, whether or not it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerStatus {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// Listener name.
    pub name: String,
    /// Kinds of route that may attach: those that the protocol has and `allowedRoutes.kinds` names. Empty for a listener
    /// that does not serve.
    pub supported_kinds: Vec<RouteKind>,
    /// Routes attached.
    pub attached_routes: usize,
    /// `Accepted`, `Conflicted`, `Programmed`, `ResolvedRefs`, in this order.
    pub conditions: Vec<Condition>,
}
