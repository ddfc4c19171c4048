//! K-087 to K-093, I-134 to I-152, D-25: what a DestinationRule changes.

use std::time::Duration;

use rstest::rstest;
use sextant_routing::{
    Balancer, DnsAnswers, GatewayIdentity, Locality, Model, Options, OutlierDetection, Policy, Profile, expand,
};

use crate::support::*;

const HOST: &str = "se.example.com";
const ENDPOINTS: &str = "resolution: STATIC, endpoints: [\
    {address: 1.1.1.1, locality: r1/z1/s1}, {address: 2.2.2.2, locality: r1/z1/s2}, \
    {address: 3.3.3.3, locality: r1/z2/s1}, {address: 4.4.4.4, locality: r2/z3/s1}, {address: 5.5.5.5, locality: r3}]";
const FLAT: [&str; 5] = ["1.1.1.1 p0", "2.2.2.2 p0", "3.3.3.3 p0", "4.4.4.4 p0", "5.5.5.5 p0"];
const NEAR: [&str; 5] = ["1.1.1.1 p0", "2.2.2.2 p1", "3.3.3.3 p2", "4.4.4.4 p3", "5.5.5.5 p3"];

fn rule(meta: &str, spec: &str) -> String {
    let namespace = if meta.contains("namespace:") { "" } else { ", namespace: gwtest" };
    format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: {meta}{namespace}}}\nspec: {{{spec}}}\n"
    )
}

/// A rule for the example's host with this locality setting, and outlier detection when `ejects`.
fn near(setting: &str, ejects: bool) -> String {
    let ejection = if ejects { ", outlierDetection: {}" } else { "" };
    let policy = format!("loadBalancer: {{localityLbSetting: {{{setting}}}}}{ejection}");
    rule("dr", &format!("host: {HOST}, trafficPolicy: {{{policy}}}"))
}

fn options(profile: Profile) -> Options {
    let gateway = GatewayIdentity {
        namespace: "infra".to_owned(),
        labels: [("app".to_owned(), "gw".to_owned())].into(),
        locality: Locality::parse("r1/z1/s1"),
        ..GatewayIdentity::default()
    };
    Options { profile, gateway, ..Options::default() }
}

fn ranked(profile: Profile, documents: &[String]) -> Vec<String> {
    let mut list = priorities(only(&with(documents, &options(profile))));
    list.sort();
    list
}

#[rstest]
#[case::k_088_i_135_bare("", false, NEAR, FLAT)]
#[case::i_135("", true, NEAR, NEAR)]
#[case::disabled("enabled: false", true, FLAT, FLAT)]
#[case::enabled("enabled: true", true, NEAR, NEAR)]
#[case::k_088_i_140_failover(
    "failover: [{from: r9, to: r3}, {from: r1, to: r2}, {from: r1, to: r3}]", true,
    ["1.1.1.1 p0", "2.2.2.2 p1", "3.3.3.3 p2", "4.4.4.4 p3", "5.5.5.5 p4"],
    ["1.1.1.1 p0", "2.2.2.2 p1", "3.3.3.3 p2", "4.4.4.4 p3", "5.5.5.5 p4"]
)]
#[case::failover_elsewhere("failover: [{from: r9, to: r3}]", true, NEAR, NEAR)]
#[case::k_084_d_22_labels(
    "failoverPriority: [topology.kubernetes.io/region, topology.kubernetes.io/zone, app]", true,
    ["1.1.1.1 p1", "2.2.2.2 p1", "3.3.3.3 p2", "4.4.4.4 p3", "5.5.5.5 p3"],
    ["1.1.1.1 p0", "2.2.2.2 p0", "3.3.3.3 p1", "4.4.4.4 p2", "5.5.5.5 p2"]
)]
#[case::k_086_i_145_value(
    "failoverPriority: [topology.kubernetes.io/region=r2]", true,
    ["1.1.1.1 p1", "2.2.2.2 p1", "3.3.3.3 p1", "4.4.4.4 p0", "5.5.5.5 p1"],
    ["1.1.1.1 p1", "2.2.2.2 p1", "3.3.3.3 p1", "4.4.4.4 p0", "5.5.5.5 p1"]
)]
#[case::k_089_i_147_both(
    "failoverPriority: [topology.istio.io/subzone], failover: [{from: r1, to: r3}]", true,
    ["1.1.1.1 p0", "2.2.2.2 p1", "3.3.3.3 p0", "4.4.4.4 p0", "5.5.5.5 p1"],
    ["1.1.1.1 p0", "2.2.2.2 p3", "3.3.3.3 p1", "4.4.4.4 p2", "5.5.5.5 p4"]
)]
fn locality_settings_rank(
    #[case] setting: &str,
    #[case] ejects: bool,
    #[case] kgateway: [&str; 5],
    #[case] istio: [&str; 5],
) {
    let documents = [example(ENDPOINTS), near(setting, ejects)];
    assert_eq!(ranked(Profile::Kgateway, &documents), kgateway);
    assert_eq!(ranked(Profile::Istio, &documents), istio);
}

#[test]
fn i_135_outlier_detection_alone_switches_failover_on_under_istio() {
    let documents =
        [example(ENDPOINTS), rule("dr", &format!("host: {HOST}, trafficPolicy: {{outlierDetection: {{}}}}"))];
    assert_eq!(ranked(Profile::Istio, &documents), NEAR);
    assert_eq!(ranked(Profile::Kgateway, &documents), FLAT);
}

#[test]
fn i_140_priorities_have_no_gaps_and_i_141_unknown_equals_unknown() {
    let spec = "resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r2}, {address: 2.2.2.2}]";
    let documents = [example(spec), near("", true)];
    for profile in [Profile::Kgateway, Profile::Istio] {
        assert_eq!(ranked(profile, &documents), ["1.1.1.1 p0", "2.2.2.2 p0"], "all are in another region");
        let nowhere = Options { profile, ..Options::default() };
        assert_eq!(priorities(only(&with(&documents, &nowhere))), ["2.2.2.2 p0", "1.1.1.1 p1"]);
    }
}

#[rstest]
#[case::replaced("", ["1.1.1.1 p0", "2.2.2.2 p1", "3.3.3.3 p2", "4.4.4.4 p3", "5.5.5.5 p3"])]
#[case::switched_off("enabled: false", FLAT)]
fn k_087_i_134_a_setting_replaces_the_traffic_distribution(#[case] setting: &str, #[case] expected: [&str; 5]) {
    let spec = format!("hosts: [{HOST}], ports: [{{number: 80}}], {ENDPOINTS}");
    let meta = "example-se, annotations: {networking.istio.io/traffic-distribution: PreferSameZone}";
    let documents = [service_entry(meta, &spec), near(setting, true)];
    assert_eq!(ranked(Profile::Kgateway, &documents), expected);
    assert_eq!(ranked(Profile::Istio, &documents), expected);
}

#[rstest]
#[case::k_041_by_distribution("PreferNetwork", Profile::Kgateway, true)]
#[case::k_041_no_distribution("Any", Profile::Kgateway, false)]
#[case::i_120_explicit_only("PreferSameZone", Profile::Istio, false)]
fn a_traffic_distribution_gives_localities_shares(
    #[case] distribution: &str,
    #[case] profile: Profile,
    #[case] expected: bool,
) {
    let spec = format!("hosts: [{HOST}], ports: [{{number: 80}}], {ENDPOINTS}");
    let meta = format!("example-se, annotations: {{networking.istio.io/traffic-distribution: {distribution}}}");
    let model = with(&[service_entry(&meta, &spec)], &options(profile));
    assert_eq!(only(&model).policy.locality_weighted, expected);
}

#[test]
fn i_149_a_traffic_distribution_ranks_without_outlier_detection_and_beside_a_rule_without_setting() {
    let spec = format!("hosts: [{HOST}], ports: [{{number: 80}}], {ENDPOINTS}");
    let meta = "example-se, annotations: {networking.istio.io/traffic-distribution: PreferSameZone}";
    let tls = rule("dr", &format!("host: {HOST}, trafficPolicy: {{outlierDetection: {{}}}}"));
    let expected = ["1.1.1.1 p0", "2.2.2.2 p0", "3.3.3.3 p1", "4.4.4.4 p2", "5.5.5.5 p2"];
    assert_eq!(ranked(Profile::Istio, &[service_entry(meta, &spec)]), expected);
    assert_eq!(ranked(Profile::Istio, &[service_entry(meta, &spec), tls]), expected);
}

/// `address share` of every host while all are healthy, with the share in percent.
fn shares(model: &Model) -> Vec<String> {
    let hosts = expand(only(model), &DnsAnswers::new());
    let shares = Balancer::new(only(model), &hosts).balance(|_| true).shares(hosts.len());
    hosts.iter().zip(shares).map(|(host, share)| format!("{} {:.1}", host.address.ip(), share * 100.0)).collect()
}

#[rstest]
#[case::i_137_no_rule_for_here("{from: r2, to: {r1: 100}}", &["1.1.1.1 20.0", "2.2.2.2 20.0", "3.3.3.3 20.0", "4.4.4.4 20.0", "5.5.5.5 20.0"])]
#[case::i_137_first_rule("{from: r1/*, to: {r2: 100}}, {from: r1, to: {r1: 100}}", &["4.4.4.4 100.0"])]
#[case::i_137_any("{from: '*', to: {r1/z1/*: 80, r2: 20}}", &["1.1.1.1 40.0", "2.2.2.2 40.0", "4.4.4.4 20.0"])]
#[case::i_138_shared("{from: r1/z1, to: {r1: 90, r2: 10}}", &["1.1.1.1 30.0", "2.2.2.2 30.0", "3.3.3.3 30.0", "4.4.4.4 10.0"])]
// 70 for three localities of equal weight is 23.3 each, rounded up to 24: 24, 24, 24 and 30 of 102.
#[case::i_138_rounded_up("{from: r1/z1, to: {r1: 70, r2: 30}}", &["1.1.1.1 23.5", "2.2.2.2 23.5", "3.3.3.3 23.5", "4.4.4.4 29.4"])]
#[case::i_138_specific_first("{from: r1/z1, to: {'*': 40, r1/z2: 60}}", &["1.1.1.1 10.0", "2.2.2.2 10.0", "3.3.3.3 60.0", "4.4.4.4 10.0", "5.5.5.5 10.0"])]
fn distribute_gives_localities_their_shares(#[case] distribute: &str, #[case] expected: &[&str]) {
    let documents = [example(ENDPOINTS), near(&format!("distribute: [{distribute}]"), true)];
    assert_eq!(shares(&with(&documents, &options(Profile::Istio))), expected);
    let kgateway = with(&documents, &options(Profile::Kgateway));
    assert!(only(&kgateway).policy.distribution.is_empty(), "K-088: unsupported");
}

#[test]
fn i_138_i_139_what_has_no_share_is_left_out_and_told_of() {
    let spec = "resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1}, {address: 2.2.2.2}, {address: 3.3.3.3, locality: r2}]";
    let documents = [example(spec), near("distribute: [{from: r1, to: {r1: 100, r2: 0}}]", false)];
    let model = with(&documents, &options(Profile::Istio));
    assert_eq!(addresses(only(&model)), ["1.1.1.1:80"]);
    assert_eq!(excluded(only(&model)), ["#1 NoLocalityShare I-138", "#2 NoLocalityShare I-138"]);
}

#[test]
fn i_138_a_share_is_divided_by_the_weights_within_its_locality() {
    let spec = "resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1, weight: 3}, \
        {address: 1.1.1.2, locality: r1, weight: 1}, {address: 2.2.2.2, locality: r2, weight: 100}]";
    let documents = [example(spec), near("distribute: [{from: r1, to: {r1: 50, r2: 50}}]", false)];
    let model = with(&documents, &options(Profile::Istio));
    assert_eq!(shares(&model), ["1.1.1.1 37.5", "1.1.1.2 12.5", "2.2.2.2 50.0"]);
    assert!(only(&model).policy.locality_weighted, "I-120");
    let weights: Vec<_> = only(&model).endpoints.iter().map(|endpoint| endpoint.weight.get()).collect();
    assert_eq!(weights, [3, 1, 100], "the endpoints keep theirs");
}

fn ejection(settings: &str, profile: Profile) -> Policy {
    let spec = format!("host: {HOST}, trafficPolicy: {{outlierDetection: {{{settings}}}}}");
    only(&with(&[example(ENDPOINTS), rule("dr", &spec)], &options(profile))).policy.clone()
}

#[rstest]
#[case::defaults("", Some(5), None, None)]
#[case::counts("consecutive5xxErrors: 3, consecutiveGatewayErrors: 2", Some(3), Some(2), None)]
#[case::zero_is_never("consecutive5xxErrors: 0, consecutiveGatewayErrors: 0", None, None, None)]
#[case::local_not_split("consecutiveLocalOriginFailures: 7", Some(5), None, None)]
#[case::local("splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 7", Some(5), None, Some(7))]
#[case::local_default("splitExternalLocalOriginErrors: true", Some(5), None, Some(5))]
fn k_092_i_154_which_failures_eject(
    #[case] settings: &str,
    #[case] http: Option<u32>,
    #[case] gateway: Option<u32>,
    #[case] local: Option<u32>,
) {
    for profile in [Profile::Kgateway, Profile::Istio] {
        let got = ejection(settings, profile).outlier_detection.unwrap();
        assert_eq!(
            (got.consecutive_5xx, got.consecutive_gateway, got.consecutive_local_origin),
            (http, gateway, local)
        );
    }
}

#[rstest]
#[case::i_155_defaults("", 10, 30, 10, 0)]
#[case::written("interval: 1m, baseEjectionTime: 1.5s, maxEjectionPercent: 100, minHealthPercent: 40", 60, 1, 100, 40)]
#[case::odd("interval: soon, baseEjectionTime: -3s, maxEjectionPercent: -1, minHealthPercent: 900", 10, 30, 10, 100)]
fn k_092_i_113_how_long_and_how_many(
    #[case] settings: &str,
    #[case] interval: u64,
    #[case] base: u64,
    #[case] percent: u32,
    #[case] panic: u32,
) {
    let policy = ejection(settings, Profile::Kgateway);
    let OutlierDetection { interval: got, base_ejection, max_ejection_percent, .. } = policy.outlier_detection.unwrap();
    assert_eq!(got, Duration::from_secs(interval));
    assert_eq!(base_ejection.as_secs(), base);
    assert_eq!((max_ejection_percent, policy.panic_percent), (percent, panic));
}

#[test]
fn k_092_without_outlier_detection_nothing_but_priorities_applies() {
    let model = with(&[example(ENDPOINTS), near("", false)], &options(Profile::Kgateway));
    let policy = &only(&model).policy;
    assert_eq!(Policy { rule: None, ..policy.clone() }, Policy::default());
    assert_eq!(policy.rule.as_ref().map(ToString::to_string).as_deref(), Some("gwtest/dr"));
    let ejecting = with(&[example(ENDPOINTS), near("", true)], &options(Profile::Kgateway));
    assert!(only(&ejecting).policy.locality_weighted);
    assert_eq!(only(&with(&[example(ENDPOINTS)], &options(Profile::Kgateway))).policy.panic_percent, 50);
}

#[rstest]
#[case::this_port(80, 0)]
#[case::another_port(81, 3)]
fn k_091_settings_of_a_port_replace_the_general_ones(#[case] port: u16, #[case] highest: u32) {
    let port_level = format!("portLevelSettings: [{{port: {{number: {port}}}, outlierDetection: {{interval: 7s}}}}]");
    let policy = format!("loadBalancer: {{localityLbSetting: {{}}}}, outlierDetection: {{interval: 5s}}, {port_level}");
    let documents = [example(ENDPOINTS), rule("dr", &format!("host: {HOST}, trafficPolicy: {{{policy}}}"))];
    let model = with(&documents, &options(Profile::Kgateway));
    let endpoints = &only(&model).endpoints;
    assert_eq!(endpoints.iter().map(|endpoint| endpoint.priority).max(), Some(highest));
    let interval = only(&model).policy.outlier_detection.as_ref().map(|outlier| outlier.interval.as_secs());
    assert_eq!(interval, Some(if port == 80 { 7 } else { 5 }));
}

/// The interval tells which rule was taken; 0 means none.
fn with_interval(meta: &str, host: &str, rest: &str, seconds: u32) -> String {
    rule(meta, &format!("host: '{host}', {rest} trafficPolicy: {{outlierDetection: {{interval: {seconds}s}}}}"))
}

fn taken(profile: Profile, rules: &[String]) -> u64 {
    let documents: Vec<_> = rules.iter().cloned().chain([example(ENDPOINTS)]).collect();
    let model = with(&documents, &options(profile));
    only(&model).policy.outlier_detection.as_ref().map_or(0, |outlier| outlier.interval.as_secs())
}

#[rstest]
#[case::exact("se.example.com", "", 7, 7)]
#[case::case_and_dot("SE.example.com.", "", 7, 7)]
#[case::wildcard("*.example.com", "", 0, 7)]
#[case::all("*", "", 0, 7)]
#[case::other("sse.example.com", "", 0, 0)]
#[case::export_all("se.example.com", "exportTo: ['*'],", 7, 7)]
#[case::export_own("se.example.com", "exportTo: [.],", 0, 0)]
#[case::export_gateway("se.example.com", "exportTo: [x, infra],", 7, 7)]
#[case::export_other("se.example.com", "exportTo: [x],", 0, 0)]
#[case::selects("se.example.com", "workloadSelector: {matchLabels: {app: gw}},", 7, 0)]
#[case::selects_another("se.example.com", "workloadSelector: {matchLabels: {app: x}},", 0, 0)]
fn k_090_d_25_which_rule_applies(#[case] host: &str, #[case] rest: &str, #[case] kgateway: u64, #[case] istio: u64) {
    let rules = [with_interval("dr", host, rest, 7)];
    assert_eq!(taken(Profile::Kgateway, &rules), kgateway);
    assert_eq!(taken(Profile::Istio, &rules), istio);
}

#[rstest]
#[case::oldest(
    "b, creationTimestamp: '2026-01-01T00:00:00Z'",
    "",
    "a, creationTimestamp: '2026-02-01T00:00:00Z'",
    "",
    1,
    1
)]
#[case::tie_by_name("b", "", "a", "", 2, 2)]
#[case::public_first("a", "exportTo: [infra],", "b", "", 2, 1)]
#[case::gateway_namespace_first("a", "", "b, namespace: infra", "", 1, 2)]
#[case::backend_namespace_next("z, namespace: zz", "", "a, namespace: istio-system", "", 2, 2)]
#[case::backend_namespace_before_system("a, namespace: istio-system", "", "z", "", 2, 2)]
#[case::system_namespace_last("a, namespace: other", "", "z, namespace: istio-system", "", 2, 2)]
#[case::own_selector_first(
    "a, namespace: infra",
    "",
    "b, namespace: infra",
    "workloadSelector: {matchLabels: {app: gw}},",
    1,
    2
)]
fn k_090_d_25_of_several_rules_one_applies(
    #[case] one: &str,
    #[case] one_rest: &str,
    #[case] two: &str,
    #[case] two_rest: &str,
    #[case] kgateway: u64,
    #[case] istio: u64,
) {
    let rules = [with_interval(one, HOST, one_rest, 1), with_interval(two, HOST, two_rest, 2)];
    assert_eq!(taken(Profile::Kgateway, &rules), kgateway);
    assert_eq!(taken(Profile::Istio, &rules), istio);
}

#[test]
fn d_25_the_most_specific_host_wins_and_a_rule_without_policy_gives_way_to_a_younger_one() {
    let rules = [
        with_interval("a", "*.com", "", 1),
        with_interval("b", "*.example.com", "", 2),
        with_interval("c", "*", "", 3),
    ];
    assert_eq!(taken(Profile::Istio, &rules), 2);
    let subsets =
        rule("old, creationTimestamp: '2020-01-01T00:00:00Z'", &format!("host: {HOST}, subsets: [{{name: v1}}]"));
    let rules = [subsets, with_interval("young", HOST, "", 4)];
    assert_eq!(taken(Profile::Istio, &rules), 4);
    assert_eq!(taken(Profile::Kgateway, &rules), 0, "K-090: nothing is merged");
}

#[test]
fn d_25_a_short_host_means_the_service_of_the_rules_namespace() {
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: gwtest}\nspec: {ports: [{port: 80}]}\n";
    for (profile, expected) in [(Profile::Kgateway, false), (Profile::Istio, true)] {
        let model = with(&[service.to_owned(), with_interval("dr", "web", "", 7)], &options(profile));
        assert_eq!(only(&model).policy.outlier_detection.is_some(), expected);
    }
}

#[test]
fn k_090_i_152_each_host_follows_its_own_rule() {
    let spec = format!("hosts: [a.example.com, {HOST}], ports: [{{number: 80}}], {ENDPOINTS}");
    let documents = [service_entry("two", &spec), near("", true)];
    for profile in [Profile::Kgateway, Profile::Istio] {
        let model = with(&documents, &options(profile));
        let highest: Vec<_> = model.backends.iter().map(|b| b.endpoints.iter().map(|e| e.priority).max()).collect();
        assert_eq!(highest, [Some(0), Some(3)]);
    }
}
