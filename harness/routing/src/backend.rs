//! Backends: what a route refers to.

use std::fmt;

use sextant_resources::{Hostname, ObjectKey, Resolution};

use crate::{Endpoint, Excluded, Policy};

/// What declares a backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BackendKind {
    /// A ServiceEntry.
    #[default]
    ServiceEntry,
    /// A Kubernetes Service.
    Service,
}

/// Identity of a backend: one ServiceEntry × host × port (K-010), or one Service × port. The order is the order of
/// every listing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackendId {
    /// What declares it.
    pub kind: BackendKind,
    /// The ServiceEntry; under [`BackendKind::Service`] the Service.
    pub service_entry: ObjectKey,
    /// One of its hosts; of a Service its name in the cluster, `web.shop.svc.cluster.local`.
    pub host: Hostname,
    /// Number of one of its ports.
    pub port: u16,
}

/// Place of a backend in [`crate::Model::backends`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackendIndex(pub usize);

/// The ServiceEntry or Service port of a backend, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendPort {
    /// Port number that references name.
    pub number: u16,
    /// Port name; empty when unset.
    pub name: String,
    /// Protocol as written; empty when unset. Of a Service port its `appProtocol`, else its `protocol`.
    pub protocol: String,
}

/// How a backend finds its endpoints (explain-contract).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// `spec.endpoints`.
    Inline,
    /// Pods and WorkloadEntries by label.
    Workloads,
    /// EndpointSlices of a Service.
    EndpointSlices,
    /// Names are looked up; every answer is an endpoint.
    Dns,
    /// Names are looked up; one answer serves each new connection.
    LogicalDns,
    /// The request names the host.
    DynamicDns,
    /// The request's own destination.
    Passthrough,
    /// No way at all.
    None,
}

/// HTTP version spoken to endpoints (K-017).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UpstreamHttp {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// Cleartext HTTP/2 with prior knowledge.
    Http2,
}

/// One ServiceEntry × host × port, or Service × port, with everything that traffic to it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Identity.
    pub id: BackendId,
    /// The port that references name.
    pub port: BackendPort,
    /// As written; `STATIC` for a Service.
    pub resolution: Resolution,
    /// How endpoints are found.
    pub discovery: Discovery,
    /// HTTP version spoken to endpoints.
    pub upstream: UpstreamHttp,
    /// Ordered by priority, locality, address, port.
    pub endpoints: Vec<Endpoint>,
    /// Candidates that did not become endpoints, ordered by source.
    pub excluded: Vec<Excluded>,
    /// What a DestinationRule asks for.
    pub policy: Policy,
    /// Why the proxy never gets this backend; requests to it answer 500 (K-134). `None` when all is well.
    pub fault: Option<BackendFault>,
}

/// A mistake that withholds a backend from the proxy (K-134).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendFault {
    /// Rule id.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl Backend {
    /// Whether a request for `name` can be sent to whatever address that name has: so it is under
    /// [`Discovery::DynamicDns`] for names that the host, a wildcard, stands for (I-107). The wildcard need not end at a
    /// dot, and stands for at least one character.
    pub fn covers(&self, name: &Hostname) -> bool {
        let suffix = self.id.host.as_str().strip_prefix('*').filter(|_| self.discovery == Discovery::DynamicDns);
        suffix.is_some_and(|suffix| name.as_str().len() > suffix.len() && name.as_str().ends_with(suffix))
    }
}

impl Discovery {
    /// The word of the explain contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Workloads => "workloads",
            Self::EndpointSlices => "endpoint-slices",
            Self::Dns => "dns",
            Self::LogicalDns => "logical-dns",
            Self::DynamicDns => "dynamic-dns",
            Self::Passthrough => "passthrough",
            Self::None => "none",
        }
    }
}

impl fmt::Display for BackendId {
    /// `gwtest/example-se se.example.com:80`, `Service gwtest/web web.gwtest.svc.cluster.local:80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == BackendKind::Service {
            f.write_str("Service ")?;
        }
        write!(f, "{} {}:{}", self.service_entry, self.host, self.port)
    }
}
