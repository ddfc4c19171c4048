//! Listeners and their filters.

use envoy_types::pb::envoy::config::listener::v3 as listener;
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::http_connection_manager::RouteSpecifier;
use envoy_types::pb::envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;
use envoy_types::pb::envoy::extensions::filters::network::tcp_proxy::v3::tcp_proxy::ClusterSpecifier;

use super::typed;
use crate::wire;

impl From<listener::Listener> for wire::Listener {
    fn from(message: listener::Listener) -> Self {
        Self {
            name: message.name,
            address: message.address.map(Into::into).unwrap_or_default(),
            filter_chains: message.filter_chains.into_iter().map(Into::into).collect(),
            default_filter_chain: message.default_filter_chain.map(Into::into),
        }
    }
}

impl From<listener::FilterChain> for wire::FilterChain {
    fn from(message: listener::FilterChain) -> Self {
        let server_names = message.filter_chain_match.map(|taken| taken.server_names).unwrap_or_default();
        let filters = message.filters.into_iter().map(|filter| {
            let typed_config = match filter.config_type {
                Some(listener::filter::ConfigType::TypedConfig(body)) => {
                    let http =
                        || typed(Some(&body)).map(|http: HttpConnectionManager| wire::NetworkFilter::Http(http.into()));
                    let tcp = || typed(Some(&body)).map(|tcp: TcpProxy| wire::NetworkFilter::Tcp(tcp.into()));
                    http().or_else(tcp).unwrap_or_default()
                }
                Some(listener::filter::ConfigType::ConfigDiscovery(_)) | None => wire::NetworkFilter::Other,
            };
            wire::Filter { typed_config }
        });
        Self { filter_chain_match: wire::ChainMatch { server_names }, filters: filters.collect() }
    }
}

impl From<HttpConnectionManager> for wire::ConnectionManager {
    fn from(message: HttpConnectionManager) -> Self {
        match message.route_specifier {
            Some(RouteSpecifier::Rds(rds)) => {
                Self { rds: Some(wire::Rds { route_config_name: rds.route_config_name }), route_config: None }
            }
            Some(RouteSpecifier::RouteConfig(routes)) => Self { rds: None, route_config: Some(routes.into()) },
            Some(RouteSpecifier::ScopedRoutes(_)) | None => Self::default(),
        }
    }
}

impl From<TcpProxy> for wire::TcpProxy {
    fn from(message: TcpProxy) -> Self {
        match message.cluster_specifier {
            Some(ClusterSpecifier::Cluster(cluster)) => Self { cluster, weighted_clusters: None },
            Some(ClusterSpecifier::WeightedClusters(shares)) => {
                let weight = |share: &_| {
                    let envoy_types::pb::envoy::extensions::filters::network::tcp_proxy::v3::tcp_proxy::weighted_cluster::ClusterWeight { name, weight, .. } = share;
                    wire::ClusterWeight { name: name.clone(), weight: *weight }
                };
                let clusters = shares.clusters.iter().map(weight).collect();
                Self { cluster: String::new(), weighted_clusters: Some(wire::WeightedClusters { clusters }) }
            }
            None => Self::default(),
        }
    }
}
