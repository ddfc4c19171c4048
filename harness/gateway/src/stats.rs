//! Counters. Each worker has its own, so counting never waits for another core.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::Reason;

/// The counters of one worker.
#[derive(Debug, Default)]
pub(crate) struct WorkerStats {
    /// Client connections accepted.
    pub(crate) connections: AtomicU64,
    /// Client connections that have ended.
    pub(crate) connections_ended: AtomicU64,
    /// Requests answered by an endpoint, and connections passed on to one.
    pub(crate) forwarded: AtomicU64,
    /// Requests redirected by their rule.
    pub(crate) redirected: AtomicU64,
    /// Requests answered, and connections closed, by the gateway, by reason.
    own: [AtomicU64; Reason::ALL.len()],
    /// Upstream connections tried.
    pub(crate) connects: AtomicU64,
    /// Requests that found an upstream connection open.
    pub(crate) reuses: AtomicU64,
    /// Requests sent a second time, because a reused connection had been closed.
    pub(crate) resent: AtomicU64,
    /// Requests routed again, because their endpoint was removed while they waited for a connection.
    pub(crate) rerouted: AtomicU64,
    /// Endpoints that outlier detection took out of service.
    pub(crate) ejections: AtomicU64,
    /// Copies of requests that a mirror answered.
    pub(crate) mirrored: AtomicU64,
    /// Copies of requests that got no whole answer.
    pub(crate) mirror_failures: AtomicU64,
}

/// Counters of all workers together, since the gateway started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Client connections accepted.
    pub connections_accepted: u64,
    /// Client connections that are open.
    pub connections_open: u64,
    /// Requests answered, by an endpoint or by the gateway. One that is under way is not counted yet. A connection of a
    /// TCP or TLS listener counts as one.
    pub requests: u64,
    /// Requests by outcome: `forwarded` for a response from an endpoint, whatever its status, `redirected`, or the word
    /// of a [`Reason`]. Outcomes that never occurred are left out.
    pub outcomes: BTreeMap<String, u64>,
    /// Upstream connections tried.
    pub upstream_connects: u64,
    /// Requests that found an upstream connection open.
    pub upstream_reuses: u64,
    /// Requests sent a second time, because a reused connection had been closed.
    pub upstream_resent: u64,
    /// Requests routed again, because their endpoint was removed while they waited for a connection.
    pub rerouted: u64,
    /// How often outlier detection took an endpoint out of service.
    pub ejections: u64,
    /// Copies of requests that a mirror answered, whatever the status.
    pub mirrored: u64,
    /// Copies of requests that got no whole answer.
    pub mirror_failures: u64,
}

/// Adds one. Only its worker writes a counter, so nothing is contended.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl WorkerStats {
    pub(crate) fn count_own(&self, reason: Reason) {
        count(&self.own[reason as usize]);
    }
}

impl Stats {
    pub(crate) fn collect<'a>(workers: impl Iterator<Item = &'a WorkerStats> + Clone) -> Self {
        let sum = |pick: &dyn Fn(&WorkerStats) -> &AtomicU64| -> u64 {
            workers.clone().map(|worker| pick(worker).load(Ordering::Relaxed)).sum()
        };
        let ended = sum(&|worker| &worker.connections_ended);
        let accepted = sum(&|worker| &worker.connections);
        let own = Reason::ALL.iter().map(|&reason| (reason.as_str(), sum(&|worker| &worker.own[reason as usize])));
        let served =
            [("forwarded", sum(&|worker| &worker.forwarded)), ("redirected", sum(&|worker| &worker.redirected))];
        let outcomes: Vec<(&str, u64)> = served.into_iter().chain(own).collect();
        Self {
            connections_accepted: accepted,
            connections_open: accepted.saturating_sub(ended),
            requests: outcomes.iter().map(|(_, n)| n).sum(),
            outcomes: outcomes
                .into_iter()
                .filter(|&(_, n)| n > 0)
                .map(|(outcome, n)| (outcome.to_owned(), n))
                .collect(),
            upstream_connects: sum(&|worker| &worker.connects),
            upstream_reuses: sum(&|worker| &worker.reuses),
            upstream_resent: sum(&|worker| &worker.resent),
            rerouted: sum(&|worker| &worker.rerouted),
            ejections: sum(&|worker| &worker.ejections),
            mirrored: sum(&|worker| &worker.mirrored),
            mirror_failures: sum(&|worker| &worker.mirror_failures),
        }
    }
}
