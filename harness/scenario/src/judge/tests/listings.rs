//! `listed` and `status`.

use rstest::rstest;
use sextant_verdict::{ListedEndpoint, ListedExclusion, Listing, RouteCondition};

use super::*;

fn endpoint(endpoint: &str, locality: &str) -> ListedEndpoint {
    ListedEndpoint {
        service_entry: "gwtest/example-se".into(),
        host: "se.example.com".into(),
        port: 80,
        endpoint: endpoint.parse().unwrap(),
        locality: locality.into(),
        weight: 1,
        priority: 0,
        source: String::new(),
    }
}

/// Two endpoints of the backend in question, one of another ServiceEntry, and an exclusion.
fn listing() -> Listing {
    let other = ListedEndpoint { service_entry: "gwtest/other".into(), ..endpoint("9.9.9.9:80", "") };
    Listing {
        endpoints: vec![endpoint("1.1.1.1:80", "r1/z1"), endpoint("2.2.2.2:80", "r2/z2"), other],
        excluded: vec![ListedExclusion {
            service_entry: "gwtest/example-se".into(),
            source: "WorkloadEntry gwtest/reviews-2".into(),
            reason: "NoAddress".into(),
            rule: "K-048".into(),
            message: "it has no address".into(),
        }],
        conditions: vec![
            condition("gwtest/gateway", "Accepted", "True", "Accepted"),
            condition("gwtest/gateway", "ResolvedRefs", "False", "BackendNotFound"),
        ],
    }
}

fn condition(parent: &str, kind: &str, status: &str, reason: &str) -> RouteCondition {
    RouteCondition {
        route: "HTTPRoute gwtest/route".into(),
        parent: parent.into(),
        kind: kind.into(),
        status: status.into(),
        reason: reason.into(),
        message: "text".into(),
    }
}

fn judge_listed(rest: &str, abilities: Abilities, listing: &Listing) -> Judgement {
    let loaded = scenario(&format!("    listed: {{ serviceEntry: gwtest/example-se, {rest} }}"));
    let step = loaded.steps().next().unwrap();
    listed(&step, &abilities, listing)
}

const BOTH: &str = "{ endpoint: '1.1.1.1:80', locality: r1/z1, weight: 1, priority: 0 }, { endpoint: '2.2.2.2:80' }";

#[rstest]
#[case::both(BOTH, Verdict::Pass)]
#[case::in_any_order("{ endpoint: '2.2.2.2:80' }, { endpoint: '1.1.1.1:80' }", Verdict::Pass)]
#[case::one_missing(
    "{ endpoint: '1.1.1.1:80' }, { endpoint: '2.2.2.2:80' }, { endpoint: '3.3.3.3:80' }",
    Verdict::Fail
)]
#[case::one_too_many("{ endpoint: '1.1.1.1:80' }", Verdict::Fail)]
#[case::none("", Verdict::Fail)]
#[case::twice("{ endpoint: '1.1.1.1:80' }, { endpoint: '1.1.1.1:80' }, { endpoint: '2.2.2.2:80' }", Verdict::Fail)]
#[case::other_port("{ endpoint: '1.1.1.1:8080' }, { endpoint: '2.2.2.2:80' }", Verdict::Fail)]
#[case::other_locality("{ endpoint: '1.1.1.1:80', locality: r2/z2 }, { endpoint: '2.2.2.2:80' }", Verdict::Fail)]
#[case::no_locality("{ endpoint: '1.1.1.1:80', locality: '' }, { endpoint: '2.2.2.2:80' }", Verdict::Fail)]
#[case::other_weight("{ endpoint: '1.1.1.1:80', weight: 2 }, { endpoint: '2.2.2.2:80' }", Verdict::Fail)]
#[case::other_priority("{ endpoint: '1.1.1.1:80', priority: 1 }, { endpoint: '2.2.2.2:80' }", Verdict::Fail)]
fn exactly_these_endpoints_are_listed(#[case] endpoints: &str, #[case] expected: Verdict) {
    let judgement = judge_listed(&format!("endpoints: [{endpoints}]"), ALL, &listing());
    assert_eq!(only(judgement).verdict, expected);
}

/// The vague expectation must not take the endpoint that only the precise one can have.
#[test]
fn precise_expectations_choose_first() {
    let mut doubled = listing();
    doubled.endpoints[1] = endpoint("1.1.1.1:80", "r2/z2");
    let rest = "endpoints: [{ endpoint: '1.1.1.1:80' }, { endpoint: '1.1.1.1:80', locality: r1/z1 }]";
    assert_eq!(judge_listed(rest, ALL, &doubled).verdict(), Verdict::Pass);
}

#[test]
fn a_list_that_differs_says_where() {
    let rest = "endpoints: [{ endpoint: '1.1.1.1:80', weight: 2 }, { endpoint: '3.3.3.3:80' }]";
    let mismatch = only(judge_listed(rest, ALL, &listing())).mismatch.unwrap();
    assert_eq!(mismatch.expected, "gwtest/example-se lists exactly 1.1.1.1:80 weight 2, 3.3.3.3:80");
    assert_eq!(
        mismatch.nearest,
        "1.1.1.1:80 is listed as 1.1.1.1:80 in r1/z1 weight 1 priority 0; 3.3.3.3:80 is missing; \
         2.2.2.2:80 in r2/z2 weight 1 priority 0 is too much"
    );
    assert_eq!(mismatch.evidence.len(), 2, "only of this ServiceEntry: {mismatch:#?}");
}

#[test]
fn a_backend_among_several_is_named_by_host_and_port() {
    let mut several = listing();
    several.endpoints.push(ListedEndpoint { port: 443, ..endpoint("1.1.1.1:443", "") });
    let whole = format!("endpoints: [{BOTH}]");
    assert_eq!(judge_listed(&whole, ALL, &several).verdict(), Verdict::Error, "the scenario must say which");
    assert_eq!(judge_listed(&format!("port: 80, {whole}"), ALL, &several).verdict(), Verdict::Pass);
    let of_443 = "host: SE.example.com, port: 443, endpoints: [{ endpoint: '1.1.1.1:443' }]";
    assert_eq!(judge_listed(of_443, ALL, &several).verdict(), Verdict::Pass);
}

#[rstest]
#[case("WorkloadEntry gwtest/reviews-2", "NoAddress", Verdict::Pass, "")]
#[case(
    "WorkloadEntry gwtest/reviews-2",
    "NotReady",
    Verdict::Fail,
    "WorkloadEntry gwtest/reviews-2 is left out for another reason: NoAddress, it has no address"
)]
#[case("Pod gwtest/x", "NoAddress", Verdict::Fail, "WorkloadEntry gwtest/reviews-2 is left out for that reason")]
#[case("Pod gwtest/x", "NotReady", Verdict::Fail, "")]
fn exclusions_are_listed_with_their_reason(
    #[case] source: &str,
    #[case] reason: &str,
    #[case] expected: Verdict,
    #[case] nearest: &str,
) {
    let rest = format!("endpoints: [{BOTH}], excluded: [{{ source: {source}, reason: {reason} }}]");
    let judgement = judge_listed(&rest, ALL, &listing());
    assert_eq!(judgement.checks[0].verdict, Verdict::Pass);
    assert_eq!(judgement.checks[1].verdict, expected);
    assert_eq!(judgement.checks[1].mismatch.clone().unwrap_or_default().nearest, nearest);
}

/// A subject is not held to what it cannot say, and the report says why.
#[test]
fn what_a_subject_cannot_list_is_skipped() {
    let rest = format!("endpoints: [{BOTH}], excluded: [{{ source: Pod a/b, reason: NotReady }}]");
    let judgement = judge_listed(&rest, Abilities::default(), &Listing::default());
    let told: Vec<_> = judgement
        .checks
        .iter()
        .map(|check| (check.verdict, check.mismatch.as_ref().unwrap().observed.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Verdict::Skipped, "not judged: the subject does not list its endpoints"),
            (Verdict::Skipped, "not judged: the subject does not list what it leaves out"),
        ]
    );
}

fn judge_status(conditions: &str, abilities: Abilities, listing: &Listing) -> Judgement {
    let loaded = scenario(&format!("    status: {{ route: HTTPRoute gwtest/route, conditions: [{conditions}] }}"));
    let step = loaded.steps().next().unwrap();
    status(&step, &abilities, listing)
}

#[rstest]
#[case::kept("{ type: Accepted, status: 'True' }", Verdict::Pass)]
#[case::with_all("{ type: ResolvedRefs, status: 'False', reason: BackendNotFound, message: text }", Verdict::Pass)]
#[case::other_status("{ type: ResolvedRefs, status: 'True' }", Verdict::Fail)]
#[case::other_reason("{ type: ResolvedRefs, status: 'False', reason: InvalidKind }", Verdict::Fail)]
#[case::other_message("{ type: Accepted, status: 'True', message: other }", Verdict::Fail)]
#[case::unreported("{ type: Programmed, status: 'True' }", Verdict::Fail)]
fn conditions_are_reported(#[case] conditions: &str, #[case] expected: Verdict) {
    assert_eq!(only(judge_status(conditions, ALL, &listing())).verdict, expected);
}

#[test]
fn every_parent_must_report_the_condition_so() {
    let mut two = listing();
    two.conditions.push(condition("gwtest/second", "Accepted", "False", "NotAllowedByListeners"));
    let check = only(judge_status("{ type: Accepted, status: 'True' }", ALL, &two));
    assert_eq!(check.verdict, Verdict::Fail);
    assert_eq!(check.mismatch.unwrap().nearest, "Accepted = False (NotAllowedByListeners) at gwtest/second: text");
}

#[test]
fn conditions_of_another_route_do_not_count() {
    let mut other = listing();
    for condition in &mut other.conditions {
        condition.route = "HTTPRoute gwtest/other".into();
    }
    let check = only(judge_status("{ type: Accepted, status: 'True' }", ALL, &other));
    assert_eq!(check.mismatch.unwrap().observed, "it reports nothing");
}

#[test]
fn conditions_are_skipped_on_a_subject_that_reports_none() {
    let judgement = judge_status("{ type: Accepted, status: 'True' }", Abilities::default(), &Listing::default());
    assert_eq!(only(judgement).verdict, Verdict::Skipped);
}
