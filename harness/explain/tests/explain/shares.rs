//! Who gets how much, worked out by hand.

use rstest::rstest;
use sextant_routing::{GatewayIdentity, Locality, Options, Profile};

use crate::support::*;

fn shares(text: &str, options: &Options) -> Vec<(String, Option<f64>)> {
    let explanation = with(text, options);
    explanation.backends[0].endpoints.iter().map(|e| (e.address.clone(), e.share)).collect()
}

#[rstest]
#[case::weights("[{address: 1.1.1.1, weight: 3}, {address: 2.2.2.2}]", &[("1.1.1.1", Some(0.75)), ("2.2.2.2", Some(0.25))])]
#[case::k_081_localities_share_by_weight("[{address: 1.1.1.1, locality: a}, {address: 2.2.2.2, locality: a}, {address: 3.3.3.3, locality: b, weight: 2}]", &[("1.1.1.1", Some(0.25)), ("2.2.2.2", Some(0.25)), ("3.3.3.3", Some(0.5))])]
#[case::k_060_an_address_counts_once("[{address: 1.1.1.1}, {address: 1.1.1.1}]", &[("1.1.1.1", Some(1.0)), ("1.1.1.1", Some(0.0))])]
fn static_endpoints(#[case] endpoints: &str, #[case] expected: &[(&str, Option<f64>)]) {
    let text = service_entry(&format!("resolution: STATIC, endpoints: {endpoints}"));
    let expected: Vec<_> = expected.iter().map(|(a, s)| ((*a).to_owned(), *s)).collect();
    assert_eq!(shares(&text, &Options::default()), expected);
}

#[rstest]
#[case::k_033_one_name_has_it_all("DNS", "[{address: a.test}]", &[("a.test", Some(1.0))])]
#[case::k_033_answers_decide_between_names("DNS", "[{address: a.test}, {address: b.test}]", &[("a.test", None), ("b.test", None)])]
#[case::k_046_answers_decide_beside_addresses("DNS", "[{address: 1.1.1.1}, {address: b.test}]", &[("1.1.1.1", None), ("b.test", None)])]
#[case::k_046_addresses_alone_are_known("DNS", "[{address: 1.1.1.1}, {address: 2.2.2.2}]", &[("1.1.1.1", Some(0.5)), ("2.2.2.2", Some(0.5))])]
#[case::k_034_one_answer_each("DNS_ROUND_ROBIN", "[{address: a.test}, {address: b.test, weight: 3}]", &[("a.test", Some(0.25)), ("b.test", Some(0.75))])]
fn names(#[case] resolution: &str, #[case] endpoints: &str, #[case] expected: &[(&str, Option<f64>)]) {
    let text = service_entry(&format!("resolution: {resolution}, endpoints: {endpoints}"));
    let expected: Vec<_> = expected.iter().map(|(a, s)| ((*a).to_owned(), *s)).collect();
    assert_eq!(shares(&text, &Options::default()), expected);
}

/// K-083, K-084: only the smallest priority in use has requests, whatever its number.
#[test]
fn k_084_a_gap_before_the_first_priority_changes_nothing() {
    let text = service_entry(
        "resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1/z1}, {address: 2.2.2.2, locality: r1/z2}]",
    )
    .replace(
        "namespace: gwtest}",
        "namespace: gwtest, annotations: {networking.istio.io/traffic-distribution: PreferSameNode}}",
    );
    let gateway = GatewayIdentity { locality: Locality::parse("r1/z1/sz9"), ..GatewayIdentity::default() };
    let explanation = with(&text, &Options { gateway, ..Options::default() });
    let endpoints = &explanation.backends[0].endpoints;
    // Labels compared: network, region (an old key that nothing sets), zone, subzone, hostname. The first has another
    // subzone (5 - 3 = 2), the second another zone (5 - 2 = 3).
    assert_eq!(endpoints.iter().map(|e| (e.priority, e.share)).collect::<Vec<_>>(), [(2, Some(1.0)), (3, Some(0.0))]);
}

/// I-138: a locality's share is what the rule gives it, whatever the number of its endpoints; answers only divide that.
#[test]
fn i_138_distribute_gives_localities_their_shares() {
    let rule = "---\n{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: dr, namespace: gwtest}, spec: {host: se.example.com,
      trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: r1/*, to: {r1/*: 80, r2/*: 20}}]}}}}}\n";
    let gateway = GatewayIdentity {
        namespace: "gwtest".to_owned(),
        locality: Locality::parse("r1/z1"),
        ..GatewayIdentity::default()
    };
    let options = Options { profile: Profile::Istio, gateway, ..Options::default() };
    let text = service_entry(
        "resolution: DNS, endpoints: [{address: a.test, locality: r1/z1}, {address: b.test, locality: r1/z1}, {address: c.test, locality: r2/z1}]",
    ) + rule;
    let expected = [("a.test".to_owned(), None), ("b.test".to_owned(), None), ("c.test".to_owned(), Some(0.2))];
    assert_eq!(shares(&text, &options), expected);
}

/// K-020, K-134: the proxy never gets the backend, so nobody gets anything.
#[test]
fn k_134_a_withheld_backend_has_no_shares() {
    let text = service_entry("resolution: STATIC, endpoints: [{address: 1.1.1.1}]").replace(
        "namespace: gwtest}",
        "namespace: gwtest, annotations: {kgateway.dev/disable-istio-auto-mtls: maybe}}",
    );
    assert_eq!(shares(&text, &Options::default()), [("1.1.1.1".to_owned(), Some(0.0))]);
}
