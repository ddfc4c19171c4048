//! How much each priority gets.

use std::iter::Sum;

/// Percent of the traffic that a priority could take, for each percent of its hosts that is healthy, times 100.
pub(super) const OVERPROVISIONING: u64 = 140;

/// How many of some hosts are healthy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) healthy: u64,
    pub(super) total: u64,
}

/// What one priority gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriorityLoad {
    /// The priority.
    pub priority: u32,
    /// Percentage of the backend's requests. Those of all priorities add up to 100.
    pub percent: u32,
    /// Whether so few of its hosts are healthy that all of them serve (K-092, I-113).
    pub panic: bool,
}

impl Health {
    /// Percentage of all traffic that the hosts are trusted with.
    fn capacity(self) -> u64 {
        (OVERPROVISIONING * self.healthy / self.total.max(1)).min(100)
    }
}

impl Sum for Health {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self { healthy: a.healthy + b.healthy, total: a.total + b.total })
    }
}

/// The loads of `levels`, which are priorities with at least one host each, in ascending order.
///
/// Each priority is trusted with 1.4 times the healthy part of its hosts. What one cannot take the next ones do; if all of
/// them together cannot take everything, each gets in proportion to what it could. Only then there is panic: where less
/// than `panic_percent` of the hosts is healthy, all of them serve. If that is so in every priority, health does not
/// decide among priorities either, but the number of hosts does. Whole percents are dealt, and those lost to rounding go
/// to the first priority that can take any.
pub(super) fn loads(levels: &[(u32, Health)], panic_percent: u32) -> Vec<PriorityLoad> {
    let capacities: Vec<u64> = levels.iter().map(|(_, health)| health.capacity()).collect();
    let available = capacities.iter().sum::<u64>().min(100);
    let in_panic = |health: &Health| available < 100 && 100 * health.healthy < u64::from(panic_percent) * health.total;
    let all_in_panic = levels.iter().all(|(_, health)| in_panic(health));
    let percents = match (all_in_panic, available) {
        (true, _) => {
            let sizes: Vec<u64> = levels.iter().map(|(_, health)| health.total).collect();
            deal(&sizes, sizes.iter().sum())
        }
        // Without panic nobody can serve. The first priority gets what will be refused.
        (false, 0) => levels.iter().enumerate().map(|(at, _)| if at == 0 { 100 } else { 0 }).collect(),
        (false, _) => deal(&capacities, available),
    };
    let load = |(&(priority, ref health), percent)| PriorityLoad { priority, percent, panic: in_panic(health) };
    levels.iter().zip(percents).map(load).collect()
}

/// Deals 100 percent in proportion to `parts`, of which `whole` make 100, from the first on while there is any left.
fn deal(parts: &[u64], whole: u64) -> Vec<u32> {
    let mut left = 100;
    let take = |part: &u64| {
        let taken = (part * 100 / whole.max(1)).min(left);
        left -= taken;
        taken as u32
    };
    let mut percents: Vec<u32> = parts.iter().map(take).collect();
    if let Some(first) = parts.iter().position(|part| *part > 0) {
        percents[first] += left as u32;
    }
    percents
}
