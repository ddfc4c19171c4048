//! Order, versions and names of requests, as the xDS protocol's state of the world variant has them.

use envoy_types::pb::envoy::config::cluster::v3::cluster::{ClusterDiscoveryType, DiscoveryType, EdsClusterConfig};
use envoy_types::pb::envoy::config::core::v3::ControlPlane;
use envoy_types::pb::envoy::config::listener::v3::{Filter, FilterChain, filter};
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::http_connection_manager::RouteSpecifier;
use envoy_types::pb::envoy::extensions::filters::network::http_connection_manager::v3::{HttpConnectionManager, Rds};
use envoy_types::pb::google::protobuf::Any;
use envoy_types::util::pack_any;

use super::*;

fn open() -> Exchange {
    Exchange::open(Node { id: "gw".to_owned(), ..Default::default() }).0
}

fn response(kind: Kind, version: &str, nonce: &str, resources: Vec<Any>) -> DiscoveryResponse {
    DiscoveryResponse {
        version_info: version.to_owned(),
        nonce: nonce.to_owned(),
        type_url: kind.type_url(),
        resources,
        ..Default::default()
    }
}

fn eds(name: &str, service_name: &str) -> Any {
    pack_any(EnvoyCluster {
        name: name.to_owned(),
        cluster_discovery_type: Some(ClusterDiscoveryType::Type(DiscoveryType::Eds.into())),
        eds_cluster_config: Some(EdsClusterConfig { service_name: service_name.to_owned(), ..Default::default() }),
        ..Default::default()
    })
}

fn statically(name: &str) -> Any {
    pack_any(EnvoyCluster { name: name.to_owned(), ..Default::default() })
}

fn endpoints(name: &str) -> Any {
    pack_any(EnvoyEndpoints { cluster_name: name.to_owned(), ..Default::default() })
}

fn listener(name: &str, routes: &str) -> Any {
    let manager = HttpConnectionManager {
        route_specifier: Some(RouteSpecifier::Rds(Rds { route_config_name: routes.to_owned(), ..Default::default() })),
        ..Default::default()
    };
    let filter = Filter { config_type: Some(filter::ConfigType::TypedConfig(pack_any(manager))), ..Default::default() };
    let chain = FilterChain { filters: vec![filter], ..Default::default() };
    pack_any(EnvoyListener { name: name.to_owned(), filter_chains: vec![chain], ..Default::default() })
}

fn routes(name: &str) -> Any {
    pack_any(EnvoyRoutes { name: name.to_owned(), ..Default::default() })
}

/// Kind, version, nonce and names of each request.
fn told(requests: &[DiscoveryRequest]) -> Vec<(&'static str, &str, &str, Vec<&str>)> {
    let all = requests.iter().map(|request| {
        let DiscoveryRequest { type_url, version_info, response_nonce, resource_names, .. } = request;
        let kind = Kind::ALL.into_iter().find(|kind| kind.type_url() == *type_url).expect("a kind");
        (
            words(kind),
            version_info.as_str(),
            response_nonce.as_str(),
            resource_names.iter().map(String::as_str).collect(),
        )
    });
    all.collect()
}

#[test]
fn it_opens_with_all_clusters_and_listeners_and_says_once_who_asks() {
    let (exchange, requests) = Exchange::open(Node { id: "gw".to_owned(), ..Default::default() });
    assert_eq!(told(&requests), [("clusters", "", "", vec![]), ("listeners", "", "", vec![])]);
    let nodes: Vec<_> = requests.iter().map(|request| request.node.as_ref().map(|node| &*node.id)).collect();
    assert_eq!(nodes, [Some("gw"), None]);
    assert_eq!(exchange.waiting_for(), ["its clusters", "its listeners"]);
}

#[test]
fn a_response_is_acknowledged_with_its_version_and_nonce_before_its_names_are_asked_for() {
    let mut exchange = open();
    let clusters = vec![eds("b", ""), statically("s"), eds("a", "service-a")];
    let requests = exchange.take(response(Kind::Cluster, "7", "n1", clusters)).expect("readable");
    // An EDS cluster is asked for by its service name where it has one.
    assert_eq!(told(&requests), [("clusters", "7", "n1", vec![]), ("endpoints", "", "", vec!["b", "service-a"])]);
    assert!(requests.iter().all(|request| request.error_detail.is_none() && request.node.is_none()));

    let requests = exchange.take(response(Kind::Listener, "8", "n2", vec![listener("l", "http")])).expect("readable");
    assert_eq!(told(&requests), [("listeners", "8", "n2", vec![]), ("routes", "", "", vec!["http"])]);
    assert_eq!(exchange.waiting_for(), ["the endpoints `b`", "the endpoints `service-a`", "the routes `http`"]);
}

#[test]
fn endpoints_that_come_one_by_one_add_up() {
    let mut exchange = open();
    exchange.take(response(Kind::Cluster, "1", "1", vec![eds("a", ""), eds("b", "")])).expect("readable");
    exchange.take(response(Kind::Listener, "1", "2", vec![])).expect("readable");
    let requests = exchange.take(response(Kind::Endpoints, "2", "3", vec![endpoints("a")])).expect("readable");
    assert_eq!(told(&requests), [("endpoints", "2", "3", vec!["a", "b"])]);
    assert_eq!(exchange.waiting_for(), ["the endpoints `b`"]);
    exchange.take(response(Kind::Endpoints, "3", "4", vec![endpoints("b")])).expect("readable");
    assert!(exchange.waiting_for().is_empty());
    assert_eq!(exchange.into_config().endpoints.len(), 2);
}

#[test]
fn a_change_of_clusters_on_the_way_changes_what_is_asked_for() {
    let mut exchange = open();
    exchange.take(response(Kind::Cluster, "1", "1", vec![eds("a", ""), eds("b", "")])).expect("readable");
    exchange.take(response(Kind::Listener, "1", "2", vec![])).expect("readable");
    exchange.take(response(Kind::Endpoints, "1", "3", vec![endpoints("a"), endpoints("b")])).expect("readable");
    let requests =
        exchange.take(response(Kind::Cluster, "2", "4", vec![eds("b", ""), eds("c", "")])).expect("readable");
    // The version and nonce of the endpoints are those of their last response.
    assert_eq!(told(&requests), [("clusters", "2", "4", vec![]), ("endpoints", "1", "3", vec!["b", "c"])]);
    assert_eq!(exchange.waiting_for(), ["the endpoints `c`"]);
    exchange.take(response(Kind::Endpoints, "2", "5", vec![endpoints("c")])).expect("readable");
    let names: Vec<_> = exchange.into_config().endpoints.into_iter().map(|one| one.cluster_name).collect();
    assert_eq!(names, ["b", "c"], "what no cluster has any more is gone");
}

#[test]
fn no_names_are_asked_for_where_nothing_refers_to_any() {
    let mut exchange = open();
    let requests = exchange.take(response(Kind::Cluster, "1", "1", vec![statically("s")])).expect("readable");
    // To ask for no names would mean all of them.
    assert_eq!(told(&requests), [("clusters", "1", "1", vec![])]);
    exchange.take(response(Kind::Listener, "1", "2", vec![])).expect("readable");
    assert!(exchange.waiting_for().is_empty());
}

#[test]
fn routes_of_several_listeners_are_asked_for_once() {
    let mut exchange = open();
    let listeners = vec![listener("one", "shared"), listener("two", "shared")];
    let requests = exchange.take(response(Kind::Listener, "1", "1", listeners)).expect("readable");
    assert_eq!(told(&requests)[1], ("routes", "", "", vec!["shared"]));
    exchange.take(response(Kind::Routes, "4", "2", vec![routes("shared")])).expect("readable");
    assert_eq!(exchange.waiting_for(), ["its clusters"]);
    assert_eq!(exchange.versions(), BTreeMap::from([("listeners", "1".to_owned()), ("routes", "4".to_owned())]));
}

#[test]
fn what_was_not_asked_for_is_not_answered() {
    let mut exchange = open();
    let secrets = DiscoveryResponse {
        type_url: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret".to_owned(),
        ..Default::default()
    };
    assert!(exchange.take(secrets).expect("nothing to read").is_empty());
}

#[test]
fn a_resource_that_cannot_be_read_is_an_error_that_says_of_which_kind() {
    let broken = Any { type_url: Kind::Cluster.type_url(), value: vec![0xff] };
    let error = open().take(response(Kind::Cluster, "1", "1", vec![broken])).expect_err("no message");
    assert_eq!(error.to_string(), "a resource among its clusters cannot be read");
}

#[test]
fn the_control_plane_is_known_by_its_name() {
    let mut exchange = open();
    let named = DiscoveryResponse {
        control_plane: Some(ControlPlane { identifier: "istiod-1".to_owned() }),
        ..response(Kind::Cluster, "1", "1", vec![])
    };
    exchange.take(named).expect("readable");
    exchange.take(response(Kind::Listener, "1", "2", vec![])).expect("readable");
    assert_eq!(exchange.control_plane(), "istiod-1");
}
