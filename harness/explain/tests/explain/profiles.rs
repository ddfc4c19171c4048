//! Where the profiles differ, and by which rule. Each case has one difference of kgateway.md, section 4.1.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};
use sextant_explain::{Changes, compare_profiles};
use sextant_reports::Style;
use sextant_routing::{GatewayIdentity, Locality, Options};

use crate::support::*;

fn differences(text: &str) -> Changes {
    let gateway = GatewayIdentity {
        locality: Locality::parse("r1/z1"),
        labels: [("app".to_owned(), "gw".to_owned())].into(),
        network: "net1".to_owned(),
        ..GatewayIdentity::default()
    };
    compare_profiles(&load(text).resources, &Options { gateway, ..Options::default() })
}

fn as_json(changes: &Changes) -> Value {
    serde_json::to_value(changes).expect("it is plain data")
}

/// Every rule that some change names.
fn rules(document: &Value) -> BTreeSet<&str> {
    match document {
        Value::Object(fields) => {
            let own = fields.get("rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            own.chain(fields.values().flat_map(rules)).collect()
        }
        Value::Array(elements) => elements.iter().flat_map(rules).collect(),
        _ => BTreeSet::new(),
    }
}

const ONE: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";
const SELECTS: &str = "workloadSelector: {labels: {app: a}}";

fn workload(meta: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {{namespace: gwtest, name: {meta}}}, spec: {{{spec}}}}}\n"
    )
}

fn route_with(reference: &str) -> String {
    GATEWAY.to_owned() + &service_entry(ONE) + &route(&format!("{{backendRefs: [{reference}]}}"))
}

#[rstest]
#[case::d_01_kind_service_entry(route_with(TO_EXAMPLE), &["D-01"])]
#[case::d_02_d_03_no_port(route_with("{group: networking.istio.io, kind: Hostname, name: se.example.com}"), &["D-02", "D-03"])]
#[case::d_06_labels_of_the_spec(service_entry(&format!("resolution: STATIC, {SELECTS}")) + &workload("w", "address: 1.1.1.1, labels: {app: a}"), &["D-06"])]
#[case::d_08_dns_with_selector(service_entry(&format!("resolution: DNS, {SELECTS}")) + &workload("w, labels: {app: a}", "address: vm.test"), &["D-08", "D-10"])]
#[case::d_09_empty_selector(service_entry("resolution: STATIC, workloadSelector: {}") + &workload("w", "address: 1.1.1.1"), &["D-09"])]
#[case::d_11_hosts_of_a_dns_entry(entry("two", "a.test, b.test", "resolution: DNS"), &["D-11"])]
#[case::d_13_none(service_entry("resolution: NONE"), &["D-13"])]
#[case::d_15_unix_socket(service_entry("resolution: STATIC, endpoints: [{address: 'unix:///run/a'}]"), &["D-15"])]
#[case::d_16_health(service_entry(&format!("resolution: STATIC, {SELECTS}")) + &workload("w, labels: {app: a}, annotations: {proxy.istio.io/health-checks-enabled: 'true'}", "address: 1.1.1.1"), &["D-16"])]
#[case::d_18_locality_label(service_entry("resolution: STATIC, endpoints: [{address: 1.1.1.1, labels: {istio-locality: r1.z1}}]"), &["D-18"])]
fn every_difference_is_named(#[case] text: String, #[case] expected: &[&str]) {
    let changes = differences(&text);
    let document = as_json(&changes);
    assert_eq!(rules(&document), expected.iter().copied().collect(), "{document:#}");
    let shown = changes.render(Style::plain(100));
    assert!(shown.contains(expected[0]), "{shown}");
}

#[test]
fn d_22_priorities_that_have_no_gaps() {
    let text = service_entry("resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1/z2}]").replace(
        "namespace: gwtest}",
        "namespace: gwtest, annotations: {networking.istio.io/traffic-distribution: PreferSameZone}}",
    );
    let changes = differences(&text);
    let endpoint = &changes.backends[0].endpoints[0];
    // K-084: the network is compared first, and differs: 3. Alone in the list it is 0 without gaps.
    let priority = |state: &Option<sextant_explain::changes::EndpointState>| state.as_ref().map(|state| state.priority);
    assert_eq!((priority(&endpoint.own.from), priority(&endpoint.own.to)), (Some(3), Some(0)));
    assert_eq!(endpoint.own.rules, ["D-22"]);
}

#[test]
fn what_both_do_alike_is_no_difference() {
    let changes = differences(&(GATEWAY.to_owned() + &service_entry(ONE)));
    assert!(changes.is_empty(), "{changes:#?}");
    assert!(changes.render(Style::plain(80)).contains("both profiles do the same"));
}

/// Under kgateway the host itself is looked up; under Istio the selector counts (D-08) and selects nothing, so that the
/// proxy never gets the backend (D-20).
#[test]
fn what_takes_two_differences_is_named_by_what_undoes_it() {
    let changes = differences(&service_entry(&format!("resolution: DNS, {SELECTS}")));
    let document = as_json(&changes);
    let backend = &document["backends"][0];
    assert_holds(
        backend,
        &json!({"from": {"outcome": "forward"}, "to": {"outcome": "500"}, "rules": ["D-08", "D-10"]}),
    );
}

#[test]
fn the_profile_that_is_asked_with_does_not_matter() {
    let text = entry("two", "a.test, b.test", "resolution: DNS");
    let resources = load(&text).resources;
    let istio = Options { profile: sextant_routing::Profile::Istio, ..Options::default() };
    assert_eq!(compare_profiles(&resources, &Options::default()), compare_profiles(&resources, &istio));
}
