//! Backends as clusters.

use std::time::Duration;

use envoy_types::pb::envoy::config::cluster::v3::cluster::common_lb_config::{
    LocalityConfigSpecifier, LocalityWeightedLbConfig,
};
use envoy_types::pb::envoy::config::cluster::v3::cluster::{
    ClusterDiscoveryType, CommonLbConfig, CustomClusterType, DiscoveryType, EdsClusterConfig, LbPolicy,
};
use envoy_types::pb::envoy::config::cluster::v3::{Cluster, OutlierDetection};
use envoy_types::pb::envoy::config::core::v3::socket_option::{self, SocketIpVersion, SocketState};
use envoy_types::pb::envoy::config::core::v3::{
    BindConfig, DnsResolverOptions, Http1ProtocolOptions, Http2ProtocolOptions, SocketOption, TypedExtensionConfig,
    UpstreamHttpProtocolOptions,
};
use envoy_types::pb::envoy::extensions::clusters::common::dns::v3::DnsLookupFamily;
use envoy_types::pb::envoy::extensions::clusters::dns::v3::DnsCluster;
use envoy_types::pb::envoy::extensions::network::dns_resolver::cares::v3::CaresDnsResolverConfig;
use envoy_types::pb::envoy::extensions::upstreams::http::v3::HttpProtocolOptions;
use envoy_types::pb::envoy::extensions::upstreams::http::v3::http_protocol_options::explicit_http_config::ProtocolConfig;
use envoy_types::pb::envoy::extensions::upstreams::http::v3::http_protocol_options::{
    ExplicitHttpConfig, UpstreamProtocolOptions,
};
use envoy_types::pb::envoy::r#type::v3::Percent;
use envoy_types::pb::google::protobuf::UInt64Value;
use envoy_types::util::pack_any;
use sextant_routing::{Backend, Discovery, Policy, Profile, UpstreamHttp};

use super::{Context, dynamic, endpoints, tls};
use crate::Snapshot;
use crate::proto::{ads, duration, extension, number, socket};

/// The key of [`HttpProtocolOptions`] among a cluster's extensions.
const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
/// Linux' numbers of the level and the name of a socket's option (`ipv6(7)`).
const IPPROTO_IPV6: i64 = 41;
const IPV6_V6ONLY: i64 = 26;

/// Adds the cluster of `backend`, and its endpoints where they come apart.
pub(super) fn add(snapshot: &mut Snapshot, context: &Context<'_>, backend: &Backend, name: &str) {
    let mut cluster = Cluster {
        name: name.to_owned(),
        // K-016, I-113.
        connect_timeout: duration(Duration::from_secs(match context.model.profile {
            Profile::Kgateway => 5,
            Profile::Istio => 10,
        })),
        common_lb_config: Some(load_balancing(&backend.policy)),
        outlier_detection: outlier_detection(&backend.policy),
        typed_extension_protocol_options: [(HTTP_OPTIONS.to_owned(), pack_any(http_options(backend)))].into(),
        transport_socket: backend.policy.tls.as_ref().map(tls::socket),
        ..Default::default()
    };
    if matches!(backend.discovery, Discovery::Dns | Discovery::LogicalDns | Discovery::DynamicDns) {
        cluster.upstream_bind_config = mapped_ipv6(context);
    }
    if backend.discovery == Discovery::DynamicDns {
        cluster.lb_policy = LbPolicy::ClusterProvided.into();
        // Localities and priorities are those of endpoints, of which there are none.
        cluster.common_lb_config = None;
        cluster.cluster_discovery_type = Some(dynamic::cluster(context));
        snapshot.add_cluster(cluster);
        return;
    }
    let assignment = endpoints::assignment(context, backend, name);
    let discovery = discovery(context, backend, name);
    let apart = discovery == ClusterDiscoveryType::Type(DiscoveryType::Eds.into());
    cluster.cluster_discovery_type = Some(discovery);
    if apart {
        cluster.eds_cluster_config = Some(EdsClusterConfig { eds_config: ads(), ..Default::default() });
        snapshot.add_cluster(cluster);
        snapshot.add_endpoints(assignment);
    } else {
        cluster.load_assignment = Some(assignment);
        snapshot.add_cluster(cluster);
    }
}

/// K-030 to K-034; Istio hands out every list of addresses over EDS (D-20).
fn discovery(context: &Context<'_>, backend: &Backend, name: &str) -> ClusterDiscoveryType {
    let kind = match (backend.discovery, context.model.profile) {
        (Discovery::Dns, _) => return dns(context, name, false),
        (Discovery::LogicalDns, _) => return dns(context, name, true),
        (Discovery::Inline, Profile::Kgateway) => DiscoveryType::Static,
        (
            Discovery::Inline
            | Discovery::Workloads
            | Discovery::EndpointSlices
            | Discovery::DynamicDns
            | Discovery::Passthrough
            | Discovery::None,
            _,
        ) => DiscoveryType::Eds,
    };
    ClusterDiscoveryType::Type(kind.into())
}

/// K-038 to K-040. With `logical`, one of the addresses serves each new connection.
fn dns(context: &Context<'_>, name: &str, logical: bool) -> ClusterDiscoveryType {
    let family = if context.dns.falls_back_to_ipv6 { DnsLookupFamily::V4Preferred } else { DnsLookupFamily::V4Only };
    let config = DnsCluster {
        dns_lookup_family: family.into(),
        dns_refresh_rate: duration(context.dns.refresh),
        respect_dns_ttl: context.dns.respect_ttl,
        typed_dns_resolver_config: resolver(context, name),
        all_addresses_in_single_endpoint: logical,
        ..Default::default()
    };
    ClusterDiscoveryType::ClusterType(CustomClusterType {
        name: "envoy.cluster.dns".to_owned(),
        typed_config: Some(pack_any(config)),
    })
}

/// The resolver of the cluster of this name: one server, asked once for each lookup.
pub(super) fn resolver(context: &Context<'_>, name: &str) -> Option<TypedExtensionConfig> {
    let config = CaresDnsResolverConfig {
        resolvers: vec![socket(context.world.resolver(name))],
        dns_resolver_options: Some(DnsResolverOptions { no_default_search_domain: true, ..Default::default() }),
        query_timeout_seconds: Some(UInt64Value { value: context.dns.timeout.as_secs().max(1) }),
        query_tries: number(1),
        ..Default::default()
    };
    extension("envoy.network.dns_resolver.cares", config)
}

/// Lets sockets for IPv6 reach IPv4 addresses in mapped form, which Envoy forbids them otherwise.
fn mapped_ipv6(context: &Context<'_>) -> Option<BindConfig> {
    let option = SocketOption {
        description: "IPV6_V6ONLY off".to_owned(),
        level: IPPROTO_IPV6,
        name: IPV6_V6ONLY,
        state: SocketState::StatePrebind.into(),
        ip_version: SocketIpVersion::Ipv6.into(),
        value: Some(socket_option::Value::IntValue(0)),
        ..Default::default()
    };
    let needed = context.dns.falls_back_to_ipv6 && context.dns.maps_ipv6;
    needed.then(|| BindConfig { socket_options: vec![option], ..Default::default() })
}

fn load_balancing(policy: &Policy) -> CommonLbConfig {
    let by_locality = policy.locality_weighted || !policy.distribution.is_empty();
    CommonLbConfig {
        healthy_panic_threshold: Some(Percent { value: policy.panic_percent.into() }),
        // Changes of health are told to the workers at once. Envoy would put off those within a second of another change,
        // which no rule is about.
        update_merge_window: duration(Duration::ZERO),
        locality_config_specifier: by_locality
            .then_some(LocalityConfigSpecifier::LocalityWeightedLbConfig(LocalityWeightedLbConfig {})),
        ..Default::default()
    }
}

/// I-154, I-155: a count that is not asked for ejects nobody, which Envoy has to be told.
fn outlier_detection(policy: &Policy) -> Option<OutlierDetection> {
    let wanted = policy.outlier_detection.as_ref()?;
    let enforced = |count: Option<u32>| number(if count.is_some() { 100 } else { 0 });
    Some(OutlierDetection {
        consecutive_5xx: wanted.consecutive_5xx.and_then(number),
        enforcing_consecutive_5xx: enforced(wanted.consecutive_5xx),
        consecutive_gateway_failure: wanted.consecutive_gateway.and_then(number),
        enforcing_consecutive_gateway_failure: enforced(wanted.consecutive_gateway),
        consecutive_local_origin_failure: wanted.consecutive_local_origin.and_then(number),
        enforcing_consecutive_local_origin_failure: enforced(wanted.consecutive_local_origin),
        split_external_local_origin_errors: wanted.split_local_origin,
        interval: duration(wanted.interval),
        base_ejection_time: duration(wanted.base_ejection),
        max_ejection_percent: number(wanted.max_ejection_percent),
        enforcing_success_rate: number(0),
        enforcing_local_origin_success_rate: number(0),
        ..Default::default()
    })
}

fn http_options(backend: &Backend) -> HttpProtocolOptions {
    let protocol = match backend.upstream {
        UpstreamHttp::Http1 => ProtocolConfig::HttpProtocolOptions(Http1ProtocolOptions::default()),
        UpstreamHttp::Http2 => ProtocolConfig::Http2ProtocolOptions(Http2ProtocolOptions::default()),
    };
    let of_request = backend.policy.tls.as_ref().map(tls::of_request).unwrap_or_default();
    let needed = of_request != UpstreamHttpProtocolOptions::default();
    HttpProtocolOptions {
        upstream_http_protocol_options: needed.then_some(of_request),
        upstream_protocol_options: Some(UpstreamProtocolOptions::ExplicitHttpConfig(ExplicitHttpConfig {
            protocol_config: Some(protocol),
        })),
        ..Default::default()
    }
}
