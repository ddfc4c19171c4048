//! K-110 to K-135: what a backendRef resolves to, and what the status says.

use rstest::rstest;
use sextant_routing::{Model, Options, Outcome, Profile, Settings, Target};

use crate::support::*;

const GATEWAY: &str = "name: http, port: 80, protocol: HTTP";
const SE: &str = "group: networking.istio.io, kind: ServiceEntry";
const HOST: &str = "group: networking.istio.io, kind: Hostname";
const STATIC: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";

/// `gwtest/example-se se.example.com:80`, or `BackendNotFound: message`.
fn target(model: &Model, rule: usize, place: usize) -> String {
    match &model.routes[0].rules[rule].targets[place].target {
        Target::Backend(index) => model[*index].id.to_string(),
        Target::Unresolved(bad) => format!("{}: {} ({})", bad.reason, bad.message, bad.rule),
    }
}

fn resolved(documents: &[String], reference: &str) -> String {
    let mut documents = documents.to_vec();
    documents.push(gateway(&[GATEWAY]));
    documents.push(route_to("r", reference));
    let model = model(&documents);
    let target = target(&model, 0, 0);
    let status = &conditions(&model.routes[0])[1];
    match target.split_once(" (") {
        Some((unresolved, _)) => assert_eq!(*status, format!("ResolvedRefs=False {unresolved}")),
        None => assert_eq!(status, "ResolvedRefs=True ResolvedRefs"),
    }
    assert_eq!(conditions(&model.routes[0])[0], "Accepted=True Accepted", "K-121: Accepted stays True");
    target
}

#[rstest]
#[case::k_110(format!("{SE}, name: example-se, port: 80"), "gwtest/example-se se.example.com:80")]
#[case::k_110_namespace(format!("{SE}, name: example-se, namespace: gwtest, port: 80"), "gwtest/example-se se.example.com:80")]
#[case::k_111(format!("{HOST}, name: se.example.com, port: 80"), "gwtest/example-se se.example.com:80")]
#[case::k_111_case(format!("{HOST}, name: SE.example.com., port: 80"), "gwtest/example-se se.example.com:80")]
#[case::k_121_missing(format!("{SE}, name: nope, port: 80"), "BackendNotFound: ServiceEntry gwtest/nope not found (K-121)")]
#[case::k_121_port(format!("{SE}, name: example-se, port: 81"), "BackendNotFound: ServiceEntry gwtest/example-se found, but port 81 not defined (K-121)")]
#[case::k_113_target_port(format!("{SE}, name: example-se, port: 8080"), "BackendNotFound: ServiceEntry gwtest/example-se found, but port 8080 not defined (K-121)")]
#[case::k_121_odd_port(format!("{SE}, name: example-se, port: 70000"), "BackendNotFound: ServiceEntry gwtest/example-se found, but port 70000 not defined (K-121)")]
#[case::k_113_no_port(format!("{SE}, name: example-se"), "BackendNotFound: ServiceEntry gwtest/example-se not found (K-113)")]
#[case::k_121_host_port(format!("{HOST}, name: se.example.com, port: 81"), "BackendNotFound: Hostname /se.example.com found, but port 81 not defined (K-121)")]
#[case::k_121_no_host(format!("{HOST}, name: no.example.com, port: 80"), "BackendNotFound: Hostname /no.example.com not found (K-121)")]
#[case::k_112(format!("{HOST}, name: se.example.com, namespace: gwtest, port: 80"), "BackendNotFound: Hostname gwtest/se.example.com not found (K-112)")]
#[case::k_112_grant_first(format!("{HOST}, name: se.example.com, namespace: other, port: 80"), "RefNotPermitted: missing reference grant (K-118)")]
#[case::k_119(format!("{HOST}, name: svc.gwtest.svc.cluster.local, port: 80"), "BackendNotFound: Hostname /svc.gwtest.svc.cluster.local not found (K-121)")]
#[case::k_120("group: networking.istio.io, kind: WorkloadEntry, name: vm, port: 80".to_owned(), "InvalidKind: unknown backend kind (K-121)")]
#[case::k_121_group("group: example.com, kind: ServiceEntry, name: example-se, port: 80".to_owned(), "InvalidKind: unknown backend kind (K-121)")]
#[case::k_121_no_group("kind: ServiceEntry, name: example-se, port: 80".to_owned(), "InvalidKind: unknown backend kind (K-121)")]
#[case::service("name: web, port: 80".to_owned(), "BackendNotFound: Service gwtest/web not found (K-121)")]
fn a_reference_and_its_status(#[case] reference: String, #[case] expected: &str) {
    let entry = service_entry(
        "example-se",
        &format!("hosts: [se.example.com], ports: [{{number: 80, name: http, targetPort: 8080}}], {STATIC}"),
    );
    assert_eq!(resolved(&[entry], &reference), expected);
}

#[test]
fn k_011_a_reference_to_resolution_none_is_not_found_and_the_help_says_why() {
    let model = model(&[example("resolution: NONE"), route_to("r", &format!("{SE}, name: example-se, port: 80"))]);
    assert_eq!(target(&model, 0, 0), "BackendNotFound: ServiceEntry gwtest/example-se not found (K-121)");
    let Target::Unresolved(bad) = &model.routes[0].rules[0].targets[0].target else { panic!("it is unresolved") };
    assert!(bad.help.contains("NONE") && bad.help.contains("STATIC"), "{}", bad.help);
}

#[rstest]
#[case::hostname_needs_none("", "", true, HOST)]
#[case::none("", "", false, SE)]
#[case::all(
    "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
    "group: networking.istio.io, kind: ServiceEntry",
    true,
    SE
)]
#[case::named(
    "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
    "group: networking.istio.io, kind: ServiceEntry, name: far",
    true,
    SE
)]
#[case::other_name(
    "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
    "group: networking.istio.io, kind: ServiceEntry, name: x",
    false,
    SE
)]
#[case::other_kind(
    "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
    "group: networking.istio.io, kind: Hostname",
    false,
    SE
)]
#[case::core_group(
    "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
    "group: '', kind: ServiceEntry",
    false,
    SE
)]
#[case::from_elsewhere(
    "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: x",
    "group: networking.istio.io, kind: ServiceEntry",
    false,
    SE
)]
#[case::from_grpc(
    "group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: gwtest",
    "group: networking.istio.io, kind: ServiceEntry",
    false,
    SE
)]
fn k_118_another_namespace_needs_a_grant(
    #[case] from: &str,
    #[case] to: &str,
    #[case] allowed: bool,
    #[case] kind: &str,
) {
    let far =
        service_entry("far, namespace: other", &format!("hosts: [far.example.com], ports: [{{number: 80}}], {STATIC}"));
    let mut documents = vec![far];
    if !from.is_empty() {
        documents.push(reference_grant("grant, namespace: other", from, to));
    }
    let reference = match kind {
        HOST => format!("{HOST}, name: far.example.com, port: 80"),
        _ => format!("{SE}, name: far, namespace: other, port: 80"),
    };
    let expected =
        if allowed { "other/far far.example.com:80" } else { "RefNotPermitted: missing reference grant (K-118)" };
    assert_eq!(resolved(&documents, &reference), expected);
}

#[test]
fn k_118_a_grant_in_the_wrong_namespace_does_not_count_and_a_missing_one_is_told_first() {
    let grant = reference_grant(
        "grant, namespace: third",
        "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
        "group: networking.istio.io, kind: ServiceEntry",
    );
    let got = resolved(&[grant], &format!("{SE}, name: absent, namespace: other, port: 80"));
    assert_eq!(got, "RefNotPermitted: missing reference grant (K-118)");
}

#[test]
fn k_118_grants_can_be_switched_off() {
    let far =
        service_entry("far, namespace: other", &format!("hosts: [f.example.com], ports: [{{number: 80}}], {STATIC}"));
    let documents = [far, route_to("r", &format!("{SE}, name: far, namespace: other, port: 80"))];
    let settings = Settings { enforce_reference_grants: false, ..Settings::default() };
    let model = with(&documents, &Options { settings, ..Options::default() });
    assert_eq!(target(&model, 0, 0), "other/far f.example.com:80");
}

fn declares(meta: &str, port: u16) -> String {
    service_entry(meta, &format!("hosts: [x.example.com], ports: [{{number: {port}, name: p}}], {STATIC}"))
}

#[rstest]
#[case::age("z, creationTimestamp: '2026-01-01T00:00:00Z'", "a, creationTimestamp: '2026-01-01T00:00:01Z'", "gwtest/z")]
#[case::tie_by_name(
    "b, creationTimestamp: '2026-01-01T00:00:00Z'",
    "a, creationTimestamp: '2026-01-01T00:00:00Z'",
    "gwtest/a"
)]
#[case::no_age("b", "a", "gwtest/a")]
#[case::an_age_beats_none("b, creationTimestamp: '2026-01-01T00:00:00Z'", "a", "gwtest/b")]
#[case::k_114_text_order("x", "x-1", "gwtest/x-1")]
#[case::k_114_digits("x", "x1", "gwtest/x1")]
#[case::k_114_namespaces("se, namespace: a", "se, namespace: a-b", "a-b/se")]
fn k_116_the_oldest_entry_of_a_host_is_used_alone(#[case] one: &str, #[case] two: &str, #[case] winner: &str) {
    for documents in [[declares(one, 80), declares(two, 80)], [declares(two, 80), declares(one, 80)]] {
        let got = resolved(&documents, &format!("{HOST}, name: x.example.com, port: 80"));
        assert_eq!(got, format!("{winner} x.example.com:80"));
    }
}

#[test]
fn k_116_only_entries_with_the_port_are_candidates() {
    let old = declares("old, creationTimestamp: '2026-01-01T00:00:00Z'", 443);
    let new = declares("new, creationTimestamp: '2026-01-02T00:00:00Z'", 80);
    assert_eq!(resolved(&[old, new], &format!("{HOST}, name: x.example.com, port: 80")), "gwtest/new x.example.com:80");
}

#[test]
fn k_114_k_115_an_entry_with_several_hosts_serves_by_its_first() {
    let entry =
        service_entry("se", &format!("hosts: [b.example.com, a.example.com], ports: [{{number: 80}}], {STATIC}"));
    let entry = [entry];
    assert_eq!(resolved(&entry, &format!("{SE}, name: se, port: 80")), "gwtest/se a.example.com:80");
    assert_eq!(resolved(&entry, &format!("{HOST}, name: b.example.com, port: 80")), "gwtest/se a.example.com:80");
}

#[test]
fn k_131_k_132_each_reference_has_its_weight_and_the_last_mistake_is_told() {
    let spec = format!(
        "parentRefs: [{{name: gw}}], rules: [{{backendRefs: [\
         {{{SE}, name: example-se, port: 80, weight: 90}}, {{{SE}, name: gone, port: 80, weight: 10}}, \
         {{{SE}, name: example-se, port: 80}}, {{{SE}, name: gone-too, port: 80, weight: 0}}]}}]"
    );
    let model = model(&[example(STATIC), gateway(&[GATEWAY]), http_route("r", &spec)]);
    let rule = &model.routes[0].rules[0];
    let shares: Vec<_> =
        rule.targets.iter().map(|t| (t.weight, model.outcome(&t.target).status().map(|s| s.as_u16()))).collect();
    assert_eq!(shares, [(90, None), (10, Some(500)), (1, None), (0, Some(500))]);
    assert_eq!(
        conditions(&model.routes[0])[1],
        "ResolvedRefs=False BackendNotFound: ServiceEntry gwtest/gone-too not found"
    );
    assert_eq!(rule.targets[1].reference.namespace.as_deref(), Some("gwtest"));
}

#[rstest]
#[case::forward(STATIC, None)]
#[case::k_133("resolution: STATIC", Some(503))]
#[case::k_079("resolution: STATIC, workloadSelector: {labels: {app: x}}", Some(503))]
#[case::k_011("resolution: NONE", Some(500))]
#[case::dns("resolution: DNS", None)]
fn what_a_share_of_requests_gets(#[case] spec: &str, #[case] status: Option<u16>) {
    let model = model(&[example(spec), route_to("r", &format!("{SE}, name: example-se, port: 80"))]);
    let target = &model.routes[0].rules[0].targets[0].target;
    assert_eq!(model.outcome(target).status().map(|s| s.as_u16()), status);
}

#[test]
fn k_134_a_withheld_backend_answers_500_though_its_reference_is_resolved() {
    let spec = format!("hosts: [a.example.com], ports: [{{number: 80}}], {STATIC}");
    let entry = service_entry("se, annotations: {kgateway.dev/disable-istio-auto-mtls: maybe}", &spec);
    let model = model(&[entry, gateway(&[GATEWAY]), route_to("r", &format!("{SE}, name: se, port: 80"))]);
    assert_eq!(conditions(&model.routes[0])[1], "ResolvedRefs=True ResolvedRefs");
    assert!(matches!(model.outcome(&model.routes[0].rules[0].targets[0].target), Outcome::Withheld(_)));
}

#[rstest]
#[case::d_01(format!("{SE}, name: example-se, port: 80"), "InvalidKind: unknown backend kind (K-121)", false)]
#[case::d_02(format!("{HOST}, name: se.example.com, namespace: gwtest, port: 80"), "InvalidDestination: namespace may not be set for a Hostname (I-172)", true)]
#[case::d_02_elsewhere(format!("{HOST}, name: se.example.com, namespace: other, port: 80"), "InvalidDestination: namespace may not be set for a Hostname (I-172)", true)]
#[case::d_03(format!("{HOST}, name: se.example.com"), "InvalidDestination: port is required (I-172)", true)]
#[case::i_173(format!("{HOST}, name: no.example.com, port: 80"), "BackendNotFound: backend(no.example.com) not found (I-173)", false)]
#[case::i_174(format!("{HOST}, name: far.example.com, port: 80"), "other/far far.example.com:80", false)]
#[case::found(format!("{HOST}, name: se.example.com, port: 80"), "gwtest/example-se se.example.com:80", false)]
fn istio_resolves_by_its_own_rules(#[case] reference: String, #[case] expected: &str, #[case] withdrawn: bool) {
    let far =
        service_entry("far, namespace: other", &format!("hosts: [far.example.com], ports: [{{number: 80}}], {STATIC}"));
    let model = istio(&[example(STATIC), far, gateway(&[GATEWAY]), route_to("r", &reference)]);
    assert_eq!(target(&model, 0, 0), expected);
    assert_eq!(model.routes[0].withdrawn, withdrawn);
    assert_eq!(model.listeners[0].routes.is_empty(), withdrawn, "I-179: a hard mistake withdraws the route");
}

#[test]
fn i_175_istio_does_not_report_a_wrong_port_but_it_answers_500() {
    let model = istio(&[
        example(STATIC),
        gateway(&[GATEWAY]),
        route_to("r", &format!("{HOST}, name: se.example.com, port: 81")),
    ]);
    assert_eq!(conditions(&model.routes[0])[1], "ResolvedRefs=True ResolvedRefs");
    assert_eq!(model.outcome(&model.routes[0].rules[0].targets[0].target).status().map(|s| s.as_u16()), Some(500));
}

#[test]
fn d_20_a_dns_backend_without_endpoints_is_missing_under_istio_and_empty_under_kgateway() {
    let documents = [
        example("resolution: DNS, endpoints: [{network: n1}]"),
        route_to("r", &format!("{HOST}, name: se.example.com, port: 80")),
    ];
    for (profile, status) in [(Profile::Kgateway, 503), (Profile::Istio, 500)] {
        let model = with(&documents, &Options { profile, ..Options::default() });
        let target = &model.routes[0].rules[0].targets[0].target;
        assert_eq!(model.outcome(target).status().map(|s| s.as_u16()), Some(status));
    }
}

#[test]
fn i_181_istio_leaves_out_references_of_weight_zero_unchecked() {
    let model = istio(&[route_to("r", "group: x, kind: Nonsense, name: z, weight: 0"), gateway(&[GATEWAY])]);
    assert_eq!(conditions(&model.routes[0])[1], "ResolvedRefs=True ResolvedRefs");
    assert!(model.routes[0].rules[0].targets.is_empty());
}
