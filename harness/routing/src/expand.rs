//! From endpoints (which may be names) to hosts (which are addresses), given what DNS answered.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use sextant_resources::Hostname;

use crate::{Backend, Discovery, Endpoint, EndpointAddress, Excluded, ExclusionReason, Locality};

/// The addresses that each name has at the moment, in the order of the answer. A name that was never answered is absent.
pub type DnsAnswers = HashMap<Hostname, Vec<IpAddr>>;

/// One address that requests can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Address and port to dial.
    pub address: SocketAddr,
    /// Load-balancing weight.
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
///
/// Where the policy gives localities their shares, the weights are such that the hosts of a locality share what it has.
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
    if !backend.policy.distribution.is_empty() {
        share(backend, &mut hosts);
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

/// Turns weights within a locality into weights within the backend: each locality's sum becomes its share (I-138).
fn share(backend: &Backend, hosts: &mut [Host]) {
    let locality = |host: &Host| &backend.endpoints[host.endpoint].locality;
    let mut sums: HashMap<&Locality, u128> = HashMap::new();
    for host in &*hosts {
        *sums.entry(locality(host)).or_default() += u128::from(host.weight);
    }
    let shares: HashMap<_, _> =
        backend.policy.distribution.iter().map(|share| (&share.locality, share.weight)).collect();
    let multiple = sums.values().fold(1, |multiple, sum| lowest_common_multiple(multiple, *sum));
    let weights = hosts.iter().map(|host| {
        let share = shares.get(locality(host)).copied().unwrap_or(0);
        u128::from(share) * u128::from(host.weight) * (multiple / sums[locality(host)])
    });
    let weights: Vec<_> = weights.collect();
    let divisor = weights.iter().fold(0, |divisor, weight| greatest_common_divisor(divisor, *weight)).max(1);
    let highest = weights.iter().max().map_or(0, |weight| weight / divisor);
    // Beyond 32 bits the ratios are kept as well as the type allows.
    let coarser = highest / u128::from(u32::MAX) + 1;
    for (host, weight) in hosts.iter_mut().zip(weights) {
        let weight = weight / divisor / coarser;
        host.weight = u32::try_from(weight).unwrap_or(u32::MAX).max(1);
    }
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Sums that have next to nothing in common would grow without bound: from 2^64 on the ratios are approximate.
fn lowest_common_multiple(a: u128, b: u128) -> u128 {
    (a / greatest_common_divisor(a, b) * b).min(1 << 64)
}
