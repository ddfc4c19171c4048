//! TCPRoutes and TLSRoutes: which connections they take, and K-122 for their backendRefs.

use rstest::rstest;
use sextant_routing::{L4Protocol, L4Route, L4Table, Model, Options, Outcome, Profile};

use crate::support::*;

const TCP: &str = "name: tcp, port: 5432, protocol: TCP";
const TLS: &str = "name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}";
const HTTP: &str = "name: http, port: 80, protocol: HTTP";
const SE: &str = "group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80";
const STATIC: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";

fn tcp_route(meta: &str, spec: &str) -> String {
    route_of_kind("TCPRoute", meta, spec)
}

fn tls_route(meta: &str, spec: &str) -> String {
    route_of_kind("TLSRoute", meta, spec)
}

/// Both kinds at a listener of their own.
fn with_references(kind: &str, references: &str, more: &[String], options: &Options) -> Model {
    let mut documents = more.to_vec();
    documents.push(gateway(&[TCP, TLS]));
    documents.push(route_of_kind(
        kind,
        "r",
        &format!("parentRefs: [{{name: gw}}], rules: [{{backendRefs: [{references}]}}]"),
    ));
    with(&documents, options)
}

fn status(route: &L4Route) -> Vec<String> {
    conditions_of(&route.parents)
}

/// Name of the route that takes a connection, or `-`.
fn taken(model: &Model, port: u16, server_name: Option<&str>) -> String {
    let decided = L4Table::new(model, port).and_then(|table| table.decide(server_name));
    decided.map_or_else(|| "-".to_owned(), |route| model.l4_routes[route].key.name.to_string())
}

#[rstest]
#[case::exact(Some("a.example.com"), "exact")]
#[case::case_and_dot(Some("A.Example.COM."), "exact")]
#[case::wildcard(Some("b.example.com"), "wide")]
#[case::deep_wildcard(Some("x.deep.example.com"), "deep")]
#[case::below_a_wildcard_only(Some("example.com"), "any")]
#[case::other(Some("other.org"), "any")]
#[case::no_name(None, "any")]
fn the_most_specific_server_name_takes_the_connection(#[case] name: Option<&str>, #[case] expected: &str) {
    let route =
        |name: &str, hostnames: &str| tls_route(name, &format!("parentRefs: [{{name: gw}}], hostnames: [{hostnames}]"));
    let model = model(&[
        gateway(&[TLS]),
        route("any", ""),
        route("wide", "'*.example.com'"),
        route("deep", "'*.deep.example.com'"),
        route("exact", "a.example.com, unused.example.org"),
    ]);
    assert_eq!(taken(&model, 443, name), expected);
}

#[rstest]
#[case(Some("a.example.com"), "r")]
#[case(Some("b.example.com"), "-")]
#[case(Some("a.example.org"), "-")]
#[case(None, "-")]
fn a_server_name_that_nobody_has_is_taken_by_nobody(#[case] name: Option<&str>, #[case] expected: &str) {
    let model = model(&[
        gateway(&["name: tls, port: 443, protocol: TLS, hostname: '*.example.com', tls: {mode: Passthrough}"]),
        tls_route("r", "parentRefs: [{name: gw}], hostnames: [a.example.com, a.example.org]"),
    ]);
    assert_eq!(taken(&model, 443, name), expected);
}

// Listener isolation: the most specific listener has the connection, whether or not a route of it fits.
#[test]
fn listeners_of_one_port_share_it_by_server_name() {
    let model = model(&[
        gateway(&[
            "name: wide, port: 443, protocol: TLS, hostname: '*.example.com', tls: {mode: Passthrough}",
            "name: exact, port: 443, protocol: TLS, hostname: a.example.com, tls: {mode: Passthrough}",
        ]),
        tls_route("r", "parentRefs: [{name: gw, sectionName: wide}], hostnames: ['*.example.com']"),
    ]);
    assert_eq!(taken(&model, 443, Some("b.example.com")), "r");
    assert_eq!(taken(&model, 443, Some("a.example.com")), "-");
}

// Gateway API, conflicts: oldest, then by namespace and name; a route that was never applied is youngest.
#[rstest]
#[case::oldest("creationTimestamp: '2026-01-02T00:00:00Z'", "creationTimestamp: '2026-01-01T00:00:00Z'", "b")]
#[case::name("creationTimestamp: '2026-01-01T00:00:00Z'", "creationTimestamp: '2026-01-01T00:00:00Z'", "a")]
#[case::applied("labels: {}", "creationTimestamp: '2026-01-01T00:00:00Z'", "b")]
fn of_several_routes_one_has_the_connections(#[case] a: &str, #[case] b: &str, #[case] winner: &str) {
    for (kind, port) in [("TCPRoute", 5432), ("TLSRoute", 443)] {
        let model = model(&[
            gateway(&[TCP, TLS]),
            route_of_kind(kind, &format!("a, {a}"), "parentRefs: [{name: gw}]"),
            route_of_kind(kind, &format!("b, {b}"), "parentRefs: [{name: gw}]"),
        ]);
        assert_eq!(taken(&model, port, Some("any.com")), winner, "{kind}");
        let trace = L4Table::new(&model, port).unwrap().trace(&model, port, Some("any.com"));
        let names = trace.candidates.iter().map(|&place| model.l4_routes[place].key.name.to_string());
        let loser = if winner == "a" { "b" } else { "a" };
        assert_eq!(names.collect::<Vec<_>>(), [winner, loser], "{kind}");
        assert!(model.l4_routes.iter().all(|route| route.parents[0].conditions[0].status), "both are attached");
    }
}

#[test]
fn a_tcp_listener_looks_at_nothing() {
    let model = model(&[
        gateway(&["name: tcp, port: 5432, protocol: TCP, hostname: a.com"]),
        tcp_route("r", "parentRefs: [{name: gw}]"),
    ]);
    let table = L4Table::new(&model, 5432).unwrap();
    assert_eq!((table.protocol(), table.decide(None)), (L4Protocol::Tcp, Some(0)));
    assert!(L4Table::new(&model, 5433).is_none(), "no listener, no table");
}

#[rstest]
#[case("TCPRoute", "tcp", "Accepted=True Accepted")]
#[case("TCPRoute", "tls", "Accepted=False NotAllowedByListeners: listener tls takes no TCPRoute")]
#[case("TCPRoute", "http", "Accepted=False NotAllowedByListeners: listener http takes no TCPRoute")]
#[case("TLSRoute", "tls", "Accepted=True Accepted")]
#[case("TLSRoute", "tcp", "Accepted=False NotAllowedByListeners: listener tcp takes no TLSRoute")]
#[case("TLSRoute", "http", "Accepted=False NotAllowedByListeners: listener http takes no TLSRoute")]
#[case("TCPRoute", "absent", "Accepted=False NoMatchingParent: Gateway gwtest/gw has no listener named `absent`")]
fn a_protocol_goes_with_its_kind_of_route(#[case] kind: &str, #[case] section: &str, #[case] expected: &str) {
    let model = model(&[
        gateway(&[TCP, TLS, HTTP]),
        route_of_kind(kind, "r", &format!("parentRefs: [{{name: gw, sectionName: {section}}}]")),
    ]);
    assert_eq!(status(&model.l4_routes[0])[0], expected);
}

#[rstest]
#[case("HTTPRoute", "tcp")]
#[case("GRPCRoute", "tcp")]
#[case("HTTPRoute", "tls")]
#[case("GRPCRoute", "tls")]
fn requests_are_not_for_listeners_of_connections(#[case] kind: &str, #[case] section: &str) {
    let route = if kind == "HTTPRoute" { http_route } else { grpc_route };
    let model =
        model(&[gateway(&[TCP, TLS]), route("r", &format!("parentRefs: [{{name: gw, sectionName: {section}}}]"))]);
    let expected = format!("Accepted=False NotAllowedByListeners: listener {section} takes no {kind}");
    assert_eq!(conditions(&model.routes[0])[0], expected);
}

#[test]
fn a_tls_route_without_a_common_hostname_is_refused() {
    let model = model(&[
        gateway(&["name: tls, port: 443, protocol: TLS, hostname: '*.example.com', tls: {mode: Passthrough}"]),
        tls_route("r", "parentRefs: [{name: gw}], hostnames: [example.com, a.org]"),
    ]);
    let expected =
        "Accepted=False NoMatchingListenerHostname: no listener of Gateway gwtest/gw serves example.com, a.org";
    assert_eq!(status(&model.l4_routes[0])[0], expected);
    assert_eq!(taken(&model, 443, Some("example.com")), "-");
}

#[rstest]
#[case::served(&format!("{{{SE}}}"), "forward", "ResolvedRefs=True ResolvedRefs")]
#[case::by_host(
    "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80}",
    "forward",
    "ResolvedRefs=True ResolvedRefs"
)]
#[case::no_entry(
    "{group: networking.istio.io, kind: ServiceEntry, name: nope, port: 80}",
    "unresolved",
    "ResolvedRefs=False BackendNotFound: ServiceEntry gwtest/nope not found"
)]
#[case::no_port(
    "{group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 81}",
    "unresolved",
    "ResolvedRefs=False BackendNotFound: ServiceEntry gwtest/example-se found, but port 81 not defined"
)]
#[case::no_grant(
    "{group: networking.istio.io, kind: ServiceEntry, name: x, namespace: other, port: 80}",
    "unresolved",
    "ResolvedRefs=False RefNotPermitted: missing reference grant"
)]
#[case::no_kind(
    "{group: networking.istio.io, kind: WorkloadEntry, name: x, port: 80}",
    "unresolved",
    "ResolvedRefs=False InvalidKind: unknown backend kind"
)]
fn k_122_a_backend_ref_resolves_as_in_an_http_route(
    #[case] reference: &str,
    #[case] outcome: &str,
    #[case] resolved: &str,
) {
    for kind in ["TCPRoute", "TLSRoute"] {
        let model = with_references(kind, reference, &[example(STATIC)], &Options::default());
        let route = &model.l4_routes[0];
        let got = match model.outcome(&route.targets[0].target) {
            Outcome::Forward(_) => "forward",
            Outcome::NoEndpoints(_) => "empty",
            Outcome::Withheld(_) => "withheld",
            Outcome::Unresolved(_) => "unresolved",
        };
        assert_eq!(got, outcome, "{kind}");
        assert_eq!(status(route), ["Accepted=True Accepted", resolved], "{kind}");
    }
}

#[rstest]
#[case("TCPRoute", "TCPRoute", true)]
#[case("TCPRoute", "HTTPRoute", false)]
#[case("TLSRoute", "TLSRoute", true)]
#[case("TLSRoute", "TCPRoute", false)]
fn k_118_a_grant_is_for_one_kind_of_route(#[case] kind: &str, #[case] granted: &str, #[case] permitted: bool) {
    let far = [
        service_entry(
            "far, namespace: other",
            &format!("hosts: [far.example.com], ports: [{{number: 80, name: tcp}}], {STATIC}"),
        ),
        reference_grant(
            "g, namespace: other",
            &format!("group: gateway.networking.k8s.io, kind: {granted}, namespace: gwtest"),
            "group: networking.istio.io, kind: ServiceEntry",
        ),
    ];
    let reference = "{group: networking.istio.io, kind: ServiceEntry, name: far, namespace: other, port: 80}";
    let model = with_references(kind, reference, &far, &Options::default());
    assert_eq!(model.l4_routes[0].parents[0].conditions[1].status, permitted);
}

#[test]
fn weights_stay_as_written_and_only_the_first_rule_counts() {
    let model = model(&[
        example(STATIC),
        gateway(&[TCP]),
        tcp_route(
            "r",
            &format!(
                "parentRefs: [{{name: gw}}], rules: [{{backendRefs: [{{{SE}, weight: 3}}, {{{SE}}}, {{{SE}, weight: 0}}]}}, \
                 {{backendRefs: [{{name: nope, port: 1}}]}}]"
            ),
        ),
    ]);
    let weights: Vec<_> = model.l4_routes[0].targets.iter().map(|target| target.weight).collect();
    assert_eq!(weights, [3, 1, 0]);
    assert_eq!(status(&model.l4_routes[0])[1], "ResolvedRefs=True ResolvedRefs");
}

#[test]
fn a_backend_without_endpoints_is_empty() {
    let model =
        with_references("TCPRoute", &format!("{{{SE}}}"), &[example("resolution: STATIC")], &Options::default());
    assert!(matches!(model.outcome(&model.l4_routes[0].targets[0].target), Outcome::NoEndpoints(_)));
}

// I-171, I-172, I-179: under Istio a kind ServiceEntry is unknown, and a Hostname with a namespace withdraws the route.
#[rstest]
#[case(&format!("{{{SE}}}"), "ResolvedRefs=False InvalidKind: unknown backend kind", "r")]
#[case(
    "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80}",
    "ResolvedRefs=True ResolvedRefs",
    "r"
)]
#[case(
    "{group: networking.istio.io, kind: Hostname, name: se.example.com, namespace: gwtest, port: 80}",
    "ResolvedRefs=False InvalidDestination: namespace may not be set for a Hostname",
    "-"
)]
fn i_179_istio_judges_references_its_own_way(#[case] reference: &str, #[case] resolved: &str, #[case] serves: &str) {
    let istio = Options { profile: Profile::Istio, ..Options::default() };
    for (kind, port) in [("TCPRoute", 5432), ("TLSRoute", 443)] {
        let model = with_references(kind, reference, &[example(STATIC)], &istio);
        assert_eq!(status(&model.l4_routes[0]), ["Accepted=True Accepted", resolved]);
        assert_eq!(taken(&model, port, Some("a.com")), serves);
    }
}
