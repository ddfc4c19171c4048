//! The hosts of a backend and whose turn it is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use sextant_routing::{Backend, Balance, Balancer, Host};

use crate::Reason;
use crate::outlier::{Detector, Monitor, UpstreamEvent};

/// The hosts of a backend at one moment. Immutable but for whose turn it is, and for who is out of service.
#[derive(Debug)]
pub(crate) struct HostTable {
    hosts: Vec<Host>,
    serving: Serving,
    /// What a request is told when there are no hosts.
    empty: Reason,
}

/// Who of the hosts serves.
#[derive(Debug)]
enum Serving {
    /// Always all of them, as nobody watches their health.
    All(Deal),
    Watched(Watch),
}

/// Hosts under outlier detection.
#[derive(Debug)]
struct Watch {
    detector: Arc<Detector>,
    monitors: HashMap<SocketAddr, Arc<Monitor>>,
    balancer: Balancer,
    now: ArcSwap<Deal>,
    /// Held while a new deal is made.
    dealing: Mutex<()>,
}

/// Whose turn it is while the same hosts are healthy. All workers share the turns.
#[derive(Debug)]
struct Deal {
    balance: Balance,
    /// The counters of the balance.
    turns: Arc<[AtomicU64]>,
    /// [`Detector::changes`] when it was made.
    changes: u64,
}

impl HostTable {
    /// The table of `hosts`, which are those of `backend`, watched by `detector`. If `previous` has the same hosts with the
    /// same shares, in whatever order, its order and its place in the cycle go on; otherwise a new cycle starts.
    pub(crate) fn new(
        backend: &Backend,
        mut hosts: Vec<Host>,
        empty: Reason,
        detector: Option<&Arc<Detector>>,
        previous: Option<&Self>,
    ) -> Self {
        if let Some(previous) = previous.filter(|previous| previous.same_hosts(&hosts)) {
            let places: HashMap<SocketAddr, usize> =
                previous.hosts.iter().enumerate().map(|(at, host)| (host.address, at)).collect();
            hosts.sort_by_key(|host| places.get(&host.address).copied());
        }
        let balancer = Balancer::new(backend, &hosts);
        let before = previous.filter(|previous| previous.same_places(&hosts));
        let serving = match detector {
            None => Serving::All(Deal::new(balancer.balance(|_| true), 0, before)),
            Some(detector) => Serving::Watched(Watch::new(detector.clone(), balancer, &hosts, before)),
        };
        Self { hosts, serving, empty }
    }

    /// The host whose turn it is, or why there is none.
    pub(crate) fn pick(&self) -> Result<&Host, Reason> {
        let place = match &self.serving {
            Serving::All(deal) => deal.pick(),
            Serving::Watched(watch) => watch.with_deal(&self.hosts, Deal::pick),
        };
        let nobody = || if self.hosts.is_empty() { self.empty } else { Reason::NoHealthyHosts };
        place.map(|place| &self.hosts[place]).ok_or_else(nobody)
    }

    /// Takes note of what happened on the way to the host at `address`. Says whether that ejects it.
    pub(crate) fn report(&self, address: SocketAddr, event: UpstreamEvent) -> bool {
        let Serving::Watched(watch) = &self.serving else { return false };
        let monitor = watch.monitors.get(&address);
        monitor.is_some_and(|monitor| watch.detector.report(address, monitor, event, Instant::now))
    }

    /// Every host, whether it serves or not.
    pub(crate) fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The share of each host, from 0 to 1, in the order of [`Self::hosts`].
    pub(crate) fn shares(&self) -> Vec<f64> {
        let shares = |deal: &Deal| deal.balance.shares(self.hosts.len());
        match &self.serving {
            Serving::All(deal) => shares(deal),
            Serving::Watched(watch) => watch.with_deal(&self.hosts, shares),
        }
    }

    /// Whether the host at `address` is out of service.
    pub(crate) fn is_out(&self, address: SocketAddr) -> bool {
        match &self.serving {
            Serving::All(_) => false,
            Serving::Watched(watch) => watch.monitors.get(&address).is_some_and(|monitor| monitor.is_out()),
        }
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

    /// The turns, if they are dealt by `balance`.
    fn turns(&self, balance: &Balance) -> Option<Arc<[AtomicU64]>> {
        let turns = |deal: &Deal| (deal.balance == *balance).then(|| deal.turns.clone());
        match &self.serving {
            Serving::All(deal) => turns(deal),
            Serving::Watched(watch) => turns(&watch.now.load()),
        }
    }
}

impl Watch {
    fn new(detector: Arc<Detector>, balancer: Balancer, hosts: &[Host], before: Option<&HostTable>) -> Self {
        let monitors = detector.watch(hosts.iter().map(|host| host.address));
        let changes = detector.changes(Instant::now);
        let deal = Deal::new(healthy(&balancer, hosts, &monitors), changes, before);
        Self { detector, monitors, balancer, now: ArcSwap::from_pointee(deal), dealing: Mutex::new(()) }
    }

    /// What `take` makes of the deal among those who are healthy now.
    fn with_deal<T>(&self, hosts: &[Host], take: impl FnOnce(&Deal) -> T) -> T {
        let changes = self.detector.changes(Instant::now);
        let deal = self.now.load();
        if deal.changes >= changes {
            return take(&deal);
        }
        // A deal per change and not per worker: each starts a new cycle.
        let _dealing = self.dealing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.now.load().changes < changes {
            let balance = healthy(&self.balancer, hosts, &self.monitors);
            self.now.store(Arc::new(Deal::new(balance, changes, None)));
        }
        take(&self.now.load())
    }
}

impl Deal {
    fn new(balance: Balance, changes: u64, before: Option<&HostTable>) -> Self {
        let turns = before.and_then(|before| before.turns(&balance));
        let turns = turns.unwrap_or_else(|| (0..balance.counters()).map(|_| AtomicU64::new(0)).collect());
        Self { balance, turns, changes }
    }

    /// The place of the host whose turn it is; `None` when nobody may serve.
    fn pick(&self) -> Option<usize> {
        self.balance.choose(|counter| self.turns[counter].fetch_add(1, Ordering::Relaxed))
    }
}

fn healthy(balancer: &Balancer, hosts: &[Host], monitors: &HashMap<SocketAddr, Arc<Monitor>>) -> Balance {
    balancer.balance(|place| monitors.get(&hosts[place].address).is_none_or(|monitor| !monitor.is_out()))
}

#[cfg(test)]
mod tests;
