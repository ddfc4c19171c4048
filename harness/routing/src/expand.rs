//! From endpoints (which may be names) to hosts (which are addresses), given what DNS answered.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use sextant_resources::Hostname;

use crate::{Backend, Discovery, Endpoint, EndpointAddress, Excluded, ExclusionReason};

/// The addresses that each name has at the moment, in the order of the answer. A name that was never answered is absent.
pub type DnsAnswers = HashMap<Hostname, Vec<IpAddr>>;

/// One address that requests can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Address and port to dial.
    pub address: SocketAddr,
    /// Load-balancing weight of the endpoint. What share that makes is up to [`crate::Balancer`].
    pub weight: u32,
    /// Priority, 0 first.
    pub priority: u32,
    /// Place of the endpoint in [`Backend::endpoints`].
    pub endpoint: usize,
}

/// The hosts of `backend` under `answers`: for [`crate::Discovery::Dns`] every answer, for
/// [`crate::Discovery::LogicalDns`] the first one (K-033, K-034), otherwise the endpoints themselves. Each address and
/// port appears once, for the first endpoint that has it.
///
/// Envoy refuses a logical DNS cluster with more than one endpoint (K-035). Here each of its names gives the first of
/// its own answers, so that such a backend still serves. A name without an answer gives nothing, and so does a name in a
/// backend that looks up none; see [`undialable`].
pub fn expand(backend: &Backend, answers: &DnsAnswers) -> Vec<Host> {
    let most = match backend.discovery {
        Discovery::Dns => usize::MAX,
        Discovery::LogicalDns => 1,
        Discovery::Inline
        | Discovery::Workloads
        | Discovery::EndpointSlices
        | Discovery::DynamicDns
        | Discovery::Passthrough
        | Discovery::None => 0,
    };
    let mut seen = HashSet::with_capacity(backend.endpoints.len());
    let mut hosts = Vec::with_capacity(backend.endpoints.len());
    for (place, endpoint) in backend.endpoints.iter().enumerate() {
        let addresses = match &endpoint.address {
            EndpointAddress::Ip(ip) => std::slice::from_ref(ip),
            EndpointAddress::Name(name) => {
                let answer = answers.get(name).map_or(&[][..], Vec::as_slice);
                &answer[..answer.len().min(most)]
            }
            EndpointAddress::Unix(_) => &[],
        };
        for ip in addresses {
            let address = SocketAddr::new(*ip, endpoint.port);
            if seen.insert(address) {
                let (weight, priority) = (endpoint.weight.get(), endpoint.priority);
                hosts.push(Host { address, weight, priority, endpoint: place });
            }
        }
    }
    hosts
}

/// The endpoints of `backend` that [`expand`] never makes a host of, whatever DNS answers: the control plane hands them
/// out, but a gateway on TCP cannot dial them (I-044).
pub fn undialable(backend: &Backend) -> Vec<Excluded> {
    let unix = backend.endpoints.iter().filter(|endpoint| matches!(endpoint.address, EndpointAddress::Unix(_)));
    let excluded = |endpoint: &Endpoint| Excluded {
        source: endpoint.source.clone(),
        reason: ExclusionReason::UnixSocket,
        rule: "I-044",
        message: format!("{} is a unix socket of another machine; give the workload an IP address", endpoint.address),
    };
    unix.map(excluded).collect()
}
