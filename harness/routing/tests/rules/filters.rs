//! HTTPRoute filters, time limits, and rules that cannot serve (K-135).

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use rstest::rstest;
use sextant_routing::{Answer, Decision, Filter, Model, PathEdit, Target};

use crate::support::*;

const GATEWAY: &str = "name: http, port: 80, protocol: HTTP";
const REF: &str = "backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80}]";

fn with_rule(rule: &str) -> Model {
    let route = http_route("r", &format!("parentRefs: [{{name: gw}}], rules: [{{{rule}}}]"));
    model(&[example("resolution: STATIC, endpoints: [{address: 1.1.1.1}]"), gateway(&[GATEWAY]), route])
}

fn answer(model: &Model) -> Answer<'_> {
    model.answer(Decision::Rule { route: 0, rule: 0, matched: 0 })
}

#[test]
fn header_edits_set_add_and_remove() {
    let model = with_rule(&format!(
        "{REF}, filters: [{{type: RequestHeaderModifier, requestHeaderModifier: {{\
         set: [{{name: X-Set, value: new}}], add: [{{name: X-Add, value: more}}], remove: [X-Gone]}}}}]"
    ));
    let [Filter::RequestHeaders(edit)] = &model.routes[0].rules[0].actions[..] else {
        panic!("{:?}", model.routes[0].rules[0]);
    };
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-set", "a"), ("x-set", "b"), ("x-add", "a"), ("x-gone", "a")] {
        headers.append(name, HeaderValue::from_static(value));
    }
    edit.apply(&mut headers);
    let values = |name: &str| headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect::<Vec<_>>();
    assert_eq!((values("x-set"), values("x-add"), values("x-gone")), (vec!["new"], vec!["a", "more"], vec![]));
    assert!(matches!(answer(&model), Answer::Share { .. }));
}

#[test]
fn a_redirect_answers_and_needs_no_backend() {
    let model = with_rule(
        "filters: [{type: RequestRedirect, requestRedirect: {hostname: New.example.com, statusCode: 301, \
         path: {type: ReplaceFullPath, replaceFullPath: /new}}}]",
    );
    let Answer::Redirect { redirect, matched, .. } = answer(&model) else { panic!("{:?}", answer(&model)) };
    assert_eq!(redirect.status, 301);
    let location = redirect.location("old.example.com", 80, &"/old?q".parse().unwrap(), matched);
    assert_eq!(location, "http://new.example.com/new?q");
}

#[test]
fn a_rewrite_knows_host_and_path() {
    let model = with_rule(&format!(
        "{REF}, matches: [{{path: {{value: /a}}}}], filters: [{{type: URLRewrite, urlRewrite: {{hostname: B.example.com, \
         path: {{type: ReplacePrefixMatch, replacePrefixMatch: /b}}}}}}]"
    ));
    let rule = &model.routes[0].rules[0];
    let [Filter::Rewrite(rewrite)] = &rule.actions[..] else { panic!("{rule:?}") };
    assert_eq!(rewrite.hostname.as_ref().map(|host| host.as_str()), Some("b.example.com"));
    assert_eq!(rewrite.path, Some(PathEdit::Prefix("/b".to_owned())));
    assert_eq!(rewrite.path.as_ref().unwrap().apply("/a/x", &rule.matches[0]), "/b/x");
}

#[test]
fn mirrors_resolve_like_every_reference_and_may_be_several() {
    let mirror = |port: u16, share: &str| {
        let reference = format!("group: networking.istio.io, kind: ServiceEntry, name: example-se, port: {port}");
        format!("{{type: RequestMirror, requestMirror: {{{share} backendRef: {{{reference}}}}}}}")
    };
    let all = [mirror(80, ""), mirror(80, "percent: 10,"), mirror(80, "fraction: {numerator: 1, denominator: 3},")];
    let model = with_rule(&format!("{REF}, filters: [{}]", all.join(", ")));
    let mirrors: Vec<_> = model.routes[0].rules[0].mirrors().collect();
    let shares: Vec<_> = mirrors.iter().map(|(_, m)| (m.share.numerator, m.share.denominator)).collect();
    assert_eq!(shares, [(1, 1), (10, 100), (1, 3)]);
    assert!(mirrors.iter().all(|(target, m)| target.is_none() && matches!(m.target, Target::Backend(_))));
    assert!(matches!(answer(&model), Answer::Share { .. }));
    assert_eq!(conditions(&model.routes[0]), ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"]);
}

#[test]
fn k_121_a_mirror_that_resolves_to_nothing_is_told_and_costs_only_the_copy() {
    let model = with_rule(&format!(
        "{}, filters: []",
        REF.replace(
            "}]",
            ", filters: [{type: RequestMirror, requestMirror: {backendRef: {name: nobody, port: 80}}}]}]"
        )
    ));
    let mirrors: Vec<_> = model.routes[0].rules[0].mirrors().collect();
    assert!(
        matches!(&mirrors[..], [(Some(0), mirror)] if matches!(mirror.target, Target::Unresolved(_))),
        "{mirrors:?}"
    );
    assert!(matches!(answer(&model), Answer::Share { .. }));
    assert!(conditions(&model.routes[0])[1].starts_with("ResolvedRefs=False BackendNotFound"));
}

#[rstest]
#[case::unknown("{type: Teleport}", "UnsupportedValue")]
#[case::mirror_of_too_much(
    "{type: RequestMirror, requestMirror: {percent: 101, backendRef: {name: x, port: 80}}}",
    "UnsupportedValue"
)]
#[case::mirror_of_two_shares(
    "{type: RequestMirror, requestMirror: {percent: 1, fraction: {numerator: 1}, backendRef: {name: x, port: 80}}}",
    "UnsupportedValue"
)]
#[case::mirror_of_nothing_in_nothing(
    "{type: RequestMirror, requestMirror: {fraction: {numerator: 0, denominator: 0}, backendRef: {name: x, port: 80}}}",
    "UnsupportedValue"
)]
#[case::settings_missing("{type: RequestHeaderModifier}", "UnsupportedValue")]
#[case::header_name(
    "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: 'a b', value: x}]}}",
    "UnsupportedValue"
)]
#[case::status("{type: RequestRedirect, requestRedirect: {statusCode: 200}}", "UnsupportedValue")]
#[case::scheme("{type: RequestRedirect, requestRedirect: {scheme: ftp}}", "UnsupportedValue")]
#[case::port("{type: RequestRedirect, requestRedirect: {port: 70000}}", "UnsupportedValue")]
#[case::path_type("{type: URLRewrite, urlRewrite: {path: {type: Nonsense}}}", "UnsupportedValue")]
#[case::two_moves(
    "{type: URLRewrite, urlRewrite: {hostname: a.com}}, {type: RequestRedirect, requestRedirect: {port: 81}}",
    "IncompatibleFilters"
)]
#[case::twice(
    "{type: URLRewrite, urlRewrite: {hostname: a.com}}, {type: URLRewrite, urlRewrite: {hostname: b.com}}",
    "IncompatibleFilters"
)]
fn k_135_a_filter_that_cannot_be_executed_answers_500_and_says_so(#[case] filters: &str, #[case] reason: &str) {
    for rule in [format!("{REF}, filters: [{filters}]"), REF.replace("}]", &format!(", filters: [{filters}]}}]"))] {
        let model = with_rule(&rule);
        assert!(matches!(answer(&model), Answer::Invalid(_)), "{rule}");
        let accepted = &conditions(&model.routes[0])[0];
        assert!(accepted.starts_with(&format!("Accepted=False {reason}: ")), "{accepted}");
        assert_eq!(model.listeners[0].routes, [0], "the route stays and answers 500");
    }
}

#[test]
fn a_prefix_cannot_be_replaced_where_there_is_none() {
    let model = with_rule(&format!(
        "{REF}, matches: [{{path: {{type: Exact, value: /a}}}}], filters: [{{type: URLRewrite, urlRewrite: \
         {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: /b}}}}}}]"
    ));
    assert!(matches!(answer(&model), Answer::Invalid(_)));
}

#[rstest]
#[case::path("path: {type: RegularExpression, value: '/('}")]
#[case::escape("path: {type: RegularExpression, value: '/a)|(/b'}")]
#[case::header("headers: [{type: RegularExpression, name: a, value: '['}]")]
#[case::name("headers: [{name: 'a b', value: x}]")]
fn k_135_a_match_that_cannot_be_compared_answers_500_for_its_rule(#[case] matched: &str) {
    let model = with_rule(&format!("{REF}, matches: [{{{matched}}}, {{path: {{value: /ok}}}}]"));
    let table = sextant_routing::RouteTable::new(&model, 80);
    let ask = |path: &str| table.decide("x", &http::Method::GET, &path.parse().unwrap(), &HeaderMap::new());
    assert_eq!(ask("/other"), Decision::NotFound);
    assert!(matches!(model.answer(ask("/ok")), Answer::Invalid(_)));
    assert!(conditions(&model.routes[0])[0].starts_with("Accepted=False UnsupportedValue"));
}

#[rstest]
#[case::empty_rule("")]
#[case::header_filter_only("filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}]")]
fn k_135_a_rule_without_backend_answers_500_though_the_route_is_accepted(#[case] rule: &str) {
    let model = with_rule(rule);
    assert!(matches!(answer(&model), Answer::Invalid(_)));
    assert_eq!(conditions(&model.routes[0]), ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"]);
}

#[test]
fn a_route_without_rules_matches_everything_and_has_no_backend() {
    let model = model(&[gateway(&[GATEWAY]), http_route("r", "parentRefs: [{name: gw}]")]);
    assert_eq!(model.routes[0].rules.len(), 1);
    assert!(matches!(answer(&model), Answer::Invalid(_)));
}

#[test]
fn time_limits_are_durations_and_zero_is_none() {
    let model = with_rule(&format!("{REF}, timeouts: {{request: 1m30s, backendRequest: 0s}}"));
    let limits = model.routes[0].rules[0].limits;
    assert_eq!((limits.request, limits.backend_request), (Some(Duration::from_secs(90)), None));
    let broken = with_rule(&format!("{REF}, timeouts: {{request: '10'}}"));
    assert!(matches!(answer(&broken), Answer::Invalid(_)));
}

#[test]
fn k_137_not_found_stays_not_found() {
    assert!(matches!(Model::default().answer(Decision::NotFound), Answer::NotFound));
}
