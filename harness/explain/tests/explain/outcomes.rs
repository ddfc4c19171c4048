//! What the share of each backendRef gets.

use rstest::rstest;
use serde_json::Value;

use crate::support::*;

/// `ref name: outcome` for every backendRef of the first rule, after `rule: outcome`.
fn outcomes(document: &Value) -> Vec<String> {
    let rule = &document["routes"][0]["rules"][0];
    let refs = rule["backendRefs"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let own = std::iter::once(format!("rule: {}", text(&rule["outcome"])));
    own.chain(refs.iter().map(|r| format!("{}: {}", text(&r["ref"]["name"]), text(&r["outcome"])))).collect()
}

const SERVED: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";

#[rstest]
#[case::k_130_an_unresolved_reference(SERVED, "backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: nobody, port: 80}]", &["rule: forward", "nobody: 500"])]
#[case::k_133_nobody_to_send_to("resolution: STATIC", "backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80}]", &["rule: forward", "example-se: 503"])]
#[case::k_131_each_share_its_own(SERVED, "backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80}, {name: nobody, port: 80}]", &["rule: forward", "example-se: forward", "nobody: 500"])]
#[case::k_135_no_backend_refs(SERVED, "{}", &["rule: 500"])]
#[case::k_132_all_weights_zero(SERVED, "backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80, weight: 0}]", &["rule: 500", "example-se: 500"])]
#[case::a_redirect(SERVED, "filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]", &["rule: 301"])]
fn under_kgateway(#[case] spec: &str, #[case] rule: &str, #[case] expected: &[&str]) {
    let rule = if rule == "{}" { rule.to_owned() } else { format!("{{{rule}}}") };
    let document = json(&explained(&(GATEWAY.to_owned() + &service_entry(spec) + &route(&rule))));
    assert_eq!(outcomes(&document), expected);
}

#[test]
fn i_179_a_withdrawn_route_is_not_found() {
    let reference = "{group: networking.istio.io, kind: Hostname, name: se.example.com}";
    let text = GATEWAY.to_owned() + &service_entry(SERVED) + &route(&format!("{{backendRefs: [{reference}]}}"));
    assert_eq!(outcomes(&json(&istio(&text))), ["rule: 404", "se.example.com: 404"]);
}

#[test]
fn i_041_a_dns_backend_without_endpoints_is_withheld_and_says_why() {
    let reference = "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80}";
    let entry = service_entry("resolution: DNS, workloadSelector: {labels: {app: nobody}}");
    let document = json(&istio(&(GATEWAY.to_owned() + &entry + &route(&format!("{{backendRefs: [{reference}]}}")))));
    assert_eq!(outcomes(&document), ["rule: forward", "se.example.com: 500"]);
    let message = document["routes"][0]["rules"][0]["backendRefs"][0]["message"].as_str().unwrap();
    assert!(message.contains("I-041"), "{message}");
}

#[test]
fn a_route_that_no_listener_takes_lists_none() {
    let text = service_entry(SERVED) + &route(&format!("{{backendRefs: [{TO_EXAMPLE}]}}"));
    let document = json(&explained(&text));
    let route = &document["routes"][0];
    assert_eq!(route["listeners"], serde_json::json!([]));
    assert_eq!(route["conditions"][0]["reason"], "NoMatchingParent");
    assert_eq!(
        outcomes(&document),
        ["rule: forward", "example-se: forward"],
        "what a request would get is not its concern"
    );
}

#[test]
fn trouble_at_any_parent_is_in_the_conditions_of_the_route() {
    let route =
        route(&format!("{{backendRefs: [{TO_EXAMPLE}]}}")).replace("{name: gw}", "{name: gw}, {name: elsewhere}");
    let document = json(&explained(&(GATEWAY.to_owned() + &service_entry(SERVED) + &route)));
    let route = &document["routes"][0];
    assert_eq!(route["conditions"][0]["status"], "False");
    assert_eq!(route["parents"][0]["conditions"][0]["status"], "True");
    assert_eq!(route["listeners"].as_array().unwrap().len(), 1);
}
