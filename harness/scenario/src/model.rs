//! The scenario as a whole.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::fmt::serde::unsigned_duration::friendly::compact::optional as duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sextant_fake_dns::Zone;
use sextant_fake_vms::Behaviour;

use crate::{Profile, Step};

/// Version of the scenario language.
pub const SCENARIO_API_VERSION: &str = "sextant.dev/v1alpha1";

/// A scenario: a world, what is done to it, and what must be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// `sextant.dev/v1alpha1`.
    pub api_version: String,
    /// `Scenario`.
    pub kind: String,
    /// Unique in the suite; kebab-case.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Why the scenario exists: what goes wrong for users when the promise is broken.
    pub why: String,
    /// Ids of the rules it tests: `K-`, `I-`, `E-`, `V-` or `P-` with three digits (`K-031`), `D-` or `A-` with two, or
    /// `GW-` with the name of a section of the Gateway API.
    pub rules: Vec<String>,
    /// Profiles it holds for; empty means all.
    #[serde(default)]
    pub profiles: Vec<Profile>,
    /// What the subject is told beside the manifests.
    #[serde(default)]
    pub settings: Settings,
    /// Manifests that are in force before the first step.
    pub manifests: Vec<ManifestSource>,
    /// What the fake DNS answers before the first step.
    #[serde(default)]
    pub dns: Zone,
    /// Fake VMs and pods, running before the first step.
    #[serde(default)]
    pub workloads: Vec<ScenarioWorkload>,
    /// What is done and what must be seen, in order.
    pub steps: Vec<Step>,
}

/// What a subject is told beside the manifests. A subject that cannot obey a given setting skips the scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Time between lookups of a DNS backend; absent means 100 ms, so that scenarios are quick. A scenario about the
    /// default refresh itself says `5s`.
    #[serde(with = "duration")]
    #[schemars(with = "Option<String>")]
    pub dns_refresh: Option<Duration>,
    /// Look up again when the answer's TTL ends instead of at the refresh rate.
    pub respect_dns_ttl: bool,
    /// Locality of the gateway, `region/zone/subzone`; empty when unknown.
    pub gateway_locality: String,
    /// Labels of the gateway.
    pub gateway_labels: BTreeMap<String, String>,
    /// Network of the gateway; empty means the default one.
    pub gateway_network: String,
    /// How the control plane is configured; absent means its defaults.
    pub control_plane: ControlPlane,
}

/// What a control plane is configured with, outside the manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ControlPlane {
    /// A WorkloadEntry with one of these label keys is never an endpoint (K-004); empty excludes none.
    pub workload_entry_exclusion_labels: Vec<String>,
    /// A ServiceEntry that has all labels of one of these sets makes no backend (K-005); empty excludes none, and an empty
    /// set is refused.
    pub service_entry_exclusions: Vec<BTreeMap<String, String>>,
    /// Annotations of a WorkloadEntry that become labels of its endpoint (K-006); empty promotes none.
    pub promoted_annotations: Vec<String>,
    /// Whether the gateway looks up the host of a request for resolution DYNAMIC_DNS, which Istio gives its gateways no
    /// filter for (I-108).
    pub dynamic_forward_proxy: bool,
    /// The ways into other networks (I-123); empty means that every network is reached directly.
    pub network_gateways: Vec<NetworkGateway>,
}

/// An east-west gateway: the way into another network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkGateway {
    /// The network behind it.
    pub network: String,
    /// Its documented address, and its port for mutual TLS (15443 by custom, I-127).
    pub endpoint: SocketAddr,
}

/// Where manifests come from. Paths are relative to the scenario's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ManifestSource {
    /// A manifest file, a folder of them, or a Markdown page; `page.md#heading` takes the blocks under that heading.
    File(String),
    /// YAML text.
    Inline(String),
}

/// A fake VM or pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScenarioWorkload {
    /// Documented address and port that it listens on.
    pub endpoint: SocketAddr,
    /// What kind of thing it plays; it is what the reply says.
    #[serde(default)]
    pub kind: WorkloadKind,
    /// Namespace; empty for things without one.
    #[serde(default)]
    pub namespace: String,
    /// Name; absent means the documented address without its port.
    #[serde(default)]
    pub name: Option<String>,
    /// `region/zone/subzone`; empty when unknown.
    #[serde(default)]
    pub locality: String,
    /// Network; empty means the default one.
    #[serde(default)]
    pub network: String,
    /// How it behaves; absent means well.
    #[serde(default)]
    pub behaviour: Behaviour,
}

/// What a fake workload plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// A machine outside the cluster that no object describes (an inline endpoint or a DNS name points at it).
    #[default]
    #[serde(rename = "VM")]
    Vm,
    /// A machine that a WorkloadEntry describes.
    WorkloadEntry,
    /// A pod.
    Pod,
}
