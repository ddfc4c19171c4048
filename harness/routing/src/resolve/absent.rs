//! ServiceEntries that make no backend, and why.

use sextant_resources::{Object, ObjectKey, Resolution, ResourceSet, ServiceEntry};

use super::backends::{hosts, is_hidden, ports};
use super::scope::{reads_istio, seen};
use crate::Options;

/// A ServiceEntry that makes no backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// The ServiceEntry.
    pub service_entry: ObjectKey,
    /// Rule id.
    pub rule: &'static str,
    /// Why, and what to do.
    pub message: &'static str,
}

/// Every ServiceEntry of `resources` that makes no backend under `options`, ordered by namespace and name.
pub fn absent(resources: &ResourceSet, options: &Options) -> Vec<Absent> {
    let seen = seen(resources, options);
    let why = |entry: &Object<ServiceEntry>| match seen.service_entries.contains_key(&entry.key) {
        true => makes_none(entry, options),
        false if !reads_istio(options) => Some(("K-001", "the control plane is set not to read Istio's kinds")),
        false => Some(("K-003", "the control plane's discovery selectors leave its namespace out")),
    };
    let entries = resources.service_entries.values();
    let absent = entries.filter_map(|entry| {
        let (rule, message) = why(entry)?;
        Some(Absent { service_entry: entry.key.clone(), rule, message })
    });
    absent.collect()
}

/// Why `entry`, which is seen, makes no backend.
fn makes_none(entry: &Object<ServiceEntry>, options: &Options) -> Option<(&'static str, &'static str)> {
    if is_hidden(entry, options) {
        return Some(("K-005", "a configured selector excludes it by its labels"));
    }
    if entry.body.spec.resolution == Resolution::None && !options.semantics().none_is_a_backend {
        return Some(("K-011", "resolution NONE, which is also the default, makes no backend; use STATIC or DNS"));
    }
    if hosts(entry).is_empty() {
        return Some(("K-010", "it has no host; a backend is a host and a port"));
    }
    ports(entry).is_empty().then_some(("K-010", "it has no port between 1 and 65535; a backend is a host and a port"))
}
