//! Every WorkloadEntry and pod, read once, and found again by label and namespace (K-070 to K-079).

mod index;
mod read;
mod roster;

use std::sync::Arc;

use sextant_resources::{Kind, Object, ObjectKey, Pod, ResourceSet, ServiceEntry, WorkloadEntry};

use super::candidate::{Candidate, Written};
use super::given::Given;
use crate::selector::Labels;

pub(crate) use index::{Replaced, Workloads};
pub(crate) use read::parse_bool;
pub(crate) use roster::Roster;

/// A workload: a candidate that selectors look at.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) id: WorkloadId,
    pub(crate) candidate: Candidate,
    /// The labels that selectors see (K-072, K-073); `None` means those of its metadata.
    visible: Option<Arc<Labels>>,
    /// Whether selectors miss the labels of its spec (K-072).
    hides_spec_labels: bool,
}

/// Identity of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WorkloadId {
    pub(crate) namespace: Arc<str>,
    pub(crate) kind: WorkloadKind,
    pub(crate) name: Arc<str>,
}

/// The order is that in which selectors find workloads of one namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum WorkloadKind {
    WorkloadEntry,
    Pod,
}

/// The labels of the selector of `entry`; `None` when it has none.
pub(crate) fn selector(entry: &Object<ServiceEntry>) -> Option<&Labels> {
    entry.body.spec.workload_selector.as_ref().map(|selector| &selector.labels)
}

fn copy<T: Kind>(key: &ObjectKey, from: &ResourceSet, to: &mut ResourceSet) {
    match T::objects(from).get(key) {
        Some(object) => T::objects_mut(to).insert(key.clone(), Arc::clone(object)),
        None => T::objects_mut(to).remove(key),
    };
}

impl WorkloadId {
    pub(crate) fn new(kind: WorkloadKind, key: &ObjectKey) -> Self {
        Self { namespace: Arc::clone(&key.namespace), kind, name: Arc::clone(&key.name) }
    }

    /// The workload of this identity; `None` when there is none.
    pub(crate) fn read(&self, given: Given<'_>) -> Option<Workload> {
        let (key, resources) = (self.key(), given.resources);
        match self.kind {
            WorkloadKind::WorkloadEntry => Some(read::workload_entry(resources.workload_entries.get(&key)?, given)),
            WorkloadKind::Pod => Some(read::pod(resources.pods.get(&key)?, given)),
        }
    }

    /// Makes the object of this identity in `to` the one in `from`, or none.
    pub(crate) fn copy(&self, from: &ResourceSet, to: &mut ResourceSet) {
        match self.kind {
            WorkloadKind::WorkloadEntry => copy::<WorkloadEntry>(&self.key(), from, to),
            WorkloadKind::Pod => copy::<Pod>(&self.key(), from, to),
        }
    }

    fn key(&self) -> ObjectKey {
        ObjectKey { namespace: Arc::clone(&self.namespace), name: Arc::clone(&self.name) }
    }
}

impl Workload {
    /// The labels that selectors see.
    pub(crate) fn labels(&self) -> &Labels {
        static NONE: Labels = Labels::new();
        match (&self.visible, &self.candidate.written) {
            (Some(visible), _) => visible,
            (None, Written::WorkloadEntry(object)) => &object.meta.labels,
            (None, Written::Pod(object)) => &object.meta.labels,
            (None, Written::Inline { .. } | Written::Host(_)) => &NONE,
        }
    }

    /// Labels of the spec that selectors do not see, for an honest message (K-072).
    pub(crate) fn hidden_labels(&self) -> Option<&Labels> {
        match &self.candidate.written {
            Written::WorkloadEntry(object) if self.hides_spec_labels => Some(&object.body.spec.labels),
            _ => None,
        }
    }
}
