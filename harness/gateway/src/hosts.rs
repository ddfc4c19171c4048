//! The hosts of a backend and whose turn it is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sextant_routing::{Backend, Balance, Balancer, Host};

use crate::Reason;

/// The hosts of a backend at one moment. Immutable but for the turns, which all workers share.
#[derive(Debug)]
pub(crate) struct HostTable {
    hosts: Vec<Host>,
    balance: Balance,
    /// The counters of the balance.
    turns: Arc<[AtomicU64]>,
    /// What a request is told when there are no hosts.
    empty: Reason,
}

impl HostTable {
    /// The table of `hosts`, which are those of `backend`. If `previous` has the same hosts with the same shares, in
    /// whatever order, its order and its place in the cycle go on; otherwise a new cycle starts.
    pub(crate) fn new(backend: &Backend, mut hosts: Vec<Host>, empty: Reason, previous: Option<&Self>) -> Self {
        if let Some(previous) = previous.filter(|previous| previous.same_hosts(&hosts)) {
            let places: HashMap<SocketAddr, usize> =
                previous.hosts.iter().enumerate().map(|(at, host)| (host.address, at)).collect();
            hosts.sort_by_key(|host| places.get(&host.address).copied());
        }
        let balance = Balancer::new(backend, &hosts).balance(|_| true);
        let same = previous.filter(|previous| previous.same_places(&hosts) && previous.balance == balance);
        let turns = same.map(|previous| previous.turns.clone());
        let turns = turns.unwrap_or_else(|| (0..balance.counters()).map(|_| AtomicU64::new(0)).collect());
        Self { hosts, balance, turns, empty }
    }

    /// The host whose turn it is, or why there is none.
    pub(crate) fn pick(&self) -> Result<&Host, Reason> {
        let turn = |counter: usize| self.turns[counter].fetch_add(1, Ordering::Relaxed);
        self.balance.choose(turn).map(|place| &self.hosts[place]).ok_or(self.empty)
    }

    /// Every host, whether it serves or not.
    pub(crate) fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The share of each host, from 0 to 1, in the order of [`Self::hosts`].
    pub(crate) fn shares(&self) -> Vec<f64> {
        self.balance.shares(self.hosts.len())
    }

    pub(crate) fn contains(&self, address: SocketAddr) -> bool {
        self.hosts.iter().any(|host| host.address == address)
    }

    /// Whether both hold the same hosts in the same order, for the same endpoints.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.hosts == other.hosts && self.empty == other.empty
    }

    /// Whether both hold the same addresses in the same order.
    fn same_places(&self, hosts: &[Host]) -> bool {
        let addresses = |hosts: &[Host]| hosts.iter().map(|host| host.address).collect::<Vec<_>>();
        addresses(&self.hosts) == addresses(hosts)
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
