//! Gateway API: which listeners take a route, and what its status says.

use rstest::rstest;
use sextant_routing::{Options, Profile};

use crate::support::*;

const HTTP: &str = "name: http, port: 80, protocol: HTTP";

fn accepted(documents: &[String]) -> (String, Vec<usize>) {
    let model = model(documents);
    let attached = model.listeners.iter().map(|listener| listener.routes.len()).collect();
    (conditions(&model.routes[0])[0].clone(), attached)
}

#[rstest]
#[case::defaults("name: gw", "Accepted=True Accepted", &[1, 1])]
#[case::written_out("group: gateway.networking.k8s.io, kind: Gateway, namespace: gwtest, name: gw", "Accepted=True Accepted", &[1, 1])]
#[case::section("name: gw, sectionName: two", "Accepted=True Accepted", &[0, 1])]
#[case::port("name: gw, port: 80", "Accepted=True Accepted", &[1, 0])]
#[case::both("name: gw, sectionName: two, port: 81", "Accepted=True Accepted", &[0, 1])]
#[case::disagree("name: gw, sectionName: two, port: 80", "Accepted=False NoMatchingParent", &[0, 0])]
#[case::no_section("name: gw, sectionName: three", "Accepted=False NoMatchingParent", &[0, 0])]
#[case::no_port("name: gw, port: 82", "Accepted=False NoMatchingParent", &[0, 0])]
#[case::no_gateway("name: other", "Accepted=False NoMatchingParent", &[0, 0])]
#[case::other_namespace("name: gw, namespace: other", "Accepted=False NoMatchingParent", &[0, 0])]
#[case::other_kind("name: gw, kind: Service", "Accepted=False NoMatchingParent", &[0, 0])]
#[case::other_group("name: gw, group: ''", "Accepted=False NoMatchingParent", &[0, 0])]
fn a_parent_ref_names_listeners(#[case] parent: &str, #[case] condition: &str, #[case] attached: &[usize]) {
    let gateway = gateway(&[HTTP, "name: two, port: 81, protocol: HTTP"]);
    let (got, routes) = accepted(&[gateway, http_route("r", &format!("parentRefs: [{{{parent}}}]"))]);
    assert!(got.starts_with(condition), "{got}");
    assert_eq!(routes, attached);
}

// I-184: for clients in the mesh; under kgateway a ServiceEntry is no parent for a gateway (K-122).
#[rstest]
#[case::there("se", Profile::Istio, "Accepted=True Accepted")]
#[case::missing("nope", Profile::Istio, "Accepted=False NoMatchingParent: ServiceEntry gwtest/nope not found")]
#[case::other_namespace(
    "se, namespace: other",
    Profile::Istio,
    "Accepted=False NoMatchingParent: ServiceEntry other/se not found"
)]
#[case::kgateway(
    "se",
    Profile::Kgateway,
    "Accepted=False NoMatchingParent: a route attaches to a Gateway of group gateway.networking.k8s.io, not to ServiceEntry \
     of group `networking.istio.io`"
)]
fn i_184_k_122_a_service_entry_as_parent(#[case] name: &str, #[case] profile: Profile, #[case] expected: &str) {
    let entry = service_entry(
        "se",
        "hosts: [a.test], ports: [{number: 80, name: http}], resolution: STATIC, endpoints: [{address: 1.1.1.1}]",
    );
    let parent = format!("parentRefs: [{{group: networking.istio.io, kind: ServiceEntry, name: {name}}}]");
    for kind in ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"] {
        let documents = [entry.clone(), gateway(&[HTTP]), route_of_kind(kind, "r", &parent)];
        let model = with(&documents, &Options { profile, ..Options::default() });
        let requests = model.routes.iter().map(|route| conditions(route)[0].clone());
        let connections = model.l4_routes.iter().map(|route| conditions_of(&route.parents)[0].clone());
        assert_eq!(requests.chain(connections).collect::<Vec<_>>(), [expected], "{kind}");
        assert!(model.listeners[0].routes.is_empty(), "no gateway has to do with it");
    }
}

#[rstest]
#[case::default("", false)]
#[case::same(", allowedRoutes: {namespaces: {from: Same}}", false)]
#[case::none(", allowedRoutes: {namespaces: {from: None}}", false)]
#[case::all(", allowedRoutes: {namespaces: {from: All}}", true)]
#[case::selector(", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}", true)]
#[case::other_selector(", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: b}}}}", false)]
#[case::implied_label(
    ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: apps}}}}",
    true
)]
#[case::no_selector(", allowedRoutes: {namespaces: {from: Selector}}", false)]
fn a_listener_says_which_namespaces_may_attach(#[case] allowed: &str, #[case] taken: bool) {
    let (got, routes) = accepted(&[
        gateway(&[&format!("{HTTP}{allowed}")]),
        namespace("apps", "labels: {team: a}"),
        http_route("r, namespace: apps", "parentRefs: [{name: gw, namespace: gwtest}]"),
    ]);
    let expected = if taken { "Accepted=True Accepted" } else { "Accepted=False NotAllowedByListeners" };
    assert!(got.starts_with(expected), "{got}");
    assert_eq!(routes, [usize::from(taken)]);
}

#[rstest]
#[case("", true)]
#[case(", allowedRoutes: {kinds: [{kind: HTTPRoute}]}", true)]
#[case(", allowedRoutes: {kinds: [{kind: GRPCRoute}, {group: gateway.networking.k8s.io, kind: HTTPRoute}]}", true)]
#[case(", allowedRoutes: {kinds: [{kind: GRPCRoute}]}", false)]
#[case(", allowedRoutes: {kinds: [{group: example.com, kind: HTTPRoute}]}", false)]
fn a_listener_says_which_kinds_may_attach(#[case] allowed: &str, #[case] taken: bool) {
    let (got, _) = accepted(&[gateway(&[&format!("{HTTP}{allowed}")]), http_route("r", "parentRefs: [{name: gw}]")]);
    assert_eq!(got == "Accepted=True Accepted", taken, "{got}");
}

#[rstest]
#[case("HTTPS")]
#[case("TCP")]
#[case("http")]
fn only_http_listeners_serve(#[case] protocol: &str) {
    let (got, routes) = accepted(&[
        gateway(&[&format!("name: x, port: 80, protocol: {protocol}")]),
        http_route("r", "parentRefs: [{name: gw}]"),
    ]);
    assert!(got.starts_with("Accepted=False NotAllowedByListeners: listener x"), "{got}");
    assert!(routes.is_empty(), "the listener is not part of the model");
}

#[rstest]
#[case("", "[a.example.com]", true)]
#[case("a.example.com", "[]", true)]
#[case("a.example.com", "[A.Example.com.]", true)]
#[case("a.example.com", "['*.example.com']", true)]
#[case("'*.example.com'", "[other.com, a.b.example.com]", true)]
#[case("'*.example.com'", "[example.com]", false)]
#[case("a.example.com", "[b.example.com, '*.b.example.com']", false)]
fn hostnames_must_meet(#[case] listener: &str, #[case] route: &str, #[case] taken: bool) {
    let hostname = if listener.is_empty() { String::new() } else { format!(", hostname: {listener}") };
    let (got, _) = accepted(&[
        gateway(&[&format!("{HTTP}{hostname}")]),
        http_route("r", &format!("parentRefs: [{{name: gw}}], hostnames: {route}")),
    ]);
    let expected = if taken { "Accepted=True Accepted" } else { "Accepted=False NoMatchingListenerHostname" };
    assert!(got.starts_with(expected), "{got}");
}

#[test]
fn every_parent_has_its_own_status_and_a_listener_takes_a_route_once() {
    let model = model(&[
        gateway(&[HTTP]),
        http_route("r", "parentRefs: [{name: gw}, {name: absent}, {name: gw, sectionName: http}]"),
    ]);
    let accepted: Vec<_> = model.routes[0].parents.iter().map(|parent| parent.conditions[0].status).collect();
    assert_eq!(accepted, [true, false, true]);
    assert_eq!(model.listeners[0].routes, [0]);
}

#[test]
fn ports_are_those_of_http_listeners() {
    let model = model(&[gateway(&[
        "name: a, port: 8080, protocol: HTTP",
        "name: b, port: 80, protocol: HTTP, hostname: b.example.com",
        "name: c, port: 80, protocol: HTTP",
        "name: d, port: 443, protocol: HTTPS",
        "name: e, port: 70000, protocol: HTTP",
        "name: f, port: 0, protocol: HTTP",
    ])]);
    assert_eq!(model.ports().into_iter().collect::<Vec<_>>(), [80, 8080]);
}
