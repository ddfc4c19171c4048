//! The only way to an address that the runner connects to: a check that it is on loopback (invariant 1).

use std::net::SocketAddr;

/// An address that only this machine can reach. Nothing of the runner connects to anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loopback(SocketAddr);

/// An address that is not on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a loopback address, and nothing is sent elsewhere")]
pub(crate) struct NotLoopback(pub(crate) SocketAddr);

impl Loopback {
    /// # Errors
    /// [`NotLoopback`] for any other address, the unspecified one (0.0.0.0, where the system would connect to itself)
    /// included.
    pub(crate) fn new(address: SocketAddr) -> Result<Self, NotLoopback> {
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(NotLoopback(address)) }
    }

    pub(crate) fn address(self) -> SocketAddr {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("127.0.0.1:80", true)]
    #[case("127.200.3.4:80", true)]
    #[case("[::1]:80", true)]
    #[case("0.0.0.0:80", false)]
    #[case("[::]:80", false)]
    #[case("1.1.1.1:80", false)]
    #[case("10.244.0.5:8080", false)]
    #[case("[::ffff:1.1.1.1]:80", false)]
    #[case("[2001:db8::1]:80", false)]
    fn invariant_1_only_loopback_is_connected_to(#[case] address: SocketAddr, #[case] allowed: bool) {
        let expected = if allowed { Ok(Loopback(address)) } else { Err(NotLoopback(address)) };
        assert_eq!(Loopback::new(address), expected);
    }
}
