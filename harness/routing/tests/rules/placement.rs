//! K-061 to K-068: labels, locality and network of an endpoint.

use rstest::rstest;

use crate::support::*;

const SELECT: &str = "resolution: STATIC, workloadSelector: {labels: {app: x}}";
const REGION: &str = "topology.kubernetes.io/region";

#[test]
fn k_061_spec_labels_win_over_metadata() {
    let documents = [
        example(SELECT),
        workload_entry("vm, labels: {app: x, a: meta, b: meta}", "address: 1.1.1.1, labels: {a: spec, c: spec}"),
    ];
    let labels = |model: &sextant_routing::Model| {
        ["a", "b", "c", "app"].map(|key| only(model).endpoints[0].labels.get(key).cloned().unwrap_or_default())
    };
    assert_eq!(labels(&model(&documents)), ["spec", "meta", "spec", "x"]);
    // D-07.
    assert_eq!(labels(&istio(&documents)), ["meta", "meta", "spec", "x"]);
}

#[rstest]
#[case("r1/z1/sz1", ["r1", "z1", "sz1"])]
#[case("r1", ["r1", "", ""])]
#[case("r1/z1", ["r1", "z1", ""])]
#[case::i_071("r1/z1/sz1/extra/more", ["r1", "z1", "sz1"])]
#[case("/z1", ["", "z1", ""])]
#[case(" r1 / z1 ", [" r1 ", " z1 ", ""])]
fn k_062_locality_is_split_leniently(#[case] text: &str, #[case] parts: [&str; 3]) {
    let spec = format!("resolution: STATIC, endpoints: [{{address: 1.1.1.1, locality: '{text}'}}]");
    let model = model(&[example(&spec)]);
    let locality = &only(&model).endpoints[0].locality;
    assert_eq!([&locality.region, &locality.zone, &locality.subzone], parts);
}

const TOPOLOGY: &str =
    "topology.kubernetes.io/region: r9, topology.kubernetes.io/zone: z9, topology.istio.io/subzone: s9";

#[rstest]
#[case::labels(TOPOLOGY, "", "r9/z9/s9", "")]
#[case::field_wins(TOPOLOGY, ", locality: r1/z1", "r1/z1", "r1/z1")]
#[case::k_063_istio_locality("istio-locality: r1.z1.s1", "", "", "r1/z1/s1")]
#[case::d_18_new_label("topology.istio.io/locality: r2.z2, istio-locality: r1", "", "", "r2/z2")]
#[case::d_18_slashes("istio-locality: r1.a/z1", "", "", "r1.a/z1")]
fn k_063_locality_from_labels(
    #[case] labels: &str,
    #[case] field: &str,
    #[case] kgateway: &str,
    #[case] istio_says: &str,
) {
    let spec = format!("resolution: STATIC, endpoints: [{{address: 1.1.1.1, labels: {{{labels}}}{field}}}]");
    let documents = [example(&spec)];
    assert_eq!(only(&model(&documents)).endpoints[0].locality.to_string(), kgateway);
    // D-18.
    assert_eq!(only(&istio(&documents)).endpoints[0].locality.to_string(), istio_says);
}

#[test]
fn k_064_locality_is_written_back_to_the_labels() {
    let spec = format!(
        "resolution: STATIC, endpoints: [{{address: 1.1.1.1, locality: r1, \
         labels: {{{REGION}: old, topology.kubernetes.io/zone: kept}}}}]"
    );
    let model = model(&[example(&spec)]);
    let labels = &only(&model).endpoints[0].labels;
    assert_eq!(labels[REGION], "r1");
    assert_eq!(labels["topology.kubernetes.io/zone"], "kept");
}

#[rstest]
#[case::from_node("n1", "r1/z1/s1", "r1")]
#[case::unlabelled_node("n2", "", "own")]
#[case::unknown_node("n3", "", "own")]
#[case::unscheduled("", "", "own")]
fn k_065_a_pods_locality_comes_from_its_node_only(#[case] on: &str, #[case] locality: &str, #[case] region: &str) {
    let model = model(&[
        example(SELECT),
        node("n1", "topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1, topology.istio.io/subzone: s1"),
        node("n2", ""),
        pod(&format!("p, labels: {{app: x, {REGION}: own}}"), "10.0.0.1", on),
    ]);
    let endpoint = &only(&model).endpoints[0];
    assert_eq!(endpoint.locality.to_string(), locality);
    assert_eq!(endpoint.labels[REGION], region);
}

#[rstest]
#[case::field("network: field", "topology.istio.io/network: label", "field")]
#[case::label("", "topology.istio.io/network: label", "label")]
#[case::system_namespace("", "", "system")]
fn k_066_network_precedence(#[case] field: &str, #[case] labels: &str, #[case] network: &str) {
    let system = namespace("istio-system", "labels: {topology.istio.io/network: system}");
    let spec = format!("resolution: STATIC, endpoints: [{{address: 1.1.1.1, labels: {{{labels}}}, {field}}}]");
    let documents = [example(&spec), system];
    let model = model(&documents);
    let endpoint = &only(&model).endpoints[0];
    assert_eq!(endpoint.network, network);
    assert_eq!(endpoint.labels["topology.istio.io/network"], network);
    // I-075: only the field decides.
    let only_field = if network == "field" { "field" } else { "" };
    assert_eq!(only(&istio(&documents)).endpoints[0].network, only_field);
}

#[test]
fn k_066_pods_have_the_default_network_and_hosts_have_none() {
    let dns = service_entry("dns", "hosts: [d.example.com], ports: [{number: 80}], resolution: DNS");
    let model = model(&[
        namespace("istio-system", "labels: {topology.istio.io/network: system}"),
        example(SELECT),
        dns,
        pod("p, labels: {app: x}", "10.0.0.1", ""),
    ]);
    assert_eq!(model.backends[0].endpoints[0].network, "");
    assert_eq!(model.backends[1].endpoints[0].network, "system");
}

#[test]
fn k_068_the_redirection_annotation_is_a_label_of_pods() {
    let model = model(&[
        example(SELECT),
        pod("p, labels: {app: x}, annotations: {ambient.istio.io/redirection: enabled}", "10.0.0.1", ""),
    ]);
    assert_eq!(only(&model).endpoints[0].labels["ambient.istio.io/redirection"], "enabled");
}

#[test]
fn i_011_labels_of_the_service_entry_are_not_those_of_its_endpoints() {
    let spec = "hosts: [a.example.com], ports: [{number: 80}], resolution: STATIC, \
                endpoints: [{address: 1.1.1.1, labels: {own: endpoint}}]";
    let documents = [service_entry("se, labels: {app: se, own: entry}", spec)];
    for model in [model(&documents), istio(&documents)] {
        let labels = &only(&model).endpoints[0].labels;
        assert_eq!((labels.get("app"), labels.get("own").map(String::as_str)), (None, Some("endpoint")));
    }
}
