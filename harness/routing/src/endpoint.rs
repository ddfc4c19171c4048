//! Endpoints: what a backend sends traffic to, and what was looked at and left out.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use sextant_resources::{Hostname, ObjectKey};

use crate::Locality;

/// Where an endpoint is: an address, or a name that the proxy looks up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EndpointAddress {
    /// IPv4 or IPv6 literal.
    Ip(IpAddr),
    /// Name to look up.
    Name(Hostname),
    /// Path of a unix socket, or `@` and its abstract name (I-044).
    Unix(Arc<str>),
}

/// An address and port in a backend, as the control plane hands it to the proxy (K-045 to K-066).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Address or name.
    pub address: EndpointAddress,
    /// Port to dial; 0 for a unix socket.
    pub port: u16,
    /// Where it runs.
    pub locality: Arc<Locality>,
    /// Load-balancing weight among all endpoints of the priority.
    pub weight: NonZeroU32,
    /// 0 is preferred; larger values serve only when the smaller ones are gone.
    pub priority: u32,
    /// Network; empty means the default one.
    pub network: String,
    /// Labels after every merge.
    pub labels: Arc<BTreeMap<String, String>>,
    /// The object that it comes from.
    pub source: EndpointSource,
}

/// The object that a candidate endpoint comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EndpointSource {
    /// `spec.endpoints[index]` of a ServiceEntry.
    Inline {
        /// The ServiceEntry.
        service_entry: ObjectKey,
        /// Place in `spec.endpoints`, from 0.
        index: usize,
    },
    /// The ServiceEntry's own host (K-045).
    Host(Hostname),
    /// A WorkloadEntry.
    WorkloadEntry(ObjectKey),
    /// A pod.
    Pod(ObjectKey),
    /// `endpoints[index]` of an EndpointSlice.
    EndpointSlice {
        /// The EndpointSlice.
        slice: ObjectKey,
        /// Place in `endpoints`, from 0.
        index: usize,
    },
    /// A gateway of another network, for all workloads behind it in one locality (I-127).
    NetworkGateway {
        /// The network.
        network: String,
    },
}

/// A candidate that did not become an endpoint, and the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The candidate.
    pub source: EndpointSource,
    /// Why, as a word.
    pub reason: ExclusionReason,
    /// Rule id, such as `K-048`.
    pub rule: &'static str,
    /// Why, as a sentence.
    pub message: String,
}

/// Why a candidate is not an endpoint. Printed as its CamelCase name (explain-contract).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExclusionReason {
    /// Neither address nor a way to reach its network.
    NoAddress,
    /// A name or path where only an IP will do.
    NotAnIPAddress,
    /// A workload of another namespace with matching labels.
    OtherNamespace,
    /// Labels differ from the selector (listed only on request).
    LabelsDoNotMatch,
    /// A pod whose Ready condition is not True.
    NotReady,
    /// A pod that is being deleted.
    Terminating,
    /// A WorkloadEntry that its health check reports as unhealthy.
    Unhealthy,
    /// A pod without an address.
    NoPodIP,
    /// Excluded by a configured label.
    ExcludedByLabel,
    /// An inline endpoint beside a selector, which wins.
    SelectorWins,
    /// A workload selector under a DNS resolution, which ignores it.
    SelectorIgnored,
    /// An inline endpoint under a resolution that takes none.
    ResolutionTakesNone,
    /// Hidden by an older object for the same host.
    Shadowed,
    /// A unix socket, which cannot be dialled from here.
    UnixSocket,
    /// A workload of another network that its gateways stand for.
    BehindNetworkGateway,
    /// A workload of another network that cannot be reached through its gateways.
    UnreachableNetwork,
    /// A locality that a DestinationRule's `distribute` gives no share.
    NoLocalityShare,
    /// No usable port number.
    InvalidPort,
}

impl fmt::Display for ExclusionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for EndpointSource {
    /// `WorkloadEntry gwtest/reviews-1`, `ServiceEntry gwtest/example-se endpoints[0]`, `Host se.example.com`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline { service_entry, index } => write!(f, "ServiceEntry {service_entry} endpoints[{index}]"),
            Self::Host(host) => write!(f, "Host {host}"),
            Self::WorkloadEntry(key) => write!(f, "WorkloadEntry {key}"),
            Self::Pod(key) => write!(f, "Pod {key}"),
            Self::NetworkGateway { network } => write!(f, "NetworkGateway {network}"),
            Self::EndpointSlice { slice, index } => write!(f, "EndpointSlice {slice} endpoints[{index}]"),
        }
    }
}

impl fmt::Display for EndpointAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Unix(path) => write!(f, "unix://{path}"),
        }
    }
}
