//! Every kind of step, seen to do what it says.

use rstest::rstest;
use sextant_verdict::Verdict;

use crate::proxy::Conduct;
use crate::world::{entry, only_broken, run_one, scenario, scenario_with};

/// Steps that a good proxy keeps, and the same with a promise that it cannot keep: a step that is not done, or not
/// judged, shows in one of the two.
#[rstest]
#[case::apply(
    r#"
  - apply: { manifests: [ENTRY_3] }
  - send: { request: { host: a.test }, count: 4, expect: { sources: ["10.0.0.3:80"] } }"#,
    "10.0.0.3:80",
    "10.0.0.1:80"
)]
#[case::dns(
    r#"
  - delete: { kind: ServiceEntry, namespace: ns, name: a }
  - apply: { manifests: [ENTRY_DNS] }
  - dns: { a.test: [{ records: [A 10.0.0.3, A 10.0.0.2] }] }
  - send: { request: { host: a.test }, count: 4, expect: { sources: ["10.0.0.2:80", "10.0.0.3:80"] } }"#,
    "\"10.0.0.3:80\"",
    "\"10.0.0.1:80\""
)]
#[case::delete(
    r#"
  - delete: { kind: ServiceEntry, namespace: ns, name: a }
  - send: { request: { host: a.test }, count: 4, expect: { status: 503, sources: [] } }"#,
    "503",
    "200"
)]
#[case::workload(
    r#"
  - workload: { endpoint: "10.0.0.2:80", behaviour: { status: 418 } }
  - send: { request: { host: a.test }, count: 4, expect: { shares: [{ by: status, of: { "200": 1, "418": 1 } }] } }"#,
    "418",
    "419"
)]
#[case::workload_that_refuses(
    r#"
  - workload: { endpoint: "10.0.0.1:80", behaviour: { fault: refuse } }
  - workload: { endpoint: "10.0.0.2:80", behaviour: { fault: refuse } }
  - send: { request: { host: a.test }, count: 4, expect: { status: 5xx } }"#,
    "5xx",
    "2xx"
)]
#[case::send_over_http2(
    r#"
  - send:
      request: { host: a.test, http2: true, path: "/x?y=z", method: PUT, body: abc }
      count: 8
      connections: 2
      concurrency: 8
      expect: { status: 200, seen: { host: a.test, path: "/x?y=z" } }"#,
    "y=z\" }",
    "y=w\" }"
)]
#[case::body(
    r#"
  - send: { request: { host: a.test, path: /info }, count: 2, expect: { body: "Response from Pod IP: 10.0.0." } }"#,
    "from Pod IP",
    "from pod IP"
)]
#[case::by_locality(r#"
  - apply: { manifests: [ENTRY_13] }
  - send: { request: { host: a.test }, count: 4, expect: { shares: [{ by: workload, of: { VM one: 1, Pod ns/three: 1 } }] } }"#, "three: 1", "three: 3")]
#[case::hold(
    r#"
  - hold: { request: { host: a.test }, for: 30ms, expect: { never: ["10.0.0.3:80"] } }"#,
    "10.0.0.3:80",
    "10.0.0.2:80"
)]
#[case::change_under_traffic(
    r#"
  - apply: { manifests: [ENTRY_13] }
    under:
      request: { host: a.test }
      expect: { status: 200, sources: ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"] }"#,
    ", \"10.0.0.3:80\"",
    ""
)]
#[case::headers(
    r#"
  - workload: { endpoint: "10.0.0.1:80", behaviour: { headers: { x-tag: a } } }
  - workload: { endpoint: "10.0.0.2:80", behaviour: { headers: { x-tag: a } } }
  - send:
      request: { host: a.test, headers: { x-user: anna } }
      expect: { headers: { x-tag: a, x-other: null }, seen: { method: GET, headers: { x-user: anna } } }"#,
    "x-tag: a, x-other",
    "x-tag: b, x-other"
)]
#[case::until(
    r#"
  - workload: { endpoint: "10.0.0.2:80", behaviour: { status: 418 } }
  - until: { request: { host: a.test }, within: 3s, expect: { status: 418 } }"#,
    "status: 418 } }",
    "status: 404 } }"
)]
#[case::lookup(
    r#"
  - dns: { a.test: [{ records: [A 10.9.9.9, A 10.8.8.8] }] }
  - lookup: { name: a.test, addresses: [10.8.8.8, 10.9.9.9] }"#,
    "10.8.8.8, 10.9",
    "10.8.8.7, 10.9"
)]
#[case::lookup_of_nothing(
    r#"
  - lookup: { name: b.test, rcode: NXDOMAIN }"#,
    "NXDOMAIN",
    "SERVFAIL"
)]
#[tokio::test]
async fn a_step_does_what_it_says(#[case] steps: &str, #[case] word: &str, #[case] wrong: &str) {
    let run = async |steps: &str| {
        let steps = steps
            .replace("ENTRY_3", &entry(&["10.0.0.3"]))
            .replace("ENTRY_13", &entry(&["10.0.0.1", "10.0.0.3"]))
            .replace("ENTRY_DNS", &entry(&[]));
        run_one(scenario("step", &steps), Conduct::Good).await
    };
    let record = run(steps).await;
    assert_eq!(record.verdict, Verdict::Pass, "{record:#?}");
    let (before, after) = steps.rsplit_once(word).unwrap();
    let record = run(&format!("{before}{wrong}{after}")).await;
    assert_eq!(record.verdict, Verdict::Fail, "{record:#?}");
}

/// The subject asked once, at its start; `lookup` steps ask as well, and do not count.
#[rstest]
#[case("must: [{ name: a.test, type: A }]", Verdict::Pass)]
#[case("must: [{ name: a.test, atLeast: 2 }]", Verdict::Fail)]
#[case("mustNot: [{ name: a.test }]", Verdict::Fail)]
#[case("mustNot: [{ name: b.test }]", Verdict::Pass)]
#[case("since: later, mustNot: [{ name: a.test }]", Verdict::Pass)]
#[case("since: later, must: [{ name: a.test }]", Verdict::Fail)]
#[tokio::test]
async fn queries_are_those_of_the_subject(#[case] promise: &str, #[case] verdict: Verdict) {
    let steps = format!(
        "
  - lookup: {{ name: a.test }}
  - name: later
    lookup: {{ name: b.test, rcode: NXDOMAIN }}
  - queries: {{ {promise} }}"
    );
    let record = run_one(scenario_with("queries", "", &entry(&[]), &steps), Conduct::Good).await;
    assert_eq!(record.verdict, verdict, "{record:#?}");
}

#[tokio::test]
async fn until_waits_for_as_many_in_a_row_as_it_is_told() {
    // Every second reply fits, so there are never two in a row.
    let steps = r#"
  - until: { request: { host: a.test }, within: 300ms, inARow: 2, expect: { sources: ["10.0.0.1:80"] } }"#;
    let record = run_one(scenario("row", steps), Conduct::Good).await;
    assert_eq!(record.verdict, Verdict::Fail);
    let (check, observed) = only_broken(&record);
    assert!(observed.contains("the deadline passed"), "{observed}");
    assert!(check.mismatch.as_ref().unwrap().nearest.starts_with("1 of 2 in a row"), "{check:#?}");
}

#[rstest]
#[case::no_such_object(
    "delete: { kind: Pod, namespace: ns, name: none }",
    "Pod ns/none cannot be deleted: there is no such object"
)]
#[case::no_such_request(
    "send: { request: { host: a.test, method: \"a b\" }, expect: { status: 200 } }",
    "`a b` is not a method"
)]
#[tokio::test]
async fn a_step_that_cannot_be_done_is_an_error_and_ends_the_scenario(#[case] step: &str, #[case] reason: &str) {
    let steps = format!("\n  - {step}{}", crate::world::SEND);
    let record = run_one(scenario("undone", &steps), Conduct::Good).await;
    assert_eq!((record.verdict, record.requests), (Verdict::Error, 0), "{record:#?}");
    assert!(record.reason.contains(reason), "{}", record.reason);
}

/// A gateway that hangs is not too slow by a hair: the wait ends at its deadline with a failure.
#[tokio::test]
async fn until_fails_at_its_deadline_when_nothing_answers() {
    let steps = "
  - until: { request: { host: a.test }, within: 200ms, expect: { status: 200 } }";
    let record = run_one(scenario("silent", steps), Conduct::NeverAnswers).await;
    let (_, observed) = only_broken(&record);
    assert_eq!(record.verdict, Verdict::Fail);
    assert!(observed.contains("no whole response before the deadline of the step"), "{observed}");
}
