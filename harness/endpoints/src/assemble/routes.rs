//! Which routes lead to which cluster.

use std::collections::HashMap;

use super::place;
use crate::document::Use;
use crate::matches;
use crate::wire::{
    ClusterWeight, Config, FilterChain, Listener, NetworkFilter, RouteAction, RouteConfiguration, TcpProxy,
};

/// What leads to each cluster, by listeners in their order.
pub(super) fn uses(config: &Config) -> HashMap<&str, Vec<Use>> {
    let routes: HashMap<_, _> = config.routes.iter().map(|routes| (&*routes.name, routes)).collect();
    let mut uses = HashMap::new();
    for listener in &config.listeners {
        for chain in listener.chains() {
            for filter in &chain.filters {
                match &filter.typed_config {
                    NetworkFilter::Http(manager) => {
                        let named = manager.rds.as_ref().and_then(|rds| routes.get(&*rds.route_config_name).copied());
                        if let Some(routes) = named.or(manager.route_config.as_ref()) {
                            requests(listener, routes, &mut uses);
                        }
                    }
                    NetworkFilter::Tcp(proxy) => connections(listener, chain, proxy, &mut uses),
                    NetworkFilter::Other => {}
                }
            }
        }
    }
    uses
}

fn requests<'c>(listener: &Listener, routes: &'c RouteConfiguration, uses: &mut HashMap<&'c str, Vec<Use>>) {
    for host in &routes.virtual_hosts {
        for route in &host.routes {
            let Some(action) = &route.route else { continue };
            let matches = matches::text(&route.r#match);
            for (cluster, weight, share, kind) in targets(action) {
                let way = Use {
                    listener: listener.name.clone(),
                    address: address(listener),
                    kind,
                    hosts: host.domains.clone(),
                    matches: matches.clone(),
                    weight,
                    share,
                };
                add(uses, cluster, way);
            }
        }
    }
}

/// Clusters of a route with weight and share, those of copies last.
fn targets(action: &RouteAction) -> Vec<(&str, u32, f64, &'static str)> {
    let mut targets = Vec::new();
    if let Some(shares) = &action.weighted_clusters {
        targets.extend(weighted(&shares.clusters).map(|(name, weight, share)| (name, weight, share, "http")));
    } else if !action.cluster.is_empty() {
        targets.push((&*action.cluster, 1, 1.0, "http"));
    }
    targets.extend(action.request_mirror_policies.iter().map(|mirror| (&*mirror.cluster, 1, 1.0, "mirror")));
    targets
}

fn weighted(clusters: &[ClusterWeight]) -> impl Iterator<Item = (&str, u32, f64)> {
    let sum: u64 = clusters.iter().map(|cluster| u64::from(cluster.weight)).sum();
    clusters.iter().map(move |cluster| {
        #[expect(clippy::cast_precision_loss, reason = "weights are far below 2^52")]
        let share = f64::from(cluster.weight) / sum.max(1) as f64;
        (&*cluster.name, cluster.weight, share)
    })
}

fn connections<'c>(
    listener: &Listener,
    chain: &FilterChain,
    proxy: &'c TcpProxy,
    uses: &mut HashMap<&'c str, Vec<Use>>,
) {
    let names = &chain.filter_chain_match.server_names;
    let hosts = if names.is_empty() { vec!["*".to_owned()] } else { names.clone() };
    let targets: Vec<_> = match &proxy.weighted_clusters {
        Some(shares) => weighted(&shares.clusters).collect(),
        None => vec![(&*proxy.cluster, 1, 1.0)],
    };
    for (cluster, weight, share) in targets {
        let way = Use {
            listener: listener.name.clone(),
            address: address(listener),
            kind: "tcp",
            hosts: hosts.clone(),
            matches: String::new(),
            weight,
            share,
        };
        add(uses, cluster, way);
    }
}

/// A listener may have the same routes in several chains.
fn add<'c>(uses: &mut HashMap<&'c str, Vec<Use>>, cluster: &'c str, way: Use) {
    let known = uses.entry(cluster).or_default();
    if !known.contains(&way) {
        known.push(way);
    }
}

fn address(listener: &Listener) -> String {
    let (address, port) = place(&listener.address);
    sextant_explain::socket(&address, port)
}
