//! The address plan: documented address to real address and back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Where every documented address is on this machine, and which documented address a real one stands for.
///
/// A clone is the same plan: what is added while it is in use is seen at once. A lookup is one hash lookup under a
/// read lock that is written only when a VM comes or goes. A gateway asks it once per connection, so a copy-on-write
/// map, whose insertions get slower as it grows, would win nothing.
///
/// An IPv4-mapped IPv6 address (`::ffff:1.1.1.1`) is another address than the IPv4 one.
#[derive(Clone, Debug, Default)]
pub struct AddressPlan {
    maps: Arc<RwLock<Maps>>,
}

#[derive(Debug, Default)]
struct Maps {
    actual: HashMap<SocketAddr, SocketAddr>,
    documented: HashMap<SocketAddr, SocketAddr>,
}

impl AddressPlan {
    /// A plan of these pairs of documented and real address; of two with one documented address the first counts.
    #[must_use]
    pub fn fixed(entries: impl IntoIterator<Item = (SocketAddr, SocketAddr)>) -> Self {
        let plan = Self::default();
        for (documented, actual) in entries {
            plan.insert(documented, actual);
        }
        plan
    }

    /// Where to dial a documented address; `None` when no VM has it, and then nothing may be dialled.
    #[must_use]
    pub fn actual(&self, documented: SocketAddr) -> Option<SocketAddr> {
        self.read().actual.get(&documented).copied()
    }

    /// Which documented address is behind a real one; `None` when the plan does not hold it.
    #[must_use]
    pub fn documented(&self, actual: SocketAddr) -> Option<SocketAddr> {
        self.read().documented.get(&actual).copied()
    }

    /// All pairs of documented and real address, ordered by the documented one.
    #[must_use]
    pub fn entries(&self) -> Vec<(SocketAddr, SocketAddr)> {
        let mut entries: Vec<_> =
            self.read().actual.iter().map(|(documented, actual)| (*documented, *actual)).collect();
        entries.sort_unstable();
        entries
    }

    /// False, and nothing changed, when the documented address has its place already.
    pub(super) fn insert(&self, documented: SocketAddr, actual: SocketAddr) -> bool {
        let mut maps = self.write();
        if maps.actual.contains_key(&documented) {
            return false;
        }
        maps.actual.insert(documented, actual);
        maps.documented.insert(actual, documented);
        true
    }

    pub(super) fn remove(&self, documented: SocketAddr) {
        let mut maps = self.write();
        if let Some(actual) = maps.actual.remove(&documented) {
            maps.documented.remove(&actual);
        }
    }

    // A panic cannot leave the maps half written in a way that matters: the worst is a missing way back.
    fn read(&self) -> RwLockReadGuard<'_, Maps> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Maps> {
        self.maps.write().unwrap_or_else(PoisonError::into_inner)
    }
}
