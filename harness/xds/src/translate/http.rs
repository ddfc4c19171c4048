//! HTTP listeners and their routes.

use envoy_types::pb::envoy::config::listener::v3::{Filter, FilterChain, Listener, filter};
use envoy_types::pb::envoy::config::route::v3::route::Action;
use envoy_types::pb::envoy::config::route::v3::{DirectResponseAction, Route, RouteConfiguration, VirtualHost};
use envoy_types::pb::envoy::extensions::filters::http::router::v3::Router;
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::http_connection_manager::RouteSpecifier;
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::{
    HttpConnectionManager, HttpFilter, Rds, http_filter,
};
use envoy_types::util::pack_any;
use sextant_resources::{HostnamePattern, HttpRouteMatch};
use sextant_routing::RouteTable;

use super::{Context, action, dynamic, matches};
use crate::proto::{ads, inline, socket, truth};
use crate::{MARK, Snapshot, World, names};

/// Adds the listener of `port` and its routes, one virtual host for each hostname.
pub(super) fn add(snapshot: &mut Snapshot, context: &Context<'_>, port: u16) {
    let name = names::listener(port);
    let mut hosts = Vec::new();
    for (hostname, decisions) in RouteTable::new(context.model, port).virtual_hosts() {
        let mut routes = Vec::new();
        for decision in decisions {
            routes.extend(action::routes(context, decision, port));
        }
        let domains = domains(&hostname);
        hosts.push(VirtualHost { name: domains[0].clone(), domains, routes, ..Default::default() });
    }
    snapshot.add_routes(RouteConfiguration {
        name: name.clone(),
        virtual_hosts: hosts,
        ignore_port_in_host_matching: true,
        ..Default::default()
    });
    let filters = dynamic::filter(context).into_iter().collect();
    let address = socket(context.world.listener(port));
    snapshot.add_listener(Listener { address: Some(address), ..listener(name, filters) });
}

/// Adds the listener that answers every request with `generation`: by its routes, so that who gets that number back knows
/// what was handed out before to be in force.
pub(super) fn add_mark(snapshot: &mut Snapshot, world: &dyn World, generation: u64) {
    let answer = DirectResponseAction { status: 200, body: inline(&generation.to_string()), ..Default::default() };
    let route = Route {
        r#match: Some(matches::route_match(&HttpRouteMatch::default())),
        action: Some(Action::DirectResponse(answer)),
        ..Default::default()
    };
    snapshot.add_routes(RouteConfiguration {
        name: MARK.to_owned(),
        virtual_hosts: vec![VirtualHost {
            name: MARK.to_owned(),
            domains: vec!["*".to_owned()],
            routes: vec![route],
            ..Default::default()
        }],
        ..Default::default()
    });
    let address = socket(world.mark());
    snapshot.add_listener(Listener { address: Some(address), ..listener(MARK.to_owned(), Vec::new()) });
}

/// A listener of this name whose routes have the same name.
fn listener(name: String, before_router: Vec<HttpFilter>) -> Listener {
    let router = HttpFilter {
        name: "envoy.filters.http.router".to_owned(),
        config_type: Some(http_filter::ConfigType::TypedConfig(pack_any(Router::default()))),
        ..Default::default()
    };
    let manager = HttpConnectionManager {
        stat_prefix: name.clone(),
        http_filters: before_router.into_iter().chain([router]).collect(),
        use_remote_address: truth(true),
        route_specifier: Some(RouteSpecifier::Rds(Rds { config_source: ads(), route_config_name: name.clone() })),
        ..Default::default()
    };
    let filter = Filter {
        name: "envoy.filters.network.http_connection_manager".to_owned(),
        config_type: Some(filter::ConfigType::TypedConfig(pack_any(manager))),
    };
    let chain = FilterChain { filters: vec![filter], ..Default::default() };
    Listener { name, filter_chains: vec![chain], ..Default::default() }
}

/// The domains of a hostname, with and without the dot at its end, which means the same.
fn domains(hostname: &HostnamePattern) -> Vec<String> {
    let both = |name: String| vec![name.clone(), format!("{name}.")];
    match hostname {
        HostnamePattern::Any => vec!["*".to_owned()],
        HostnamePattern::Wildcard(suffix) => both(format!("*.{suffix}")),
        HostnamePattern::Exact(host) => both(host.to_string()),
    }
}
