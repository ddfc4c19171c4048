//! D-15, D-19, I-044, I-051, I-123 to I-131: unix sockets and endpoints of other networks.

use rstest::rstest;
use sextant_resources::Hostname;
use sextant_routing::{
    DnsAnswers, EndpointAddress, GatewayIdentity, Locality, Model, NetworkGateway, Options, Profile, expand, undialable,
};

use crate::support::*;

#[rstest]
#[case::k_050(Profile::Kgateway, "STATIC", &[], &["#0 NotAnIPAddress K-050"])]
#[case::i_044(Profile::Istio, "STATIC", &["unix:///run/app.sock:0"], &[])]
#[case::i_028_before_ports(Profile::Istio, "DNS", &["unix:///run/app.sock:0"], &[])]
fn an_inline_unix_socket(
    #[case] profile: Profile,
    #[case] resolution: &str,
    #[case] expected: &[&str],
    #[case] left_out: &[&str],
) {
    let spec =
        format!("resolution: {resolution}, endpoints: [{{address: 'unix:///run/app.sock', ports: {{http: 9}}}}]");
    let model = with(&[example(&spec)], &Options { profile, ..Options::default() });
    assert_eq!(addresses(only(&model)), expected);
    assert_eq!(excluded(only(&model)), left_out);
    assert!(expand(only(&model), &DnsAnswers::new()).is_empty(), "it cannot be dialled");
    let told: Vec<_> = undialable(only(&model)).iter().map(|e| format!("{} {}", e.reason, e.rule)).collect();
    assert_eq!(told, vec!["UnixSocket I-044"; expected.len()]);
}

#[rstest]
#[case::socket_static("unix:///x", "STATIC", &[], &["vm NotAnIPAddress K-050"])]
#[case::socket_dns("unix://@x", "DNS", &["unix://@x:0"], &[])]
#[case::name_static("vm.test", "STATIC", &[], &["vm NotAnIPAddress K-047"])]
#[case::name_dns("vm.test", "DNS", &["vm.test:80"], &[])]
#[case::name_round_robin("vm.test", "DNS_ROUND_ROBIN", &["vm.test:80"], &[])]
#[case::address_dns("1.1.1.1", "DNS", &["1.1.1.1:80"], &[])]
fn i_051_which_workload_entries_a_resolution_takes(
    #[case] address: &str,
    #[case] resolution: &str,
    #[case] expected: &[&str],
    #[case] left_out: &[&str],
) {
    let documents = [
        example(&format!("resolution: {resolution}, workloadSelector: {{labels: {{app: x}}}}")),
        workload_entry("vm, labels: {app: x}", &format!("address: '{address}'")),
    ];
    let model = istio(&documents);
    assert_eq!(addresses(only(&model)), expected);
    assert_eq!(excluded(only(&model)), left_out);
}

/// Network far has two gateways, named a third with a name; the gateway is in network home.
fn resolved(profile: Profile, own: &str, documents: &[String]) -> Model {
    let gateway = |network: &str, address: &str| NetworkGateway {
        network: network.to_owned(),
        address: address.parse().map_or_else(|_| EndpointAddress::Name(Hostname::new(address)), EndpointAddress::Ip),
        port: 15443,
    };
    let mut options = Options { profile, ..Options::default() };
    options.gateway =
        GatewayIdentity { network: own.to_owned(), locality: Locality::parse("r1"), ..GatewayIdentity::default() };
    options.settings.network_gateways =
        vec![gateway("far", "9.9.9.1"), gateway("far", "9.9.9.2"), gateway("named", "gw.test")];
    with(documents, &options)
}

/// `1.1.1.1:80 w1`, for every endpoint in order.
fn weighed(model: &Model) -> Vec<String> {
    let line =
        |endpoint: &sextant_routing::Endpoint| format!("{}:{} w{}", endpoint.address, endpoint.port, endpoint.weight);
    only(model).endpoints.iter().map(line).collect()
}

const GATEWAYS: &[&str] = &["9.9.9.1:15443 w1", "9.9.9.2:15443 w1"];

#[rstest]
#[case::i_124_same_network("home", "address: 1.1.1.1, network: home, serviceAccount: a", &["1.1.1.1:80 w2"], &[])]
#[case::i_124_no_network("home", "address: 1.1.1.1, serviceAccount: a", &["1.1.1.1:80 w2"], &[])]
#[case::i_124_no_gateway_known("home", "address: 1.1.1.1, network: lone, serviceAccount: a", &["1.1.1.1:80 w2"], &[])]
#[case::i_127("home", "address: 1.1.1.1, network: far, serviceAccount: a", GATEWAYS, &["#0 BehindNetworkGateway I-127"])]
#[case::i_076_no_address("home", "network: far, serviceAccount: a", GATEWAYS, &["#0 BehindNetworkGateway I-127"])]
#[case::i_126_own_unknown("", "address: 1.1.1.1, network: far, serviceAccount: a", GATEWAYS, &["#0 BehindNetworkGateway I-127"])]
#[case::i_125_no_address_here("home", "network: home, serviceAccount: a", &[], &["#0 NoAddress K-048"])]
#[case::i_125_no_gateway_no_address("home", "network: lone, serviceAccount: a", &[], &["#0 NoAddress K-048"])]
#[case::i_127_label("home", "network: far, labels: {security.istio.io/tlsMode: istio}", GATEWAYS, &["#0 BehindNetworkGateway I-127"])]
#[case::i_127_plaintext("home", "network: far", &[], &["#0 UnreachableNetwork I-127"])]
#[case::i_060_the_label_decides("home", "network: far, serviceAccount: a, labels: {security.istio.io/tlsMode: disabled}", &[], &["#0 UnreachableNetwork I-127"])]
#[case::i_129_i_130_a_name("home", "network: named, serviceAccount: a", &[], &["#0 UnreachableNetwork I-127"])]
fn d_19_how_a_network_is_reached(
    #[case] own: &str,
    #[case] endpoint: &str,
    #[case] expected: &[&str],
    #[case] left_out: &[&str],
) {
    let documents = [example(&format!("resolution: STATIC, endpoints: [{{{endpoint}}}]"))];
    let model = resolved(Profile::Istio, own, &documents);
    assert_eq!(weighed(&model), expected);
    assert_eq!(excluded(only(&model)), left_out);
}

#[rstest]
#[case::kgateway_never(Profile::Kgateway, &["1.1.1.1:80"])]
#[case::istio(Profile::Istio, &["9.9.9.1:15443", "9.9.9.2:15443"])]
fn d_19_k_048_only_istio_goes_through_gateways(#[case] profile: Profile, #[case] expected: &[&str]) {
    let spec = "resolution: STATIC, endpoints: [{address: 1.1.1.1, network: far, serviceAccount: a}, {network: far}]";
    assert_eq!(addresses(only(&resolved(profile, "home", &[example(spec)]))), expected);
}

#[test]
fn i_123_without_known_gateways_every_network_is_direct() {
    let spec = "resolution: STATIC, endpoints: [{address: 1.1.1.1, network: far}]";
    assert_eq!(addresses(only(&istio(&[example(spec)]))), ["1.1.1.1:80"]);
}

#[test]
fn i_128_weights_are_scaled_split_and_merged_by_locality() {
    let spec = "resolution: STATIC, endpoints: [\
        {address: 1.1.1.1, weight: 3}, \
        {address: 2.2.2.2, network: far, serviceAccount: a, weight: 2, locality: r1}, \
        {network: far, serviceAccount: a, locality: r1}, \
        {network: far, serviceAccount: a, locality: r2}]";
    let model = resolved(Profile::Istio, "home", &[example(spec)]);
    let expected = ["1.1.1.1:80 w6", "9.9.9.1:15443 w3", "9.9.9.2:15443 w3", "9.9.9.1:15443 w1", "9.9.9.2:15443 w1"];
    assert_eq!(weighed(&model), expected);
    let localities: Vec<_> = only(&model).endpoints.iter().map(|e| e.locality.to_string()).collect();
    assert_eq!(localities, ["", "r1", "r1", "r2", "r2"], "I-131");
}

/// Of the two gateways of network mixed, one has a name.
fn mixed(documents: &[String]) -> Vec<String> {
    let gateway = |address: EndpointAddress| NetworkGateway { network: "mixed".to_owned(), address, port: 15443 };
    let mut options = Options { profile: Profile::Istio, ..Options::default() };
    let dialled = gateway(EndpointAddress::Ip("9.9.9.1".parse().unwrap()));
    let named = gateway(EndpointAddress::Name(Hostname::new("gw.test")));
    options.settings.network_gateways = vec![dialled.clone(), named, dialled];
    weighed(&with(documents, &options))
}

#[rstest]
#[case::one_can_be_used("STATIC", "1.1.1.1", &["1.1.1.1:80 w6", "9.9.9.1:15443 w2"])]
#[case::both_can("DNS", "a.test", &["9.9.9.1:15443 w1", "a.test:80 w6", "gw.test:15443 w1"])]
fn i_128_i_129_the_usable_gateways_share_the_whole_weight(
    #[case] resolution: &str,
    #[case] near: &str,
    #[case] expected: &[&str],
) {
    let spec = format!(
        "resolution: {resolution}, endpoints: [{{address: {near}, weight: 3}}, {{network: mixed, serviceAccount: a}}]"
    );
    let mut found = mixed(&[example(&spec)]);
    found.sort();
    assert_eq!(found, expected);
}

/// Three declarations of one host: two select the same workload, and the third has one more behind the same gateways.
#[test]
fn i_078_i_128_what_declarations_of_a_host_share_counts_once_behind_a_gateway() {
    let spec = |endpoints: &str| {
        format!("hosts: [se.example.com], ports: [{{number: 80, name: http}}], resolution: STATIC, {endpoints}")
    };
    let selects = spec("workloadSelector: {labels: {app: x}}");
    let documents = [
        service_entry("a", &selects),
        service_entry("b", &selects),
        service_entry("c", &spec("endpoints: [{network: far, serviceAccount: a, weight: 2}]")),
        workload_entry("vm, labels: {app: x}", "network: far, serviceAccount: a, weight: 4"),
    ];
    let model = resolved(Profile::Istio, "home", &documents);
    let serving = &model.backends[0];
    let weights: Vec<_> = serving.endpoints.iter().map(|e| format!("{} w{}", e.address, e.weight)).collect();
    assert_eq!(weights, ["9.9.9.1 w6", "9.9.9.2 w6"]);
    assert_eq!(excluded(serving), ["#0 BehindNetworkGateway I-127", "vm BehindNetworkGateway I-127"]);
    assert_eq!(excluded(&model.backends[1]), ["vm Shadowed I-083"], "once, though it has two gateways");
}

#[rstest]
#[case::i_127("network: far, serviceAccount: a", &["9.9.9.1:15443 w1", "9.9.9.2:15443 w1"], &["vm BehindNetworkGateway I-127"])]
#[case::i_127_plaintext("address: 1.1.1.1, network: far", &[], &["vm UnreachableNetwork I-127"])]
#[case::i_124("address: 1.1.1.1, network: home", &["1.1.1.1:80 w2"], &[])]
fn i_057_a_service_reaches_workload_entries_of_other_networks_through_their_gateways(
    #[case] entry: &str,
    #[case] expected: &[&str],
    #[case] left_out: &[&str],
) {
    let documents = [
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: gwtest}\n\
         spec: {selector: {app: x}, ports: [{name: http, port: 80}]}\n"
            .to_owned(),
        workload_entry("vm, labels: {app: x}", entry),
    ];
    let model = resolved(Profile::Istio, "home", &documents);
    assert_eq!(weighed(&model), expected);
    assert_eq!(excluded(only(&model)), left_out);
}

#[test]
fn i_063_sums_of_weights_stop_at_the_largest() {
    let spec = "resolution: STATIC, endpoints: [\
        {address: 2.2.2.2, network: far, serviceAccount: a, weight: 4294967295}, \
        {address: 3.3.3.3, network: far, serviceAccount: a, weight: 4294967295}, \
        {address: 4.4.4.4, network: far, serviceAccount: a, weight: 4294967295}]";
    let model = resolved(Profile::Istio, "home", &[example(spec)]);
    // Twice the largest is the largest, of which each of two gateways has half, three times.
    assert_eq!(weighed(&model), ["9.9.9.1:15443 w4294967295", "9.9.9.2:15443 w4294967295"]);
}

#[test]
fn i_130_a_named_gateway_serves_backends_that_look_names_up() {
    let spec = "resolution: DNS, endpoints: [{address: a.test, network: named, serviceAccount: a}]";
    assert_eq!(addresses(only(&resolved(Profile::Istio, "home", &[example(spec)]))), ["gw.test:15443"]);
}

#[test]
fn i_131_a_gateway_keeps_the_locality_but_not_the_labels_of_what_is_behind_it() {
    let dr = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: dr, namespace: gwtest}\n\
        spec: {host: se.example.com, trafficPolicy: {outlierDetection: {}, \
        loadBalancer: {localityLbSetting: {failoverPriority: [topology.kubernetes.io/region]}}}}\n";
    let spec = "resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1}, \
        {network: far, serviceAccount: a, locality: r1}]";
    let ranked = |documents: &[String]| priorities(only(&resolved(Profile::Istio, "home", documents)));
    assert_eq!(ranked(&[example(spec), dr.to_owned()]), ["1.1.1.1 p0", "9.9.9.1 p1", "9.9.9.2 p1"]);
    let by_locality = dr.replace("failoverPriority: [topology.kubernetes.io/region]", "");
    assert_eq!(ranked(&[example(spec), by_locality]), ["1.1.1.1 p0", "9.9.9.1 p0", "9.9.9.2 p0"]);
}
