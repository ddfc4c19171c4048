//! The endpoint list, as data.

use std::net::IpAddr;

use serde::Serialize;
use sextant_routing::{Backend, BackendKind, Endpoint, EndpointAddress, EndpointSource, Locality};

use crate::DnsStatus;
use crate::active::Active;
use crate::dns::NameStates;

/// A host of a backend: an address that requests are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointStatus {
    /// Name of the backend as Envoy's control plane has it: `istio-se_<namespace>_<name>_<host>_<port>` (K-015), or
    /// `kube_<namespace>_<name>_<port>` for a Service.
    pub cluster: String,
    /// The ServiceEntry.
    pub service_entry: ObjectName,
    /// Its host.
    pub host: String,
    /// Its port.
    pub service_port: u16,
    /// Address, as documented; where it is dialled is up to the address plan.
    pub address: IpAddr,
    /// Port, as documented.
    pub port: u16,
    /// The name that was looked up to get the address; absent for an address that a manifest gives.
    pub name: Option<String>,
    /// Where it runs.
    pub locality: Locality,
    /// Load-balancing weight among the hosts that serve.
    pub weight: u32,
    /// Priority, 0 first.
    pub priority: u32,
    /// Whether requests are sent to it at the moment. A lower priority serves only for what the higher ones cannot take.
    pub serving: bool,
    /// What is known about its health.
    pub health: Health,
    /// The object that it comes from.
    pub source: EndpointOrigin,
}

/// What is known about a host's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Health {
    /// Nothing speaks against it. Nothing checks it either (K-016).
    Healthy,
    /// Outlier detection has taken it out of service for a while (K-092, I-154).
    Ejected,
}

/// A backend with its hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendStatus {
    /// As in [`EndpointStatus::cluster`].
    pub cluster: String,
    /// The ServiceEntry.
    pub service_entry: ObjectName,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How endpoints are found: the word of [`sextant_routing::Discovery::as_str`].
    pub discovery: String,
    /// Its hosts.
    pub endpoints: Vec<EndpointStatus>,
    /// TLS towards its endpoints; absent for plaintext.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsStatus>,
    /// Why the control plane withholds the backend, so that its requests get 500 (K-134); absent when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What DNS said about the names of its endpoints, and those that requests brought along, ordered by name; empty if
    /// there are none.
    pub dns: Vec<DnsStatus>,
}

/// TLS towards the endpoints of a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsStatus {
    /// The object that asks for it, such as `BackendTLSPolicy gwtest/upstream`.
    pub source: String,
    /// Why no connection can succeed; absent when nothing speaks against them from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectName {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// The object that an endpoint comes from, in the shape of `sextant explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointOrigin {
    /// `Endpoint` (inline), `Host`, `WorkloadEntry`, `Pod` or `EndpointSlice`.
    pub kind: String,
    /// Namespace; empty for `Host`.
    pub namespace: String,
    /// Name: of the ServiceEntry for `Endpoint`, the host for `Host`.
    pub name: String,
    /// Place in `spec.endpoints` for `Endpoint`, in `endpoints` for `EndpointSlice`; absent for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
}

/// Every backend of `active` with its hosts, in the order of the model.
pub(crate) fn backends(active: &Active, names_known: &NameStates) -> Vec<BackendStatus> {
    let states = active.model.backends.iter().enumerate();
    let mut all: Vec<BackendStatus> = states.map(|(at, backend)| backend_status(active, at, backend)).collect();
    for (name, users) in &*active.names {
        for &at in users {
            all[at].dns.extend(names_known.status(name));
        }
    }
    for name in names_known.names() {
        for at in active.covering(name) {
            all[at].dns.extend(names_known.status(name));
        }
    }
    all
}

fn backend_status(active: &Active, at: usize, backend: &Backend) -> BackendStatus {
    let table = active.backends[at].hosts();
    let cluster = cluster_name(backend);
    let service_entry = ObjectName {
        namespace: backend.id.service_entry.namespace.to_string(),
        name: backend.id.service_entry.name.to_string(),
    };
    let endpoints = table.hosts().iter().zip(table.shares()).map(|(host, share)| {
        let endpoint = &backend.endpoints[host.endpoint];
        EndpointStatus {
            cluster: cluster.clone(),
            service_entry: service_entry.clone(),
            host: backend.id.host.to_string(),
            service_port: backend.id.port,
            address: host.address.ip(),
            port: host.address.port(),
            name: looked_up_name(endpoint),
            locality: Locality::clone(&endpoint.locality),
            weight: host.weight,
            priority: host.priority,
            serving: share > 0.0,
            health: if table.is_out(host.address) { Health::Ejected } else { Health::Healthy },
            source: EndpointOrigin::from(&endpoint.source),
        }
    });
    BackendStatus {
        endpoints: endpoints.collect(),
        cluster: cluster.clone(),
        service_entry: service_entry.clone(),
        host: backend.id.host.to_string(),
        port: backend.id.port,
        discovery: backend.discovery.as_str().to_owned(),
        tls: active.backends[at]
            .tls
            .as_ref()
            .map(|tls| TlsStatus { source: tls.wanted().source.to_string(), fault: tls.fault().map(str::to_owned) }),
        fault: backend.fault.as_ref().map(|fault| fault.message.clone()),
        dns: Vec::new(),
    }
}

fn cluster_name(backend: &Backend) -> String {
    let id = &backend.id;
    if id.kind == BackendKind::Service {
        return format!("kube_{}_{}_{}", id.service_entry.namespace, id.service_entry.name, id.port);
    }
    format!("istio-se_{}_{}_{}_{}", id.service_entry.namespace, id.service_entry.name, id.host, id.port)
}

fn looked_up_name(endpoint: &Endpoint) -> Option<String> {
    match &endpoint.address {
        EndpointAddress::Name(name) => Some(name.to_string()),
        EndpointAddress::Ip(_) | EndpointAddress::Unix(_) => None,
    }
}

impl From<&EndpointSource> for EndpointOrigin {
    fn from(source: &EndpointSource) -> Self {
        let (kind, namespace, name, index) = match source {
            EndpointSource::Inline { service_entry: key, index } => {
                ("Endpoint", key.namespace.to_string(), key.name.to_string(), Some(*index))
            }
            EndpointSource::Host(host) => ("Host", String::new(), host.to_string(), None),
            EndpointSource::WorkloadEntry(key) => {
                ("WorkloadEntry", key.namespace.to_string(), key.name.to_string(), None)
            }
            EndpointSource::Pod(key) => ("Pod", key.namespace.to_string(), key.name.to_string(), None),
            EndpointSource::NetworkGateway { network } => ("NetworkGateway", String::new(), network.clone(), None),
            EndpointSource::EndpointSlice { slice: key, index } => {
                ("EndpointSlice", key.namespace.to_string(), key.name.to_string(), Some(*index))
            }
        };
        Self { kind: kind.to_owned(), namespace, name, index }
    }
}
