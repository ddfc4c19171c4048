//! Who a fake VM stands for: the identity that its replies and the journal carry.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The identity of a fake VM. Purely descriptive: it changes what a reply says, never how the VM behaves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Workload {
    /// What kind of thing the VM stands for.
    #[serde(default)]
    pub kind: WorkloadKind,
    /// Kubernetes namespace; absent for something outside of Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name of the object, or of the machine.
    pub name: String,
    /// Locality as `region/zone/subzone`, as written in the manifest; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// Istio network; absent for the default network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// What a fake VM stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// A Kubernetes pod.
    Pod,
    /// A VM that a WorkloadEntry describes.
    WorkloadEntry,
    /// An address written into a ServiceEntry's `endpoints`.
    Endpoint,
    /// Any other machine, for example one that only DNS knows. The default.
    #[default]
    Host,
}

impl Workload {
    /// A machine outside of Kubernetes that has nothing but a name.
    #[must_use]
    pub fn host(name: impl Into<String>) -> Self {
        Self { kind: WorkloadKind::Host, namespace: None, name: name.into(), locality: None, network: None }
    }
}

/// `namespace/name`, or the name alone when there is no namespace; the text of [`crate::WORKLOAD_HEADER`].
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}
