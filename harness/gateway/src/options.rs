//! What a gateway is started with.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sextant_routing::Semantics;

use crate::{Dialer, LoopbackOnly};

/// Everything [`crate::Gateway::start`] takes.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    /// Address that listeners bind to. Must be loopback. Default 127.0.0.1.
    pub listen: IpAddr,
    /// From a Gateway listener's port to the port that is bound. Default [`PortMap::Same`].
    pub ports: PortMap,
    /// Address of the admin server; port 0 takes a free one. `None` (default): no admin server. Must be loopback.
    pub admin: Option<SocketAddr>,
    /// Worker threads; 0 (default) means one per core that this process may use.
    pub workers: usize,
    /// How names are looked up.
    pub dns: DnsOptions,
    /// The address plan. Default [`LoopbackOnly`].
    pub dialer: Arc<dyn Dialer>,
    /// Adds `x-sextant-reason` to replies that the gateway makes itself. Off by default: real gateways have no such
    /// header.
    pub reason_header: bool,
    /// How long a connect to an endpoint may take. Default 5 s (K-016).
    pub connect_timeout: Duration,
    /// Bounds on what clients and endpoints can make the gateway hold.
    pub limits: Limits,
}

/// Which port is bound for a Gateway listener's port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PortMap {
    /// The listener's own port.
    #[default]
    Same,
    /// A free port, for each listener port one; [`crate::Gateway::listener_addr`] tells which.
    Ephemeral,
    /// The port named here, 0 for a free one; a port that is not named is bound as it is.
    Explicit(BTreeMap<u16, u16>),
}

/// How names are looked up and followed.
#[derive(Clone, Debug)]
pub struct DnsOptions {
    /// Servers, asked in this order. Empty (default): nothing is looked up, DNS backends stay empty, and the reason of
    /// their 503 says so. The system's own resolver configuration is never read.
    pub servers: Vec<SocketAddr>,
    /// Time from one answer to the next lookup. Default 5 s (K-039).
    pub refresh: Duration,
    /// Wait for the answer's TTL instead of [`Self::refresh`]. A TTL of 0 falls back to `refresh`, as in Envoy; the
    /// shortest wait is therefore 1 s, the smallest other TTL there is.
    pub respect_ttl: bool,
    /// Which address families are asked for. Default [`DnsFamily::V4Preferred`] (K-038).
    pub family: DnsFamily,
    /// How long one query waits for its answer before it is repeated or given up. Default 2 s.
    pub timeout: Duration,
    /// How many times an unanswered query is repeated. Default 1.
    pub retries: usize,
    /// How long a name that requests brought along (DYNAMIC_DNS) is followed after the last one. Default 5 min.
    pub forget_after: Duration,
}

/// Which address families are asked for (K-038).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsFamily {
    /// A; AAAA only if that gives no address.
    #[default]
    V4Preferred,
    /// A.
    V4Only,
    /// AAAA.
    V6Only,
    /// A and AAAA, all addresses, A first.
    All,
    /// AAAA; A only if that gives no address.
    Auto,
}

impl DnsFamily {
    /// The family that `semantics` look names up in, for a gateway with IPv4 addresses (D-21).
    pub fn of(semantics: &Semantics) -> Self {
        if semantics.dns_falls_back_to_ipv6 { Self::V4Preferred } else { Self::V4Only }
    }
}

/// Bounds on what clients and endpoints can make the gateway hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's or response's head; a longer request gets 431. Default 60 KiB, as in Envoy.
    pub header_bytes: usize,
    /// A client connection that has not sent a whole request head, or at a TLS listener its ClientHello, for this long is
    /// closed, idle ones between requests included.
    /// Default 60 s.
    pub header_timeout: Duration,
    /// Client connections of one worker; further ones wait in the listen queue. Default 10,000.
    pub connections_per_worker: usize,
    /// Idle HTTP/1.1 connections that a worker keeps for one endpoint. Default 256.
    pub idle_per_endpoint: usize,
    /// A connection of a TCP or TLS listener on which nothing passed for this long is closed. Default 1 h, as in Envoy.
    pub l4_idle_timeout: Duration,
    /// Concurrent streams of one HTTP/2 client connection. Default 256.
    pub streams_per_connection: u32,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: PortMap::Same,
            admin: None,
            workers: 0,
            dns: DnsOptions::default(),
            dialer: Arc::new(LoopbackOnly),
            reason_header: false,
            connect_timeout: Duration::from_secs(5),
            limits: Limits::default(),
        }
    }
}

impl Default for DnsOptions {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            refresh: Duration::from_secs(5),
            respect_ttl: false,
            family: DnsFamily::default(),
            timeout: Duration::from_secs(2),
            retries: 1,
            forget_after: Duration::from_secs(300),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 60 * 1024,
            header_timeout: Duration::from_secs(60),
            connections_per_worker: 10_000,
            idle_per_endpoint: 256,
            l4_idle_timeout: Duration::from_secs(60 * 60),
            streams_per_connection: 256,
        }
    }
}

impl PortMap {
    /// The port to bind for the listener port `port`; 0 means any free one.
    pub(crate) fn bind_port(&self, port: u16) -> u16 {
        match self {
            Self::Same => port,
            Self::Ephemeral => 0,
            Self::Explicit(map) => map.get(&port).copied().unwrap_or(port),
        }
    }
}
