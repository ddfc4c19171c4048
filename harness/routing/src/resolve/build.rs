//! Backends of ServiceEntries and Services: declared, settled among those of one host, and finished.

use std::collections::{BTreeSet, HashMap, HashSet};

use sextant_resources::Hostname;

use super::declarers::{Declared, Declarer, DeclarerId};
use super::finish::Finisher;
use super::given::Given;
use super::indexes::Indexes;
use super::networks::Networks;
use super::services::Services;
use super::sharing::share;
use crate::Backend;

/// Builds backends.
pub(crate) struct Builder<'a> {
    pub(crate) given: Given<'a>,
    pub(crate) indexes: &'a Indexes,
    pub(crate) networks: Networks<'a>,
    services: Services<'a>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(given: Given<'a>, indexes: &'a Indexes) -> Self {
        let services = Services::new(given, &indexes.slices, &indexes.workloads);
        Self { given, indexes, networks: Networks::new(given.options), services }
    }

    /// All backends.
    pub(crate) fn all(&self) -> Vec<Backend> {
        let mut declared = Declared::default();
        for (id, declarer) in self.indexes.declarers.iter() {
            declared.extend(id, self.declared(declarer));
        }
        self.complete(declared).backends
    }

    /// The backends of `declarers`, and all others of the hosts that they serve where declarations of one host depend on
    /// each other. `by_host` has all who declare a host.
    pub(crate) fn of(
        &self,
        declarers: &BTreeSet<DeclarerId>,
        by_host: &HashMap<Hostname, BTreeSet<DeclarerId>>,
    ) -> Declared {
        let mut own: Vec<_> = declarers.iter().map(|id| (*id, self.declared(&self.indexes.declarers[*id]))).collect();
        if self.given.semantics.one_declaration_serves {
            let hosts: HashSet<_> =
                own.iter().flat_map(|(_, backends)| backends).map(|backend| backend.id.host.clone()).collect();
            let all: BTreeSet<_> = hosts.iter().filter_map(|host| by_host.get(host)).flatten().copied().collect();
            let others = all.difference(declarers).map(|id| {
                let mut theirs = self.declared(&self.indexes.declarers[*id]);
                theirs.retain(|backend| hosts.contains(&backend.id.host));
                (*id, theirs)
            });
            own.extend(others.collect::<Vec<_>>());
            own.sort_by_key(|(id, _)| *id);
        }
        let mut declared = Declared::default();
        own.into_iter().for_each(|(id, backends)| declared.extend(id, backends));
        self.complete(declared)
    }

    fn declared(&self, declarer: &Declarer) -> Vec<Backend> {
        match declarer {
            Declarer::ServiceEntry(entry) => self.service_entry(entry),
            Declarer::Service(service) => self.services.backends(service, &self.networks),
        }
    }

    /// Makes `declared`, all backends of one or more hosts, what the proxy gets.
    fn complete(&self, mut declared: Declared) -> Declared {
        if self.given.semantics.one_declaration_serves {
            share(&mut declared.backends, self.given.resources, self.given.options);
        }
        let finisher = Finisher::new(self.given, self.indexes, &self.networks);
        for (backend, by) in declared.backends.iter_mut().zip(&declared.by) {
            finisher.finish(backend, &self.indexes.declarers[*by]);
        }
        declared
    }
}
