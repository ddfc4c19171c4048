//! K-045 to K-060: from candidates to endpoints.

use rstest::rstest;
use sextant_routing::{EndpointSource, ExclusionReason};

use crate::support::*;

#[test]
fn k_031_the_documented_static_entry() {
    let model = model(&[example(
        "resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1/z1/sz1}, \
         {address: 2.2.2.2, locality: r1/z1/sz1}, {address: 3.3.3.3, locality: r3/z3/sz3}]",
    )]);
    let backend = only(&model);
    assert_eq!(addresses(backend), ["1.1.1.1:80", "2.2.2.2:80", "3.3.3.3:80"]);
    let localities: Vec<_> = backend.endpoints.iter().map(|endpoint| endpoint.locality.to_string()).collect();
    assert_eq!(localities, ["r1/z1/sz1", "r1/z1/sz1", "r3/z3/sz3"]);
    assert!(backend.endpoints.iter().all(|endpoint| endpoint.weight.get() == 1 && endpoint.priority == 0));
    assert!(backend.excluded.is_empty());
}

#[test]
fn k_057_endpoints_are_listed_by_locality_then_address_as_a_number() {
    let model = model(&[example(
        "resolution: STATIC, endpoints: [{address: 10.0.0.1}, {address: 9.0.0.1, locality: r2}, {address: 9.0.0.1}, {address: 'fd00::1'}]",
    )]);
    assert_eq!(addresses(only(&model)), ["9.0.0.1:80", "10.0.0.1:80", "fd00::1:80", "9.0.0.1:80"]);
}

#[test]
fn k_045_every_host_serves_each_hosts_backend() {
    let spec = "hosts: [b.example.com, a.example.com], ports: [{number: 80, targetPort: 8080}], resolution: DNS";
    let documents = [service_entry("se", spec)];
    for backend in &model(&documents).backends {
        assert_eq!(addresses(backend), ["a.example.com:8080", "b.example.com:8080"], "{}", backend.id);
        assert!(matches!(backend.endpoints[0].source, EndpointSource::Host(_)));
    }
    // D-11.
    let own: Vec<_> = istio(&documents).backends.iter().map(addresses).collect();
    assert_eq!(own, [["a.example.com:8080"], ["b.example.com:8080"]]);
}

#[test]
fn k_046_dns_endpoints_replace_the_host_and_may_be_names_or_addresses() {
    let model = model(&[example(
        "resolution: DNS, endpoints: [{address: Foo.Example.com.}, {address: 1.2.3.4}, {address: 'fd00::1'}]",
    )]);
    assert_eq!(addresses(only(&model)), ["1.2.3.4:80", "fd00::1:80", "foo.example.com:80"]);
}

#[rstest]
#[case::k_047_name("STATIC", "address: vm.example.com", ExclusionReason::NotAnIPAddress, "K-047")]
#[case::k_047_cidr("STATIC", "address: 10.0.0.0/8", ExclusionReason::NotAnIPAddress, "K-047")]
#[case::k_047_port("STATIC", "address: '10.0.0.1:80'", ExclusionReason::NotAnIPAddress, "K-047")]
#[case::k_047_brackets("STATIC", "address: '[::1]'", ExclusionReason::NotAnIPAddress, "K-047")]
#[case::k_049_name_with_network(
    "STATIC",
    "address: vm.example.com, network: n1",
    ExclusionReason::NotAnIPAddress,
    "K-047"
)]
#[case::k_048_nothing("STATIC", "weight: 1", ExclusionReason::NoAddress, "K-048")]
#[case::k_048_network("STATIC", "network: n1", ExclusionReason::NoAddress, "K-048")]
#[case::k_048_dns("DNS", "network: n1", ExclusionReason::NoAddress, "K-048")]
#[case::k_050_path("STATIC", "address: 'unix:///run/x.sock'", ExclusionReason::NotAnIPAddress, "K-050")]
#[case::k_050_dns_path("DNS", "address: 'unix:///run/x.sock'", ExclusionReason::NotAnIPAddress, "K-050")]
fn what_cannot_be_dialled_is_excluded(
    #[case] resolution: &str,
    #[case] endpoint: &str,
    #[case] reason: ExclusionReason,
    #[case] rule: &str,
) {
    let spec = format!("resolution: {resolution}, endpoints: [{{{endpoint}}}, {{address: 9.9.9.9}}]");
    let model = model(&[example(&spec)]);
    assert_eq!(addresses(only(&model)), ["9.9.9.9:80"]);
    assert_eq!(excluded(only(&model)), [format!("#0 {reason} {rule}")]);
}

#[rstest]
#[case::number("", "", 80)]
#[case::target(", targetPort: 8080", "", 8080)]
#[case::zero_target(", targetPort: 0", "", 80)]
#[case::named(", targetPort: 8080", ", ports: {http: 9090}", 9090)]
#[case::zero_override(", targetPort: 8080", ", ports: {http: 0}", 8080)]
#[case::k_052_other_name(", targetPort: 8080", ", ports: {https: 9090}", 8080)]
#[case::k_052_number_as_name(", targetPort: 8080", ", ports: {'80': 9090}", 8080)]
#[case::k_052_case(", targetPort: 8080", ", ports: {HTTP: 9090}", 8080)]
fn k_051_port_precedence(#[case] target: &str, #[case] overrides: &str, #[case] port: u16) {
    let spec = format!(
        "hosts: [a.example.com], ports: [{{number: 80, name: http{target}}}], resolution: STATIC, \
         endpoints: [{{address: 1.1.1.1{overrides}}}]"
    );
    let model = model(&[service_entry("se", &spec)]);
    assert_eq!(addresses(only(&model)), [format!("1.1.1.1:{port}")]);
}

#[rstest]
#[case(65_536)]
#[case(70_000)]
#[case(u32::MAX)]
fn k_051_an_override_that_is_no_port_excludes(#[case] port: u32) {
    let model =
        model(&[example(&format!("resolution: STATIC, endpoints: [{{address: 1.1.1.1, ports: {{http: {port}}}}}]"))]);
    assert_eq!(excluded(only(&model)), ["#0 InvalidPort K-051"]);
    assert!(only(&model).excluded[0].message.contains(&port.to_string()));
}

#[test]
fn k_051_each_port_has_its_own_override() {
    let spec = "hosts: [a.example.com], ports: [{number: 80, name: http}, {number: 443, name: https}], \
                resolution: STATIC, endpoints: [{address: 1.1.1.1, ports: {http: 8080, https: 8443}}]";
    let got: Vec<_> = model(&[service_entry("se", spec)]).backends.iter().map(addresses).collect();
    assert_eq!(got, [["1.1.1.1:8080"], ["1.1.1.1:8443"]]);
}

#[test]
fn k_054_pods_know_no_override() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: gwtest, labels: {app: x}}\n\
               spec: {containers: [{ports: [{name: http, containerPort: 9090}]}]}\n\
               status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}\n";
    let entry = service_entry(
        "se",
        "hosts: [a.example.com], ports: [{number: 80, name: http, targetPort: 8080}], resolution: STATIC, \
         workloadSelector: {labels: {app: x}}",
    );
    let documents = [entry, pod.to_owned()];
    assert_eq!(addresses(only(&model(&documents))), ["10.0.0.1:8080"]);
    // I-034.
    assert_eq!(addresses(only(&istio(&documents))), ["10.0.0.1:9090"]);
}

#[rstest]
#[case("", 1)]
#[case(", weight: 0", 1)]
#[case(", weight: 5", 5)]
#[case(", weight: 4294967295", u32::MAX)]
fn k_055_weight(#[case] written: &str, #[case] weight: u32) {
    let model = model(&[example(&format!("resolution: STATIC, endpoints: [{{address: 1.1.1.1{written}}}]"))]);
    assert_eq!(only(&model).endpoints[0].weight.get(), weight);
}

#[test]
fn k_060_equal_addresses_are_kept_apart() {
    let model = model(&[example("resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.1, weight: 2}]")]);
    assert_eq!(addresses(only(&model)), ["1.1.1.1:80", "1.1.1.1:80"]);
}

#[test]
fn a_message_says_what_to_do() {
    let spec = "resolution: STATIC, endpoints: [{address: vm.example.com}, {network: n1}]";
    let model = model(&[example(spec)]);
    let messages: Vec<_> = only(&model).excluded.iter().map(|excluded| excluded.message.as_str()).collect();
    assert!(messages[0].contains("vm.example.com") && messages[0].contains("DNS"), "{messages:?}");
    assert!(messages[1].contains("n1") && messages[1].contains("address"), "{messages:?}");
}

#[test]
fn i_038_names_and_addresses_mix_under_dns() {
    for resolution in ["DNS", "DNS_ROUND_ROBIN"] {
        let listed =
            |endpoints: &str| istio(&[example(&format!("resolution: {resolution}, endpoints: [{endpoints}]"))]);
        assert_eq!(addresses(only(&listed("{address: 1.1.1.1}"))), ["1.1.1.1:80"]);
        assert_eq!(addresses(only(&listed("{address: a.example.com}"))), ["a.example.com:80"]);
    }
    let both = istio(&[example("resolution: DNS, endpoints: [{address: a.example.com}, {address: 1.1.1.1}]")]);
    assert_eq!(addresses(only(&both)), ["1.1.1.1:80", "a.example.com:80"]);
}

#[test]
fn i_067_an_inline_endpoint_has_no_health() {
    let meta = "se, annotations: {proxy.istio.io/health-checks-enabled: 'true'}";
    let spec = "hosts: [a.example.com], ports: [{number: 80}], resolution: STATIC, endpoints: [{address: 1.1.1.1}]";
    let entry = service_entry(meta, spec) + "status: {conditions: [{type: Healthy, status: 'False'}]}\n";
    assert_eq!(addresses(only(&istio(&[entry]))), ["1.1.1.1:80"]);
}

#[test]
fn i_195_a_workload_group_is_no_endpoint() {
    let group = "apiVersion: networking.istio.io/v1\nkind: WorkloadGroup\n\
                 metadata: {name: vms, namespace: gwtest, labels: {app: x}}\n\
                 spec: {metadata: {labels: {app: x}}, template: {ports: {http: 8080}}}\n";
    let documents = [example("resolution: STATIC, workloadSelector: {labels: {app: x}}"), group.to_owned()];
    assert!(only(&istio(&documents)).endpoints.is_empty() && only(&istio(&documents)).excluded.is_empty());
}

#[test]
fn i_119_groups_come_in_string_order_with_the_one_without_locality_in_front() {
    let endpoints = "{address: 1.1.1.1, locality: r2}, {address: 2.2.2.2, locality: r1/z2}, {address: 3.3.3.3}, \
                     {address: 4.4.4.4, locality: r1/z1}, {address: 5.5.5.5, locality: r1/z1}";
    let model = istio(&[example(&format!("resolution: STATIC, endpoints: [{endpoints}]"))]);
    assert_eq!(addresses(only(&model)), ["3.3.3.3:80", "4.4.4.4:80", "5.5.5.5:80", "2.2.2.2:80", "1.1.1.1:80"]);
}

/// F-047: an account gives an endpoint an identity (I-061), which decides nothing about where requests go.
#[test]
fn a_service_account_moves_no_endpoint() {
    let listed = |account: &str| {
        let endpoint = format!("resolution: STATIC, endpoints: [{{address: 1.1.1.1{account}}}]");
        [model(&[example(&endpoint)]).backends, istio(&[example(&endpoint)]).backends]
    };
    assert_eq!(listed(", serviceAccount: vm"), listed(""));
}

/// F-066: K-055, I-062.
#[test]
fn a_workload_entry_of_weight_0_weighs_1() {
    let documents = [
        example("resolution: STATIC, workloadSelector: {labels: {app: x}}"),
        workload_entry("vm, labels: {app: x}", "address: 1.1.1.1, weight: 0"),
    ];
    for model in [model(&documents), istio(&documents)] {
        assert_eq!(only(&model).endpoints[0].weight.get(), 1);
    }
}
