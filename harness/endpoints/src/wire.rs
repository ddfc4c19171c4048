//! Envoy's configuration, as far as it is read. Fields have the names of Envoy's messages, so that its admin interface can
//! be read with serde; what comes over xDS is turned into the same (`proto`). What is absent has its protobuf default.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Everything that one proxy was given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) routes: Vec<RouteConfiguration>,
    pub(crate) clusters: Vec<Cluster>,
    /// What came apart from its cluster.
    pub(crate) endpoints: Vec<LoadAssignment>,
    /// By cluster, the hosts that a proxy has, with their health. Empty for what a control plane hands out.
    pub(crate) hosts: BTreeMap<String, Vec<HostStatus>>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    /// `EDS`, `STRICT_DNS` …; empty for its default, `STATIC`, or beside a [`Self::cluster_type`].
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) cluster_type: Option<CustomType>,
    pub(crate) eds_cluster_config: Option<EdsConfig>,
    pub(crate) load_assignment: Option<LoadAssignment>,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct CustomType {
    pub(crate) name: String,
    pub(crate) typed_config: CustomConfig,
}

/// Of all types of clusters: the one field that decides what a DNS cluster is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct CustomConfig {
    pub(crate) all_addresses_in_single_endpoint: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct EdsConfig {
    pub(crate) service_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) filter_metadata: FilterMetadata,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct FilterMetadata {
    pub(crate) istio: IstioMetadata,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct IstioMetadata {
    pub(crate) services: Vec<IstioService>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct IstioService {
    pub(crate) namespace: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct LoadAssignment {
    pub(crate) cluster_name: String,
    pub(crate) endpoints: Vec<LocalityEndpoints>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct LocalityEndpoints {
    pub(crate) locality: Locality,
    pub(crate) lb_endpoints: Vec<LbEndpoint>,
    pub(crate) load_balancing_weight: Option<u32>,
    pub(crate) priority: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Locality {
    pub(crate) region: String,
    pub(crate) zone: String,
    pub(crate) sub_zone: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct LbEndpoint {
    pub(crate) endpoint: Endpoint,
    /// `HEALTHY`, `DRAINING` …; empty for its default, `UNKNOWN`.
    pub(crate) health_status: String,
    pub(crate) load_balancing_weight: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Endpoint {
    pub(crate) address: Address,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Address {
    pub(crate) socket_address: Option<Socket>,
    pub(crate) pipe: Option<Pipe>,
    pub(crate) envoy_internal_address: Option<Internal>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Socket {
    pub(crate) address: String,
    pub(crate) port_value: u16,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Pipe {
    pub(crate) path: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Internal {
    pub(crate) server_listener_name: String,
    pub(crate) endpoint_id: String,
}

/// A host of `/clusters?format=json`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct HostStatus {
    pub(crate) address: Address,
    /// The name that was looked up; otherwise what the configuration says, mostly nothing.
    pub(crate) hostname: String,
    pub(crate) health_status: HostHealth,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct HostHealth {
    pub(crate) eds_health_status: String,
    pub(crate) failed_active_health_check: bool,
    pub(crate) failed_outlier_check: bool,
    pub(crate) pending_dynamic_removal: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Listener {
    pub(crate) name: String,
    pub(crate) address: Address,
    pub(crate) filter_chains: Vec<FilterChain>,
    pub(crate) default_filter_chain: Option<FilterChain>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct FilterChain {
    pub(crate) filter_chain_match: ChainMatch,
    pub(crate) filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ChainMatch {
    pub(crate) server_names: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    pub(crate) typed_config: NetworkFilter,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(tag = "@type")]
pub(crate) enum NetworkFilter {
    #[serde(
        rename = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    )]
    Http(ConnectionManager),
    #[serde(rename = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy")]
    Tcp(TcpProxy),
    /// Everything else, which leads to no cluster that is of interest.
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ConnectionManager {
    pub(crate) rds: Option<Rds>,
    pub(crate) route_config: Option<RouteConfiguration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Rds {
    pub(crate) route_config_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct TcpProxy {
    pub(crate) cluster: String,
    pub(crate) weighted_clusters: Option<WeightedClusters>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct WeightedClusters {
    pub(crate) clusters: Vec<ClusterWeight>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ClusterWeight {
    pub(crate) name: String,
    pub(crate) weight: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct RouteConfiguration {
    pub(crate) name: String,
    pub(crate) virtual_hosts: Vec<VirtualHost>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct VirtualHost {
    pub(crate) domains: Vec<String>,
    pub(crate) routes: Vec<Route>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Route {
    pub(crate) r#match: RouteMatch,
    /// `None` for redirects and direct replies.
    pub(crate) route: Option<RouteAction>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct RouteMatch {
    pub(crate) prefix: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) path_separated_prefix: Option<String>,
    pub(crate) safe_regex: Option<Regex>,
    pub(crate) headers: Vec<HeaderMatcher>,
    pub(crate) query_parameters: Vec<QueryMatcher>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Regex {
    pub(crate) regex: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct HeaderMatcher {
    pub(crate) name: String,
    pub(crate) string_match: Option<StringMatcher>,
    pub(crate) exact_match: Option<String>,
    pub(crate) safe_regex_match: Option<Regex>,
    pub(crate) invert_match: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct QueryMatcher {
    pub(crate) name: String,
    pub(crate) string_match: Option<StringMatcher>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct StringMatcher {
    pub(crate) exact: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) suffix: Option<String>,
    pub(crate) contains: Option<String>,
    pub(crate) safe_regex: Option<Regex>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct RouteAction {
    pub(crate) cluster: String,
    pub(crate) weighted_clusters: Option<WeightedClusters>,
    pub(crate) request_mirror_policies: Vec<MirrorPolicy>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct MirrorPolicy {
    pub(crate) cluster: String,
}

impl Listener {
    /// Every filter of every chain.
    pub(crate) fn chains(&self) -> impl Iterator<Item = &FilterChain> {
        self.filter_chains.iter().chain(&self.default_filter_chain)
    }

    /// The route configurations that have to be asked for by name.
    pub(crate) fn asked_routes(&self) -> impl Iterator<Item = &str> {
        let filters = self.chains().flat_map(|chain| &chain.filters);
        filters.filter_map(|filter| match &filter.typed_config {
            NetworkFilter::Http(manager) => manager.rds.as_ref().map(|rds| &*rds.route_config_name),
            NetworkFilter::Tcp(_) | NetworkFilter::Other => None,
        })
    }
}

impl Cluster {
    /// The name under which its endpoints have to be asked for; `None` when it has them itself.
    pub(crate) fn asked_endpoints(&self) -> Option<&str> {
        let named = self.eds_cluster_config.as_ref().map(|eds| &*eds.service_name).filter(|name| !name.is_empty());
        (self.kind == "EDS").then(|| named.unwrap_or(&self.name))
    }
}
