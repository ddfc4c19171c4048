//! K-010 to K-037: from ServiceEntry to backends.

use rstest::rstest;
use sextant_resources::{Hostname, ObjectKey, Resolution};
use sextant_routing::{BackendId, BackendKind, Discovery, Options, Profile, Settings, UpstreamHttp};

use crate::support::*;

const STATIC: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";

#[test]
fn k_010_every_host_and_port_is_a_backend_in_order() {
    let spec = "hosts: [b.example.com, a.example.com], resolution: STATIC, \
                ports: [{number: 443, name: https}, {number: 80, name: http}]";
    let model = model(&[service_entry("multi", spec), example(STATIC)]);
    let expected = [
        "gwtest/example-se se.example.com:80",
        "gwtest/multi a.example.com:80",
        "gwtest/multi a.example.com:443",
        "gwtest/multi b.example.com:80",
        "gwtest/multi b.example.com:443",
    ];
    assert_eq!(backends(&model), expected);
}

#[test]
fn k_010_a_backend_is_found_by_its_identity() {
    let model = model(&[example(STATIC)]);
    let mut id = BackendId {
        kind: BackendKind::ServiceEntry,
        service_entry: ObjectKey::new("gwtest", "example-se"),
        host: Hostname::new("SE.example.com."),
        port: 80,
    };
    assert_eq!(model.backend(&id).map(addresses), Some(vec!["1.1.1.1:80".to_owned()]));
    id.port = 81;
    assert_eq!(model.backend(&id), None);
}

#[rstest]
#[case::unset("endpoints: []")]
#[case::none("resolution: NONE")]
fn k_011_resolution_none_makes_no_backend(#[case] spec: &str) {
    assert!(backends(&model(&[example(spec)])).is_empty());
}

#[test]
fn k_012_k_013_export_and_addresses_change_nothing() {
    let plain = model(&[example(STATIC)]);
    let other = model(&[example(&format!("{STATIC}, exportTo: ['.'], addresses: [10.0.0.1, 10.1.0.0/16]"))]);
    assert_eq!(plain, other);
}

#[test]
fn k_014_a_wildcard_host_stays_literal() {
    let spec = "hosts: ['*.example.com'], ports: [{number: 80, name: http}], resolution: DNS";
    let model = model(&[service_entry("wild", spec)]);
    assert_eq!(addresses(only(&model)), ["*.example.com:80"]);
}

#[rstest]
#[case("HTTP2", UpstreamHttp::Http2)]
#[case("http2", UpstreamHttp::Http2)]
#[case("GRPC", UpstreamHttp::Http2)]
#[case("GRPC-Web", UpstreamHttp::Http2)]
#[case("kubernetes.io/h2c", UpstreamHttp::Http2)]
#[case("HTTP", UpstreamHttp::Http1)]
#[case("HTTPS", UpstreamHttp::Http1)]
#[case("TLS", UpstreamHttp::Http1)]
#[case("TCP", UpstreamHttp::Http1)]
#[case("MONGO", UpstreamHttp::Http1)]
#[case("kubernetes.io/ws", UpstreamHttp::Http1)]
#[case("http2-foo", UpstreamHttp::Http1)]
#[case("", UpstreamHttp::Http1)]
fn k_017_the_protocol_decides_the_http_version(#[case] protocol: &str, #[case] upstream: UpstreamHttp) {
    let ports = format!("ports: [{{number: 80, name: http2-x, protocol: '{protocol}'}}]");
    let model = model(&[service_entry("se", &format!("hosts: [a.example.com], {ports}, resolution: STATIC"))]);
    assert_eq!(only(&model).upstream, upstream);
    assert_eq!(only(&model).port.protocol, protocol);
}

#[rstest]
#[case("'true'", false)]
#[case("'false'", false)]
#[case("'T'", false)]
#[case("'yes'", true)]
#[case("''", true)]
fn k_020_an_annotation_that_is_no_boolean_withholds_the_backend(#[case] value: &str, #[case] broken: bool) {
    let meta = format!("se, annotations: {{kgateway.dev/disable-istio-auto-mtls: {value}}}");
    let spec = format!("hosts: [a.example.com], ports: [{{number: 80}}], {STATIC}");
    let model = model(&[service_entry(&meta, &spec)]);
    assert_eq!(only(&model).fault.as_ref().map(|fault| fault.rule), broken.then_some("K-020"));
}

#[rstest]
#[case::k_022("resolution: DYNAMIC_DNS", Discovery::None)]
#[case::k_030("resolution: STATIC, workloadSelector: {labels: {app: reviews}}", Discovery::Workloads)]
#[case::k_031("resolution: STATIC, endpoints: [{address: 1.1.1.1}]", Discovery::Inline)]
#[case::k_031_empty_selector("resolution: STATIC, workloadSelector: {labels: {}}", Discovery::Inline)]
#[case::k_031_bare_selector("resolution: STATIC, workloadSelector: {}", Discovery::Inline)]
#[case::k_032("resolution: STATIC", Discovery::Inline)]
#[case::k_033("resolution: DNS", Discovery::Dns)]
#[case::k_034("resolution: DNS_ROUND_ROBIN", Discovery::LogicalDns)]
#[case::k_036("resolution: DNS, workloadSelector: {labels: {app: reviews}}", Discovery::Dns)]
fn discovery_follows_resolution(#[case] spec: &str, #[case] discovery: Discovery) {
    assert_eq!(only(&model(&[example(spec)])).discovery, discovery);
}

#[test]
fn k_022_dynamic_dns_takes_no_endpoints() {
    let model = model(&[example("resolution: DYNAMIC_DNS, endpoints: [{address: 1.1.1.1}]")]);
    assert!(addresses(only(&model)).is_empty());
    assert_eq!(excluded(only(&model)), ["#0 ResolutionTakesNone K-022"]);
}

#[test]
fn k_032_static_without_endpoints_is_an_empty_backend() {
    let model = model(&[example("resolution: STATIC")]);
    assert!(only(&model).endpoints.is_empty() && only(&model).excluded.is_empty());
}

#[test]
fn k_036_dns_ignores_the_selector_and_says_so() {
    let model = model(&[
        example("resolution: DNS, workloadSelector: {labels: {app: reviews}}"),
        pod("reviews, labels: {app: reviews}", "10.0.0.1", ""),
    ]);
    assert_eq!(addresses(only(&model)), ["se.example.com:80"]);
    assert_eq!(excluded(only(&model)), ["reviews SelectorIgnored K-036"]);
}

#[test]
fn k_037_a_selector_wins_over_inline_endpoints() {
    let model = model(&[
        example("resolution: STATIC, workloadSelector: {labels: {app: reviews}}, endpoints: [{address: 1.1.1.1}]"),
        workload_entry("vm, labels: {app: reviews}", "address: 2.2.2.2"),
    ]);
    assert_eq!(addresses(only(&model)), ["2.2.2.2:80"]);
    assert_eq!(excluded(only(&model)), ["#0 SelectorWins K-037"]);
}

#[test]
fn k_053_the_first_port_of_a_number_counts() {
    let ports = "ports: [{number: 80, name: a, targetPort: 8080}, {number: 80, name: b, targetPort: 9090}]";
    let model = model(&[service_entry("se", &format!("hosts: [a.example.com], {ports}, {STATIC}"))]);
    assert_eq!(addresses(only(&model)), ["1.1.1.1:8080"]);
    assert_eq!(only(&model).port.name, "a");
}

#[rstest]
#[case(0)]
#[case(65_536)]
#[case(70_000)]
#[case(u32::MAX)]
fn k_160_a_port_number_that_is_none_makes_no_backend(#[case] number: u32) {
    let spec = format!("hosts: [a.example.com], ports: [{{number: {number}, name: x}}], {STATIC}");
    assert!(model(&[service_entry("se", &spec)]).backends.is_empty());
}

fn settings(selector: &str) -> Options {
    let selectors = serde_json::from_str(selector).unwrap();
    let settings = Settings::default().exclude_service_entries(selectors).unwrap();
    Options { settings, ..Options::default() }
}

#[rstest]
#[case::no_selector("[]", true)]
#[case::pair(r#"[{"matchLabels": {"generated": "true"}}]"#, false)]
#[case::any_member(r#"[{"matchLabels": {"x": "y"}}, {"matchLabels": {"generated": "true"}}]"#, false)]
#[case::all_terms(r#"[{"matchLabels": {"generated": "true", "x": "y"}}]"#, true)]
#[case::exists(r#"[{"matchExpressions": [{"key": "generated", "operator": "Exists"}]}]"#, false)]
#[case::absent(r#"[{"matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}]"#, false)]
#[case::within(r#"[{"matchExpressions": [{"key": "generated", "operator": "In", "values": ["true"]}]}]"#, false)]
#[case::without(r#"[{"matchExpressions": [{"key": "generated", "operator": "NotIn", "values": ["true"]}]}]"#, true)]
#[case::unknown(r#"[{"matchExpressions": [{"key": "generated", "operator": "Like", "values": ["true"]}]}]"#, true)]
fn k_005_configured_selectors_hide_service_entries(#[case] selectors: &str, #[case] visible: bool) {
    let spec = format!("hosts: [a.example.com], ports: [{{number: 80}}], {STATIC}");
    let entry = service_entry("se, labels: {generated: 'true'}", &spec);
    assert_eq!(with(&[entry], &settings(selectors)).backends.len(), usize::from(visible));
}

#[test]
fn k_005_a_selector_without_terms_is_refused() {
    let selectors = serde_json::from_str(r#"[{"matchLabels": {"a": "b"}}, {}]"#).unwrap();
    assert_eq!(Settings::default().exclude_service_entries(selectors).unwrap_err().place, 1);
}

#[test]
fn i_002_each_host_without_an_address_is_a_service() {
    let spec = "hosts: [b.example.com, a.example.com], ports: [{number: 80, name: http}], resolution: STATIC, \
                endpoints: [{address: 1.1.1.1}]";
    let reference = "group: networking.istio.io, kind: Hostname, name: b.example.com, port: 80";
    let model = istio(&[service_entry("se", spec), route_to("r", reference)]);
    assert_eq!(backends(&model), ["gwtest/se a.example.com:80", "gwtest/se b.example.com:80"]);
    let target = &model.routes[0].rules[0].targets[0].target;
    assert_eq!(model.outcome(target).status().map(|status| status.as_u16()), None, "it is served");
}

#[test]
fn i_006_without_a_resolution_it_is_none_and_location_plays_no_part() {
    let spec = |location: &str| format!("hosts: [a.example.com], ports: [{{number: 80, name: http}}]{location}");
    let model = istio(&[service_entry("se", &spec(""))]);
    assert_eq!((only(&model).resolution, only(&model).discovery), (Resolution::None, Discovery::None));
    for location in [", location: MESH_EXTERNAL", ", location: MESH_INTERNAL"] {
        assert_eq!(istio(&[service_entry("se", &spec(location))]).backends, model.backends);
    }
}

/// K-104, I-109.
#[rstest]
#[case::k_104(Profile::Kgateway)]
#[case::i_109(Profile::Istio)]
fn location_decides_nothing_about_routing(#[case] profile: Profile) {
    let resolved = |location: &str| {
        let entry = example(&format!("{location} resolution: STATIC, workloadSelector: {{labels: {{app: x}}}}"));
        let documents = [entry, workload_entry("vm, labels: {app: x}", "address: 1.1.1.1, serviceAccount: vm")];
        with(&documents, &Options { profile, ..Options::default() }).backends
    };
    let without = resolved("");
    assert_eq!(resolved("location: MESH_INTERNAL,"), without);
    assert_eq!(resolved("location: MESH_EXTERNAL,"), without);
}

#[rstest]
#[case::f_018("HTTP", UpstreamHttp::Http1)]
#[case::i_023_any_case("hTTp2", UpstreamHttp::Http2)]
#[case::f_020("HTTP_PROXY", UpstreamHttp::Http1)]
#[case::f_021("HTTPS", UpstreamHttp::Http1)]
#[case::f_022("grpc", UpstreamHttp::Http2)]
#[case::f_023("GRPC-WEB", UpstreamHttp::Http2)]
#[case::f_024("TCP", UpstreamHttp::Http1)]
#[case::f_025("TLS", UpstreamHttp::Http1)]
#[case::f_026("Mongo", UpstreamHttp::Http1)]
#[case::f_027("MySQL", UpstreamHttp::Http1)]
#[case::f_028("Redis", UpstreamHttp::Http1)]
#[case::i_023_detected("", UpstreamHttp::Http1)]
fn i_024_families_of_protocols(#[case] protocol: &str, #[case] upstream: UpstreamHttp) {
    let spec = format!(
        "hosts: [a.example.com], ports: [{{number: 80, name: p, protocol: '{protocol}'}}], resolution: STATIC, \
         endpoints: [{{address: 1.1.1.1}}]"
    );
    let model = istio(&[service_entry("se", &spec)]);
    assert_eq!((only(&model).upstream, addresses(only(&model))), (upstream, vec!["1.1.1.1:80".to_owned()]));
}

/// F-029.
#[test]
fn i_027_udp_makes_no_backend_under_istio() {
    let spec = "hosts: [a.example.com], resolution: STATIC, endpoints: [{address: 1.1.1.1}], \
                ports: [{number: 53, name: dns, protocol: udp}, {number: 80, name: http, protocol: HTTP}]";
    let reference = "group: networking.istio.io, kind: Hostname, name: a.example.com, port: 53";
    let documents = [service_entry("se", spec), route_to("r", reference)];
    let model = istio(&documents);
    assert_eq!(backends(&model), ["gwtest/se a.example.com:80"]);
    let target = &model.routes[0].rules[0].targets[0].target;
    assert_eq!(model.outcome(target).status().map(|status| status.as_u16()), Some(500));
    assert_eq!(backends(&super::support::model(&documents)).len(), 2, "kgateway asks for no protocol");
}

/// F-010.
#[rstest]
#[case("RACE_FIRST_TCP_CONNECT", "DNS", Discovery::LogicalDns)]
#[case("FIRST_HEALTHY", "DNS", Discovery::Dns)]
#[case("RACE_FIRST_TCP_CONNECT", "STATIC", Discovery::Inline)]
fn i_013_a_race_for_connections_takes_one_address_at_a_time(
    #[case] strategy: &str,
    #[case] resolution: &str,
    #[case] discovery: Discovery,
) {
    let meta = format!("se, annotations: {{istio.io/connect-strategy: {strategy}}}");
    let spec = format!("hosts: [a.example.com], ports: [{{number: 80}}], resolution: {resolution}");
    let documents = [service_entry(&meta, &spec)];
    assert_eq!(only(&istio(&documents)).discovery, discovery);
    assert_ne!(only(&model(&documents)).discovery, Discovery::LogicalDns, "kgateway does not read it");
}
