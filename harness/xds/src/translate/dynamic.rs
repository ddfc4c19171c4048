//! Backends whose endpoint each request names itself (DYNAMIC_DNS; I-107).

use std::time::Duration;

use envoy_types::pb::envoy::config::cluster::v3::cluster::{ClusterDiscoveryType, CustomClusterType, DnsLookupFamily};
use envoy_types::pb::envoy::extensions::clusters::dynamic_forward_proxy::v3::{
    ClusterConfig, cluster_config::ClusterImplementationSpecifier,
};
use envoy_types::pb::envoy::extensions::common::dynamic_forward_proxy::v3::DnsCacheConfig;
use envoy_types::pb::envoy::extensions::filters::http::dynamic_forward_proxy::v3::{
    FilterConfig, filter_config::ImplementationSpecifier,
};
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::HttpFilter;
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::http_filter::ConfigType;
use envoy_types::util::pack_any;
use sextant_routing::Discovery;

use super::{Context, clusters};
use crate::proto::duration;

/// Name of the one cache of names, and of the cluster that its DNS server is told apart by.
pub(crate) const CACHE: &str = "sextant-names";

/// The type of a cluster that takes its hosts from the cache.
pub(super) fn cluster(context: &Context<'_>) -> ClusterDiscoveryType {
    let config = ClusterConfig {
        cluster_implementation_specifier: Some(ClusterImplementationSpecifier::DnsCacheConfig(cache(context))),
        // What a certificate is checked by is up to the backend's policy.
        allow_insecure_cluster_options: true,
        ..Default::default()
    };
    ClusterDiscoveryType::ClusterType(CustomClusterType {
        name: "envoy.clusters.dynamic_forward_proxy".to_owned(),
        typed_config: Some(pack_any(config)),
    })
}

/// The filter that looks up the host of a request; `None` when no backend needs one.
pub(super) fn filter(context: &Context<'_>) -> Option<HttpFilter> {
    let needed = context.model.backends.iter().any(|backend| backend.discovery == Discovery::DynamicDns);
    let config = || FilterConfig {
        implementation_specifier: Some(ImplementationSpecifier::DnsCacheConfig(cache(context))),
        ..Default::default()
    };
    needed.then(|| HttpFilter {
        name: "envoy.filters.http.dynamic_forward_proxy".to_owned(),
        config_type: Some(ConfigType::TypedConfig(pack_any(config()))),
        ..Default::default()
    })
}

/// Every user of a cache has to name it with the same settings.
fn cache(context: &Context<'_>) -> DnsCacheConfig {
    let family = if context.dns.falls_back_to_ipv6 { DnsLookupFamily::V4Preferred } else { DnsLookupFamily::V4Only };
    DnsCacheConfig {
        name: CACHE.to_owned(),
        dns_lookup_family: family.into(),
        dns_refresh_rate: duration(context.dns.refresh),
        // The cache follows the answers' TTL, and takes no less than a second.
        dns_min_refresh_rate: duration(context.dns.refresh.max(Duration::from_secs(1))),
        typed_dns_resolver_config: clusters::resolver(context, CACHE),
        ..Default::default()
    }
}
