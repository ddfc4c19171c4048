//! One /24 of loopback addresses, held against every other process by a bound socket.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use socket2::Socket;

use super::LeaseError;
use crate::socket::{BindError, LoopbackAddr};

#[cfg(test)]
mod tests;

/// Port of the guard socket. Below the range of ephemeral ports, and no service is known by it.
const GUARD_PORT: u16 = 21_127;
/// The host part of the guard's address; beyond every alias.
const GUARD_HOST: u8 = 254;
/// 127.1.0.0 to 127.255.255.0: system services live in 127.0.0.0/16.
const BLOCKS: u32 = 255 * 256;

/// A leased block, free again when dropped. The kernel frees it too when the process dies.
#[derive(Debug)]
pub(super) struct Block {
    /// Where it stands among all [`BLOCKS`].
    index: u32,
    _guard: Socket,
}

impl Block {
    /// Aliases of a block: hosts .1 to .250.
    pub(super) const ALIASES: u8 = 250;

    /// The first free block from a random one on; `None` when the system has no loopback aliases.
    pub(super) fn take() -> Result<Option<Self>, LeaseError> {
        // Two processes that start at once should not walk the same way; a fresh RandomState has fresh random keys.
        let random = RandomState::new().hash_one(std::process::id());
        Self::take_from((random % u64::from(BLOCKS)) as u32)
    }

    /// The first free block from `start` on, around to the one before it.
    fn take_from(start: u32) -> Result<Option<Self>, LeaseError> {
        for step in 0..BLOCKS {
            let index = (start + step) % BLOCKS;
            match guard(index) {
                Ok(guard) => return Ok(Some(Self { index, _guard: guard })),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => return Ok(None),
                Err(source) => return Err(LeaseError::Guard { source }),
            }
        }
        Err(LeaseError::NoFreeBlock { port: GUARD_PORT })
    }

    /// Alias number `host`, from 1 to [`Block::ALIASES`].
    pub(super) fn alias(&self, host: u8) -> Ipv4Addr {
        debug_assert!((1..=Self::ALIASES).contains(&host), "alias {host} of a block");
        address(self.index, host)
    }
}

fn guard(index: u32) -> io::Result<Socket> {
    let address = SocketAddr::V4(SocketAddrV4::new(address(index, GUARD_HOST), GUARD_PORT));
    LoopbackAddr::new(address)
        .map_err(|error: BindError| io::Error::new(io::ErrorKind::InvalidInput, error))?
        .bind_exclusively()
}

fn address(index: u32, host: u8) -> Ipv4Addr {
    let [_, _, high, low] = index.to_be_bytes();
    Ipv4Addr::new(127, high + 1, low, host)
}
