//! Whose names count in certificates (I-087, I-088).

use std::collections::HashMap;
use std::sync::Arc;

use sextant_resources::{Hostname, Object, ServiceEntry};

use super::backends::hosts;
use super::given::Given;
use crate::BackendId;

/// The youngest ServiceEntry that declares a host, in every namespace. Empty where no DestinationRule could ask.
pub(crate) struct Youngest {
    by_namespace: HashMap<Arc<str>, HashMap<Hostname, Arc<Object<ServiceEntry>>>>,
}

impl Youngest {
    pub(crate) fn new(given: Given<'_>) -> Self {
        let mut by_namespace: HashMap<Arc<str>, HashMap<Hostname, Arc<Object<ServiceEntry>>>> = HashMap::new();
        let asked = given.semantics.tls_policy_as_rule && !given.resources.destination_rules.is_empty();
        for entry in given.resources.service_entries.values().filter(|_| asked) {
            let here = by_namespace.entry(Arc::clone(&entry.key.namespace)).or_default();
            for host in hosts(entry) {
                let known = here.entry(host).or_insert_with(|| Arc::clone(entry));
                if age(entry) > age(known) {
                    *known = Arc::clone(entry);
                }
            }
        }
        Self { by_namespace }
    }

    /// The youngest of those that declare the host of `id` in its namespace.
    pub(crate) fn of(&self, id: &BackendId) -> Option<&Object<ServiceEntry>> {
        self.by_namespace.get(&id.service_entry.namespace)?.get(&id.host).map(|entry| &**entry)
    }
}

/// Larger for the younger one; an object that was never applied is younger than all that were.
fn age(entry: &Object<ServiceEntry>) -> impl Ord + '_ {
    (entry.meta.creation_timestamp.is_none(), entry.meta.creation_timestamp, &entry.key)
}
