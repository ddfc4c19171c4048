//! `/config_dump?include_eds`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::InUse;
use crate::wire::{Cluster, Config, Listener, LoadAssignment, RouteConfiguration};

/// The whole answer.
#[derive(Debug, Deserialize)]
pub(super) struct ConfigDump {
    configs: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "@type")]
enum Part {
    #[serde(rename = "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump")]
    Bootstrap {
        #[serde(default)]
        bootstrap: Bootstrap,
    },
    #[serde(rename = "type.googleapis.com/envoy.admin.v3.ClustersConfigDump")]
    Clusters(Clusters),
    #[serde(rename = "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump")]
    Endpoints(Endpoints),
    #[serde(rename = "type.googleapis.com/envoy.admin.v3.ListenersConfigDump")]
    Listeners(Listeners),
    #[serde(rename = "type.googleapis.com/envoy.admin.v3.RoutesConfigDump")]
    Routes(Routes),
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bootstrap {
    node: BootstrapNode,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BootstrapNode {
    id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Clusters {
    version_info: String,
    static_clusters: Vec<InCluster>,
    dynamic_active_clusters: Vec<InCluster>,
    /// Known, but not in use while something of theirs is missing.
    dynamic_warming_clusters: Vec<InCluster>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InCluster {
    cluster: Cluster,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Endpoints {
    static_endpoint_configs: Vec<InEndpoints>,
    dynamic_endpoint_configs: Vec<InEndpoints>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InEndpoints {
    endpoint_config: LoadAssignment,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listeners {
    version_info: String,
    static_listeners: Vec<InListener>,
    dynamic_listeners: Vec<DynamicListener>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InListener {
    listener: Listener,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DynamicListener {
    /// Absent while it waits for something, and while it drains.
    active_state: Option<InListener>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Routes {
    dynamic_route_configs: Vec<InRoutes>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InRoutes {
    route_config: RouteConfiguration,
}

impl ConfigDump {
    /// Everything but the hosts. Routes that are part of their listener are found there.
    pub(super) fn into_in_use(self) -> InUse {
        let mut in_use = InUse { config: Config::default(), node: String::new(), versions: BTreeMap::new() };
        for part in self.configs {
            part.add(&mut in_use);
        }
        in_use.versions.retain(|_, version| !version.is_empty());
        in_use
    }
}

impl Part {
    fn add(self, in_use: &mut InUse) {
        let config = &mut in_use.config;
        match self {
            Self::Bootstrap { bootstrap } => in_use.node = bootstrap.node.id,
            Self::Clusters(part) => {
                in_use.versions.insert("clusters", part.version_info);
                let all = [part.static_clusters, part.dynamic_active_clusters, part.dynamic_warming_clusters];
                let known =
                    |cluster: &Cluster, config: &Config| config.clusters.iter().any(|one| one.name == cluster.name);
                for InCluster { cluster } in all.into_iter().flatten() {
                    // One that warms beside an active one is its successor, which is not in use yet.
                    if !known(&cluster, config) {
                        config.clusters.push(cluster);
                    }
                }
            }
            Self::Endpoints(part) => {
                let all = part.static_endpoint_configs.into_iter().chain(part.dynamic_endpoint_configs);
                config.endpoints.extend(all.map(|part| part.endpoint_config));
            }
            Self::Listeners(part) => {
                in_use.versions.insert("listeners", part.version_info);
                let dynamic = part.dynamic_listeners.into_iter().filter_map(|one| one.active_state);
                config.listeners.extend(part.static_listeners.into_iter().chain(dynamic).map(|part| part.listener));
            }
            Self::Routes(part) => {
                config.routes.extend(part.dynamic_route_configs.into_iter().map(|part| part.route_config));
            }
            Self::Other => {}
        }
    }
}
