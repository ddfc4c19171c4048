//! What of the model becomes which words of Envoy.

use envoy_types::pb::envoy::config::cluster::v3::Cluster;
use envoy_types::pb::envoy::config::cluster::v3::cluster::{ClusterDiscoveryType, DiscoveryType};
use envoy_types::pb::envoy::config::core::v3::address::Address;
use envoy_types::pb::envoy::config::core::v3::socket_address::PortSpecifier;
use envoy_types::pb::envoy::config::core::v3::socket_option::{SocketIpVersion, Value};
use envoy_types::pb::envoy::config::endpoint::v3::ClusterLoadAssignment;
use envoy_types::pb::envoy::config::endpoint::v3::lb_endpoint::HostIdentifier;
use envoy_types::pb::envoy::config::route::v3::route::Action;
use envoy_types::pb::envoy::config::route::v3::route_action::{ClusterNotFoundResponseCode, ClusterSpecifier};
use envoy_types::pb::envoy::config::route::v3::route_match::PathSpecifier;
use envoy_types::pb::envoy::config::route::v3::{Route, RouteAction};
use envoy_types::pb::envoy::extensions::clusters::dns::v3::DnsCluster;
use envoy_types::pb::envoy::r#type::v3::fractional_percent::DenominatorType;
use prost::Message as _;
use rstest::rstest;
use sextant_routing::Profile;
use sextant_xds::{BLACKHOLE, Kind};

use crate::support::{cluster, endpoints, manifests, model, routes, snapshot, to_example};

const STATIC: &str = "resolution: STATIC, endpoints: [{ address: 1.1.1.1, locality: r1/z1/sz1, weight: 3 }, \
                      { address: 2.2.2.2, locality: r1/z1/sz1 }, { address: 3.3.3.3, locality: r3/z3/sz3, weight: 6 }]";
const KGATEWAY: &str = "istio-se_gwtest_example-se_se.example.com_80";
const ISTIO: &str = "outbound|80||se.example.com";

const RULE: &str =
    "filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: r }] } }],";
const SHARE: &str =
    ", filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: s }] } }]";

fn one_rule() -> String {
    format!("[{{ backendRefs: [{}] }}]", to_example(""))
}

/// A locality, then address, port and weight of each of its endpoints.
type Group = (String, Vec<(String, u32, u32)>);

fn listed(assignment: &ClusterLoadAssignment) -> Vec<Group> {
    let hosts = |group: &envoy_types::pb::envoy::config::endpoint::v3::LocalityLbEndpoints| {
        let host = |host: &envoy_types::pb::envoy::config::endpoint::v3::LbEndpoint| {
            let Some(HostIdentifier::Endpoint(endpoint)) = &host.host_identifier else { panic!("no endpoint") };
            let Some(Address::SocketAddress(socket)) = endpoint.address.as_ref().and_then(|a| a.address.as_ref())
            else {
                panic!("no socket")
            };
            let Some(PortSpecifier::PortValue(port)) = socket.port_specifier else { panic!("no port") };
            (socket.address.clone(), port, host.load_balancing_weight.map_or(0, |weight| weight.value))
        };
        let locality = group.locality.clone().unwrap_or_default();
        let locality = format!("{}/{}/{}", locality.region, locality.zone, locality.sub_zone);
        (locality, group.lb_endpoints.iter().map(host).collect())
    };
    assignment.endpoints.iter().map(hosts).collect()
}

fn as_documented() -> Vec<Group> {
    let host = |address: &str, weight| (address.to_owned(), 180, weight);
    vec![
        ("r1/z1/sz1".to_owned(), vec![host("1.1.1.1", 3), host("2.2.2.2", 1)]),
        ("r3/z3/sz3".to_owned(), vec![host("3.3.3.3", 6)]),
    ]
}

fn static_type(cluster: &Cluster) -> Option<ClusterDiscoveryType> {
    cluster.cluster_discovery_type.clone()
}

/// K-015, K-031: the endpoints are in the cluster itself, at the places that the world says.
#[test]
fn k_031_listed_addresses_are_in_the_cluster_under_kgateway() {
    let snapshot = snapshot(Profile::Kgateway, &manifests(&one_rule(), STATIC));
    let cluster = cluster(&snapshot, KGATEWAY);
    assert_eq!(static_type(&cluster), Some(ClusterDiscoveryType::Type(DiscoveryType::Static.into())));
    assert_eq!(listed(&cluster.load_assignment.unwrap_or_default()), as_documented());
    assert_eq!(snapshot.names(Kind::Endpoints).count(), 0);
}

/// D-20: Istio hands out every list of addresses over EDS.
#[test]
fn d_20_listed_addresses_come_apart_under_istio() {
    let snapshot = snapshot(Profile::Istio, &manifests(&one_rule(), STATIC));
    let cluster = cluster(&snapshot, ISTIO);
    assert_eq!(static_type(&cluster), Some(ClusterDiscoveryType::Type(DiscoveryType::Eds.into())));
    assert_eq!(listed(&endpoints(&snapshot, ISTIO)), as_documented());
}

/// K-033, K-034, K-038 to K-040.
#[rstest]
#[case::every_address("DNS", false)]
#[case::one_at_a_time("DNS_ROUND_ROBIN", true)]
fn k_033_names_are_looked_up_by_envoy(#[case] resolution: &str, #[case] single: bool) {
    let snapshot = snapshot(Profile::Kgateway, &manifests(&one_rule(), &format!("resolution: {resolution}")));
    let cluster = cluster(&snapshot, KGATEWAY);
    let Some(ClusterDiscoveryType::ClusterType(custom)) = static_type(&cluster) else { panic!("no custom type") };
    let dns = DnsCluster::decode(custom.typed_config.unwrap_or_default().value.as_slice()).unwrap();
    assert_eq!(dns.all_addresses_in_single_endpoint, single);
    assert_eq!(dns.dns_refresh_rate.map(|rate| (rate.seconds, rate.nanos)), Some((0, 250_000_000)));
    assert!(!dns.respect_dns_ttl);
    let expected = vec![("//".to_owned(), vec![("se.example.com".to_owned(), 80, 1)])];
    assert_eq!(listed(&cluster.load_assignment.unwrap_or_default()), expected);
}

/// K-038: names are looked up for IPv6 too, whose addresses are IPv4 ones in mapped form here.
#[test]
fn sockets_of_looked_up_names_may_reach_mapped_addresses() {
    let options = |spec: &str| {
        let cluster = cluster(&snapshot(Profile::Kgateway, &manifests(&one_rule(), spec)), KGATEWAY);
        cluster.upstream_bind_config.unwrap_or_default().socket_options
    };
    let of_names = options("resolution: DNS");
    let told: Vec<_> = of_names.iter().map(|option| (option.level, option.name, option.value.clone())).collect();
    assert_eq!(told, [(41, 26, Some(Value::IntValue(0)))]);
    assert_eq!(of_names[0].ip_version(), SocketIpVersion::Ipv6, "an IPv4 socket does not know the option");
    assert_eq!(options(STATIC), []);
}

/// Ejections are told to the workers when they happen, not up to a second later.
#[rstest]
#[case(Profile::Kgateway, KGATEWAY)]
#[case(Profile::Istio, ISTIO)]
fn changes_of_health_are_not_put_off(#[case] profile: Profile, #[case] name: &str) {
    let cluster = cluster(&snapshot(profile, &manifests(&one_rule(), STATIC)), name);
    let window = cluster.common_lb_config.and_then(|settings| settings.update_merge_window);
    assert_eq!(window.map(|window| (window.seconds, window.nanos)), Some((0, 0)));
}

fn forwarded(route: &Route) -> &RouteAction {
    match &route.action {
        Some(Action::Route(action)) => action,
        other => panic!("{other:?}"),
    }
}

/// K-130: an unresolved share goes to a cluster that does not exist, and that is answered with 500.
#[test]
fn k_130_an_unresolved_share_has_the_weight_that_is_written() {
    let rules = format!(
        "[{{ backendRefs: [{}, {{ name: nobody, port: 80, weight: 1 }}, {{ name: none, port: 80, weight: 0 }}] }}]",
        to_example(", weight: 9")
    );
    let snapshot = snapshot(Profile::Kgateway, &manifests(&rules, STATIC));
    let routes = routes(&snapshot);
    let action = forwarded(&routes[0]);
    let Some(ClusterSpecifier::WeightedClusters(shares)) = &action.cluster_specifier else { panic!("{action:?}") };
    let shares: Vec<_> = shares
        .clusters
        .iter()
        .map(|share| (share.name.as_str(), share.weight.map_or(0, |weight| weight.value)))
        .collect();
    assert_eq!(shares, [(KGATEWAY, 9), (BLACKHOLE, 1)]);
    assert_eq!(action.cluster_not_found_response_code, ClusterNotFoundResponseCode::InternalServerError as i32);
}

/// K-132: a rule without a share above 0 answers 500 by itself.
#[test]
fn k_132_a_rule_without_shares_answers_itself() {
    let rules = format!("[{{ backendRefs: [{}] }}]", to_example(", weight: 0"));
    let routes = routes(&snapshot(Profile::Kgateway, &manifests(&rules, STATIC)));
    let Some(Action::DirectResponse(reply)) = &routes[0].action else { panic!("{routes:?}") };
    assert_eq!(reply.status, 500);
}

/// Gateway API, HTTPRouteRule.matches: exact before prefix before expression, long before short, whatever the order written.
#[test]
fn matches_come_in_the_order_of_the_model() {
    let rule = |path: &str| format!("{{ matches: [{{ path: {path} }}], backendRefs: [{}] }}", to_example(""));
    let rules = [
        "{ type: PathPrefix, value: / }",
        "{ type: RegularExpression, value: '/a.*' }",
        "{ type: PathPrefix, value: /api/ }",
        "{ type: PathPrefix, value: /api/v1 }",
        "{ type: Exact, value: /api }",
    ];
    let rules = format!("[{}]", rules.map(rule).join(", "));
    let paths: Vec<_> = routes(&snapshot(Profile::Kgateway, &manifests(&rules, STATIC)))
        .into_iter()
        .map(|route| match route.r#match.and_then(|matched| matched.path_specifier) {
            Some(PathSpecifier::Path(path)) => format!("={path}"),
            Some(PathSpecifier::PathSeparatedPrefix(prefix)) => format!("{prefix}/*"),
            Some(PathSpecifier::Prefix(prefix)) => format!("{prefix}*"),
            Some(PathSpecifier::SafeRegex(expression)) => format!("~{}", expression.regex),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(paths, ["=/api", "/api/v1/*", "/api/*", "/*", "~/a.*"]);
}

/// Gateway API, HTTPPathModifier.replacePrefixMatch: a prefix goes with its slash when nothing takes its place.
#[rstest]
#[case("/foo", "/xyz", "/xyz", "")]
#[case("/foo/", "/xyz/", "/xyz", "")]
#[case("/", "/xyz", "/xyz/", "")]
#[case("/foo", "/", "", "^/foo/*")]
#[case("/a.b", "", "", r"^/a\.b/*")]
#[case("/", "/", "", "")]
fn a_prefix_is_replaced_by_elements(
    #[case] from: &str,
    #[case] to: &str,
    #[case] prefix: &str,
    #[case] expression: &str,
) {
    let rules = format!(
        "[{{ matches: [{{ path: {{ type: PathPrefix, value: '{from}' }} }}], filters: [{{ type: URLRewrite, urlRewrite: {{ \
         path: {{ type: ReplacePrefixMatch, replacePrefixMatch: '{to}' }} }} }}], backendRefs: [{}] }}]",
        to_example("")
    );
    let routes = routes(&snapshot(Profile::Kgateway, &manifests(&rules, STATIC)));
    let action = forwarded(&routes[0]);
    let pattern = action.regex_rewrite.clone().and_then(|edit| edit.pattern).map(|pattern| pattern.regex);
    assert_eq!((action.prefix_rewrite.as_str(), pattern.unwrap_or_default().as_str()), (prefix, expression));
}

/// What share of the requests a route takes of those that come as far as it; `None` for all.
fn fraction(route: &Route) -> Option<(u32, i32)> {
    let condition = route.r#match.as_ref().and_then(|condition| condition.runtime_fraction.as_ref())?;
    condition.default_value.map(|share| (share.numerator, share.denominator))
}

/// GW-HTTPBackendRef: weighted clusters know no redirects, so that each share is a route. One number decides about all
/// routes of a request: the second takes what is below its own weight and the first's.
#[test]
fn a_redirect_of_one_share_makes_a_route_of_each() {
    let redirect = ", weight: 1, filters: [{ type: RequestRedirect, requestRedirect: { hostname: other.test } }]";
    let rules = format!(
        "[{{ backendRefs: [{}, {}, {}, {}] }}]",
        to_example(redirect),
        to_example(", weight: 0"),
        to_example(", weight: 2"),
        to_example(", weight: 5")
    );
    let routes = routes(&snapshot(Profile::Kgateway, &manifests(&rules, STATIC)));
    let million = DenominatorType::Million as i32;
    let fractions: Vec<_> = routes.iter().map(fraction).collect();
    assert_eq!(fractions, [Some((125_000, million)), Some((375_000, million)), None]);
    assert!(matches!(&routes[0].action, Some(Action::Redirect(redirect)) if redirect.host_redirect == "other.test"));
    for served in &routes[1..] {
        assert_eq!(forwarded(served).cluster_specifier, Some(ClusterSpecifier::Cluster(KGATEWAY.to_owned())));
    }
}

/// Filters of a share are carried out after those of its rule; weighted clusters do it the other way round.
#[rstest]
#[case::nothing_else("", "", true)]
#[case::headers_of_the_rule(RULE, "", true)]
#[case::headers_of_a_share("", SHARE, true)]
#[case::both(RULE, SHARE, false)]
#[case::host("", ", filters: [{ type: URLRewrite, urlRewrite: { hostname: other.test } }]", true)]
#[case::path(
    "",
    ", filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /x } } }]",
    false
)]
#[case::copies(
    "",
    ", filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: none, port: 80 } } }]",
    false
)]
fn shares_are_one_weighted_route_where_that_says_it_all(
    #[case] of_rule: &str,
    #[case] of_share: &str,
    #[case] weighted: bool,
) {
    let rules = format!("[{{ {of_rule} backendRefs: [{}, {}] }}]", to_example(of_share), to_example(""));
    let routes = routes(&snapshot(Profile::Kgateway, &manifests(&rules, STATIC)));
    if weighted {
        let [only] = &routes[..] else { panic!("{routes:?}") };
        assert!(matches!(forwarded(only).cluster_specifier, Some(ClusterSpecifier::WeightedClusters(_))));
    } else {
        let fractions: Vec<_> = routes.iter().map(fraction).collect();
        assert_eq!(fractions, [Some((500_000, DenominatorType::Million as i32)), None]);
    }
}

/// The configuration says which one it is, so that it can be known to serve.
#[test]
fn every_generation_has_a_mark_of_its_own() {
    let model = model(Profile::Kgateway, &manifests(&one_rule(), STATIC));
    let mark = |generation| {
        let translation = sextant_xds::translate(&model, &crate::support::Here, crate::support::DNS, generation);
        let snapshot = translation.unwrap_or_else(|error| panic!("{error}")).snapshot;
        let routes = |name| snapshot.get(Kind::Routes, name).cloned();
        (routes(sextant_xds::MARK), routes("port-8080"))
    };
    let (first, second) = (mark(1), mark(2));
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1, "what did not change stays as it is");
}
