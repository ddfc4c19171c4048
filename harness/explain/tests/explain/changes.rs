//! What a change of manifests moves.

use rstest::rstest;
use serde_json::{Value, json};
use sextant_explain::{Changes, compare};
use sextant_reports::Style;

use crate::support::*;

fn changes(from: &str, to: &str) -> Changes {
    compare(&explained(from), &explained(to))
}

fn inline(endpoints: &str) -> String {
    service_entry(&format!("resolution: STATIC, endpoints: [{endpoints}]"))
}

fn as_json(changes: &Changes) -> Value {
    serde_json::to_value(changes).expect("it is plain data")
}

#[test]
fn nothing_differs_from_itself() {
    let text = GATEWAY.to_owned() + &inline("{address: 1.1.1.1}") + &route(&format!("{{backendRefs: [{TO_EXAMPLE}]}}"));
    let changes = changes(&text, &text);
    assert!(changes.is_empty(), "{changes:#?}");
    assert!(changes.render(Style::plain(80)).ends_with("nothing moves\n"));
}

#[test]
fn the_place_of_an_inline_endpoint_is_no_change() {
    let one = inline("{address: 1.1.1.1}, {address: 2.2.2.2}");
    let two = inline("{address: 2.2.2.2}, {address: 1.1.1.1}");
    assert!(changes(&one, &two).is_empty());
}

#[test]
fn endpoints_gained_and_lost_shift_the_shares_of_the_others() {
    let from = inline("{address: 1.1.1.1}, {address: 2.2.2.2}");
    let to = inline("{address: 2.2.2.2}, {address: 3.3.3.3, weight: 3}");
    let expected = json!([
        {"address": "1.1.1.1", "change": "removed", "from": {"share": 0.5}, "to": null},
        {"address": "2.2.2.2", "change": "changed", "from": {"share": 0.5}, "to": {"share": 0.25}},
        {"address": "3.3.3.3", "change": "added", "from": null, "to": {"share": 0.75, "weight": 3}},
    ]);
    assert_holds(&as_json(&changes(&from, &to))["backends"][0]["endpoints"], &expected);
}

#[test]
fn a_lost_endpoint_says_why_it_is_left_out_now() {
    let pod = |ready: &str| {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: gwtest, labels: {{app: a}}}}, status: {{podIP: 10.0.0.1, conditions: [{{type: Ready, status: '{ready}'}}]}}}}\n"
        )
    };
    let entry = service_entry("resolution: STATIC, workloadSelector: {labels: {app: a}}");
    let changes = changes(&(entry.clone() + &pod("True")), &(entry + &pod("False")));
    let document = as_json(&changes);
    let backend = &document["backends"][0];
    assert_eq!((&backend["from"]["outcome"], &backend["to"]["outcome"]), (&json!("forward"), &json!("503")));
    assert_eq!(backend["endpoints"][0]["message"], "the pod's Ready condition is False, not True (NotReady, K-075)");
    assert_holds(&backend["excluded"], &json!([{"change": "added", "from": null, "to": {"reason": "NotReady"}}]));
    let text = changes.render(Style::plain(100));
    assert_eq!(text.matches("NotReady").count(), 1, "told once:\n{text}");
    assert!(text.contains("requests get: forwarded → 503"), "{text}");
}

#[test]
fn priorities_and_localities_that_move_are_told() {
    let text = |zone: &str| {
        inline(&format!("{{address: 1.1.1.1, locality: r1/z1}}, {{address: 2.2.2.2, locality: r1/{zone}}}")).replace(
            "namespace: gwtest}",
            "namespace: gwtest, annotations: {networking.istio.io/traffic-distribution: PreferSameZone}}",
        )
    };
    let near = || {
        let gateway = sextant_routing::GatewayIdentity {
            locality: sextant_routing::Locality::parse("r1/z1"),
            ..sextant_routing::GatewayIdentity::default()
        };
        sextant_routing::Options { gateway, ..sextant_routing::Options::default() }
    };
    let changes = compare(&with(&text("z1"), &near()), &with(&text("z2"), &near()));
    // K-083: of network, region and zone the last one differs, which is rank 1.
    let expected = json!([
        {"address": "1.1.1.1", "change": "changed", "from": {"share": 0.5}, "to": {"share": 1.0, "priority": 0}},
        {"address": "2.2.2.2", "change": "changed", "from": {"share": 0.5, "priority": 0}, "to": {"share": 0.0, "priority": 1}},
    ]);
    assert_holds(&as_json(&changes)["backends"][0]["endpoints"], &expected);
    assert!(changes.render(Style::plain(120)).contains("priority: 0 → 1, locality: r1/z1 → r1/z2"));
}

#[test]
fn a_backend_that_goes_says_why() {
    let from = inline("{address: 1.1.1.1}");
    let to = service_entry("resolution: NONE");
    let document = as_json(&changes(&from, &to));
    let expected = json!([{"change": "removed", "backend": {"name": "example-se", "port": 80}, "to": null,
        "endpoints": [{"address": "1.1.1.1", "change": "removed"}]}]);
    assert_holds(&document["backends"], &expected);
    assert!(document["backends"][0]["message"].as_str().is_some_and(|m| m.contains("K-011")), "{document:#}");
}

#[test]
fn conditions_that_flip_and_shares_that_shift_are_told_for_routes() {
    let to_both = |weight: u32| {
        let second =
            format!("{{group: networking.istio.io, kind: ServiceEntry, name: other, port: 80, weight: {weight}}}");
        route(&format!("{{backendRefs: [{TO_EXAMPLE}, {second}]}}"))
    };
    let common = GATEWAY.to_owned() + &inline("{address: 1.1.1.1}");
    let other = entry("other", "other.test", "resolution: STATIC, endpoints: [{address: 2.2.2.2}]");
    let from = common.clone() + &other + &to_both(1);
    let to = common + &to_both(3);
    let changes = changes(&from, &to);
    let document = as_json(&changes);
    let expected = json!({
        "change": "changed",
        "conditions": [{"parent": "Gateway gwtest/gw", "type": "ResolvedRefs", "change": "changed",
            "from": {"status": "True"}, "to": {"status": "False", "reason": "BackendNotFound"}}],
        "shares": [
            {"rule": "PathPrefix /", "ref": {"name": "example-se"}, "from": {"share": 0.5}, "to": {"share": 0.25, "outcome": "forward"}},
            {"rule": "PathPrefix /", "ref": {"name": "other"}, "from": {"share": 0.5, "outcome": "forward"}, "to": {"share": 0.75, "outcome": "500", "backend": null}},
        ],
    });
    assert_holds(&document["routes"][0], &expected);
    let text = changes.render(Style::plain(100));
    assert!(text.contains("ResolvedRefs True → False, BackendNotFound: ServiceEntry gwtest/other not found"), "{text}");
    assert!(text.contains("forward → 500"), "{text}");
}

#[rstest]
#[case::comes("", "route", "added")]
#[case::goes("route", "", "removed")]
fn routes_come_and_go(#[case] from: &str, #[case] to: &str, #[case] change: &str) {
    let text = |part: &str| if part.is_empty() { GATEWAY.to_owned() } else { GATEWAY.to_owned() + &route("{}") };
    assert_eq!(as_json(&changes(&text(from), &text(to)))["routes"][0]["change"], change);
}
