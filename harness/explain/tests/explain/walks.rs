//! One request, step by step.

use rstest::rstest;
use serde_json::{Value, json};
use sextant_explain::{Request, Walk};
use sextant_reports::Style;
use sextant_routing::{Options, Profile};

use crate::support::*;

fn walk_with(text: &str, request: &str, headers: &[&str], options: &Options) -> Walk {
    let headers: Vec<_> = headers.iter().map(|header| (*header).to_owned()).collect();
    let request = Request::parse(request, &headers).expect("it is a request");
    sextant_explain::walk(&load(text).resources, options, &request)
}

fn walk(text: &str, request: &str, headers: &[&str]) -> Walk {
    walk_with(text, request, headers, &Options::default())
}

fn as_json(walk: &Walk) -> Value {
    serde_json::to_value(walk).expect("it is plain data")
}

const SERVED: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 2.2.2.2, weight: 3}]";

/// Everything for one rule, whose inside this is.
fn world(rule: &str) -> String {
    GATEWAY.to_owned() + &service_entry(SERVED) + &route(&format!("{{{rule}, backendRefs: [{TO_EXAMPLE}]}}"))
}

#[test]
fn a_request_finds_its_way_to_the_endpoints() {
    let walk = as_json(&walk(&world("name: all"), "GET http://se.example.com/info", &[]));
    let expected = json!({
        "kind": "RequestWalk",
        "request": {"method": "GET", "scheme": "http", "host": "se.example.com", "port": 80, "path": "/info", "headers": []},
        "note": "", "outcome": "forward", "message": "",
        "listeners": [{"gateway": {"namespace": "gwtest", "name": "gw"}, "name": "http", "port": 80, "hostname": "*", "takes": true}],
        "hostname": "se.example.com",
        "candidates": [{"route": {"name": "route"}, "rule": 0, "match": "PathPrefix /", "result": "taken", "message": ""}],
        "otherRoutes": [], "filters": [], "redirect": null,
        "shares": [{"ref": {"name": "example-se"}, "share": 1.0, "outcome": "forward",
            "forwarded": {"method": "GET", "host": "se.example.com", "path": "/info", "port": null},
            "endpoints": [{"address": "1.1.1.1", "share": 0.25}, {"address": "2.2.2.2", "share": 0.75}]}],
    });
    assert_holds(&walk, &expected);
}

#[rstest]
#[case::path("matches: [{path: {value: /api}}]", "the path /info is not below /api")]
#[case::half_an_element("matches: [{path: {value: /in}}]", "a prefix ends at a slash, so /in does not cover it")]
#[case::exact("matches: [{path: {type: Exact, value: /info/}}]", "the path is /info, not /info/")]
#[case::expression(
    "matches: [{path: {type: RegularExpression, value: '/[0-9]+'}}]",
    "the whole path /info does not match /[0-9]+"
)]
#[case::method("matches: [{method: POST}]", "the method is GET, not POST")]
#[case::missing_header("matches: [{headers: [{name: X-Env, value: dev}]}]", "header x-env is missing")]
#[case::header("matches: [{headers: [{name: x-tier, value: gold}]}]", "header x-tier is `silver`, not `gold`")]
#[case::header_expression(
    "matches: [{headers: [{name: x-tier, type: RegularExpression, value: 'g.*'}]}]",
    "header x-tier is `silver`, which does not match g.*"
)]
#[case::missing_parameter("matches: [{queryParams: [{name: page, value: '1'}]}]", "query parameter page is missing")]
#[case::parameter("matches: [{queryParams: [{name: q, value: '1'}]}]", "query parameter q is `2`, not `1`")]
fn a_match_that_does_not_fit_says_why(#[case] rule: &str, #[case] why: &str) {
    let walk = walk(&world(rule), "GET http://se.example.com/info?q=2", &["X-Tier: silver"]);
    assert_eq!((walk.outcome.as_str(), walk.candidates.len()), ("404", 1));
    assert_eq!(walk.candidates[0].result, "unfit");
    assert!(walk.candidates[0].message.contains(why), "{}", walk.candidates[0].message);
}

#[rstest]
#[case::other_host(
    "GET http://other.example.com/",
    "404",
    "no route of the listener serves other.example.com",
    "it serves se.example.com"
)]
#[case::other_port(
    "GET http://se.example.com:81/",
    "refused",
    "nothing listens on port 81; HTTP listeners have 80",
    "it is attached to port 80 only"
)]
fn a_route_that_was_not_looked_at_says_why(
    #[case] request: &str,
    #[case] outcome: &str,
    #[case] message: &str,
    #[case] why: &str,
) {
    let walk = walk(&world("name: all"), request, &[]);
    assert_eq!(walk.outcome, outcome);
    assert!(walk.message.contains(message), "{}", walk.message);
    assert_eq!(walk.other_routes[0].message, why);
}

#[test]
fn routes_out_of_reach_say_why() {
    let listener = |extra: &str| {
        format!("{{name: e, port: 80, protocol: HTTP, {extra}, allowedRoutes: {{namespaces: {{from: All}}}}}}")
    };
    let gateway = GATEWAY.replace("listeners: [", &format!("listeners: [{}, ", listener("hostname: se.example.com")));
    let renamed = |name: &str, parent: &str, host: &str| {
        route("{}")
            .replace("name: route,", &format!("name: {name},"))
            .replace("{name: gw}", parent)
            .replace("[se.example.com]", host)
    };
    let text = gateway
        + &renamed("a-taken", "{name: gw, sectionName: e}", "[se.example.com]")
        + &renamed("b-wider-listener", "{name: gw, sectionName: http}", "[se.example.com]")
        + &renamed("c-no-gateway", "{name: nobody}", "[se.example.com]");
    let walk = walk(&text, "GET http://se.example.com/", &[]);
    let told: Vec<_> = walk.other_routes.iter().map(|other| (&*other.route.name, &*other.message)).collect();
    let expected = [
        ("b-wider-listener", "it is attached to the listener for *, and the one for se.example.com takes the request"),
        ("c-no-gateway", "no listener takes it: NoMatchingParent: Gateway gwtest/nobody not found"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn of_two_hostnames_the_more_specific_one_decides() {
    let wide = route("{}").replace("name: route,", "name: wide,").replace("[se.example.com]", "['*.example.com']");
    let walk = walk(&(world("name: all") + &wide), "GET http://se.example.com/", &[]);
    assert_eq!(walk.other_routes[0].message, "another route serves se.example.com, which is more specific");
}

#[test]
fn filters_are_told_and_change_what_endpoints_see() {
    let rule = "matches: [{path: {value: /api}}], filters: [
        {type: URLRewrite, urlRewrite: {hostname: in.test, path: {type: ReplacePrefixMatch, replacePrefixMatch: /v2}}},
        {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: '1'}], add: [{name: x-b, value: '2'}], remove: [x-c]}},
        {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x-d, value: '3'}]}}]";
    let walk = walk(&world(rule), "GET http://se.example.com/api/x?y=z", &["x-b: 1", "x-c: gone"]);
    let told = [
        "path /api/x → /v2/x",
        "host se.example.com → in.test",
        "request header x-a becomes `1`",
        "request header x-b gains `2`",
        "request header x-c goes",
        "response header x-d becomes `3`",
    ];
    assert_eq!(walk.filters, told);
    let seen = walk.shares[0].forwarded.as_ref().expect("it is forwarded");
    assert_eq!((&*seen.host, &*seen.path), ("in.test", "/v2/x?y=z"));
    assert_eq!(seen.headers, ["x-b: 1", "x-b: 2", "x-a: 1"]);
}

#[test]
fn a_redirect_says_where_to() {
    let rule = "{filters: [{type: RequestRedirect, requestRedirect: {hostname: new.test, statusCode: 301}}]}";
    let text = GATEWAY.to_owned() + &route(rule);
    let walk = walk(&text, "GET http://se.example.com/a?b=c", &[]);
    assert_eq!(walk.outcome, "301");
    assert_eq!(walk.redirect.as_deref(), Some("http://new.test/a?b=c"));
    assert!(walk.shares.is_empty());
    assert!(walk.render(Style::plain(80)).contains("It gets 301, to http://new.test/a?b=c"));
}

#[test]
fn k_131_shares_with_different_outcomes() {
    let text = GATEWAY.to_owned()
        + &service_entry(SERVED)
        + &route(&format!("{{backendRefs: [{TO_EXAMPLE}, {{name: gone, port: 80, weight: 3}}]}}"));
    let walk = walk(&text, "GET http://se.example.com/", &[]);
    assert_eq!(walk.outcome, "mixed");
    let shares: Vec<_> = walk.shares.iter().map(|share| (share.share, &*share.outcome)).collect();
    assert_eq!(shares, [(0.25, "forward"), (0.75, "500")]);
    // A quarter of a quarter, and three quarters of it.
    let of_all: Vec<_> = walk.shares[0].endpoints.iter().map(|endpoint| endpoint.share).collect();
    assert_eq!(of_all, [Some(0.0625), Some(0.1875)]);
}

#[test]
fn k_133_nobody_to_send_to_shows_who_was_left_out() {
    let text = GATEWAY.to_owned()
        + &service_entry("resolution: STATIC, endpoints: [{address: vm.test}]")
        + &route(&format!("{{backendRefs: [{TO_EXAMPLE}]}}"));
    let walk = walk(&text, "GET http://se.example.com/", &[]);
    assert_eq!((walk.outcome.as_str(), walk.shares[0].forwarded.is_none()), ("503", true));
    assert_eq!(walk.shares[0].excluded[0].rule, "K-047");
    assert!(walk.render(Style::plain(100)).contains("K-047"));
}

#[test]
fn i_179_a_withdrawn_route_is_not_looked_at() {
    let reference = "{group: networking.istio.io, kind: Hostname, name: se.example.com}";
    let text = GATEWAY.to_owned() + &service_entry(SERVED) + &route(&format!("{{backendRefs: [{reference}]}}"));
    let options = Options { profile: Profile::Istio, ..Options::default() };
    let walk = walk_with(&text, "GET http://se.example.com/", &[], &options);
    assert_eq!(walk.outcome, "404");
    assert!(walk.other_routes[0].message.contains("withdrawn"), "{:?}", walk.other_routes);
}

#[rstest]
#[case::the_usual_port("http", 80, "")]
#[case::the_lowest_otherwise("http", 8080, "the URL names no port and nothing listens on 80: port 8080 is meant")]
fn a_url_without_port_means_a_listener_that_is_there(#[case] scheme: &str, #[case] port: u16, #[case] note: &str) {
    let text = world("name: all").replace("port: 80, protocol: HTTP,", &format!("port: {port}, protocol: HTTP,"));
    let walk = walk(&text, &format!("GET {scheme}://se.example.com/"), &[]);
    assert_eq!((walk.request.port, &*walk.note, &*walk.outcome), (Some(port), note, "forward"));
}

#[test]
fn a_host_header_outweighs_the_url() {
    let walk = walk(&world("name: all"), "GET http://127.0.0.1:80/", &["Host: SE.example.com"]);
    assert_eq!(walk.outcome, "forward");
    assert_eq!(walk.shares[0].forwarded.as_ref().map(|seen| &*seen.host), Some("SE.example.com"), "K-138: as it came");
}

#[test]
fn i_022_i_170_the_host_is_forwarded_as_it_came_and_needs_no_address() {
    let reference = "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80}";
    let text = GATEWAY.to_owned() + &service_entry(SERVED) + &route(&format!("{{backendRefs: [{reference}]}}"));
    let options = Options { profile: Profile::Istio, ..Options::default() };
    let walk = walk_with(&text, "GET http://se.example.com/", &[], &options);
    assert_eq!(walk.shares[0].forwarded.as_ref().map(|seen| &*seen.host), Some("se.example.com"));
    // Neither spec.addresses nor status.addresses plays a part: the ServiceEntry has none.
    assert_eq!(walk.shares[0].endpoints.len(), 2);
}

#[test]
fn no_line_is_too_wide_at_any_width() {
    let text = world(
        "matches: [{path: {value: /a-long-path-element-that-goes-on-and-on/another-one}}, {headers: [{name: x-a-header, value: a-value-of-some-length}]}]",
    );
    let walk = walk(
        &text,
        "GET http://se.example.com/a-long-path-element-that-goes-on-and-on/another-one?x=y",
        &["x-other: 1"],
    );
    for width in 60..=200 {
        for line in walk.render(Style::plain(width)).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}
