//! Gateway API precedence, and K-137: what happens to a request.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use rstest::rstest;
use sextant_routing::{Decision, Model, RouteTable};

use crate::support::*;

const HTTP: &str = "name: http, port: 80, protocol: HTTP";

/// A route whose rules have one match each.
fn route(meta: &str, hostnames: &str, matches: &[&str]) -> String {
    route_at(meta, "name: gw", hostnames, matches)
}

fn route_at(meta: &str, parent: &str, hostnames: &str, matches: &[&str]) -> String {
    let rules: Vec<_> = matches.iter().map(|one| format!("{{matches: [{{{one}}}]}}")).collect();
    http_route(meta, &format!("parentRefs: [{{{parent}}}], hostnames: [{hostnames}], rules: [{}]", rules.join(", ")))
}

/// `route#rule`, or `404`.
fn ask(model: &Model, request: &str) -> String {
    ask_at(model, 80, request)
}

/// `request` is `METHOD host/path?query Name: value, Name: value`.
fn ask_at(model: &Model, port: u16, request: &str) -> String {
    let mut parts = request.splitn(3, ' ');
    let method: Method = parts.next().unwrap().parse().unwrap();
    let target = parts.next().unwrap();
    let (host, path) = target.split_at(target.find('/').unwrap());
    let mut headers = HeaderMap::new();
    for header in parts.next().into_iter().flat_map(|headers| headers.split(", ")) {
        let (name, value) = header.split_once(": ").unwrap();
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    let (table, uri) = (RouteTable::new(model, port), path.parse().unwrap());
    let decision = table.decide(host, &method, &uri, &headers);
    let trace = table.trace(&model.routes, host, &method, &uri, &headers);
    assert_eq!(trace.decision(), decision, "the steps come to another decision: {trace:#?}");
    match decision {
        Decision::NotFound => "404".to_owned(),
        Decision::Rule { route, rule, .. } => format!("{}#{rule}", model.routes[route].key.name),
    }
}

#[rstest]
#[case("GET se.example.com/", "exact#0")]
#[case("GET SE.EXAMPLE.COM/", "exact#0")]
#[case("GET se.example.com:8080/", "exact#0")]
#[case("GET se.example.com./", "exact#0")]
#[case("GET se.example.com.:80/", "exact#0")]
#[case("GET a.example.com/", "wide#0")]
#[case("GET a.b.example.com/", "wide#0")]
#[case("GET a.deep.example.com/", "deep#0")]
#[case("GET deep.example.com/", "wide#0")]
#[case("GET example.com/", "any#0")]
#[case("GET other.org/", "any#0")]
#[case("GET [::1]:80/", "any#0")]
#[case("GET 127.0.0.1:80/", "any#0")]
#[case("GET /", "any#0")]
fn k_137_the_most_specific_hostname_takes_the_request(#[case] request: &str, #[case] expected: &str) {
    let model = model(&[
        gateway(&[HTTP]),
        route("any", "", &[""]),
        route("wide", "'*.example.com'", &[""]),
        route("deep", "'*.deep.example.com'", &[""]),
        route("exact", "Se.Example.com.", &[""]),
    ]);
    assert_eq!(ask(&model, request), expected);
}

#[test]
fn k_137_no_host_no_listener_no_route_is_not_found() {
    let model = model(&[gateway(&[HTTP]), route("r", "se.example.com", &[""])]);
    assert_eq!(ask(&model, "GET other.example.com/"), "404");
    assert_eq!(ask_at(&model, 81, "GET se.example.com/"), "404");
    assert_eq!(ask(&Model::default(), "GET se.example.com/"), "404");
}

#[test]
fn a_request_does_not_fall_through_to_a_wider_hostname() {
    let model = model(&[
        gateway(&[HTTP]),
        route("exact", "se.example.com", &["path: {value: /only}"]),
        route("wide", "'*.example.com'", &[""]),
    ]);
    assert_eq!(ask(&model, "GET se.example.com/only"), "exact#0");
    assert_eq!(ask(&model, "GET se.example.com/other"), "404");
}

#[rstest]
#[case("GET a.example.com/", "exact#0")]
#[case("GET b.example.com/", "wide#0")]
#[case("GET other.org/", "any#0")]
fn the_most_specific_listener_takes_the_request(#[case] request: &str, #[case] expected: &str) {
    let model = model(&[
        gateway(&[
            HTTP,
            "name: w, port: 80, protocol: HTTP, hostname: '*.example.com'",
            "name: e, port: 80, protocol: HTTP, hostname: a.example.com",
        ]),
        route_at("any", "name: gw, sectionName: http", "", &[""]),
        route_at("wide", "name: gw, sectionName: w", "", &[""]),
        route_at("exact", "name: gw, sectionName: e", "'*.example.com'", &[""]),
    ]);
    assert_eq!(ask(&model, request), expected);
}

#[test]
fn listener_isolation_keeps_a_request_from_wider_listeners() {
    let model = model(&[
        gateway(&[HTTP, "name: e, port: 80, protocol: HTTP, hostname: a.example.com"]),
        route_at("any", "name: gw, sectionName: http", "a.example.com", &[""]),
        route_at("exact", "name: gw, sectionName: e", "", &["path: {value: /only}"]),
    ]);
    assert_eq!(ask(&model, "GET a.example.com/only"), "exact#0");
    assert_eq!(ask(&model, "GET a.example.com/"), "404");
}

#[test]
fn each_port_has_its_own_routes() {
    let model = model(&[
        gateway(&[HTTP, "name: two, port: 81, protocol: HTTP"]),
        route_at("one", "name: gw, port: 80", "", &[""]),
        route_at("two", "name: gw, port: 81", "", &[""]),
    ]);
    assert_eq!([ask_at(&model, 80, "GET x/"), ask_at(&model, 81, "GET x/")], ["one#0", "two#0"]);
}

#[rstest]
#[case("/foo", "GET x/foo", true)]
#[case("/foo", "GET x/foo/", true)]
#[case("/foo", "GET x/foo/bar", true)]
#[case("/foo", "GET x/foo?a=/b", true)]
#[case("/foo", "GET x/foobar", false)]
#[case("/foo", "GET x/", false)]
#[case("/foo", "GET x/FOO", false)]
#[case("/foo/", "GET x/foo", true)]
#[case("/foo/", "GET x/foo/bar", true)]
#[case("/", "GET x/anything", true)]
fn a_path_prefix_is_compared_by_elements(#[case] prefix: &str, #[case] request: &str, #[case] fits: bool) {
    let model = model(&[gateway(&[HTTP]), route("r", "", &[&format!("path: {{type: PathPrefix, value: {prefix}}}")])]);
    assert_eq!(ask(&model, request), if fits { "r#0" } else { "404" });
}

#[rstest]
#[case("Exact", "/foo", "GET x/foo", true)]
#[case("Exact", "/foo", "GET x/foo?q", true)]
#[case("Exact", "/foo", "GET x/foo/", false)]
#[case("RegularExpression", "/v[0-9]+", "GET x/v12", true)]
#[case("RegularExpression", "/v[0-9]+", "GET x/v12/x", false)]
#[case("RegularExpression", "/a|/b", "GET x/b", true)]
#[case("RegularExpression", "/a|/b", "GET x/a/b", false)]
fn other_paths_are_compared_whole(#[case] kind: &str, #[case] value: &str, #[case] request: &str, #[case] fits: bool) {
    let path = format!("path: {{type: {kind}, value: '{value}'}}");
    let model = model(&[gateway(&[HTTP]), route("r", "", &[&path])]);
    assert_eq!(ask(&model, request), if fits { "r#0" } else { "404" });
}

#[rstest]
#[case::method("method: POST", "POST x/", true)]
#[case::other_method("method: POST", "GET x/", false)]
#[case::header("headers: [{name: X-Env, value: canary}]", "GET x/ x-env: canary", true)]
#[case::header_value("headers: [{name: X-Env, value: canary}]", "GET x/ x-env: Canary", false)]
#[case::header_missing("headers: [{name: X-Env, value: canary}]", "GET x/", false)]
#[case::header_joined("headers: [{name: X-Env, value: 'a,b'}]", "GET x/ x-env: a, X-Env: b", true)]
#[case::header_not_any("headers: [{name: X-Env, value: a}]", "GET x/ x-env: a, X-Env: b", false)]
#[case::header_regex("headers: [{type: RegularExpression, name: X-Env, value: 'c.*y'}]", "GET x/ x-env: canary", true)]
#[case::header_regex_whole(
    "headers: [{type: RegularExpression, name: X-Env, value: 'c'}]",
    "GET x/ x-env: canary",
    false
)]
#[case::headers_all("headers: [{name: a, value: '1'}, {name: b, value: '2'}]", "GET x/ a: 1", false)]
#[case::first_of_a_name("headers: [{name: a, value: '1'}, {name: A, value: '2'}]", "GET x/ a: 1", true)]
#[case::query("queryParams: [{name: env, value: canary}]", "GET x/?env=canary", true)]
#[case::query_decoded("queryParams: [{name: env, value: 'a b'}]", "GET x/?env=a%20b", true)]
#[case::query_first("queryParams: [{name: env, value: b}]", "GET x/?env=a&env=b", false)]
#[case::query_case("queryParams: [{name: env, value: a}]", "GET x/?ENV=a", false)]
#[case::query_missing("queryParams: [{name: env, value: a}]", "GET x/", false)]
#[case::query_regex("queryParams: [{type: RegularExpression, name: env, value: '[a-z]+'}]", "GET x/?env=abc", true)]
#[case::all_must_hold("method: GET, path: {value: /a}, headers: [{name: h, value: v}]", "GET x/b h: v", false)]
fn every_condition_must_hold(#[case] matched: &str, #[case] request: &str, #[case] fits: bool) {
    let model = model(&[gateway(&[HTTP]), route("r", "", &[matched])]);
    assert_eq!(ask(&model, request), if fits { "r#0" } else { "404" });
}

/// The winner stands first in each pair; both fit the request.
#[rstest]
#[case::exact_over_prefix("path: {type: Exact, value: /a/b}", "path: {value: /a/b}", "GET x/a/b")]
#[case::exact_over_conditions(
    "path: {type: Exact, value: /a}",
    "path: {value: /a}, method: GET, headers: [{name: h, value: v}]",
    "GET x/a h: v"
)]
#[case::longer_prefix("path: {value: /a/b}", "path: {value: /a}, method: GET", "GET x/a/b")]
#[case::prefix_over_regex("path: {value: /}", "path: {type: RegularExpression, value: '/a.*'}", "GET x/ab")]
#[case::method_over_headers(
    "method: GET",
    "headers: [{name: a, value: '1'}, {name: b, value: '2'}]",
    "GET x/ a: 1, b: 2"
)]
#[case::more_headers(
    "headers: [{name: a, value: '1'}, {name: b, value: '2'}]",
    "headers: [{name: a, value: '1'}], queryParams: [{name: q, value: '1'}]",
    "GET x/?q=1 a: 1, b: 2"
)]
#[case::header_over_query(
    "headers: [{name: a, value: '1'}]",
    "queryParams: [{name: q, value: '1'}, {name: r, value: '1'}]",
    "GET x/?q=1&r=1 a: 1"
)]
#[case::more_query(
    "queryParams: [{name: q, value: '1'}, {name: r, value: '1'}]",
    "queryParams: [{name: q, value: '1'}]",
    "GET x/?q=1&r=1"
)]
fn the_more_specific_match_wins_in_any_order(#[case] winner: &str, #[case] loser: &str, #[case] request: &str) {
    for (first, second, expected) in [(winner, loser, "#0"), (loser, winner, "#1")] {
        let one = model(&[gateway(&[HTTP]), route("r", "", &[first, second])]);
        assert_eq!(ask(&one, request), format!("r{expected}"), "within one route");
        let two = model(&[gateway(&[HTTP]), route("a", "", &[first]), route("b", "", &[second])]);
        let route = if expected == "#0" { "a#0" } else { "b#0" };
        assert_eq!(ask(&two, request), route, "across routes");
    }
}

#[test]
fn ties_go_to_the_oldest_route_then_by_name_then_by_place() {
    let aged = model(&[
        gateway(&[HTTP]),
        route("a, creationTimestamp: '2026-01-02T00:00:00Z'", "", &[""]),
        route("b, creationTimestamp: '2026-01-01T00:00:00Z'", "", &[""]),
    ]);
    assert_eq!(ask(&aged, "GET x/"), "b#0");
    let equal = model(&[gateway(&[HTTP]), route("b", "", &["", ""]), route("a", "", &["", ""])]);
    assert_eq!(ask(&equal, "GET x/"), "a#0");
}

#[test]
fn a_decision_names_the_match_that_took_the_request() {
    let spec = "parentRefs: [{name: gw}], rules: [{matches: [{path: {value: /a}}, {path: {value: /b}}]}]";
    let model = model(&[gateway(&[HTTP]), http_route("r", spec)]);
    let table = RouteTable::new(&model, 80);
    let decision = table.decide("x", &Method::GET, &"/b/c".parse().unwrap(), &HeaderMap::new());
    assert_eq!(decision, Decision::Rule { route: 0, rule: 0, matched: 1 });
}

#[test]
fn two_gateways_on_one_port_share_it() {
    let model = model(&[
        gateway(&[HTTP]),
        gateway_in("gw2", &[HTTP]),
        route("one", "a.example.com", &[""]),
        route_at("two", "name: gw2", "b.example.com", &[""]),
    ]);
    assert_eq!([ask(&model, "GET a.example.com/"), ask(&model, "GET b.example.com/")], ["one#0", "two#0"]);
}
