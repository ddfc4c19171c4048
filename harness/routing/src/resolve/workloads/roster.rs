//! Workloads in the order in which selectors find them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Workload, WorkloadId, WorkloadKind};

/// Workloads by kind and name.
type Namespace = BTreeMap<(WorkloadKind, Arc<str>), Arc<Workload>>;

/// Workloads by namespace, and in each by kind and name. Walking one namespace looks at no other.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    namespaces: BTreeMap<Arc<str>, Namespace>,
    len: usize,
}

impl Roster {
    /// How many there are in all namespaces.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Those of `namespace`.
    pub(crate) fn near(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        self.namespaces.get(namespace).into_iter().flat_map(Namespace::values).map(|workload| &**workload)
    }

    /// Those of every namespace but `namespace`.
    pub(crate) fn far(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        let others = self.namespaces.iter().filter(move |(other, _)| ***other != *namespace);
        others.flat_map(|(_, workloads)| workloads.values()).map(|workload| &**workload)
    }

    /// Puts `workload` in the place of the one with this identity; `None` takes that one away.
    pub(crate) fn put(&mut self, id: &WorkloadId, workload: Option<&Arc<Workload>>) {
        let name = (id.kind, Arc::clone(&id.name));
        if let Some(workload) = workload {
            let here = self.namespaces.entry(Arc::clone(&id.namespace)).or_default();
            self.len += usize::from(here.insert(name, Arc::clone(workload)).is_none());
        } else if let Some(here) = self.namespaces.get_mut(&id.namespace) {
            self.len -= usize::from(here.remove(&name).is_some());
            if here.is_empty() {
                self.namespaces.remove(&id.namespace);
            }
        }
    }
}
