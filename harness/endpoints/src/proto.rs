//! From Envoy's messages, as they come over xDS, to what is read of them.

mod filters;
mod routes;

use envoy_types::pb::envoy::config::cluster::v3 as cluster;
use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::config::endpoint::v3 as endpoint;
use envoy_types::pb::envoy::extensions::clusters::dns::v3::DnsCluster;
use envoy_types::pb::google::protobuf::{self, Any, value};
use prost::{DecodeError, Message, Name};

use crate::wire;

/// The message in `body`, of whose type the caller has made sure.
pub(crate) fn decode<M: Message + Default>(body: &Any) -> Result<M, DecodeError> {
    M::decode(body.value.as_slice())
}

/// The message in `body` if it is an `M`; what cannot be read counts as something else.
fn typed<M: Message + Name + Default>(body: Option<&Any>) -> Option<M> {
    body.filter(|body| body.type_url == M::type_url()).and_then(|body| decode(body).ok())
}

pub(crate) fn number(value: Option<protobuf::UInt32Value>) -> Option<u32> {
    value.map(|value| value.value)
}

impl From<cluster::Cluster> for wire::Cluster {
    fn from(message: cluster::Cluster) -> Self {
        use cluster::cluster::{ClusterDiscoveryType, DiscoveryType};
        let (kind, cluster_type) = match message.cluster_discovery_type {
            None => (String::new(), None),
            Some(ClusterDiscoveryType::Type(kind)) => {
                let known = DiscoveryType::try_from(kind).map(|kind| kind.as_str_name().to_owned());
                (known.unwrap_or_else(|_| kind.to_string()), None)
            }
            Some(ClusterDiscoveryType::ClusterType(custom)) => {
                let dns: Option<DnsCluster> = typed(custom.typed_config.as_ref());
                let all_addresses_in_single_endpoint = dns.is_some_and(|dns| dns.all_addresses_in_single_endpoint);
                let typed_config = wire::CustomConfig { all_addresses_in_single_endpoint };
                (String::new(), Some(wire::CustomType { name: custom.name, typed_config }))
            }
        };
        Self {
            name: message.name,
            kind,
            cluster_type,
            eds_cluster_config: message
                .eds_cluster_config
                .map(|eds| wire::EdsConfig { service_name: eds.service_name }),
            load_assignment: message.load_assignment.map(Into::into),
            metadata: message.metadata.map(Into::into).unwrap_or_default(),
        }
    }
}

impl From<core::Metadata> for wire::Metadata {
    fn from(message: core::Metadata) -> Self {
        let istio = message.filter_metadata.get("istio").and_then(|istio| istio.fields.get("services"));
        let services = match istio.and_then(|services| services.kind.as_ref()) {
            Some(value::Kind::ListValue(list)) => list.values.iter().filter_map(service).collect(),
            _ => Vec::new(),
        };
        Self { filter_metadata: wire::FilterMetadata { istio: wire::IstioMetadata { services } } }
    }
}

fn service(value: &protobuf::Value) -> Option<wire::IstioService> {
    let Some(value::Kind::StructValue(fields)) = &value.kind else { return None };
    match &fields.fields.get("namespace")?.kind {
        Some(value::Kind::StringValue(namespace)) => Some(wire::IstioService { namespace: namespace.clone() }),
        _ => None,
    }
}

impl From<endpoint::ClusterLoadAssignment> for wire::LoadAssignment {
    fn from(message: endpoint::ClusterLoadAssignment) -> Self {
        Self { cluster_name: message.cluster_name, endpoints: message.endpoints.into_iter().map(Into::into).collect() }
    }
}

impl From<endpoint::LocalityLbEndpoints> for wire::LocalityEndpoints {
    fn from(message: endpoint::LocalityLbEndpoints) -> Self {
        let locality = message.locality.unwrap_or_default();
        Self {
            locality: wire::Locality { region: locality.region, zone: locality.zone, sub_zone: locality.sub_zone },
            lb_endpoints: message.lb_endpoints.into_iter().map(Into::into).collect(),
            load_balancing_weight: number(message.load_balancing_weight),
            priority: message.priority,
        }
    }
}

impl From<endpoint::LbEndpoint> for wire::LbEndpoint {
    fn from(message: endpoint::LbEndpoint) -> Self {
        let address = match message.host_identifier {
            Some(endpoint::lb_endpoint::HostIdentifier::Endpoint(endpoint)) => endpoint.address,
            Some(endpoint::lb_endpoint::HostIdentifier::EndpointName(_)) | None => None,
        };
        let health = core::HealthStatus::try_from(message.health_status).unwrap_or_default();
        Self {
            endpoint: wire::Endpoint { address: address.map(Into::into).unwrap_or_default() },
            health_status: health.as_str_name().to_owned(),
            load_balancing_weight: number(message.load_balancing_weight),
        }
    }
}

impl From<core::Address> for wire::Address {
    fn from(message: core::Address) -> Self {
        use core::address::Address;
        use core::envoy_internal_address::AddressNameSpecifier;
        use core::socket_address::PortSpecifier;
        match message.address {
            Some(Address::SocketAddress(socket)) => {
                let port_value = match socket.port_specifier {
                    Some(PortSpecifier::PortValue(port)) => u16::try_from(port).unwrap_or_default(),
                    Some(PortSpecifier::NamedPort(_)) | None => 0,
                };
                let socket = wire::Socket { address: socket.address, port_value };
                Self { socket_address: Some(socket), ..Self::default() }
            }
            Some(Address::Pipe(pipe)) => Self { pipe: Some(wire::Pipe { path: pipe.path }), ..Self::default() },
            Some(Address::EnvoyInternalAddress(internal)) => {
                let server_listener_name = match internal.address_name_specifier {
                    Some(AddressNameSpecifier::ServerListenerName(name)) => name,
                    None => String::new(),
                };
                let internal = wire::Internal { server_listener_name, endpoint_id: internal.endpoint_id };
                Self { envoy_internal_address: Some(internal), ..Self::default() }
            }
            None => Self::default(),
        }
    }
}
