//! GRPCRoutes: which calls they take, K-122, and who has a hostname beside HTTPRoutes (Gateway API).

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use rstest::rstest;
use sextant_routing::{Answer, Decision, Model, Outcome, RouteKind, RouteTable};

use crate::support::*;

const HTTP: &str = "name: http, port: 80, protocol: HTTP";
const SE: &str = "group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80";
const STATIC: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";

/// A GRPCRoute whose rules have one match each.
fn grpc(meta: &str, hostnames: &str, matches: &[&str]) -> String {
    let rules: Vec<_> = matches.iter().map(|one| format!("{{matches: [{{{one}}}]}}")).collect();
    grpc_route(meta, &format!("parentRefs: [{{name: gw}}], hostnames: [{hostnames}], rules: [{}]", rules.join(", ")))
}

/// `kind route#rule`, or `none`; `call` is `host/service/method Name: value`.
fn ask(model: &Model, call: &str) -> String {
    let (target, header) = call.split_once(' ').unwrap_or((call, ""));
    let (host, path) = target.split_at(target.find('/').unwrap());
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = header.split_once(": ") {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    match RouteTable::new(model, 80).decide(host, &Method::POST, &path.parse().unwrap(), &headers) {
        Decision::NotFound => "none".to_owned(),
        Decision::Rule { route, rule, .. } => {
            format!("{} {}#{rule}", model.routes[route].kind, model.routes[route].key.name)
        }
    }
}

#[rstest]
#[case::both("method: {service: a.B, method: C}", "/a.B/C", true)]
#[case::case("method: {service: a.B, method: C}", "/a.b/C", false)]
#[case::other_method("method: {service: a.B, method: C}", "/a.B/D", false)]
#[case::longer_method("method: {service: a.B, method: C}", "/a.B/CC", false)]
#[case::service("method: {service: a.B}", "/a.B/anything", true)]
#[case::other_service("method: {service: a.B}", "/a.BB/C", false)]
#[case::empty_method("method: {service: a.B, method: ''}", "/a.B/anything", true)]
#[case::method("method: {method: C}", "/any.Service/C", true)]
#[case::method_no_service("method: {method: C}", "//C", false)]
#[case::method_is_no_expression("method: {method: C.D}", "/a.B/CxD", false)]
#[case::nothing("method: {}", "/a.B/C", true)]
#[case::no_conditions("", "/a.B/C", true)]
#[case::expressions("method: {type: RegularExpression, service: 'a[.].*', method: 'Get|List'}", "/a.B/List", true)]
#[case::whole_service("method: {type: RegularExpression, service: 'a', method: 'Get|List'}", "/a.B/List", false)]
#[case::whole_method("method: {type: RegularExpression, service: 'a[.]B', method: 'Get|List'}", "/a.B/ListAll", false)]
#[case::alternatives_of_a_service("method: {type: RegularExpression, service: 'a|b', method: C}", "/a/D", false)]
#[case::expression_of_a_service("method: {type: RegularExpression, service: 'a[.]B'}", "/a.B/anything", true)]
#[case::expression_of_a_method("method: {type: RegularExpression, method: 'G.*'}", "/a.B/Get", true)]
#[case::header("headers: [{name: Tier, value: gold}]", "/a.B/C tier: gold", true)]
#[case::other_header("headers: [{name: Tier, value: gold}]", "/a.B/C tier: silver", false)]
#[case::header_expression("headers: [{type: RegularExpression, name: tier, value: 'g.*'}]", "/a.B/C tier: gold", true)]
fn a_call_is_a_request_for_service_and_method(#[case] matched: &str, #[case] call: &str, #[case] taken: bool) {
    let model = model(&[gateway(&[HTTP]), grpc("r", "", &[matched])]);
    assert_eq!(ask(&model, &format!("h{call}")), if taken { "GRPCRoute r#0" } else { "none" });
}

// GRPCRouteSpec.rules: most characters in the service, then in the method, then most headers, then the first rule.
#[rstest]
#[case::service_before_method(&["method: {method: Longest}", "method: {service: a.B}"], "/a.B/Longest", 1)]
#[case::method_breaks_the_tie(&["method: {service: a.B}", "method: {service: a.B, method: C}"], "/a.B/C", 1)]
#[case::longer_expression_before_exact(
    &["method: {service: a.B, method: C}", "method: {type: RegularExpression, service: '(a[.]B|x)'}"], "/a.B/C", 1)]
#[case::headers_last(
    &["headers: [{name: x, value: '1'}]", "method: {method: C}"], "/a.B/C x: 1", 1)]
#[case::headers_break_the_tie(
    &["method: {service: a.B}", "method: {service: a.B}, headers: [{name: x, value: '1'}]"], "/a.B/C x: 1", 1)]
#[case::first_rule(&["method: {service: a.B}", "method: {service: a.B}"], "/a.B/C", 0)]
fn the_more_specific_match_takes_the_call(#[case] matches: &[&str], #[case] call: &str, #[case] rule: usize) {
    let model = model(&[gateway(&[HTTP]), grpc("r", "", matches)]);
    assert_eq!(ask(&model, &format!("h{call}")), format!("GRPCRoute r#{rule}"));
}

#[test]
fn of_equal_matches_the_oldest_route_takes_the_call() {
    let model = model(&[
        gateway(&[HTTP]),
        grpc("a, creationTimestamp: '2026-01-02T00:00:00Z'", "", &["method: {service: s}"]),
        grpc("b, creationTimestamp: '2026-01-01T00:00:00Z'", "", &["method: {service: s}"]),
        grpc("c", "", &["method: {service: s}"]),
    ]);
    assert_eq!(ask(&model, "h/s/M"), "GRPCRoute b#0");
}

#[test]
fn hostnames_decide_as_for_http_routes() {
    let model = model(&[
        gateway(&["name: http, port: 80, protocol: HTTP, hostname: '*.example.com'"]),
        grpc("wide", "", &["method: {service: long.Service, method: Name}"]),
        grpc("exact", "a.example.com", &[""]),
        grpc("elsewhere", "a.example.org", &[""]),
    ]);
    assert_eq!(ask(&model, "a.example.com/long.Service/Name"), "GRPCRoute exact#0");
    assert_eq!(ask(&model, "b.example.com/long.Service/Name"), "GRPCRoute wide#0");
    assert_eq!(ask(&model, "b.example.com/other/Name"), "none");
    assert!(conditions(&model.routes[0])[0].starts_with("Accepted=False NoMatchingListenerHostname"));
}

#[test]
fn k_122_a_backend_ref_resolves_as_in_an_http_route() {
    let references = [
        SE.to_owned(),
        "group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80, weight: 3".to_owned(),
        "group: networking.istio.io, kind: ServiceEntry, name: nope, port: 80".to_owned(),
    ];
    let references: Vec<_> = references.iter().map(|reference| format!("{{{reference}}}")).collect();
    let model = model(&[
        example(STATIC),
        gateway(&[HTTP]),
        grpc_route("r", &format!("parentRefs: [{{name: gw}}], rules: [{{backendRefs: [{}]}}]", references.join(", "))),
    ]);
    let targets = &model.routes[0].rules[0].targets;
    assert_eq!(targets.iter().map(|target| target.weight).collect::<Vec<_>>(), [1, 3, 1]);
    assert!(matches!(model.outcome(&targets[0].target), Outcome::Forward(_)));
    assert!(matches!(model.outcome(&targets[1].target), Outcome::Forward(_)));
    assert_eq!(model.outcome(&targets[2].target).status().unwrap(), 500);
    assert_eq!(
        conditions(&model.routes[0]),
        ["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound: ServiceEntry gwtest/nope not found"]
    );
}

// K-118: the grant names the kind of the route.
#[rstest]
#[case("GRPCRoute", true)]
#[case("HTTPRoute", false)]
fn k_118_a_grant_is_for_one_kind_of_route(#[case] granted: &str, #[case] permitted: bool) {
    let model = model(&[
        service_entry(
            "far, namespace: other",
            &format!("hosts: [far.example.com], ports: [{{number: 80, name: http}}], {STATIC}"),
        ),
        reference_grant(
            "g, namespace: other",
            &format!("group: gateway.networking.k8s.io, kind: {granted}, namespace: gwtest"),
            "group: networking.istio.io, kind: ServiceEntry",
        ),
        gateway(&[HTTP]),
        grpc_route(
            "r",
            "parentRefs: [{name: gw}], rules: [{backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: \
             far, namespace: other, port: 80}]}]",
        ),
    ]);
    let status = &conditions(&model.routes[0])[1];
    let expected = if permitted {
        "ResolvedRefs=True ResolvedRefs"
    } else {
        "ResolvedRefs=False RefNotPermitted: missing reference grant"
    };
    assert_eq!(status, expected);
}

#[rstest]
#[case::redirect(
    "RequestRedirect, requestRedirect: {hostname: a.com}",
    Some("filter type `RequestRedirect` is not one of a GRPCRoute")
)]
#[case::rewrite(
    "URLRewrite, urlRewrite: {hostname: a.com}",
    Some("filter type `URLRewrite` is not one of a GRPCRoute")
)]
#[case::headers("RequestHeaderModifier, requestHeaderModifier: {remove: [x]}", None)]
fn a_grpc_route_has_filters_of_its_own(#[case] filter: &str, #[case] told: Option<&str>) {
    for place in ["filters: [{type: FILTER}], backendRefs: [{REF}]", "backendRefs: [{REF, filters: [{type: FILTER}]}]"]
    {
        let rule = place.replace("FILTER", filter).replace("REF", SE);
        let model = model(&[
            example(STATIC),
            gateway(&[HTTP]),
            grpc_route("r", &format!("parentRefs: [{{name: gw}}], rules: [{{{rule}}}]")),
        ]);
        let fault = model.routes[0].rules[0].fault.as_ref();
        assert_eq!(fault.map(|fault| &*fault.message), told);
        let accepted = &conditions(&model.routes[0])[0];
        let expected = told.map_or_else(
            || "Accepted=True Accepted".to_owned(),
            |told| format!("Accepted=False UnsupportedValue: {told}"),
        );
        assert_eq!(*accepted, expected);
    }
}

#[rstest]
#[case("service: 'a)(b'", "`a)(b` is not an expression")]
#[case("method: '['", "`[` is not an expression")]
fn a_bad_expression_is_told_as_it_is_written(#[case] part: &str, #[case] told: &str) {
    let model = model(&[
        gateway(&[HTTP]),
        grpc("r", "", &[&format!("method: {{type: RegularExpression, {part}}}"), "method: {service: s}"]),
    ]);
    let accepted = &conditions(&model.routes[0])[0];
    assert!(accepted.starts_with(&format!("Accepted=False UnsupportedValue: {told}")), "{accepted}");
    assert_eq!(ask(&model, "h/s/M"), "GRPCRoute r#1", "the other rule serves");
    assert_eq!(ask(&model, "h/ab/M"), "none");
}

#[test]
fn a_rule_without_backends_is_invalid_and_a_route_without_rules_serves_nothing() {
    let model = model(&[
        gateway(&[HTTP]),
        grpc("r", "a.com", &["method: {service: s}"]),
        grpc_route("none", "parentRefs: [{name: gw}], hostnames: [b.com]"),
    ]);
    let decided = RouteTable::new(&model, 80);
    let decide = |host| decided.decide(host, &Method::POST, &"/s/M".parse().unwrap(), &HeaderMap::new());
    assert!(matches!(model.answer(decide("a.com")), Answer::Invalid(_)));
    assert_eq!(decide("b.com"), Decision::NotFound);
}

/// Who is accepted, of an HTTPRoute `h` and a GRPCRoute `g` made at these times.
fn rivals(http: (&str, &str), grpc_at: (&str, &str), listeners: &[&str]) -> (Model, String, String) {
    let route = |(created, hostnames): (&str, &str)| {
        let created = if created.is_empty() { String::new() } else { format!(", creationTimestamp: '{created}'") };
        (created, format!("parentRefs: [{{name: gw}}], hostnames: [{hostnames}], rules: [{{backendRefs: [{{{SE}}}]}}]"))
    };
    let ((h, http), (g, grpc)) = (route(http), route(grpc_at));
    let model = model(&[
        example(STATIC),
        gateway(listeners),
        http_route(&format!("h{h}"), &http),
        grpc_route(&format!("g{g}"), &grpc),
    ]);
    let accepted = |at: usize| conditions(&model.routes[at])[0].clone();
    let (http, grpc) = (accepted(0), accepted(1));
    (model, http, grpc)
}

const EARLY: &str = "2026-01-01T00:00:00Z";
const LATE: &str = "2026-01-02T00:00:00Z";

// GRPCRouteSpec.hostnames: exactly one of two routes of different kind that share a hostname is accepted.
#[rstest]
#[case::older_http((EARLY, "a.com"), (LATE, "a.com"), "HTTPRoute")]
#[case::older_grpc((LATE, "a.com"), (EARLY, "a.com"), "GRPCRoute")]
#[case::applied_before_never_applied(("", "a.com"), (LATE, "a.com"), "GRPCRoute")]
#[case::by_name((EARLY, "a.com"), (EARLY, "a.com"), "GRPCRoute")]
#[case::wildcard((EARLY, "'*.com'"), (LATE, "a.com"), "HTTPRoute")]
#[case::every_host((EARLY, "a.com"), (LATE, ""), "HTTPRoute")]
#[case::one_of_several((EARLY, "b.com, a.com"), (LATE, "c.com, a.com"), "HTTPRoute")]
fn one_kind_of_route_has_a_hostname(#[case] http: (&str, &str), #[case] grpc: (&str, &str), #[case] winner: &str) {
    let (model, http, grpc) = rivals(http, grpc, &[HTTP]);
    let refused = |text: &str| text.starts_with("Accepted=False HostnameConflict");
    assert_eq!((refused(&http), refused(&grpc)), (winner == "GRPCRoute", winner == "HTTPRoute"), "{http}\n{grpc}");
    assert_eq!(
        (http.starts_with("Accepted=True"), grpc.starts_with("Accepted=True")),
        (winner == "HTTPRoute", winner == "GRPCRoute")
    );
    assert!(ask(&model, "a.com/s/M").starts_with(winner));
    assert_eq!(model.listeners[0].routes.len(), 1);
}

#[test]
fn routes_of_both_kinds_share_a_listener_under_different_hostnames() {
    let (model, http, grpc) = rivals((EARLY, "a.com"), (LATE, "b.com"), &[HTTP]);
    assert_eq!((&*http, &*grpc), ("Accepted=True Accepted", "Accepted=True Accepted"));
    assert_eq!(
        (ask(&model, "a.com/s/M"), ask(&model, "b.com/s/M")),
        ("HTTPRoute h#0".to_owned(), "GRPCRoute g#0".to_owned())
    );
}

#[test]
fn a_listener_where_they_do_not_meet_keeps_both() {
    let two = [
        "name: http, port: 80, protocol: HTTP, hostname: a.com",
        "name: two, port: 81, protocol: HTTP, hostname: b.com",
    ];
    let (model, http, grpc) = rivals((EARLY, "a.com"), (LATE, "a.com, b.com"), &two);
    assert_eq!((&*http, &*grpc), ("Accepted=True Accepted", "Accepted=True Accepted"), "one listener is enough");
    assert_eq!((&model.listeners[0].routes[..], &model.listeners[1].routes[..]), (&[0][..], &[1][..]));
}

#[test]
fn a_route_that_lost_stands_in_nobodys_way() {
    // `g` has lost against `h`, so `k`, which meets `g` only, is taken.
    let route = |kind: &dyn Fn(&str, &str) -> String, name: &str, created: &str, hostnames: &str| {
        kind(
            &format!("{name}, creationTimestamp: '{created}'"),
            &format!("parentRefs: [{{name: gw}}], hostnames: [{hostnames}]"),
        )
    };
    let model = model(&[
        gateway(&[HTTP]),
        route(&http_route, "h", "2026-01-01T00:00:00Z", "a.com"),
        route(&grpc_route, "g", "2026-01-02T00:00:00Z", "a.com, b.com"),
        route(&http_route, "k", "2026-01-03T00:00:00Z", "b.com"),
    ]);
    let accepted: Vec<_> =
        model.routes.iter().map(|route| (&*route.key.name, route.parents[0].conditions[0].status)).collect();
    assert_eq!(accepted, [("h", true), ("k", true), ("g", false)]);
    let lost = &model.routes[2].parents[0].conditions[0];
    assert!(lost.message.contains("HTTPRoute gwtest/h") && lost.message.contains("a.com"), "{}", lost.message);
}

#[test]
fn routes_are_ordered_by_kind() {
    let model = model(&[grpc("a", "", &[""]), http_route("b", "")]);
    let kinds: Vec<_> = model.routes.iter().map(|route| route.kind).collect();
    assert_eq!(kinds, [RouteKind::HttpRoute, RouteKind::GrpcRoute]);
}
