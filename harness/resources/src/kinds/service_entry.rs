//! Istio's `ServiceEntry` and `WorkloadEntry` (networking.istio.io v1, v1beta1 and v1alpha3 share one shape).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A service outside the cluster's own registry: names, ports, and how its endpoints are found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceEntrySpec {
    /// DNS names, possibly with a wildcard left-most part. At least one in valid input.
    pub hosts: Vec<String>,
    /// Virtual IPs or CIDRs. They play no part in routing at a gateway (K-013, I-021).
    pub addresses: Vec<String>,
    /// Ports the service is known by.
    pub ports: Vec<ServiceEntryPort>,
    /// Inside or outside the mesh; unset means [`Location::MeshExternal`] (I-006).
    pub location: Location,
    /// How endpoints are found; unset means [`Resolution::None`] (I-006).
    pub resolution: Resolution,
    /// Inline endpoints. Empty means none were given.
    pub endpoints: Vec<WorkloadEntrySpec>,
    /// Selects pods and workload entries by label. `None` differs from a selector with no labels (D-09).
    pub workload_selector: Option<WorkloadSelector>,
    /// Namespaces that may see this entry. Empty means all.
    pub export_to: Vec<String>,
    /// Names accepted in the endpoint's certificate.
    pub subject_alt_names: Vec<String>,
}

/// A port of a [`ServiceEntrySpec`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceEntryPort {
    /// The port clients and backendRefs name. 1 to 65535 in valid input.
    pub number: u32,
    /// Protocol as written (`HTTP`, `TCP`, …); empty when unset.
    pub protocol: String,
    /// The name that [`WorkloadEntrySpec::ports`] is keyed by; empty when unset.
    pub name: String,
    /// Port on the endpoint when it differs; 0 or absent means [`Self::number`] (K-051).
    pub target_port: u32,
}

/// Selects workloads of the ServiceEntry's namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSelector {
    /// Every pair must be equal in the workload's labels (K-070).
    pub labels: BTreeMap<String, String>,
}

/// `ServiceEntry.spec.location`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Location {
    /// Outside the mesh; the default when the field is absent.
    #[default]
    MeshExternal,
    /// Part of the mesh.
    MeshInternal,
}

/// `ServiceEntry.spec.resolution`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Resolution {
    /// Traffic keeps the address the client chose; the default when the field is absent.
    #[default]
    None,
    /// Endpoints are given as addresses.
    Static,
    /// Every answer of a name lookup is an endpoint.
    Dns,
    /// One answer of a name lookup serves each new connection.
    DnsRoundRobin,
    /// The name is taken from the request.
    DynamicDns,
}

/// A workload outside the cluster, or one inline endpoint of a ServiceEntry (they share the message).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadEntrySpec {
    /// IP address, DNS name or `unix://` path as written; empty when unset.
    pub address: String,
    /// Port overrides by the ServiceEntry's port *name* (K-051, K-052).
    pub ports: BTreeMap<String, u32>,
    /// Labels of the workload, beside those in the object's metadata.
    pub labels: BTreeMap<String, String>,
    /// Network the workload is in; empty means the default one.
    pub network: String,
    /// `region/zone/subzone` as written; empty when unset.
    pub locality: String,
    /// Load-balancing weight; 0 and absent both mean 1 (K-055).
    pub weight: u32,
    /// Identity of the workload.
    pub service_account: String,
}

/// The part of a WorkloadEntry's status that routing may read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadEntryStatus {
    /// Conditions such as `Healthy`.
    pub conditions: Vec<super::Condition>,
}

/// A WorkloadEntry: spec and the status that routing may read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkloadEntry {
    /// What the user wrote.
    pub spec: WorkloadEntrySpec,
    /// What controllers observed.
    pub status: WorkloadEntryStatus,
}

/// A ServiceEntry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceEntry {
    /// What the user wrote.
    pub spec: ServiceEntrySpec,
}
