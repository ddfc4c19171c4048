//! K-004 to K-006, K-070 to K-079: which workloads a selector selects.

use rstest::rstest;
use sextant_routing::{Options, Profile, Settings};

use crate::support::*;

const SELECT: &str = "resolution: STATIC, workloadSelector: {labels: {app: reviews}}";

#[test]
fn k_030_the_documented_workload_entry() {
    let entry = "hosts: [se.example.com], ports: [{number: 80, name: http, protocol: TCP, targetPort: 8080}], \
                 resolution: STATIC, location: MESH_INTERNAL, workloadSelector: {labels: {app: reviews}}";
    let model = model(&[
        service_entry("example-se", entry),
        workload_entry(
            "reviews-1, labels: {app: reviews}",
            "address: 1.1.1.1, network: vm-us-east, locality: r1/z1/sz1",
        ),
        workload_entry("reviews-2, labels: {app: reviews}", "network: vm-us-east, locality: r1/z1/sz1"),
    ]);
    assert_eq!(addresses(only(&model)), ["1.1.1.1:8080"]);
    assert_eq!(only(&model).endpoints[0].network, "vm-us-east");
    assert_eq!(excluded(only(&model)), ["reviews-2 NoAddress K-048"]);
}

#[rstest]
#[case("app: reviews", "app: reviews", true)]
#[case("app: reviews", "app: reviews, version: v1", true)]
#[case("app: reviews, version: v1", "app: reviews", false)]
#[case("app: reviews, version: v1", "app: reviews, version: v2", false)]
#[case("app: reviews", "app: ratings", false)]
#[case("app: reviews", "APP: reviews", false)]
#[case("app: ''", "app: ''", true)]
fn k_070_every_pair_must_be_equal(#[case] selector: &str, #[case] labels: &str, #[case] selected: bool) {
    let spec = format!("resolution: STATIC, workloadSelector: {{labels: {{{selector}}}}}");
    let model = model(&[
        example(&spec),
        workload_entry(&format!("vm, labels: {{{labels}}}"), "address: 1.1.1.1"),
        pod(&format!("p, labels: {{{labels}}}"), "10.0.0.1", ""),
    ]);
    assert_eq!(only(&model).endpoints.len(), if selected { 2 } else { 0 });
    assert!(only(&model).excluded.is_empty(), "unmatched workloads are listed only on request");
}

#[test]
fn k_070_unmatched_workloads_are_listed_on_request() {
    let documents = [
        example(SELECT),
        workload_entry("ratings, labels: {app: ratings}", "address: 1.1.1.1"),
        workload_entry("bare", "address: 1.1.1.2"),
        workload_entry("spec-only", "address: 1.1.1.3, labels: {app: reviews}"),
        workload_entry("far, namespace: other", "address: 1.1.1.4"),
    ];
    let model = with(&documents, &Options { list_unmatched: true, ..Options::default() });
    let expected =
        ["bare LabelsDoNotMatch K-070", "ratings LabelsDoNotMatch K-070", "spec-only LabelsDoNotMatch K-072"];
    assert_eq!(excluded(only(&model)), expected);
    let messages: Vec<_> = only(&model).excluded.iter().map(|excluded| excluded.message.as_str()).collect();
    assert!(messages[0].contains("app=reviews is missing"), "{messages:?}");
    assert!(messages[1].contains("app is `ratings`, not `reviews`"), "{messages:?}");
    assert!(messages[2].contains("metadata.labels"), "{messages:?}");
}

#[test]
fn k_071_only_the_own_namespace_counts() {
    let model = model(&[
        example(SELECT),
        pod("near, labels: {app: reviews}", "10.0.0.1", ""),
        pod("far, namespace: another, labels: {app: reviews}", "10.0.0.2", ""),
        workload_entry("vm, namespace: zoo, labels: {app: reviews}", "address: 1.1.1.1"),
    ]);
    assert_eq!(addresses(only(&model)), ["10.0.0.1:80"]);
    assert_eq!(excluded(only(&model)), ["zoo/vm OtherNamespace K-071", "another/far OtherNamespace K-071"]);
}

#[test]
fn k_071_the_list_of_other_namespaces_is_bounded_and_says_so() {
    let mut documents = vec![example(SELECT)];
    documents.extend((0..5).map(|n| pod(&format!("p, namespace: ns{n}, labels: {{app: reviews}}"), "10.0.0.1", "")));
    let model = with(&documents, &Options { list_foreign: 3, ..Options::default() });
    assert_eq!(only(&model).excluded.len(), 3);
    assert!(only(&model).excluded[2].message.contains("2 more in other namespaces"), "{:?}", only(&model).excluded[2]);
    let none = with(&documents, &Options { list_foreign: 0, ..Options::default() });
    assert!(only(&none).excluded.is_empty());
}

#[test]
fn k_072_spec_labels_do_not_select() {
    let documents = [example(SELECT), workload_entry("vm", "address: 1.1.1.1, labels: {app: reviews}")];
    assert!(addresses(only(&model(&documents))).is_empty());
    // D-06.
    assert_eq!(addresses(only(&istio(&documents))), ["1.1.1.1:80"]);
}

#[rstest]
#[case("topology.kubernetes.io/region: r1")]
#[case("topology.kubernetes.io/zone: z1")]
#[case("topology.istio.io/subzone: sz1")]
#[case("kubernetes.io/hostname: n1")]
#[case("topology.istio.io/network: east")]
fn k_073_pods_are_selected_by_labels_of_their_node(#[case] selector: &str) {
    let documents = [
        example(&format!("resolution: STATIC, workloadSelector: {{labels: {{{selector}}}}}")),
        node(
            "n1",
            "topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1, topology.istio.io/subzone: sz1",
        ),
        namespace("istio-system", "labels: {topology.istio.io/network: east}"),
        pod("p", "10.0.0.1", "n1"),
        pod("stray", "10.0.0.2", "n2"),
    ];
    let got = addresses(only(&model(&documents)));
    let expected: &[&str] =
        if selector.contains("network") { &["10.0.0.2:80", "10.0.0.1:80"] } else { &["10.0.0.1:80"] };
    assert_eq!(got, expected);
}

#[test]
fn k_074_pods_and_workload_entries_mix_and_serve_several_entries() {
    let second = service_entry(
        "second",
        "hosts: [two.example.com], ports: [{number: 81, name: x}], resolution: STATIC, workloadSelector: {labels: {app: reviews}}",
    );
    let model = model(&[
        example(SELECT),
        second,
        pod("p, labels: {app: reviews}", "10.0.0.1", ""),
        workload_entry("vm, labels: {app: reviews}", "address: 1.1.1.1, ports: {http: 8080}"),
    ]);
    assert_eq!(addresses(&model.backends[0]), ["1.1.1.1:8080", "10.0.0.1:80"]);
    assert_eq!(addresses(&model.backends[1]), ["1.1.1.1:81", "10.0.0.1:81"]);
}

#[rstest]
#[case::ready("p", "podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]", None)]
#[case::k_076_phase("p", "phase: Succeeded, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]", None)]
#[case::unready("p", "podIP: 10.0.0.1, conditions: [{type: Ready, status: 'False'}]", Some("NotReady K-075"))]
#[case::unknown("p", "podIP: 10.0.0.1, conditions: [{type: Ready, status: Unknown}]", Some("NotReady K-075"))]
#[case::no_condition("p", "podIP: 10.0.0.1", Some("NotReady K-075"))]
#[case::other_condition(
    "p",
    "podIP: 10.0.0.1, conditions: [{type: Initialized, status: 'True'}]",
    Some("NotReady K-075")
)]
#[case::terminating(
    "p, deletionTimestamp: '2026-01-01T00:00:00Z'",
    "podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]",
    Some("Terminating K-075")
)]
#[case::k_077_no_ip("p", "conditions: [{type: Ready, status: 'True'}]", Some("NoPodIP K-077"))]
#[case::k_047_bad_ip("p", "podIP: nonsense, conditions: [{type: Ready, status: 'True'}]", Some("NotAnIPAddress K-047"))]
fn k_075_a_pod_counts_when_ready_and_staying(#[case] meta: &str, #[case] status: &str, #[case] left_out: Option<&str>) {
    let model = model(&[example(SELECT), pod_with(&format!("{meta}, labels: {{app: reviews}}"), "", status)]);
    let expected: Vec<_> = left_out.map(|reason| format!("p {reason}")).into_iter().collect();
    assert_eq!(excluded(only(&model)), expected);
    assert_eq!(only(&model).endpoints.len(), usize::from(left_out.is_none()));
}

#[test]
fn k_077_the_first_pod_ip_is_used() {
    let status =
        "podIP: 10.0.0.9, podIPs: [{ip: 'fd00::1'}, {ip: 10.0.0.1}], conditions: [{type: Ready, status: 'True'}]";
    let model = model(&[example(SELECT), pod_with("p, labels: {app: reviews}", "", status)]);
    assert_eq!(addresses(only(&model)), ["fd00::1:80"]);
}

#[rstest]
#[case::unhealthy("'true'", "False", false)]
#[case::healthy("'true'", "True", true)]
#[case::unchecked("'false'", "False", true)]
fn k_078_workload_entry_health_counts_only_under_istio(
    #[case] checked: &str,
    #[case] status: &str,
    #[case] istio_takes: bool,
) {
    let vm = workload_entry(
        &format!("vm, labels: {{app: reviews}}, annotations: {{proxy.istio.io/health-checks-enabled: {checked}}}"),
        "address: 1.1.1.1",
    ) + &format!("status: {{conditions: [{{type: Healthy, status: '{status}'}}]}}\n");
    let documents = [example(SELECT), vm];
    assert_eq!(addresses(only(&model(&documents))), ["1.1.1.1:80"]);
    // D-16.
    let istio = istio(&documents);
    assert_eq!(only(&istio).endpoints.len(), usize::from(istio_takes));
    assert_eq!(excluded(only(&istio)).first().map(String::as_str), (!istio_takes).then_some("vm Unhealthy I-064"));
}

#[test]
fn k_079_selecting_nothing_is_an_empty_backend() {
    let model = model(&[example(SELECT)]);
    assert!(only(&model).endpoints.is_empty() && only(&model).excluded.is_empty());
}

#[rstest]
#[case::in_metadata("vm, labels: {app: reviews, istio.io/dataplane-mode: ''}", "address: 1.1.1.1", false)]
#[case::in_spec("vm, labels: {app: reviews}", "address: 1.1.1.1, labels: {istio.io/dataplane-mode: x}", false)]
#[case::in_neither("vm, labels: {app: reviews}", "address: 1.1.1.1", true)]
fn k_004_a_configured_label_excludes_workload_entries(#[case] meta: &str, #[case] spec: &str, #[case] taken: bool) {
    let keys = Settings::exclusion_labels(" other , istio.io/dataplane-mode,, ");
    assert_eq!(keys, ["other", "istio.io/dataplane-mode"]);
    let settings = Settings { workload_entry_exclusion_labels: keys, ..Settings::default() };
    let documents =
        [example(SELECT), workload_entry(meta, spec), pod("p, labels: {app: reviews, other: x}", "10.0.0.1", "")];
    let model = with(&documents, &Options { settings, ..Options::default() });
    let expected: &[&str] = if taken { &["1.1.1.1:80", "10.0.0.1:80"] } else { &["10.0.0.1:80"] };
    assert_eq!(addresses(only(&model)), expected);
    assert_eq!(excluded(only(&model)).len(), usize::from(!taken));
}

#[test]
fn k_004_a_blank_list_excludes_nothing() {
    assert!(Settings::exclusion_labels(" , ,").is_empty());
}

#[test]
fn k_006_promoted_annotations_become_labels_after_selection() {
    let settings = Settings { promoted_annotations: vec!["app".to_owned(), "zone".to_owned()], ..Settings::default() };
    let documents = [
        example(SELECT),
        workload_entry("vm, labels: {app: reviews}, annotations: {app: promoted}", "address: 1.1.1.1"),
    ];
    let model = with(&documents, &Options { settings, ..Options::default() });
    assert_eq!(only(&model).endpoints[0].labels.get("app").map(String::as_str), Some("promoted"));
}

#[test]
fn d_09_an_empty_selector_selects_everything_under_istio_and_nothing_under_kgateway() {
    let documents = [
        example("resolution: STATIC, workloadSelector: {}, endpoints: [{address: 9.9.9.9}]"),
        workload_entry("vm", "address: 1.1.1.1"),
        workload_entry("far, namespace: other", "address: 1.1.1.2"),
    ];
    assert_eq!(addresses(only(&model(&documents))), ["9.9.9.9:80"]);
    let istio = with(&documents, &Options { profile: Profile::Istio, ..Options::default() });
    assert_eq!(addresses(only(&istio)), ["1.1.1.1:80"]);
}
