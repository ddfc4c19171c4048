//! Scenarios and sightings written by hand, and the class that an engineer would look at first.

use rstest::rstest;
use sextant_verdict::{Failure, FailureSide, ListedEndpoint, Reply, ReplyOutcome, RouteCondition, WorkloadRequest};

use super::*;
use crate::judge::{self, Abilities};
use crate::{LoadedScenario, load_text};

const ALL: Abilities = Abilities::ALL;

/// A scenario about `rules`, whose head may have more, such as `dns`.
fn scenario(rules: &str, head: &str, steps: &str) -> LoadedScenario {
    let text = format!(
        "apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: test
title: test
why: test
rules: [{rules}]
manifests: []
{head}
workloads:
  - {{ endpoint: '192.0.2.1:80', locality: r1/z1 }}
  - {{ endpoint: '192.0.2.1:81', locality: r1/z1 }}
  - {{ endpoint: '192.0.2.2:80', locality: r1/z1 }}
  - {{ endpoint: '192.0.2.3:80', locality: r3/z3 }}
steps:
{steps}
"
    );
    load_text("test.yaml", &text).expect("the scenario is well formed").scenarios.remove(0)
}

/// Replies: an endpoint of the documentation network by its last number and port (`1:80`), a status of the gateway's own,
/// with what it knows to say about it, or `closed`.
fn saw(loaded: &LoadedScenario, came: &str) -> Observations {
    let mut seen = Observations::default();
    for (number, came) in came.split_whitespace().enumerate() {
        let outcome = if came == "closed" {
            ReplyOutcome::Closed
        } else if let Some((last, port)) = came.split_once(':') {
            let endpoint = format!("192.0.2.{last}:{port}").parse().unwrap();
            let workload = loaded.scenario.workloads.iter().find(|workload| workload.endpoint == endpoint).unwrap();
            seen.workloads.push(WorkloadRequest {
                at: number as u64,
                endpoint,
                method: "GET".into(),
                host: "a.example.com".into(),
                path: "/".into(),
                protocol: "HTTP/1.1".into(),
                headers: BTreeMap::new(),
                tls: None,
            });
            let status = workload.behaviour.status;
            let (source, body) = (Some(workload.source()), "hello".into());
            ReplyOutcome::Response { status, source, reason: None, headers: BTreeMap::new(), body }
        } else {
            let status = came.parse().unwrap();
            let body = if status == 503 { "no healthy upstream" } else { "" }.into();
            ReplyOutcome::Response { status, source: None, reason: None, headers: BTreeMap::new(), body }
        };
        let number = number as u64;
        seen.replies.push(Reply { number, connection: 0, sent_at: number, done_at: number, outcome });
    }
    seen
}

/// What is told of the first broken promise of the last step.
fn told(loaded: &LoadedScenario, seen: &Observations) -> (Vec<CauseRecord>, Vec<CauseRecord>) {
    let step = loaded.steps().last().unwrap();
    let listing = seen.listing.clone().unwrap_or_default();
    let judgements = [
        judge::replies(&step, &ALL, seen),
        judge::listed(&step, &ALL, &listing),
        judge::status(&step, &ALL, &listing),
        judge::queries(&step, &seen.dns),
    ];
    let mut checks = judgements.into_iter().flat_map(|judgement| judgement.checks);
    let broken = checks.find(|check| check.verdict == Verdict::Fail).expect("a promise is broken");
    (broken.causes, broken.ruled_out)
}

fn first(loaded: &LoadedScenario, seen: &Observations) -> Cause {
    told(loaded, seen).0.first().expect("a class is named").class
}

/// A step that sends `count` requests for a.example.com.
fn send(name: &str, count: u32, expect: &str) -> String {
    format!("  - name: {name}\n    send: {{ request: {{ host: a.example.com }}, count: {count}, expect: {expect} }}\n")
}

const APPLIED: &str = "  - apply: { manifests: [{ inline: 'kind: Service' }] }\n";

/// Everything below breaks a promise of K-133 and its like, which say little by themselves; what was seen decides.
#[rstest]
#[case::no_route("V-001", "{ status: 200 }", "404 404", Cause::Matching)]
#[case::not_resolved("V-001", "{ status: 200 }", "500 500", Cause::Reference)]
#[case::empty_in_place_of_unresolved("V-001", "{ status: 500 }", "503 503", Cause::Reference)]
#[case::nobody_left("V-001", "{ status: 200 }", "503 503", Cause::Selection)]
#[case::too_late("V-001", "{ status: 200 }", "504 504", Cause::Policy)]
#[case::redirected("V-001", "{ status: 200 }", "302 302", Cause::Filters)]
#[case::not_closed("V-001", "{ sources: [] }", "1:80", Cause::Reference)]
#[case::other_port("V-001", "{ sources: ['192.0.2.1:80'] }", "1:81 1:81", Cause::Port)]
#[case::too_many("V-001", "{ sources: ['192.0.2.1:80'] }", "1:80 2:80", Cause::Selection)]
#[case::far_one("V-001", "{ sources: ['192.0.2.1:80', '192.0.2.2:80'] }", "1:80 2:80 3:80", Cause::Locality)]
#[case::wrong_shares(
    "V-001",
    "{ shares: [{ of: { '192.0.2.1:80': 3, '192.0.2.2:80': 1 } }] }",
    "1:80 2:80 1:80 2:80",
    Cause::Weight
)]
#[case::share_of_nobody(
    "V-001",
    "{ shares: [{ of: { '192.0.2.1:80': 1, '500': 1 } }] }",
    "1:80 1:80",
    Cause::Reference
)]
#[case::other_protocol("V-001", "{ seen: { protocol: HTTP/2 } }", "1:80 2:80", Cause::Protocol)]
#[case::other_path("V-001", "{ seen: { path: /there } }", "1:80 2:80", Cause::Filters)]
fn what_was_seen_decides(#[case] rule: &str, #[case] expect: &str, #[case] came: &str, #[case] class: Cause) {
    let count = came.split_whitespace().count() as u32;
    let loaded = scenario(rule, "", &send("it", count, expect));
    let (causes, ruled_out) = told(&loaded, &saw(&loaded, came));
    assert_eq!(causes.first().map(|cause| cause.class), Some(class), "{causes:#?}");
    assert!(ruled_out.iter().all(|out| causes.iter().all(|cause| cause.class != out.class)), "{ruled_out:#?}");
}

/// Nothing was changed and no name is answered: what only changes and names can cause is ruled out, with the reason.
#[test]
fn what_the_scenario_leaves_no_room_for_is_ruled_out() {
    let loaded = scenario("K-031", "", &send("it", 2, "{ sources: ['192.0.2.1:80'] }"));
    let (_, ruled_out) = told(&loaded, &saw(&loaded, "1:80 2:80"));
    let reason = |class| ruled_out.iter().find(|out| out.class == class).map(|out| out.because.as_str());
    assert!(reason(Cause::Stale).is_some_and(|reason| reason.starts_with("no manifest was changed before this step")));
    assert_eq!(reason(Cause::DnsLife), Some("no name is answered in this scenario"));
    assert_eq!(reason(Cause::Status), Some("what was broken is not about conditions"));
    assert!(reason(Cause::Matching).is_some_and(|reason| reason.contains("did answer")), "{ruled_out:#?}");
}

/// K-150: after a change all is as it was promised before, so the change was missed; where it is neither as it is promised
/// now nor as it was then, it was not.
#[rstest]
#[case::as_before("1:80 1:80", Cause::Stale)]
#[case::as_never("3:80 3:80", Cause::Selection)]
fn what_was_promised_before_a_change(#[case] came: &str, #[case] class: Cause) {
    let steps = [
        &send("before", 2, "{ sources: ['192.0.2.1:80'] }"),
        APPLIED,
        &send("after", 2, "{ sources: ['192.0.2.2:80'] }"),
    ];
    let loaded = scenario("K-150, K-070", "", &steps.concat());
    assert_eq!(first(&loaded, &saw(&loaded, came)), class);
}

/// E-009: the name has other addresses now, and those that it had still answer.
#[test]
fn an_address_of_an_earlier_answer() {
    let steps = [
        &send("before", 2, "{ sources: ['192.0.2.1:80'] }"),
        "  - dns: { se.example.com: [{ records: [A 192.0.2.2] }] }\n",
        &send("after", 2, "{ sources: ['192.0.2.2:80'] }"),
    ];
    let loaded = scenario("K-033", "dns: { se.example.com: [{ records: [A 192.0.2.1] }] }", &steps.concat());
    assert_eq!(first(&loaded, &saw(&loaded, "1:80 1:80")), Cause::DnsLife);
}

/// K-033: of two addresses of a name one never answers.
#[test]
fn an_address_that_never_answers() {
    let head = "dns: { se.example.com: [{ records: [A 192.0.2.1, A 192.0.2.2] }] }";
    let loaded = scenario("K-033", head, &send("both", 2, "{ sources: ['192.0.2.1:80', '192.0.2.2:80'] }"));
    let (causes, _) = told(&loaded, &saw(&loaded, "1:80 1:80"));
    assert_eq!(causes[0].class, Cause::DnsAnswer);
    assert!(causes[0].because.contains("192.0.2.2:80 never answered"), "{causes:#?}");
}

/// Another step promises 192.0.2.3 to another host.
#[test]
fn an_endpoint_of_another_host() {
    let other = "  - send: { request: { host: b.example.com }, expect: { sources: ['192.0.2.3:80'] } }\n";
    let loaded = scenario("K-115", "", &[other, &send("own", 2, "{ sources: ['192.0.2.1:80'] }")].concat());
    assert_eq!(first(&loaded, &saw(&loaded, "3:80 3:80")), Cause::HostIdentity);
}

/// K-092: the one that fails is asked on.
#[test]
fn a_workload_that_fails_is_asked_on() {
    let steps = [
        "  - workload: { endpoint: '192.0.2.1:80', behaviour: { status: 500 } }\n",
        &send("ejected", 2, "{ status: 200, never: ['192.0.2.1:80'] }"),
    ];
    let loaded = scenario("K-092", "", &steps.concat());
    let mut seen = saw(&loaded, "1:80 2:80");
    let ReplyOutcome::Response { status, .. } = &mut seen.replies[0].outcome else { panic!("a response") };
    *status = 500;
    assert_eq!(first(&loaded, &seen), Cause::Policy);
}

fn listed(endpoint: &str, locality: &str, weight: u32, priority: u32) -> ListedEndpoint {
    ListedEndpoint {
        service_entry: "mesh/api".into(),
        host: "a.example.com".into(),
        port: 80,
        endpoint: endpoint.parse().unwrap(),
        locality: locality.into(),
        weight,
        priority,
        source: String::new(),
    }
}

/// Promised is 192.0.2.1:80 in r1/z1 with weight 2 and priority 1.
#[rstest]
#[case::weight(listed("192.0.2.1:80", "r1/z1", 1, 1), Cause::Weight)]
#[case::priority(listed("192.0.2.1:80", "r1/z1", 2, 0), Cause::Locality)]
#[case::locality(listed("192.0.2.1:80", "r2", 2, 1), Cause::Locality)]
#[case::port(listed("192.0.2.1:81", "r1/z1", 2, 1), Cause::Port)]
#[case::somebody_else(listed("192.0.2.2:80", "r1/z1", 2, 1), Cause::Selection)]
fn what_is_listed(#[case] instead: ListedEndpoint, #[case] class: Cause) {
    let step = "  - listed: { serviceEntry: mesh/api, endpoints: [{ endpoint: '192.0.2.1:80', locality: r1/z1, weight: 2, priority: 1 }] }";
    let loaded = scenario("V-001", "", step);
    let seen = Observations {
        listing: Some(Listing { endpoints: vec![instead], ..Listing::default() }),
        ..Observations::default()
    };
    assert_eq!(first(&loaded, &seen), class);
}

/// K-121: the condition says something else; or there is none, since nobody knows the route.
#[rstest]
#[case::another_status(true, Cause::Status)]
#[case::none(false, Cause::Matching)]
fn what_is_reported(#[case] known: bool, #[case] class: Cause) {
    let step = "  - status: { route: HTTPRoute shop/api, conditions: [{ type: Accepted, status: 'False' }] }";
    let loaded = scenario("V-001", "", step);
    let condition = RouteCondition {
        route: "HTTPRoute shop/api".into(),
        parent: "shop/edge".into(),
        kind: "Accepted".into(),
        status: "True".into(),
        reason: "Accepted".into(),
        message: String::new(),
    };
    let conditions = if known { vec![condition] } else { Vec::new() };
    let seen = Observations { listing: Some(Listing { conditions, ..Listing::default() }), ..Observations::default() };
    assert_eq!(first(&loaded, &seen), class);
}

/// K-039: asked for more often than the refresh allows.
#[test]
fn what_was_asked_for() {
    let step = "  - queries: { must: [{ name: se.example.com, atLeast: 1, atMost: 2 }] }";
    let loaded = scenario("K-033", "dns: { se.example.com: [{ records: [A 192.0.2.1], queries: 1 }, {}] }", step);
    let query = DnsQuery {
        at: 0,
        name: "se.example.com".into(),
        record_type: "A".into(),
        rcode: Some("NOERROR".into()),
        answers: Vec::new(),
    };
    let seen = Observations { dns: vec![query; 5], ..Observations::default() };
    let (causes, _) = told(&loaded, &seen);
    assert!(causes.iter().take(2).any(|cause| cause.class == Cause::DnsLife), "{causes:#?}");
}

/// What the harness failed at is nobody's fault, and has no cause.
#[test]
fn only_broken_promises_have_causes() {
    let loaded = scenario("K-031", "", &send("it", 1, "{ status: 200 }"));
    let mut seen = saw(&loaded, "500");
    seen.replies[0].outcome =
        ReplyOutcome::Failed(Failure { side: FailureSide::Harness, message: "no file descriptors left".into() });
    let step = loaded.steps().last().unwrap();
    let judgement = judge::replies(&step, &ALL, &seen);
    assert_eq!(judgement.verdict(), Verdict::Error);
    assert!(judgement.checks.iter().all(|check| check.causes.is_empty() && check.ruled_out.is_empty()));
}

/// A rule of validators says nothing about gateways, and nothing speaks for what a reason is wrong for: then it is said so,
/// and some class is named all the same.
#[test]
fn where_nothing_speaks_for_anything_it_is_said_so() {
    let loaded = scenario("V-001", "", &send("it", 1, "{ reason: no-route }"));
    let mut seen = saw(&loaded, "1:80");
    let ReplyOutcome::Response { source, status, .. } = &mut seen.replies[0].outcome else { panic!("a response") };
    (*source, *status) = (None, 200);
    let (causes, ruled_out) = told(&loaded, &seen);
    assert!(
        !causes.is_empty() && causes.iter().all(|cause| cause.because.contains("nothing that was seen")),
        "{causes:#?}"
    );
    assert!(causes.iter().all(|cause| ruled_out.iter().all(|out| out.class != cause.class)), "{ruled_out:#?}");
}

/// The gateway broke off, which is nothing that a route or an endpoint list does.
#[test]
fn a_response_that_is_not_whole() {
    let loaded = scenario("V-001", "", &send("it", 1, "{ status: 200 }"));
    let mut seen = saw(&loaded, "504");
    seen.replies[0].outcome =
        ReplyOutcome::Failed(Failure { side: FailureSide::Gateway, message: "reset by peer".into() });
    assert_eq!(first(&loaded, &seen), Cause::Policy);
}

/// The requests of another host were served by the same endpoint, so it is this host that is not known.
#[test]
fn a_host_that_alone_is_not_served() {
    let other = "  - send: { request: { host: b.example.com }, expect: { sources: ['192.0.2.1:80'] } }\n";
    let loaded = scenario("V-001", "", &[other, &send("own", 2, "{ sources: ['192.0.2.1:80'] }")].concat());
    assert_eq!(first(&loaded, &saw(&loaded, "500 500")), Cause::HostIdentity);
}

fn broken(classes: &[Cause], verdict: Verdict) -> CheckRecord {
    let loaded = scenario("V-001", "", &send("it", 1, "{ status: 200 }"));
    let step = loaded.steps().last().unwrap();
    let check = judge::replies(&step, &Abilities::ALL, &saw(&loaded, "500")).checks.remove(0);
    let because = || "it was seen".to_owned();
    let causes = classes.iter().map(|class| CauseRecord { class: *class, because: because() }).collect();
    CheckRecord { verdict, causes, ruled_out: Vec::new(), ..check }
}

/// A condition that is wrong is the mistake itself where all else is right, and where requests fail too it is not.
#[rstest]
#[case::alone(&[broken(&[Cause::Status, Cause::Reference], Verdict::Fail)], Cause::Status)]
#[case::with_requests(
    &[broken(&[Cause::Status, Cause::Reference], Verdict::Fail), broken(&[Cause::Reference], Verdict::Fail)],
    Cause::Reference
)]
#[case::with_requests_that_are_right(
    &[broken(&[Cause::Status, Cause::Reference], Verdict::Fail), broken(&[], Verdict::Pass)],
    Cause::Status
)]
#[case::nothing_else_is_likely(
    &[broken(&[Cause::Status], Verdict::Fail), broken(&[Cause::Reference], Verdict::Fail)],
    Cause::Status
)]
fn conditions_are_reconsidered(#[case] checks: &[CheckRecord], #[case] class: Cause) {
    let mut checks = checks.to_vec();
    reconsider(&mut checks);
    assert_eq!(checks[0].causes[0].class, class);
    assert_eq!(checks[0].ruled_out.iter().any(|out| out.class == Cause::Status), class != Cause::Status);
}
