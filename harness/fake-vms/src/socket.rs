//! The only place that opens sockets: everything listens on loopback, and a port stays ours while nobody listens.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::os::fd::AsFd;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::isolated::Isolated;

/// Connections that may wait to be accepted. The kernel cuts it to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// Why a fake VM cannot listen on an address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address would be reachable from other machines.
    #[error("{address} is not a loopback address; fake VMs listen on 127.0.0.0/8 and [::1] only")]
    NotLoopback {
        /// The refused address.
        address: SocketAddr,
    },
    /// Somebody else has the port.
    #[error("{address} is taken: another program or another fake VM listens there, or on every address at that port")]
    Taken {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The port needs a privilege that this process lacks.
    #[error("{address} needs more privilege than this process has: take a port from 1024 up")]
    Privileged {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system has no such address. Linux has all of 127.0.0.0/8, most others 127.0.0.1 alone.
    #[error("{address} does not exist on this system; add it to the loopback interface or take 127.0.0.1")]
    NoSuchAddress {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system refused for a reason that has nothing to do with the address, such as too many open files.
    #[error("the system gave no socket to listen on {address}")]
    Socket {
        /// The address asked for.
        address: SocketAddr,
        /// The system's words.
        #[source]
        source: io::Error,
    },
}

/// An address that only this machine can reach, and all that can be bound. Only [`LoopbackAddr::new`] makes one, and
/// [`LoopbackAddr::isolated`] in a network of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoopbackAddr(SocketAddr);

/// A port that belongs to this process whether or not anybody listens on it, until it is dropped.
///
/// The guard is bound but never listens, so a connection attempt is refused while there is no listener. `SO_REUSEPORT`
/// lets listeners of this claim come and go beside it.
#[derive(Debug)]
pub(crate) struct PortClaim {
    address: SocketAddr,
    guard: Socket,
}

impl BindError {
    fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { address },
            io::ErrorKind::PermissionDenied => Self::Privileged { address },
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress { address },
            _ => Self::Socket { address, source },
        }
    }
}

impl LoopbackAddr {
    /// # Errors
    /// [`BindError::NotLoopback`] for any other address, the unspecified one (0.0.0.0) included.
    pub(crate) fn new(address: SocketAddr) -> Result<Self, BindError> {
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(BindError::NotLoopback { address }) }
    }

    /// Any address of a network that nothing gets out of.
    pub(crate) fn isolated(address: SocketAddr, _: Isolated) -> Self {
        Self(address)
    }

    /// The same address at a port that the system chooses.
    pub(crate) fn any_port(self) -> Self {
        self.at(0)
    }

    /// The same address at another port.
    pub(crate) fn at(self, port: u16) -> Self {
        Self(SocketAddr::new(self.0.ip(), port))
    }

    /// A socket that is bound, shares its port with no one and does not listen.
    pub(crate) fn bind_exclusively(self) -> io::Result<Socket> {
        let socket = tcp(self.0)?;
        socket.bind(&self.0.into())?;
        Ok(socket)
    }
}

impl PortClaim {
    /// Claims a port that nobody has; port 0 claims one that the system chooses.
    ///
    /// # Errors
    /// All but [`BindError::NotLoopback`].
    pub(crate) fn take(address: LoopbackAddr) -> Result<Self, BindError> {
        Self::bind(address.0).map_err(|source| BindError::new(address.0, source))
    }

    /// Whether a port is free is decided by a socket that listens for a moment, with SO_REUSEADDR alone: connections
    /// of an earlier owner in TIME_WAIT do not count then, but other listeners and guards do, and two processes that
    /// try at once cannot both win. SO_REUSEPORT from the start would share the port in silence.
    fn bind(address: SocketAddr) -> io::Result<Self> {
        let first = tcp(address)?;
        first.set_reuse_address(true)?;
        first.bind(&address.into())?;
        first.listen(BACKLOG)?;
        let address = first.local_addr()?.as_socket().unwrap_or(address);
        first.set_reuse_port(true)?;
        let guard = tcp(address)?;
        guard.set_reuse_port(true)?;
        guard.bind(&address.into())?;
        stop_listening(first);
        Ok(Self { address, guard })
    }

    /// The address, with its real port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens on the claimed port, non-blocking, until the listener is dropped.
    ///
    /// # Errors
    /// When the system has no socket left.
    pub(crate) fn listen(&self) -> Result<TcpListener, BindError> {
        let listen = || {
            let socket = tcp(self.address)?;
            socket.set_reuse_address(true)?;
            socket.set_reuse_port(true)?;
            socket.bind(&self.address.into())?;
            socket.listen(BACKLOG)?;
            socket.set_nonblocking(true)?;
            Ok(socket.into())
        };
        debug_assert!(self.guard.local_addr().is_ok(), "the guard is bound for as long as the claim lives");
        listen().map_err(|source| BindError::new(self.address, source))
    }
}

/// Closes a listener: from now on connection attempts are refused.
///
/// Closing alone is not enough. While some other thread starts a program, the new process has a copy of every socket
/// until it executes that program, and the copy of a listener still takes connections.
pub(crate) fn stop_listening(listener: impl AsFd) {
    if let Err(error) = SockRef::from(&listener).shutdown(Shutdown::Both) {
        // Only Linux lets a listener be shut down; elsewhere closing has to do.
        tracing::debug!(%error, "cannot shut down a listener");
    }
}

fn tcp(address: SocketAddr) -> io::Result<Socket> {
    Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::{Duration, Instant};

    use rstest::rstest;

    use super::*;

    fn claim() -> PortClaim {
        PortClaim::take(LoopbackAddr::new("127.0.0.1:0".parse().unwrap()).unwrap()).unwrap()
    }

    fn error_kind(address: SocketAddr) -> io::ErrorKind {
        TcpStream::connect(address).unwrap_err().kind()
    }

    #[rstest]
    #[case("0.0.0.0:80")]
    #[case("[::]:80")]
    #[case("1.1.1.1:80")]
    #[case("10.244.0.5:8080")]
    #[case("[2001:db8::1]:80")]
    fn what_is_not_loopback_is_refused(#[case] address: SocketAddr) {
        let error = LoopbackAddr::new(address).unwrap_err();
        assert!(matches!(error, BindError::NotLoopback { address: named } if named == address));
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[test]
    fn a_claim_without_a_listener_refuses_and_a_listener_comes_and_goes() {
        let claim = claim();
        assert_eq!(error_kind(claim.address()), io::ErrorKind::ConnectionRefused);
        for _ in 0..3 {
            let listener = claim.listen().unwrap();
            TcpStream::connect(claim.address()).unwrap();
            stop_listening(listener);
            assert_eq!(error_kind(claim.address()), io::ErrorKind::ConnectionRefused);
        }
    }

    /// std sets SO_REUSEADDR on its listeners, so this is the strongest ordinary rival.
    #[test]
    fn a_claim_keeps_others_out_with_and_without_a_listener() {
        let claim = claim();
        for listener in [None, Some(claim.listen().unwrap()), None] {
            let rival = TcpListener::bind(claim.address()).unwrap_err();
            assert_eq!(rival.kind(), io::ErrorKind::AddrInUse, "listening: {}", listener.is_some());
            let second = PortClaim::take(LoopbackAddr(claim.address())).unwrap_err();
            assert!(matches!(second, BindError::Taken { address } if address == claim.address()), "{second}");
        }
    }

    /// TIME_WAIT lasts a minute. The port may be held for a moment by a process that another test is just starting.
    #[test]
    fn a_dropped_claim_frees_its_port_in_spite_of_time_wait() {
        let claim = claim();
        let address = claim.address();
        let listener = claim.listen().unwrap();
        listener.set_nonblocking(false).unwrap();
        let client = TcpStream::connect(address).unwrap();
        drop(listener.accept().unwrap()); // the side that closes first is the one left in TIME_WAIT
        drop((client, listener, claim));
        let dropped = Instant::now();
        while let Err(error) = PortClaim::take(LoopbackAddr(address)) {
            assert!(dropped.elapsed() < Duration::from_secs(30), "{error}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_port_that_a_wildcard_listener_has_is_taken() {
        // The unspecified address is bound by this test on purpose, as another program would.
        let other = TcpListener::bind("0.0.0.0:0").unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], other.local_addr().unwrap().port()));
        let error = PortClaim::take(LoopbackAddr(address)).unwrap_err();
        assert!(matches!(error, BindError::Taken { .. }), "{error}");
    }
}
