//! How a decision came about: what became of every match that was looked at.

use http::{HeaderMap, Method};
use rstest::rstest;
use sextant_routing::{Fate, Model, Precedence, RouteTable, Trace};

use crate::support::*;

const HTTP: &str = "name: http, port: 80, protocol: HTTP";

fn trace(model: &Model, host: &str, path: &str) -> Trace {
    let uri = path.parse().unwrap();
    RouteTable::new(model, 80).trace(&model.routes, host, &Method::GET, &uri, &HeaderMap::new())
}

/// `a#0 Taken`, for every match that was looked at.
fn fates(model: &Model, host: &str, path: &str) -> Vec<String> {
    let name = |route: usize| model.routes[route].key.name.to_string();
    let candidates = trace(model, host, path).candidates.into_iter();
    candidates.map(|c| format!("{}#{} {:?}", name(c.route), c.matched, c.fate)).collect()
}

/// A route with one rule that has these matches.
fn route(meta: &str, hostnames: &str, matches: &str) -> String {
    http_route(
        meta,
        &format!("parentRefs: [{{name: gw}}], hostnames: [{hostnames}], rules: [{{matches: [{matches}]}}]"),
    )
}

#[rstest]
#[case::path("{path: {value: /b}}", "Unfit(Path)")]
#[case::method("{method: POST}", "Unfit(Method)")]
#[case::header("{headers: [{name: X-Env, value: dev}]}", "Unfit(Header(\"x-env\"))")]
#[case::query("{queryParams: [{name: page, value: '1'}]}", "Unfit(QueryParameter(\"page\"))")]
#[case::the_first_counts("{path: {value: /b}, method: POST}", "Unfit(Path)")]
#[case::taken("{path: {value: /a}}", "Taken")]
fn a_match_says_what_the_request_does_not_fulfil(#[case] matched: &str, #[case] fate: &str) {
    let model = model(&[gateway(&[HTTP]), route("r", "", matched)]);
    assert_eq!(fates(&model, "se.example.com", "/a"), [format!("r#0 {fate}")]);
}

#[rstest]
#[case::path("{path: {value: /a}}", "{}", Precedence::Path)]
#[case::exact("{path: {value: /a, type: Exact}}", "{path: {value: /a}}", Precedence::Path)]
#[case::method("{method: GET}", "{}", Precedence::Method)]
#[case::name("{}", "{}", Precedence::Name)]
fn a_match_that_fits_too_says_why_another_goes_first(
    #[case] first: &str,
    #[case] second: &str,
    #[case] why: Precedence,
) {
    let model = model(&[gateway(&[HTTP]), route("a", "", first), route("b", "", second)]);
    let expected = ["a#0 Taken".to_owned(), format!("b#0 Outranked({why:?})")];
    assert_eq!(fates(&model, "se.example.com", "/a"), expected);
}

#[test]
fn headers_and_query_parameters_count_by_their_number() {
    let headers = [("x-a", "1"), ("x-b", "2")].map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()));
    let headers: HeaderMap = headers.into_iter().collect();
    let why = |first: &str, second: &str| {
        let model = model(&[gateway(&[HTTP]), route("a", "", first), route("b", "", second)]);
        let uri = "/?p=1".parse().unwrap();
        let trace = RouteTable::new(&model, 80).trace(&model.routes, "x.test", &Method::GET, &uri, &headers);
        trace.candidates[1].fate.clone()
    };
    let one = "{headers: [{name: x-a, value: '1'}]}";
    let two = "{headers: [{name: x-a, value: '1'}, {name: x-b, value: '2'}]}";
    assert_eq!(why(two, one), Fate::Outranked(Precedence::Headers));
    assert_eq!(why("{queryParams: [{name: p, value: '1'}]}", "{}"), Fate::Outranked(Precedence::QueryParameters));
}

#[test]
fn older_routes_and_earlier_matches_go_first() {
    let aged = model(&[
        gateway(&[HTTP]),
        route("b, creationTimestamp: '2026-01-01T00:00:00Z'", "", "{}"),
        route("a", "", "{}"),
    ]);
    assert_eq!(fates(&aged, "x.test", "/"), ["b#0 Taken", "a#0 Outranked(Age)"]);
    let twice = model(&[gateway(&[HTTP]), route("a", "", "{}, {}")]);
    assert_eq!(fates(&twice, "x.test", "/"), ["a#0 Taken", "a#1 Outranked(Order)"]);
}

#[rstest]
#[case::exact("a.example.com", "*.example.com", Some("a.example.com"))]
#[case::wildcard("b.example.com", "*.example.com", Some("*.example.com"))]
#[case::no_route("x.test", "*", None)]
fn the_hostnames_that_decided_are_told(#[case] host: &str, #[case] listener: &str, #[case] hostname: Option<&str>) {
    let wide = "name: w, port: 80, protocol: HTTP, hostname: '*.example.com'";
    let model = model(&[gateway(&[HTTP, wide]), route("r", "a.example.com, '*.example.com'", "{}")]);
    let trace = trace(&model, host, "/");
    assert_eq!(trace.listener.map(|pattern| pattern.to_string()).as_deref(), Some(listener));
    assert_eq!(trace.hostname.map(|pattern| pattern.to_string()).as_deref(), hostname);
}

#[test]
fn a_host_that_no_listener_serves_gets_nowhere() {
    let model = model(&[gateway(&["name: e, port: 80, protocol: HTTP, hostname: a.test"]), route("r", "", "{}")]);
    assert_eq!(trace(&model, "b.test", "/"), Trace::default());
}
