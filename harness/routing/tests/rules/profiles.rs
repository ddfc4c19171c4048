//! Differences between the profiles (kgateway.md, 4.1) that no other file shows.

use rstest::rstest;
use sextant_resources::Hostname;
use sextant_routing::{Discovery, Options, Profile, Settings};

use crate::support::*;

#[test]
fn d_08_istio_selects_workloads_for_dns_and_names_may_be_looked_up() {
    let documents = [
        example("resolution: DNS, workloadSelector: {labels: {app: x}}"),
        workload_entry("vm, labels: {app: x}", "address: vm.example.com"),
        pod("p, labels: {app: x}", "10.0.0.1", ""),
    ];
    let istio = istio(&documents);
    assert_eq!(only(&istio).discovery, Discovery::Dns);
    assert_eq!(addresses(only(&istio)), ["10.0.0.1:80", "vm.example.com:80"]);
    assert_eq!(addresses(only(&model(&documents))), ["se.example.com:80"]);
}

#[test]
fn i_040_a_dns_selector_that_selects_nothing_does_not_fall_back_to_the_host() {
    let istio = istio(&[example("resolution: DNS, workloadSelector: {labels: {app: x}}")]);
    assert!(only(&istio).endpoints.is_empty());
}

#[rstest]
#[case::i_045_bare("resolution: NONE", Discovery::None, &[])]
#[case::i_055_selected("resolution: NONE, workloadSelector: {labels: {app: x}}", Discovery::Workloads, &["10.0.0.1:80"])]
fn d_13_none_is_a_backend_under_istio(#[case] spec: &str, #[case] discovery: Discovery, #[case] expected: &[&str]) {
    let istio = istio(&[example(spec), pod("p, labels: {app: x}", "10.0.0.1", "")]);
    assert_eq!(only(&istio).discovery, discovery);
    assert_eq!(addresses(only(&istio)), expected);
}

#[rstest]
#[case::k_022(Profile::Kgateway, true, Discovery::None, Some(503))]
#[case::i_108_a_gateway_has_no_filter(Profile::Istio, false, Discovery::None, Some(503))]
#[case::i_107(Profile::Istio, true, Discovery::DynamicDns, None)]
fn d_14_dynamic_dns_needs_a_proxy_that_looks_up_requests(
    #[case] profile: Profile,
    #[case] dynamic_forward_proxy: bool,
    #[case] discovery: Discovery,
    #[case] status: Option<u16>,
) {
    let settings = Settings { dynamic_forward_proxy, ..Settings::default() };
    let spec = "hosts: ['*.example.com'], ports: [{number: 80, name: http}], resolution: DYNAMIC_DNS";
    let reference = "group: networking.istio.io, kind: Hostname, name: '*.example.com', port: 80";
    let documents = [service_entry("dynamic", spec), route_to("r", reference)];
    let model = with(&documents, &Options { profile, settings, ..Options::default() });
    assert_eq!(only(&model).discovery, discovery);
    let target = &model.routes[0].rules[0].targets[0].target;
    assert_eq!(model.outcome(target).status().map(|status| status.as_u16()), status);
}

#[rstest]
#[case("*.example.com", "a.example.com", true)]
#[case("*.example.com", "a.b.example.com", true)]
#[case("*.example.com", "A.EXAMPLE.com.", true)]
#[case("*.example.com", "example.com", false)]
#[case("*.example.com", ".example.com", false)]
#[case("*.example.com", "a.example.org", false)]
#[case::i_016("*-eu.example.com", "a-eu.example.com", true)]
#[case::i_016_other_suffix("*-eu.example.com", "a.example.com", false)]
#[case("a.example.com", "a.example.com", false)]
fn i_107_a_wildcard_covers_the_names_that_requests_may_have(
    #[case] host: &str,
    #[case] name: &str,
    #[case] covered: bool,
) {
    let settings = Settings { dynamic_forward_proxy: true, ..Settings::default() };
    let options = Options { profile: Profile::Istio, settings, ..Options::default() };
    let entry = |resolution: &str| {
        service_entry("dynamic", &format!("hosts: ['{host}'], ports: [{{number: 80}}], resolution: {resolution}"))
    };
    let name = Hostname::new(name);
    assert_eq!(only(&with(&[entry("DYNAMIC_DNS")], &options)).covers(&name), covered);
    assert!(!only(&with(&[entry("DNS")], &options)).covers(&name));
}

#[rstest]
#[case("Succeeded")]
#[case("Failed")]
fn d_17_a_pod_that_has_ended_is_no_endpoint_under_istio(#[case] phase: &str) {
    let status = format!("phase: {phase}, podIP: 10.0.0.1, conditions: [{{type: Ready, status: 'True'}}]");
    let documents = [
        example("resolution: STATIC, workloadSelector: {labels: {app: x}}"),
        pod_with("p, labels: {app: x}", "", &status),
    ];
    assert_eq!(excluded(only(&istio(&documents))), ["p NotReady K-075"]);
    assert_eq!(addresses(only(&model(&documents))), ["10.0.0.1:80"]);
}

#[test]
fn i_072_istio_reads_a_pods_locality_label_and_old_node_labels() {
    let documents = [
        example("resolution: STATIC, workloadSelector: {labels: {app: x}}"),
        node("old", "failure-domain.beta.kubernetes.io/region: r1, failure-domain.beta.kubernetes.io/zone: z1"),
        pod("a, labels: {app: x}", "10.0.0.1", "old"),
        pod("b, labels: {app: x, istio-locality: r2.z2.s2}", "10.0.0.2", "old"),
    ];
    let localities = |model: &sextant_routing::Model| {
        let mut list: Vec<_> = only(model).endpoints.iter().map(|e| format!("{} {}", e.address, e.locality)).collect();
        list.sort();
        list
    };
    assert_eq!(localities(&istio(&documents)), ["10.0.0.1 r1/z1", "10.0.0.2 r2/z2/s2"]);
    assert_eq!(localities(&model(&documents)), ["10.0.0.1 ", "10.0.0.2 "]);
}
