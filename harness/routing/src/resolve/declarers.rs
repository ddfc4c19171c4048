//! Everything that declares backends, numbered, so that whoever looks at a workload is found without a search.

use std::ops::{Index, Range};
use std::sync::Arc;

use sextant_resources::{Object, ObjectKey, ResourceSet, Service, ServiceEntry};

use crate::{Backend, BackendKind, Backends};

/// Number of what declares backends. The order is that of the identities of backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DeclarerId(usize);

/// What declares backends.
#[derive(Debug)]
pub(crate) enum Declarer {
    ServiceEntry(Arc<Object<ServiceEntry>>),
    Service(Arc<Object<Service>>),
}

/// All ServiceEntries, and then all Services, each by namespace and name.
#[derive(Debug)]
pub(crate) struct Declarers {
    list: Vec<Declarer>,
    /// How many of them are ServiceEntries.
    service_entries: usize,
}

/// Backends with who declared each, ordered by identity.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) backends: Vec<Backend>,
    /// As long as the backends.
    pub(crate) by: Vec<DeclarerId>,
}

impl Declarers {
    pub(crate) fn new(resources: &ResourceSet) -> Self {
        let entries = resources.service_entries.values().map(|entry| Declarer::ServiceEntry(Arc::clone(entry)));
        let services = resources.services.values().map(|service| Declarer::Service(Arc::clone(service)));
        Self { list: entries.chain(services).collect(), service_entries: resources.service_entries.len() }
    }

    /// All of them, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (DeclarerId, &Declarer)> {
        (0..).map(DeclarerId).zip(&self.list)
    }

    /// The Service `key`, if there is one.
    pub(crate) fn service(&self, key: &ObjectKey) -> Option<DeclarerId> {
        let place = self.list[self.service_entries..].binary_search_by(|service| service.key().cmp(key));
        place.ok().map(|place| DeclarerId(self.service_entries + place))
    }

    /// The part of `ids`, which are in the order of namespaces, in `namespace`.
    pub(crate) fn in_namespace<'k>(&self, ids: &'k [DeclarerId], namespace: &str) -> &'k [DeclarerId] {
        let start = ids.partition_point(|id| *self[*id].key().namespace < *namespace);
        let count = ids[start..].partition_point(|id| *self[*id].key().namespace == *namespace);
        &ids[start..start + count]
    }

    /// Where in `backends`, the list of all that they declare, the backends of each are.
    pub(crate) fn places(&self, backends: &Backends) -> Places {
        let mut ids = backends.iter().map(|backend| &backend.id).peekable();
        let mut end = 0;
        let mut ends = Vec::with_capacity(self.list.len());
        for declarer in &self.list {
            let own = (declarer.kind(), declarer.key());
            while ids.next_if(|id| (id.kind, &id.service_entry) == own).is_some() {
                end += 1;
            }
            ends.push(end);
        }
        Places { ends }
    }
}

/// Where the backends of each declarer are in the list of all.
#[derive(Debug)]
pub(crate) struct Places {
    ends: Vec<usize>,
}

impl Places {
    /// The places of those that `id` declares.
    pub(crate) fn of(&self, id: DeclarerId) -> Range<usize> {
        let start = id.0.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[id.0]
    }
}

impl Index<DeclarerId> for Declarers {
    type Output = Declarer;

    fn index(&self, id: DeclarerId) -> &Declarer {
        &self.list[id.0]
    }
}

impl Declarer {
    pub(crate) fn key(&self) -> &ObjectKey {
        match self {
            Self::ServiceEntry(entry) => &entry.key,
            Self::Service(service) => &service.key,
        }
    }

    fn kind(&self) -> BackendKind {
        match self {
            Self::ServiceEntry(_) => BackendKind::ServiceEntry,
            Self::Service(_) => BackendKind::Service,
        }
    }
}

impl Declared {
    /// Adds backends of the next declarer.
    pub(crate) fn extend(&mut self, by: DeclarerId, backends: impl IntoIterator<Item = Backend>) {
        self.backends.extend(backends);
        self.by.resize(self.backends.len(), by);
    }
}
