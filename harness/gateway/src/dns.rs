//! Names followed: what is known about each, and what an answer changes.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::Serialize;
use sextant_resources::Hostname;

mod client;

pub(crate) use client::NameClient;

use crate::Reason;

/// What is known about a name that endpoints have, for people and reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DnsStatus {
    /// The name.
    pub name: String,
    /// Finished lookups since the name came into use.
    pub lookups: u64,
    /// How the last one ended; absent before the first has ended.
    pub last: Option<LookupOutcome>,
    /// What the last one said beyond that; empty when there is nothing to say.
    pub message: String,
    /// Addresses in use by backends that take every answer ([`sextant_routing::Discovery::Dns`]).
    pub addresses: Vec<IpAddr>,
    /// Addresses of the last answer that had any: what a backend that takes one answer
    /// ([`sextant_routing::Discovery::LogicalDns`]) goes on with when there are none now.
    pub last_addresses: Vec<IpAddr>,
}

/// How a lookup ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupOutcome {
    /// With addresses.
    Addresses,
    /// The name exists without addresses (RFC 2308, section 2.2).
    NoData,
    /// There is no such name (RFC 2308, section 2.1).
    NxDomain,
    /// Without an answer to rely on: SERVFAIL, REFUSED, no reply in time, a broken reply.
    Failed,
}

/// The result of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// At least one address, in the order of the answer.
    Addresses { addresses: Vec<IpAddr>, ttl: Duration },
    /// The server says that there is none.
    NoData,
    /// The server says that there is no such name.
    NxDomain,
    /// No answer to rely on, and why.
    Failed(String),
}

/// Everything known about the names in use.
#[derive(Debug, Default)]
pub(crate) struct NameStates {
    /// Whether there is a server to ask at all.
    can_ask: bool,
    states: BTreeMap<Hostname, NameState>,
}

/// What is known about one name.
#[derive(Debug, Default)]
pub(crate) struct NameState {
    /// `None` until a server has said something about the name, be it that there is nothing.
    current: Option<Vec<IpAddr>>,
    /// Of the last answer that had any.
    last_addresses: Vec<IpAddr>,
    lookups: u64,
    last: Option<(LookupOutcome, String)>,
    /// When the lookup that was applied last had started.
    started: Option<Instant>,
    /// The change that brought its result to the workers.
    pub(crate) epoch: u64,
    /// Set by every request that names it (DYNAMIC_DNS).
    pub(crate) used: Arc<AtomicBool>,
}

impl NameStates {
    pub(crate) fn new(can_ask: bool) -> Self {
        Self { can_ask, states: BTreeMap::new() }
    }

    /// The addresses of `name` for a backend that takes every answer, or, if `logical`, one: the first keeps none
    /// after NXDOMAIN or an empty answer, the second keeps those it had (envoy-observed rows on NXDOMAIN and NOERROR).
    ///
    /// # Errors
    ///
    /// Why nothing is known.
    pub(crate) fn addresses(&self, name: &Hostname, logical: bool) -> Result<&[IpAddr], Reason> {
        if !self.can_ask {
            return Err(Reason::NoResolver);
        }
        let state = self.states.get(name).ok_or(Reason::NoDnsAnswer)?;
        let current = state.current.as_deref().ok_or(Reason::NoDnsAnswer)?;
        Ok(if logical { &state.last_addresses } else { current })
    }

    /// The addresses of a name that requests name: those of the last answer that had any, empty if none ever had, with
    /// the mark that requests leave. `None` before the first lookup has ended.
    pub(crate) fn looked_up(&self, name: &Hostname) -> Option<(&[IpAddr], Arc<AtomicBool>)> {
        let state = self.states.get(name).filter(|state| state.lookups > 0)?;
        Some((&state.last_addresses, state.used.clone()))
    }

    /// Whether there is a server to ask at all.
    pub(crate) fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Takes the result of a lookup that started at `started` and reached the workers with change `epoch`.
    pub(crate) fn record(&mut self, name: &Hostname, started: Instant, lookup: Lookup) -> Option<&mut NameState> {
        let state = self.states.get_mut(name)?;
        state.lookups += 1;
        state.started = Some(started);
        state.last = Some((lookup.outcome(), lookup.message()));
        match lookup {
            Lookup::Addresses { addresses, .. } => {
                state.last_addresses.clone_from(&addresses);
                state.current = Some(addresses);
            }
            Lookup::NoData | Lookup::NxDomain => state.current = Some(Vec::new()),
            Lookup::Failed(_) => (),
        }
        Some(state)
    }

    /// Starts to know about `name`. Says whether it is new.
    pub(crate) fn insert(&mut self, name: &Hostname) -> bool {
        let new = !self.states.contains_key(name);
        if new {
            self.states.insert(name.clone(), NameState::default());
        }
        new
    }

    /// Forgets every name but those that `keep` wants.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Hostname) -> bool) {
        self.states.retain(|name, _| keep(name));
    }

    pub(crate) fn get_mut(&mut self, name: &Hostname) -> Option<&mut NameState> {
        self.states.get_mut(name)
    }

    /// The names whose last applied lookup started before `since` (or, without `since`, that have none), or whose
    /// result not every worker has confirmed, `confirmed` being the change that all have.
    pub(crate) fn unsettled(&self, since: Option<Instant>, confirmed: u64) -> Vec<Hostname> {
        let settled = |state: &NameState| {
            let late_enough = state.started.is_some_and(|started| since.is_none_or(|since| started >= since));
            late_enough && state.epoch <= confirmed
        };
        let names = self.states.iter().filter(|_| self.can_ask);
        names.filter(|(_, state)| !settled(state)).map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn status(&self, name: &Hostname) -> Option<DnsStatus> {
        let state = self.states.get(name)?;
        Some(DnsStatus {
            name: name.to_string(),
            lookups: state.lookups,
            last: state.last.as_ref().map(|(outcome, _)| *outcome),
            message: match &state.last {
                Some((_, message)) => message.clone(),
                None if !self.can_ask => "no DNS server is configured".to_owned(),
                None => String::new(),
            },
            addresses: state.current.clone().unwrap_or_default(),
            last_addresses: state.last_addresses.clone(),
        })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Hostname> {
        self.states.keys()
    }
}

impl Lookup {
    fn outcome(&self) -> LookupOutcome {
        match self {
            Self::Addresses { .. } => LookupOutcome::Addresses,
            Self::NoData => LookupOutcome::NoData,
            Self::NxDomain => LookupOutcome::NxDomain,
            Self::Failed(_) => LookupOutcome::Failed,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Failed(message) => message.clone(),
            Self::Addresses { .. } | Self::NoData | Self::NxDomain => String::new(),
        }
    }

    /// How long to wait before the next lookup (K-039).
    pub(crate) fn wait(&self, refresh: Duration, respect_ttl: bool) -> Duration {
        match self {
            Self::Addresses { ttl, .. } if respect_ttl && !ttl.is_zero() => *ttl,
            _ => refresh,
        }
    }
}

impl fmt::Display for LookupOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Addresses => "addresses",
            Self::NoData => "no-data",
            Self::NxDomain => "nx-domain",
            Self::Failed => "failed",
        })
    }
}

#[cfg(test)]
mod tests;
