//! The fields of core Kubernetes kinds that routing reads (core/v1 and discovery.k8s.io/v1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A status condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `Healthy`, `Accepted`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// CamelCase cause.
    pub reason: String,
    /// Sentence for people.
    pub message: String,
}

/// A pod, as far as it can be an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Placement.
    pub spec: PodSpec,
    /// Readiness and addresses.
    pub status: PodStatus,
}

/// `Pod.spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Node the pod runs on; empty while unscheduled. The pod's locality comes from it (K-065).
    pub node_name: String,
    /// Identity the pod runs under; empty means `default`.
    pub service_account_name: String,
    /// Containers, for their named ports (I-034).
    pub containers: Vec<Container>,
}

/// A container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Ports the container declares.
    pub ports: Vec<ContainerPort>,
}

/// A declared container port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    /// Port name, if any.
    pub name: String,
    /// Port number.
    pub container_port: u32,
    /// `TCP` (also when empty), `UDP` or `SCTP`.
    pub protocol: String,
}

/// `Pod.status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Conditions; a pod without a `Ready` condition is not ready (K-075).
    pub conditions: Vec<Condition>,
    /// Primary address; empty while there is none.
    #[serde(rename = "podIP")]
    pub pod_ip: String,
    /// All addresses, primary first.
    #[serde(rename = "podIPs")]
    pub pod_ips: Vec<PodIp>,
}

/// One address of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodIp {
    /// The address.
    pub ip: String,
}

/// A node: only its labels matter, as a source of locality.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {}

/// A namespace: only its labels and annotations matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {}

/// A Kubernetes Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// What the user wrote.
    pub spec: ServiceSpec,
}

/// `Service.spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// Ports.
    pub ports: Vec<ServicePort>,
    /// Pods behind the service; empty means the EndpointSlices are kept by somebody else.
    pub selector: BTreeMap<String, String>,
    /// `ClusterIP` when empty.
    #[serde(rename = "type")]
    pub kind: String,
    /// Virtual address, or `None` for a headless service.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: String,
    /// `PreferSameZone`, which `PreferClose` means too, or `PreferSameNode`; empty means no preference.
    pub traffic_distribution: String,
}

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Name; may be empty when there is only one port.
    pub name: String,
    /// Port of the service.
    pub port: u32,
    /// Port of the pods, by number or name; `None` means the port of the service.
    pub target_port: Option<TargetPort>,
    /// `TCP` when empty.
    pub protocol: String,
    /// Application protocol hint.
    pub app_protocol: String,
}

/// What a Service port dials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TargetPort {
    /// This number.
    Number(u32),
    /// The port of this name, which each pod has for itself.
    Name(String),
}

/// A slice of a Service's endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointSlice {
    /// `IPv4`, `IPv6` or `FQDN`.
    pub address_type: String,
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Ports every endpoint of the slice serves.
    pub ports: Vec<EndpointPort>,
}

/// One endpoint of a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoint {
    /// Addresses; they are the same endpoint.
    pub addresses: Vec<String>,
    /// Readiness.
    pub conditions: EndpointConditions,
    /// Node, if known.
    pub node_name: String,
    /// Zone, if known.
    pub zone: String,
}

/// Readiness of an [`Endpoint`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointConditions {
    /// `None` means ready (the API's own default).
    pub ready: Option<bool>,
    /// `None` means serving as ready says.
    pub serving: Option<bool>,
    /// `None` means not terminating.
    pub terminating: Option<bool>,
}

/// A port of a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EndpointPort {
    /// Name of the Service port it serves.
    pub name: String,
    /// Port number; `None` means all ports.
    pub port: Option<u32>,
    /// `TCP` when empty.
    pub protocol: String,
}
