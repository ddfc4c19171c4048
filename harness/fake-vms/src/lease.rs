//! Private loopback addresses: where a documented address (1.1.1.1:80) is to be found on this machine.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::isolated::Isolated;
use crate::socket::{BindError, LoopbackAddr, PortClaim};

mod block;
mod plan;
#[cfg(test)]
mod tests;

pub use plan::AddressPlan;

use block::Block;

/// Loopback aliases that no other lease on this machine has, in this process or another.
///
/// Every documented IP address gets an alias of its own on first use and keeps it as long as the lease lives; all its
/// ports share it. The lease starts with a block 127.x.y.0/24 (never 127.0.0.0/16) and takes another one when its 250
/// aliases are used up. Where the system has no loopback aliases (anything but Linux, as a rule), everything is on
/// 127.0.0.1 and told apart by port.
///
/// A [`Lease::verbatim`] needs no aliases: there every documented address is where it says.
///
/// A clone is the same lease. It is given back when the last clone is dropped and the last VM on it has closed its
/// sockets.
#[derive(Clone, Debug)]
pub struct Lease {
    inner: Arc<Inner>,
}

/// Why there is no address to be had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Every block's guard address is bound.
    #[error(
        "no free block of loopback addresses: port {port} of each is taken, probably by one program that listens on \
         every address"
    )]
    NoFreeBlock {
        /// The port that marks a block as leased.
        port: u16,
    },
    /// The guard of a block could not be bound, for a reason other than that it is taken.
    #[error("the system gave no socket to lease loopback addresses with")]
    Guard {
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// Two VMs cannot have one documented address.
    #[error("{documented} already belongs to a fake VM")]
    AlreadyClaimed {
        /// The documented address.
        documented: SocketAddr,
    },
    /// The real address could not be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
}

#[derive(Debug)]
struct Inner {
    plan: AddressPlan,
    aliases: Mutex<Aliases>,
}

#[derive(Debug)]
struct Aliases {
    supply: Supply,
    by_documented: HashMap<IpAddr, IpAddr>,
}

/// Where new aliases come from.
#[derive(Debug)]
enum Supply {
    /// Blocks of our own; the last one still has aliases.
    Blocks { blocks: Vec<Block>, used_of_last: u8 },
    /// A system without aliases.
    OneAddress,
    /// None are needed: this network is our own.
    Verbatim(Isolated),
}

/// What a privileged port is moved up by, so that one documented port is one real port on every alias.
const UP: u16 = 10_000;

/// A documented address that has its port on this machine; the plan knows it until the claim is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    documented: SocketAddr,
    // Dropped before the lease, so that nobody leases a block with a port of ours still bound.
    port: PortClaim,
    lease: Lease,
}

impl Lease {
    /// Leases a block of aliases.
    ///
    /// # Errors
    /// [`LeaseError::NoFreeBlock`], [`LeaseError::Guard`].
    pub fn take() -> Result<Self, LeaseError> {
        let supply = match Block::take()? {
            Some(block) => Supply::Blocks { blocks: vec![block], used_of_last: 0 },
            None => Supply::OneAddress,
        };
        Ok(Self::supplied(supply))
    }

    /// Every documented address is itself, and so is its port: for a network namespace that has them all, and from which
    /// nothing gets out.
    #[must_use]
    pub fn verbatim(network: Isolated) -> Self {
        Self::supplied(Supply::Verbatim(network))
    }

    fn supplied(supply: Supply) -> Self {
        let aliases = Mutex::new(Aliases { supply, by_documented: HashMap::new() });
        Self { inner: Arc::new(Inner { plan: AddressPlan::default(), aliases }) }
    }

    /// The plan of this lease. It follows every VM that comes and goes.
    #[must_use]
    pub fn plan(&self) -> AddressPlan {
        self.inner.plan.clone()
    }

    /// The alias that stands for a documented IP address, without any port of it being bound.
    ///
    /// # Errors
    /// When a further block is needed and cannot be leased.
    pub fn alias(&self, documented: IpAddr) -> Result<IpAddr, LeaseError> {
        let mut aliases = self.inner.aliases.lock().unwrap_or_else(PoisonError::into_inner);
        let Aliases { supply, by_documented } = &mut *aliases;
        Ok(match by_documented.entry(documented) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(supply.alias(documented)?),
        })
    }

    /// Binds the documented port on the address's alias; the one 10,000 above when the documented one is privileged; one
    /// that the system chooses when that is taken, and always when there are no aliases. A verbatim lease binds what is
    /// documented and nothing else.
    pub(crate) fn claim(&self, documented: SocketAddr) -> Result<Claim, LeaseError> {
        if let Some(network) = self.network() {
            return self.enter(documented, PortClaim::take(LoopbackAddr::isolated(documented, network))?);
        }
        let alias = self.alias(documented.ip())?;
        let wanted = LoopbackAddr::new(SocketAddr::new(alias, documented.port()))?;
        if alias == Ipv4Addr::LOCALHOST {
            return self.enter(documented, PortClaim::take(wanted.any_port())?);
        }
        let free = || PortClaim::take(wanted.any_port());
        let port = match PortClaim::take(wanted) {
            Err(BindError::Privileged { .. }) => PortClaim::take(wanted.at(documented.port() + UP)).or_else(|_| free()),
            Err(BindError::Taken { .. }) => free(),
            decided => decided,
        }?;
        self.enter(documented, port)
    }

    /// The network of a verbatim lease.
    fn network(&self) -> Option<Isolated> {
        match self.inner.aliases.lock().unwrap_or_else(PoisonError::into_inner).supply {
            Supply::Verbatim(network) => Some(network),
            Supply::Blocks { .. } | Supply::OneAddress => None,
        }
    }

    /// Binds exactly this loopback address, which need not be of the lease.
    pub(crate) fn claim_at(&self, documented: SocketAddr, actual: SocketAddr) -> Result<Claim, LeaseError> {
        self.enter(documented, PortClaim::take(LoopbackAddr::new(actual)?)?)
    }

    fn enter(&self, documented: SocketAddr, port: PortClaim) -> Result<Claim, LeaseError> {
        if !self.inner.plan.insert(documented, port.address()) {
            return Err(LeaseError::AlreadyClaimed { documented });
        }
        Ok(Claim { documented, port, lease: self.clone() })
    }
}

impl Supply {
    fn alias(&mut self, documented: IpAddr) -> Result<IpAddr, LeaseError> {
        let (blocks, used_of_last) = match self {
            Self::Blocks { blocks, used_of_last } => (blocks, used_of_last),
            Self::OneAddress => return Ok(Ipv4Addr::LOCALHOST.into()),
            Self::Verbatim(_) => return Ok(documented),
        };
        if *used_of_last == Block::ALIASES {
            // A system that had aliases a moment ago has them still; if not, its one address has to do.
            let Some(block) = Block::take()? else { return Ok(Ipv4Addr::LOCALHOST.into()) };
            blocks.push(block);
            *used_of_last = 0;
        }
        *used_of_last += 1;
        Ok(blocks.last().map_or(Ipv4Addr::LOCALHOST, |block| block.alias(*used_of_last)).into())
    }
}

impl Claim {
    pub(crate) fn documented(&self) -> SocketAddr {
        self.documented
    }

    pub(crate) fn port(&self) -> &PortClaim {
        &self.port
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.lease.inner.plan.remove(self.documented);
    }
}
