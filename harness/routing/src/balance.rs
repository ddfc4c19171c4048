//! Which host serves which share of a backend's requests, given which hosts are healthy. The rules are Envoy's:
//! priorities spill over with an overprovisioning factor of 1.4 (K-094, I-153), panic makes health count for nothing
//! (K-092, I-113), and localities may have shares of their own (K-041, I-120, I-138).

use crate::{Backend, Host, Locality, LocalityWeight, Schedule};

mod load;
mod ratio;

pub use load::PriorityLoad;
use load::{Health, OVERPROVISIONING, loads};
use ratio::{Ratio, integers};

/// The hosts of a backend, sorted into priorities and localities. Knows nothing of health; [`Self::balance`] does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balancer {
    panic_percent: u32,
    /// Ascending; without gaps, as a priority that nobody has counts for nothing (K-084).
    levels: Vec<Level>,
}

/// The hosts of one priority.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Level {
    priority: u32,
    /// In the order of their first hosts. One for all hosts where localities have no shares.
    groups: Vec<Group>,
}

/// Hosts that share what their locality has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    locality: Option<Locality>,
    /// Weight among the groups of the priority.
    weight: u64,
    /// Never empty.
    members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    /// Place among the hosts.
    host: usize,
    weight: u32,
}

/// The shares of the hosts for one state of their health.
///
/// Choosing is a walk down a tree: among priorities, among localities, among hosts. Each branch has a schedule and needs
/// a counter of its own, so over a whole cycle of every branch the shares are exact. Where there is nothing to choose, as
/// with a single priority, the tree has no branch for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    priorities: Vec<PriorityLoad>,
    root: Branch,
    branches: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Branch {
    /// Place of its counter.
    id: usize,
    weights: Vec<u32>,
    schedule: Schedule,
    choices: Choices,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Choices {
    /// Places among the hosts.
    Hosts(Vec<usize>),
    Branches(Vec<Branch>),
}

impl Balancer {
    /// The priorities and localities of `hosts`, which are those of `backend`.
    ///
    /// The weight of a locality is what [`crate::Policy::distribution`] gives it, otherwise the sum of its endpoints'
    /// weights in that priority (K-056, I-146). A name counts once there, however many addresses it has.
    pub fn new(backend: &Backend, hosts: &[Host]) -> Self {
        let policy = &backend.policy;
        let by_locality = policy.locality_weighted || !policy.distribution.is_empty();
        let mut levels: Vec<Level> = Vec::new();
        for (place, host) in hosts.iter().enumerate() {
            let at = levels.binary_search_by_key(&host.priority, |level| level.priority).unwrap_or_else(|at| {
                levels.insert(at, Level { priority: host.priority, groups: Vec::new() });
                at
            });
            let locality = by_locality.then(|| &*backend.endpoints[host.endpoint].locality);
            let groups = &mut levels[at].groups;
            let at = groups.iter().position(|group| group.locality.as_ref() == locality).unwrap_or_else(|| {
                let weight = locality.map_or(1, |locality| locality_weight(backend, host.priority, locality));
                groups.push(Group { locality: locality.cloned(), weight, members: Vec::new() });
                groups.len() - 1
            });
            groups[at].members.push(Member { host: place, weight: host.weight });
        }
        Self { panic_percent: policy.panic_percent, levels }
    }

    /// The shares while exactly those hosts are healthy that `healthy` says so of, by their place.
    pub fn balance(&self, healthy: impl Fn(usize) -> bool) -> Balance {
        let levels: Vec<_> = self.levels.iter().map(|level| (level.priority, level.health(&healthy))).collect();
        let priorities = loads(&levels, self.panic_percent);
        let serving = self.levels.iter().zip(&priorities).filter(|(_, load)| load.percent > 0);
        let choices = serving.map(|(level, load)| (load.percent, level.branch(load.panic, &healthy)));
        let mut root = Branch::among(choices.collect());
        let branches = root.number(0);
        Balance { priorities, root, branches }
    }
}

impl Level {
    fn health(&self, healthy: impl Fn(usize) -> bool) -> Health {
        self.groups.iter().map(|group| group.health(&healthy)).sum()
    }

    /// The choice among the hosts: all of them by weight in panic, otherwise the healthy ones, where localities have
    /// shares after a choice among these.
    fn branch(&self, panic: bool, healthy: impl Fn(usize) -> bool) -> Branch {
        let flat = |healthy: &dyn Fn(usize) -> bool| {
            Branch::to_hosts(self.groups.iter().flat_map(|group| &group.members).filter(|member| healthy(member.host)))
        };
        if panic {
            return flat(&|_| true);
        }
        let weights = integers(&self.groups.iter().map(|group| group.effective_weight(&healthy)).collect::<Vec<_>>());
        let weighted = self.groups.iter().zip(weights).filter(|(_, weight)| *weight > 0);
        let of_group = |group: &Group| Branch::to_hosts(group.members.iter().filter(|member| healthy(member.host)));
        let localities: Vec<_> = weighted.map(|(group, weight)| (weight, of_group(group))).collect();
        if localities.is_empty() { flat(&healthy) } else { Branch::among(localities) }
    }
}

impl Group {
    fn health(&self, healthy: impl Fn(usize) -> bool) -> Health {
        let healthy = self.members.iter().filter(|member| healthy(member.host)).count() as u64;
        Health { healthy, total: self.members.len() as u64 }
    }

    /// The weight, reduced as soon as less than 1/1.4 of the hosts are healthy.
    fn effective_weight(&self, healthy: impl Fn(usize) -> bool) -> Ratio {
        let Health { healthy, total } = self.health(healthy);
        let (available, whole) = (OVERPROVISIONING * healthy, 100 * total);
        Ratio::new(self.weight, available.min(whole), whole)
    }
}

impl Balance {
    /// What each priority that has hosts gets, in ascending order.
    pub fn priorities(&self) -> &[PriorityLoad] {
        &self.priorities
    }

    /// How many counters [`Self::choose`] needs.
    pub fn counters(&self) -> usize {
        self.branches
    }

    /// The place of the host whose turn it is; `None` when no host may serve. `turn` says how many turns the counter
    /// with a number below [`Self::counters`] has dealt so far, and is asked once for each counter on the way.
    pub fn choose(&self, turn: impl Fn(usize) -> u64) -> Option<usize> {
        let mut branch = &self.root;
        loop {
            let choice = branch.schedule.choice(turn(branch.id))?;
            match &branch.choices {
                Choices::Hosts(hosts) => return Some(hosts[choice]),
                Choices::Branches(branches) => branch = &branches[choice],
            }
        }
    }

    /// The share of each of `hosts` hosts, from 0 to 1, by place. They add up to 1, or to 0 when no host may serve.
    pub fn shares(&self, hosts: usize) -> Vec<f64> {
        let mut shares = vec![0.0; hosts];
        self.root.share(1.0, &mut shares);
        shares
    }
}

impl Branch {
    fn new(weights: Vec<u32>, choices: Choices) -> Self {
        Self { id: 0, schedule: Schedule::new(&weights), weights, choices }
    }

    fn to_hosts<'a>(members: impl Iterator<Item = &'a Member>) -> Self {
        let (weights, hosts) = members.map(|member| (member.weight, member.host)).unzip();
        Self::new(weights, Choices::Hosts(hosts))
    }

    /// The choice among `branches` with these weights; the only one, if there is no other.
    fn among(branches: Vec<(u32, Self)>) -> Self {
        let (weights, mut branches): (Vec<u32>, Vec<Self>) = branches.into_iter().unzip();
        match branches.pop() {
            None => Self::default(),
            Some(only) if branches.is_empty() => only,
            Some(last) => {
                branches.push(last);
                Self::new(weights, Choices::Branches(branches))
            }
        }
    }

    /// Numbers the counters of this branch and those below from `next`; returns the number after the last.
    fn number(&mut self, next: usize) -> usize {
        self.id = next;
        match &mut self.choices {
            Choices::Hosts(_) => next + 1,
            Choices::Branches(branches) => branches.iter_mut().fold(next + 1, |next, branch| branch.number(next)),
        }
    }

    fn share(&self, whole: f64, shares: &mut [f64]) {
        let sum: f64 = self.weights.iter().map(|weight| f64::from(*weight)).sum();
        for (choice, weight) in self.weights.iter().enumerate() {
            let share = whole * f64::from(*weight) / sum;
            match &self.choices {
                Choices::Hosts(hosts) => shares[hosts[choice]] += share,
                Choices::Branches(branches) => branches[choice].share(share, shares),
            }
        }
    }
}

impl Default for Choices {
    fn default() -> Self {
        Self::Hosts(Vec::new())
    }
}

fn locality_weight(backend: &Backend, priority: u32, locality: &Locality) -> u64 {
    if backend.policy.distribution.is_empty() {
        let endpoints = backend.endpoints.iter();
        let members = endpoints.filter(|endpoint| endpoint.priority == priority && *endpoint.locality == *locality);
        return members.map(|endpoint| u64::from(endpoint.weight.get())).sum();
    }
    let share = |given: &&LocalityWeight| given.locality == *locality;
    backend.policy.distribution.iter().find(share).map_or(0, |given| u64::from(given.weight))
}

#[cfg(test)]
mod tests;
