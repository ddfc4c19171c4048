//! K-080 to K-086: priorities from traffic distribution.

use rstest::rstest;
use sextant_routing::{GatewayIdentity, Locality, Options, Profile};

use crate::support::*;

const ENDPOINTS: &str = "resolution: STATIC, endpoints: [\
    {address: 1.1.1.1, locality: r1/z1/s1}, {address: 2.2.2.2, locality: r1/z1/s2}, \
    {address: 3.3.3.3, locality: r1/z2/s1}, {address: 4.4.4.4, locality: r2/z3/s1}, {address: 5.5.5.5}]";

fn entry(distribution: &str) -> String {
    let spec = format!("hosts: [a.example.com], ports: [{{number: 80}}], {ENDPOINTS}");
    service_entry(&format!("se, annotations: {{networking.istio.io/traffic-distribution: {distribution}}}"), &spec)
}

fn options(network: &str) -> Options {
    let gateway = GatewayIdentity {
        locality: Locality::parse("r1/z1/s1"),
        network: network.to_owned(),
        ..GatewayIdentity::default()
    };
    Options { gateway, ..Options::default() }
}

#[test]
fn k_080_without_distribution_all_are_equal() {
    let model = with(&[example(ENDPOINTS)], &options(""));
    assert!(only(&model).endpoints.iter().all(|endpoint| endpoint.priority == 0));
}

#[rstest]
#[case::k_082_close("PreferClose", ["1.1.1.1 p0", "2.2.2.2 p0", "5.5.5.5 p1", "3.3.3.3 p1", "4.4.4.4 p1"])]
#[case::k_082_any_case("prefersamezone", ["1.1.1.1 p0", "2.2.2.2 p0", "5.5.5.5 p1", "3.3.3.3 p1", "4.4.4.4 p1"])]
#[case::k_082_node("PreferSameNode", ["1.1.1.1 p0", "2.2.2.2 p2", "5.5.5.5 p3", "3.3.3.3 p3", "4.4.4.4 p3"])]
#[case::k_082_network("PreferNetwork", ["5.5.5.5 p0", "1.1.1.1 p0", "2.2.2.2 p0", "3.3.3.3 p0", "4.4.4.4 p0"])]
#[case::k_082_other("Nonsense", ["5.5.5.5 p0", "1.1.1.1 p0", "2.2.2.2 p0", "3.3.3.3 p0", "4.4.4.4 p0"])]
fn k_083_the_first_difference_ranks(#[case] distribution: &str, #[case] expected: [&str; 5]) {
    let model = with(&[entry(distribution)], &options(""));
    assert_eq!(priorities(only(&model)), expected);
}

#[test]
fn k_084_k_085_a_network_on_one_side_only_ranks_all_last_and_gaps_stay() {
    let model = with(&[entry("PreferSameZone")], &options("east"));
    assert!(only(&model).endpoints.iter().all(|endpoint| endpoint.priority == 3));
}

#[test]
fn d_22_istio_compacts_and_looks_past_the_network() {
    let istio = Options { profile: Profile::Istio, ..options("east") };
    let model = with(&[entry("PreferSameZone")], &istio);
    let expected = ["1.1.1.1 p0", "2.2.2.2 p0", "3.3.3.3 p1", "5.5.5.5 p2", "4.4.4.4 p2"];
    assert_eq!(priorities(only(&model)), expected);
}

#[test]
fn d_23_a_gateway_without_labels_ranks_nothing_under_istio() {
    let bare = Options { profile: Profile::Istio, ..Options::default() };
    let model = with(&[entry("PreferSameZone")], &bare);
    assert!(only(&model).endpoints.iter().all(|endpoint| endpoint.priority == 0));
}

#[test]
fn d_24_the_namespace_distribution_counts_under_istio_only() {
    let documents = [
        example(ENDPOINTS),
        namespace("gwtest", "annotations: {networking.istio.io/traffic-distribution: PreferClose}"),
    ];
    let highest = |options: &Options| {
        let model = with(&documents, options);
        only(&model).endpoints.iter().map(|endpoint| endpoint.priority).max()
    };
    assert_eq!(highest(&options("")), Some(0));
    assert_eq!(highest(&Options { profile: Profile::Istio, ..options("") }), Some(2));
}
