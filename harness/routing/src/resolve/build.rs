//! Backends of ServiceEntries and Services: declared, settled among those of one host, and finished.

use std::collections::{BTreeSet, HashMap, HashSet};

use sextant_resources::{Hostname, ObjectKey};

use super::finish::Finisher;
use super::given::Given;
use super::indexes::Indexes;
use super::networks::Networks;
use super::services::Services;
use super::sharing::share;
use crate::{Backend, BackendKind};

/// Builds backends.
pub(crate) struct Builder<'a> {
    pub(crate) given: Given<'a>,
    pub(crate) indexes: &'a Indexes,
    pub(crate) networks: Networks<'a>,
    services: Services<'a>,
}

/// What declares backends. The order is that of the identities of backends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Declarer {
    pub(crate) kind: BackendKind,
    pub(crate) key: ObjectKey,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(given: Given<'a>, indexes: &'a Indexes) -> Self {
        let services = Services::new(given, &indexes.slices, &indexes.workloads);
        Self { given, indexes, networks: Networks::new(given.options), services }
    }

    /// All backends, ordered by identity.
    pub(crate) fn all(&self) -> Vec<Backend> {
        let resources = self.given.resources;
        let of_entries = resources.service_entries.values().flat_map(|entry| self.service_entry(entry));
        let of_services = resources.services.values().flat_map(|service| self.services.backends(service));
        self.complete(of_entries.chain(of_services).collect())
    }

    /// The backends of `declarers`, and all others of the hosts that they serve where declarations of one host depend on
    /// each other; ordered by identity. `by_host` has all who declare a host.
    pub(crate) fn of(
        &self,
        declarers: &BTreeSet<Declarer>,
        by_host: &HashMap<Hostname, BTreeSet<Declarer>>,
    ) -> Vec<Backend> {
        let mut declared: Vec<_> = declarers.iter().flat_map(|declarer| self.declared(declarer)).collect();
        if self.given.semantics.one_declaration_serves {
            let hosts: HashSet<_> = declared.iter().map(|backend| backend.id.host.clone()).collect();
            let all: BTreeSet<_> = hosts.iter().filter_map(|host| by_host.get(host)).flatten().collect();
            let others = all.into_iter().filter(|declarer| !declarers.contains(declarer));
            let theirs = others.flat_map(|declarer| self.declared(declarer));
            declared.extend(theirs.filter(|backend| hosts.contains(&backend.id.host)));
            declared.sort_by(|a, b| a.id.cmp(&b.id));
        }
        self.complete(declared)
    }

    fn declared(&self, declarer: &Declarer) -> Vec<Backend> {
        let Declarer { kind, key } = declarer;
        match kind {
            BackendKind::ServiceEntry => {
                let entry = self.given.resources.service_entries.get(key);
                entry.map(|entry| self.service_entry(entry)).unwrap_or_default()
            }
            BackendKind::Service => {
                let service = self.given.resources.services.get(key);
                service.map(|service| self.services.backends(service)).unwrap_or_default()
            }
        }
    }

    /// Makes `declared`, all backends of one or more hosts ordered by identity, what the proxy gets.
    fn complete(&self, declared: Vec<Backend>) -> Vec<Backend> {
        let mut backends = declared;
        if self.given.semantics.one_declaration_serves {
            share(&mut backends, self.given.resources, self.given.options);
        }
        let finisher = Finisher::new(self.given, self.indexes, &self.networks);
        backends.iter_mut().for_each(|backend| finisher.finish(backend));
        backends
    }
}
