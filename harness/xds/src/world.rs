//! What a configuration depends on beside the model.

use std::net::SocketAddr;
use std::time::Duration;

/// Where things really are. Everything is on loopback.
pub trait World {
    /// Where to dial an endpoint of this documented address.
    fn endpoint(&self, documented: SocketAddr) -> SocketAddr;

    /// The DNS server that the cluster of this name asks.
    fn resolver(&self, cluster: &str) -> SocketAddr;

    /// Where the listener of this Gateway port listens.
    fn listener(&self, port: u16) -> SocketAddr;

    /// Where the listener listens that says which configuration serves.
    fn mark(&self) -> SocketAddr;
}

/// How clusters look names up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsSettings {
    /// Time from one answer to the next lookup; at least 1 ms.
    pub refresh: Duration,
    /// Wait for the answer's TTL instead.
    pub respect_ttl: bool,
    /// How long a query waits for its answer before the lookup has failed; whole seconds, at least 1.
    pub timeout: Duration,
    /// Ask for IPv6 addresses when there is none of IPv4 (K-038); otherwise never (I-104).
    pub falls_back_to_ipv6: bool,
    /// Answers for IPv6 are IPv4 addresses in mapped form (RFC 4291, 2.5.5.2): there is but one IPv6 address on loopback.
    /// Connections must then be allowed to leave as IPv4.
    pub maps_ipv6: bool,
}
