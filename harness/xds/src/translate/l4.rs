//! TCP and TLS listeners, which pass connections on as they are.

use envoy_types::pb::envoy::config::listener::v3::{
    Filter, FilterChain, FilterChainMatch, Listener, ListenerFilter, filter, listener_filter,
};
use envoy_types::pb::envoy::extensions::filters::listener::tls_inspector::v3::TlsInspector;
use envoy_types::pb::envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;
use envoy_types::pb::envoy::extensions::filters::network::tcp_proxy::v3::tcp_proxy::{
    ClusterSpecifier, WeightedCluster, weighted_cluster::ClusterWeight,
};
use envoy_types::util::pack_any;
use sextant_resources::HostnamePattern;
use sextant_routing::{Discovery, L4Protocol, L4Table, Target};

use super::{Context, Untranslatable};
use crate::proto::socket;
use crate::{BLACKHOLE, Snapshot, names};

/// Adds the listener of `port`: one filter chain for each server name.
pub(super) fn add(snapshot: &mut Snapshot, context: &Context<'_>, port: u16) -> Result<(), Untranslatable> {
    let Some(table) = L4Table::new(context.model, port) else { return Ok(()) };
    let protocol = table.protocol();
    let mut chains = Vec::new();
    for (hostname, route) in table.server_names() {
        chains.push(chain(context, protocol, &hostname, route)?);
    }
    let inspector = ListenerFilter {
        name: "envoy.filters.listener.tls_inspector".to_owned(),
        config_type: Some(listener_filter::ConfigType::TypedConfig(pack_any(TlsInspector::default()))),
        ..Default::default()
    };
    let listener_filters = if protocol == L4Protocol::TlsPassthrough { vec![inspector] } else { Vec::new() };
    snapshot.add_listener(Listener {
        name: names::listener(port),
        address: Some(socket(context.world.listener(port))),
        filter_chains: chains,
        listener_filters,
        ..Default::default()
    });
    Ok(())
}

fn chain(
    context: &Context<'_>,
    protocol: L4Protocol,
    hostname: &HostnamePattern,
    route: Option<usize>,
) -> Result<FilterChain, Untranslatable> {
    let server_names = match hostname {
        HostnamePattern::Any => Vec::new(),
        HostnamePattern::Wildcard(suffix) => vec![format!("*.{suffix}")],
        HostnamePattern::Exact(host) => vec![host.to_string()],
    };
    let taken = (protocol == L4Protocol::TlsPassthrough).then(|| FilterChainMatch {
        server_names: server_names.clone(),
        transport_protocol: "tls".to_owned(),
        ..Default::default()
    });
    let proxy = TcpProxy {
        stat_prefix: "tcp".to_owned(),
        cluster_specifier: Some(clusters(context, route)?),
        ..Default::default()
    };
    let filter = Filter {
        name: "envoy.filters.network.tcp_proxy".to_owned(),
        config_type: Some(filter::ConfigType::TypedConfig(pack_any(proxy))),
    };
    Ok(FilterChain {
        filter_chain_match: taken,
        filters: vec![filter],
        name: hostname.to_string(),
        ..Default::default()
    })
}

/// Where the connections of a route go. Those of a share without endpoints are closed, like those that no route takes: a
/// cluster that does not exist does that.
fn clusters(context: &Context<'_>, route: Option<usize>) -> Result<ClusterSpecifier, Untranslatable> {
    let route = route.map(|place| &context.model.l4_routes[place]);
    let targets = route.map_or(&[][..], |route| &route.targets);
    let mut clusters = Vec::with_capacity(targets.len());
    for target in targets.iter().filter(|target| target.weight > 0) {
        if let (Target::Backend(index), Some(route)) = (&target.target, route)
            && context.model[*index].discovery == Discovery::DynamicDns
        {
            let place = format!("{} {}", route.kind, route.key);
            return Err(Untranslatable { what: "a backend that connections name themselves", place });
        }
        let name = context.cluster(&target.target).to_owned();
        clusters.push(ClusterWeight { name, weight: target.weight, ..Default::default() });
    }
    Ok(match &mut clusters[..] {
        [] => ClusterSpecifier::Cluster(BLACKHOLE.to_owned()),
        [only] => ClusterSpecifier::Cluster(std::mem::take(&mut only.name)),
        _ => ClusterSpecifier::WeightedClusters(WeightedCluster { clusters }),
    })
}
