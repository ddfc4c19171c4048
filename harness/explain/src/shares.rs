//! Who gets how much of a backend's requests.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use sextant_routing::{Backend, Balancer, Discovery, DnsAnswers, EndpointAddress, Host, expand};

/// The part of the backend's requests that each endpoint gets while every one is healthy and every name has an answer.
/// `None` where it depends on how many addresses the answer has. Nobody gets anything of a backend that the proxy never
/// gets.
pub(crate) fn shares(backend: &Backend) -> Vec<Option<f64>> {
    let mut shares = vec![Some(0.0); backend.endpoints.len()];
    if backend.fault.is_some() {
        return shares;
    }
    let hosts = expand(backend, &one_address_each(backend));
    let dealt = Balancer::new(backend, &hosts).balance(|_| true).shares(hosts.len());
    // Where localities have shares of their own, answers only divide what the locality has.
    let by_locality = backend.policy.locality_weighted || !backend.policy.distribution.is_empty();
    let mut groups: BTreeMap<_, Vec<(&Host, f64)>> = BTreeMap::new();
    for (host, share) in hosts.iter().zip(dealt).filter(|(_, share)| *share > 0.0) {
        let locality = by_locality.then(|| &backend.endpoints[host.endpoint].locality);
        groups.entry(locality).or_default().push((host, share));
    }
    for group in groups.values() {
        let known = group.len() == 1 || !group.iter().any(|(host, _)| multiplies(backend, host.endpoint));
        for (host, share) in group {
            shares[host.endpoint] = known.then_some(*share);
        }
    }
    shares
}

/// Whether DNS decides how many hosts the endpoint at `place` stands for.
fn multiplies(backend: &Backend, place: usize) -> bool {
    backend.discovery == Discovery::Dns && matches!(backend.endpoints[place].address, EndpointAddress::Name(_))
}

/// An answer with one address for every name; no other endpoint has it.
fn one_address_each(backend: &Backend) -> DnsAnswers {
    let addresses = || backend.endpoints.iter().map(|endpoint| &endpoint.address);
    let ip = |address: &EndpointAddress| match address {
        EndpointAddress::Ip(ip) => Some(*ip),
        EndpointAddress::Name(_) | EndpointAddress::Unix(_) => None,
    };
    let taken: HashSet<_> = addresses().filter_map(ip).collect();
    // Discard-only addresses (RFC 6666) play no part in real manifests; one that does is passed over.
    let discard = |n: u32| IpAddr::V6(Ipv6Addr::from_bits(0x0100 << 112 | u128::from(n)));
    let mut free = (1..=u32::MAX).map(discard).filter(|ip| !taken.contains(ip));
    let mut answers = DnsAnswers::new();
    for address in addresses() {
        if let EndpointAddress::Name(name) = address {
            answers.entry(name.clone()).or_insert_with(|| free.by_ref().take(1).collect());
        }
    }
    answers
}
