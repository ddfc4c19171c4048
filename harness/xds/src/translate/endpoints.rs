//! Endpoints as load assignments.

use std::net::SocketAddr;

use envoy_types::pb::envoy::config::core::v3::{Address, Locality as EnvoyLocality};
use envoy_types::pb::envoy::config::endpoint::v3::lb_endpoint::HostIdentifier;
use envoy_types::pb::envoy::config::endpoint::v3::{
    ClusterLoadAssignment, Endpoint as EnvoyEndpoint, LbEndpoint, LocalityLbEndpoints,
};
use sextant_routing::{Backend, Discovery, Endpoint, EndpointAddress, Locality};

use super::Context;
use crate::proto::{host_port, number, socket};

/// The endpoints of `backend` by priority and locality, each in the order of its first endpoint.
pub(super) fn assignment(context: &Context<'_>, backend: &Backend, name: &str) -> ClusterLoadAssignment {
    let mut groups: Vec<(u32, &Locality, Vec<LbEndpoint>)> = Vec::new();
    for endpoint in &backend.endpoints {
        let Some(address) = address(context, backend, endpoint) else { continue };
        let hostname = match &endpoint.address {
            EndpointAddress::Name(name) => name.to_string(),
            EndpointAddress::Ip(_) | EndpointAddress::Unix(_) => String::new(),
        };
        let host = LbEndpoint {
            load_balancing_weight: number(endpoint.weight.get()),
            host_identifier: Some(HostIdentifier::Endpoint(EnvoyEndpoint {
                address: Some(address),
                hostname,
                ..Default::default()
            })),
            ..Default::default()
        };
        let of_group = |(priority, locality, _): &&mut (u32, &Locality, Vec<LbEndpoint>)| {
            *priority == endpoint.priority && **locality == *endpoint.locality
        };
        match groups.iter_mut().find(of_group) {
            Some((.., hosts)) => hosts.push(host),
            None => groups.push((endpoint.priority, &endpoint.locality, vec![host])),
        }
    }
    let endpoints = groups.into_iter().map(|(priority, locality, lb_endpoints)| LocalityLbEndpoints {
        load_balancing_weight: locality_weight(backend, priority, locality).and_then(number),
        locality: Some(EnvoyLocality {
            region: locality.region.clone(),
            zone: locality.zone.clone(),
            sub_zone: locality.subzone.clone(),
        }),
        lb_endpoints,
        priority,
        ..Default::default()
    });
    ClusterLoadAssignment { cluster_name: name.to_owned(), endpoints: endpoints.collect(), ..Default::default() }
}

/// `None` for what a gateway on TCP cannot dial: a unix socket, and a name in a backend that looks up none.
fn address(context: &Context<'_>, backend: &Backend, endpoint: &Endpoint) -> Option<Address> {
    let looks_up = matches!(backend.discovery, Discovery::Dns | Discovery::LogicalDns);
    match &endpoint.address {
        EndpointAddress::Ip(ip) => Some(socket(context.world.endpoint(SocketAddr::new(*ip, endpoint.port)))),
        EndpointAddress::Name(name) => looks_up.then(|| host_port(name.to_string(), endpoint.port)),
        EndpointAddress::Unix(_) => None,
    }
}

/// The share of a locality (I-138), otherwise the sum of its endpoints' weights in that priority (K-056, I-146). `None`
/// where localities have no shares, and for one whose share is 0.
fn locality_weight(backend: &Backend, priority: u32, locality: &Locality) -> Option<u32> {
    let policy = &backend.policy;
    let weight = if !policy.distribution.is_empty() {
        policy.distribution.iter().find(|given| given.locality == *locality).map_or(0, |given| given.weight)
    } else if policy.locality_weighted {
        let of_group = |endpoint: &&Endpoint| endpoint.priority == priority && *endpoint.locality == *locality;
        let weights = backend.endpoints.iter().filter(of_group).map(|endpoint| endpoint.weight.get());
        weights.fold(0, u32::saturating_add)
    } else {
        0
    };
    (weight > 0).then_some(weight)
}
