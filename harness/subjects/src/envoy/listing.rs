//! What Envoy says of its endpoints, in the words of observations.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use sextant_routing::{Backend, BackendIndex, Endpoint, EndpointAddress, Locality, Model};
use sextant_verdict::{ListedEndpoint, Listing};

use super::admin::{Clusters, HostStatus};
use super::places::Places;
use crate::status;

/// Endpoints as Envoy has them, what `model` left out, and its statuses.
pub(super) fn listing(
    model: &Model,
    names: &BTreeMap<String, BackendIndex>,
    clusters: &Clusters,
    places: &Places,
) -> Listing {
    let by_name: HashMap<_, _> =
        clusters.cluster_statuses.iter().map(|cluster| (cluster.name.as_str(), &cluster.host_statuses)).collect();
    let of_cluster = |(name, index): (&String, &BackendIndex)| {
        let hosts = by_name.get(name.as_str()).map_or(&[][..], |hosts| hosts);
        hosts.iter().filter_map(|host| endpoint(&model[*index], host, places)).collect::<Vec<_>>()
    };
    let mut endpoints: Vec<_> = names.iter().flat_map(of_cluster).collect();
    endpoints.sort();
    Listing { endpoints, excluded: status::exclusions(model), conditions: status::conditions(model) }
}

/// `None` for a host that is no TCP socket.
fn endpoint(backend: &Backend, host: &HostStatus, places: &Places) -> Option<ListedEndpoint> {
    let socket = host.address.socket_address.as_ref()?;
    let address = places.documented(SocketAddr::new(socket.address, socket.port_value));
    let locality = Locality {
        region: host.locality.region.clone(),
        zone: host.locality.zone.clone(),
        subzone: host.locality.sub_zone.clone(),
    };
    Some(ListedEndpoint {
        service_entry: backend.id.service_entry.to_string(),
        host: backend.id.host.to_string(),
        port: backend.id.port,
        endpoint: address,
        locality: locality.to_string(),
        weight: host.weight,
        priority: host.priority,
        source: source(backend, host, address),
    })
}

/// The object that the endpoint comes from, which Envoy was not told: the first that has its address or its name.
fn source(backend: &Backend, host: &HostStatus, address: SocketAddr) -> String {
    let is_of = |endpoint: &&Endpoint| match &endpoint.address {
        EndpointAddress::Ip(ip) => SocketAddr::new(*ip, endpoint.port) == address,
        EndpointAddress::Name(name) => name.as_str() == host.hostname && endpoint.port == address.port(),
        EndpointAddress::Unix(_) => false,
    };
    backend.endpoints.iter().find(is_of).map(|endpoint| endpoint.source.to_string()).unwrap_or_default()
}
