//! What backends are made from, read once and found again.

use std::collections::BTreeSet;

use super::build::Declarer;
use super::given::Given;
use super::policies::Rules;
use super::services::Slices;
use super::tls::TlsPolicies;
use super::workloads::{WorkloadId, Workloads};
use crate::BackendKind;

/// Indexes over the resources. They hold what they index, so that they can be kept while the resources change.
pub(crate) struct Indexes {
    pub(crate) workloads: Workloads,
    pub(crate) slices: Slices,
    pub(crate) rules: Rules,
    pub(crate) tls: TlsPolicies,
}

impl Indexes {
    pub(crate) fn new(given: Given<'_>) -> Self {
        let workloads = Workloads::new(given);
        Self {
            slices: Slices::new(given.resources, &workloads),
            workloads,
            rules: Rules::new(given),
            tls: TlsPolicies::new(given),
        }
    }

    /// Reads the workload of this identity again, if it is still there. Returns who may have other endpoints now.
    pub(crate) fn read_again(&mut self, id: &WorkloadId, given: Given<'_>) -> BTreeSet<Declarer> {
        let replaced = self.workloads.put(id, id.read(given), given.options);
        let services = self.slices.put(id, replaced.before.as_ref(), replaced.after.as_ref());
        let services = services.into_iter().map(|key| Declarer { kind: BackendKind::Service, key });
        replaced.affected.into_iter().chain(services).collect()
    }
}
