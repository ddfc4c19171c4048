//! From the address that a manifest names to the address that is dialled.

use std::fmt;
use std::net::SocketAddr;

/// The address plan of a run. Every connection of the gateway, to endpoints and to DNS servers, asks it first.
pub trait Dialer: fmt::Debug + Send + Sync {
    /// The address to dial for the `documented` one. Called once for each new connection, never per request.
    ///
    /// # Errors
    ///
    /// [`DialRefused`] when the plan has no place for it; the request is answered 503.
    fn dial_address(&self, documented: SocketAddr) -> Result<SocketAddr, DialRefused>;
}

/// The plan that has no aliases: loopback addresses are dialled as they are, everything else is refused, so that a
/// manifest full of real addresses cannot reach them.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopbackOnly;

/// Why an address is not dialled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialRefused {
    /// Not a loopback address, and no plan says where to dial instead.
    #[error("{address} is not a loopback address")]
    NotLoopback {
        /// The documented address.
        address: SocketAddr,
    },
    /// The address plan has no entry for it.
    #[error("{address} is not in the address plan")]
    NotPlanned {
        /// The documented address.
        address: SocketAddr,
    },
}

impl Dialer for LoopbackOnly {
    fn dial_address(&self, documented: SocketAddr) -> Result<SocketAddr, DialRefused> {
        if documented.ip().to_canonical().is_loopback() {
            Ok(documented)
        } else {
            Err(DialRefused::NotLoopback { address: documented })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:80", true)]
    #[case("127.9.8.7:80", true)]
    #[case("[::1]:80", true)]
    #[case("[::ffff:127.0.0.1]:80", true)]
    #[case("0.0.0.0:80", false)]
    #[case("1.1.1.1:80", false)]
    #[case("[::ffff:1.1.1.1]:80", false)]
    #[case("[2001:db8::1]:80", false)]
    fn loopback_only_dials_nothing_else(#[case] address: SocketAddr, #[case] dialled: bool) {
        let expected = if dialled { Ok(address) } else { Err(DialRefused::NotLoopback { address }) };
        assert_eq!(LoopbackOnly.dial_address(address), expected);
    }
}
