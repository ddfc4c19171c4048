//! The hosts of a backend and whose turn it is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sextant_routing::{Host, Schedule};

use crate::Reason;

/// The hosts of a backend at one moment. Immutable but for the turn, which all workers share.
#[derive(Debug)]
pub(crate) struct HostTable {
    hosts: Vec<Host>,
    /// Places in `hosts` that take part: those of the smallest priority value that has any.
    serving: Vec<usize>,
    schedule: Schedule,
    turn: Arc<AtomicU64>,
    /// What a request is told when there are no hosts.
    empty: Reason,
}

impl HostTable {
    /// The table of `hosts`. If `previous` has the same hosts, in whatever order, its order and its place in the cycle
    /// go on; otherwise a new cycle starts.
    pub(crate) fn new(mut hosts: Vec<Host>, empty: Reason, previous: Option<&Self>) -> Self {
        let turn = match previous.filter(|previous| previous.same_hosts(&hosts)) {
            Some(previous) => {
                let places: HashMap<SocketAddr, usize> =
                    previous.hosts.iter().enumerate().map(|(at, host)| (host.address, at)).collect();
                hosts.sort_by_key(|host| places.get(&host.address).copied());
                previous.turn.clone()
            }
            None => Arc::default(),
        };
        let first = hosts.iter().map(|host| host.priority).min();
        let serving: Vec<usize> = (0..hosts.len()).filter(|&at| Some(hosts[at].priority) == first).collect();
        let weights: Vec<u32> = serving.iter().map(|&at| hosts[at].weight).collect();
        Self { schedule: Schedule::new(&weights), hosts, serving, turn, empty }
    }

    /// The host whose turn it is, or why there is none.
    pub(crate) fn pick(&self) -> Result<&Host, Reason> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.schedule.choice(turn).map(|choice| &self.hosts[self.serving[choice]]).ok_or(self.empty)
    }

    /// Every host, whether it serves or not.
    pub(crate) fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Whether host `at` takes part at the moment.
    pub(crate) fn serves(&self, at: usize) -> bool {
        self.serving.contains(&at)
    }

    pub(crate) fn contains(&self, address: SocketAddr) -> bool {
        self.hosts.iter().any(|host| host.address == address)
    }

    /// Whether both hold the same hosts in the same order, for the same endpoints.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.hosts == other.hosts && self.empty == other.empty
    }

    fn same_hosts(&self, hosts: &[Host]) -> bool {
        let sorted = |hosts: &[Host]| {
            let mut keys: Vec<_> = hosts.iter().map(|host| (host.address, host.weight, host.priority)).collect();
            keys.sort_unstable();
            keys
        };
        self.hosts.len() == hosts.len() && sorted(&self.hosts) == sorted(hosts)
    }
}

#[cfg(test)]
mod tests;
