//! From Envoy's configuration to the document.

mod hosts;
mod routes;

use std::collections::BTreeMap;
use std::net::IpAddr;

use sextant_routing::Locality;

use crate::document::{Cluster, Endpoint, Endpoints, LookedUp, Origin};
use crate::name::Backend;
use crate::wire::{self, Config, LoadAssignment};

impl Endpoints {
    /// The document of `config`, read from `origin`, of which `waiting_for` had not come.
    pub fn of(config: &Config, origin: Origin, waiting_for: Vec<String>) -> Self {
        let apart: BTreeMap<_, _> = config.endpoints.iter().map(|given| (&*given.cluster_name, given)).collect();
        let mut uses = routes::uses(config);
        let clusters = config.clusters.iter().map(|cluster| {
            let given =
                cluster.asked_endpoints().map_or(cluster.load_assignment.as_ref(), |name| apart.get(name).copied());
            let hosts = config.hosts.get(&cluster.name).map_or(&[][..], Vec::as_slice);
            Cluster {
                name: cluster.name.clone(),
                backend: backend(cluster),
                kind: kind(cluster),
                has_endpoints: given.is_some() || cluster.asked_endpoints().is_none(),
                endpoints: given.map(|given| endpoints(given, hosts)).unwrap_or_default(),
                routes: uses.remove(&*cluster.name).unwrap_or_default(),
            }
        });
        let mut clusters: Vec<_> = clusters.collect();
        clusters.sort_by(|one, other| {
            let key = |cluster: &Cluster| (cluster.backend.is_none(), cluster.backend.clone(), cluster.name.clone());
            key(one).cmp(&key(other))
        });
        Self { api_version: sextant_explain::API_VERSION, kind: "Endpoints", origin, waiting_for, clusters }
    }
}

fn backend(cluster: &wire::Cluster) -> Option<Backend> {
    let mut backend = Backend::of(&cluster.name)?;
    let service = cluster.metadata.filter_metadata.istio.services.first();
    if let Some(service) = service.filter(|_| backend.namespace.is_empty()) {
        backend.namespace.clone_from(&service.namespace);
    }
    Some(backend)
}

fn kind(cluster: &wire::Cluster) -> String {
    let Some(custom) = &cluster.cluster_type else {
        return if cluster.kind.is_empty() { "STATIC".to_owned() } else { cluster.kind.clone() };
    };
    match (custom.name.as_str(), custom.typed_config.all_addresses_in_single_endpoint) {
        ("envoy.cluster.dns", false) | ("envoy.cluster.strict_dns", _) => "STRICT_DNS".to_owned(),
        ("envoy.cluster.dns", true) | ("envoy.cluster.logical_dns", _) => "LOGICAL_DNS".to_owned(),
        ("envoy.clusters.dynamic_forward_proxy", _) => "DYNAMIC_FORWARD_PROXY".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn endpoints(given: &LoadAssignment, hosts: &[wire::HostStatus]) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for group in &given.endpoints {
        let wire::Locality { region, zone, sub_zone } = group.locality.clone();
        let locality = Locality { region, zone, subzone: sub_zone };
        endpoints.extend(group.lb_endpoints.iter().map(|host| {
            let (address, port) = place(&host.endpoint.address);
            let health = told(&host.health_status).to_owned();
            let mut endpoint = Endpoint {
                address,
                port,
                locality: locality.clone(),
                // Dumps have 0 for none.
                locality_weight: group.load_balancing_weight.filter(|weight| *weight > 0),
                weight: host.load_balancing_weight.unwrap_or(1),
                priority: group.priority,
                health,
                looked_up: Vec::new(),
            };
            hosts::tell(&mut endpoint, hosts);
            endpoint
        }));
    }
    endpoints.sort_by(|one, other| order(one).cmp(&order(other)));
    endpoints
}

/// By priority, locality, address and port; names behind addresses.
fn order(endpoint: &Endpoint) -> impl Ord + '_ {
    let ip = endpoint.address.parse::<IpAddr>();
    (endpoint.priority, &endpoint.locality, ip.is_err(), ip.ok(), &endpoint.address, endpoint.port)
}

/// Address and port.
fn place(address: &wire::Address) -> (String, u16) {
    match address {
        wire::Address { socket_address: Some(socket), .. } => (socket.address.clone(), socket.port_value),
        wire::Address { pipe: Some(pipe), .. } => (format!("unix://{}", pipe.path), 0),
        wire::Address { envoy_internal_address: Some(internal), .. } => {
            (format!("internal://{}/{}", internal.server_listener_name, internal.endpoint_id), 0)
        }
        wire::Address { .. } => (String::new(), 0),
    }
}

/// What the control plane says about a host: to Envoy an unknown one is healthy.
fn told(status: &str) -> &'static str {
    match status {
        "UNHEALTHY" => "unhealthy",
        "DRAINING" => "draining",
        "TIMEOUT" => "timeout",
        "DEGRADED" => "degraded",
        _ => "healthy",
    }
}

/// The hosts that a proxy has for `endpoint`, and how they are.
fn looked_up(hosts: &[wire::HostStatus], endpoint: &Endpoint) -> Vec<LookedUp> {
    let mut found: Vec<_> = hosts
        .iter()
        .filter(|host| host.hostname == endpoint.address)
        .map(|host| {
            let (address, port) = place(&host.address);
            LookedUp { address, port, health: hosts::health(&host.health_status).to_owned() }
        })
        .filter(|host| host.port == endpoint.port)
        .collect();
    found.sort();
    found
}
