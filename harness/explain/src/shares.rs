//! Who gets how much of a backend's requests.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use sextant_routing::{Backend, Discovery, DnsAnswers, EndpointAddress, Host, expand};

/// The part of the backend's requests that each endpoint gets while every one is healthy and every name has an answer.
/// `None` where it depends on how many addresses the answer has. Nobody gets anything of a backend that the proxy never
/// gets.
pub(crate) fn shares(backend: &Backend) -> Vec<Option<f64>> {
    let mut shares = vec![Some(0.0); backend.endpoints.len()];
    if backend.fault.is_some() {
        return shares;
    }
    let hosts = expand(backend, &one_address_each(backend));
    // Priorities with nobody in them count as failed (K-084), so that the smallest in use has all the load (K-094).
    let Some(serving) = hosts.iter().map(|host| host.priority).min() else { return shares };
    let hosts: Vec<_> = hosts.iter().filter(|host| host.priority == serving).collect();
    let total: f64 = hosts.iter().map(|host| f64::from(host.weight)).sum();
    let mut groups: BTreeMap<_, Vec<&Host>> = BTreeMap::new();
    for host in hosts {
        // Where localities have fixed shares, answers only divide what the locality has.
        let locality = &backend.endpoints[host.endpoint].locality;
        groups.entry((!backend.policy.distribution.is_empty()).then_some(locality)).or_default().push(host);
    }
    for group in groups.values() {
        let known = group.len() == 1 || !group.iter().any(|host| multiplies(backend, host.endpoint));
        for host in group {
            shares[host.endpoint] = known.then(|| f64::from(host.weight) / total);
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
