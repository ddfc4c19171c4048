//! What backends are made from, read once and found again.

use std::collections::BTreeSet;

use super::declarers::{DeclarerId, Declarers};
use super::given::Given;
use super::policies::Rules;
use super::services::Slices;
use super::tls::TlsPolicies;
use super::workloads::{Replaced, WorkloadId, Workloads};
use super::youngest::Youngest;

/// Indexes over the resources. They hold what they index, so that they can be kept while the resources change.
pub(crate) struct Indexes {
    pub(crate) declarers: Declarers,
    pub(crate) workloads: Workloads,
    pub(crate) slices: Slices,
    pub(crate) rules: Rules,
    pub(crate) tls: TlsPolicies,
    pub(crate) youngest: Youngest,
}

impl Indexes {
    pub(crate) fn new(given: Given<'_>) -> Self {
        let declarers = Declarers::new(given.resources);
        let workloads = Workloads::new(given, &declarers);
        Self {
            slices: Slices::new(given.resources, &declarers, &workloads),
            declarers,
            workloads,
            rules: Rules::new(given),
            tls: TlsPolicies::new(given),
            youngest: Youngest::new(given),
        }
    }

    /// Reads the workload of this identity again, if it is still there. Returns who may have other endpoints now.
    pub(crate) fn read_again(&mut self, id: &WorkloadId, given: Given<'_>) -> BTreeSet<DeclarerId> {
        let Replaced { before, after, mut affected } =
            self.workloads.put(id, id.read(given), &self.declarers, given.options);
        affected.extend(self.slices.put(id, before.as_ref(), after.as_ref()));
        affected
    }
}
