//! Each verdict, for the right reason: what a subject does wrong is never mixed up with what the harness does.

use std::time::Duration;

use rstest::rstest;
use sextant_runner::RunOptions;
use sextant_verdict::Verdict;

use crate::proxy::{Conduct, Proxies};
use crate::world::{SEND, only_broken, run_all, run_one, run_under, scenario, scenario_with};

#[tokio::test]
async fn a_good_subject_passes() {
    let record = run_one(scenario("good", SEND), Conduct::Good).await;
    assert_eq!((record.verdict, record.reason.as_str()), (Verdict::Pass, ""), "{record:#?}");
    assert_eq!(record.requests, 60);
    assert_eq!(record.checks.len(), 2, "status and shares");
    let rows: Vec<_> = record.shares[0].rows.iter().map(|row| (row.endpoint.as_str(), row.requests)).collect();
    assert_eq!(rows, [("10.0.0.2:80", 30), ("10.0.0.1:80", 30)], "by locality, unknown first");
    assert_eq!(record.shares[0].rows[1].source, "VM one");
}

/// K-080: one endpoint in two shares, got two thirds.
#[tokio::test]
async fn a_wrong_share_fails_with_the_nearest_and_the_evidence() {
    let record = run_one(scenario("share", SEND), Conduct::WrongShare).await;
    assert_eq!((record.verdict, record.reason.as_str()), (Verdict::Fail, ""));
    let (check, observed) = only_broken(&record);
    assert_eq!((check.verdict, check.step.as_str()), (Verdict::Fail, "shares"));
    assert_eq!((check.rules.as_slice(), check.place.file.as_str()), (&["K-080".to_owned()][..], "share.yaml"));
    assert!(observed.contains("40") && observed.contains("20"), "{observed}");
    let mismatch = check.mismatch.as_ref().unwrap();
    assert!(mismatch.evidence.iter().any(|line| line.journal == "reply"), "{mismatch:#?}");
    assert!(mismatch.evidence.iter().any(|line| line.journal == "workload"), "{mismatch:#?}");
    assert_eq!(record.repeat, "sextant run share --seed 1 --profile kgateway --subject proxy");
}

/// What is the gateway's fault is a failed promise, whatever form it takes.
#[rstest]
#[case::closes(Conduct::ClosesConnections, "the gateway ended the connection without a response")]
#[case::garbage(Conduct::Garbage, "the gateway's answer is not HTTP")]
#[case::silence(Conduct::NeverAnswers, "no whole response within 1s")]
#[case::deaf(Conduct::NoListener, "the gateway has no listener on the port")]
#[tokio::test]
async fn a_subject_that_does_not_answer_fails(#[case] conduct: Conduct, #[case] says: &str) {
    let steps = "
  - send: { request: { host: a.test }, count: 2, connections: 2, concurrency: 2, expect: { status: 200 } }";
    let options = RunOptions { request_timeout: Duration::from_secs(1), ..RunOptions::default() };
    let record = run_under(scenario("broken", steps), conduct, options).await;
    assert_eq!(record.verdict, Verdict::Fail, "{record:#?}");
    let (_, observed) = only_broken(&record);
    assert!(observed.contains(says), "{observed}");
}

/// Invariant 3: nothing is sent, and nothing held against a subject that is not ready.
#[rstest]
#[case::never(Conduct::NeverConverges, "waited for a sign from above")]
#[case::refuses(Conduct::Refuses, "proxy refused the configuration: it does not like it")]
#[tokio::test]
async fn invariant_3_a_subject_that_does_not_converge_is_inconclusive(#[case] conduct: Conduct, #[case] says: &str) {
    let record = run_one(scenario("start", SEND), conduct).await;
    assert_eq!((record.verdict, record.requests), (Verdict::Inconclusive, 0), "{record:#?}");
    let (check, observed) = only_broken(&record);
    assert_eq!((check.step.as_str(), check.place.line), ("start", 7));
    assert!(observed.contains(says), "{observed}");
    assert!(record.reason.contains(says), "{}", record.reason);
}

#[tokio::test]
async fn invariant_3_a_later_change_that_is_never_served_is_inconclusive_and_ends_the_scenario() {
    let entry = crate::world::entry(&["10.0.0.1"]);
    let steps = format!(
        "{SEND}\n  - name: change\n    apply: {{ manifests: [{entry}] }}{}",
        SEND.replace("name: shares", "name: after")
    );
    let record = run_one(scenario("change", &steps), Conduct::StopsConverging).await;
    assert_eq!((record.verdict, record.requests), (Verdict::Inconclusive, 60), "{record:#?}");
    let (check, observed) = only_broken(&record);
    assert_eq!((check.step.as_str(), check.what.as_str()), ("change", "the subject serves what is applied"));
    assert!(observed.contains("waited for better times"), "{observed}");
}

#[tokio::test]
async fn invariant_3_dns_that_never_settles_is_inconclusive() {
    let steps = "
  - dns: { a.test: [{ records: [A 10.0.0.2] }] }
  - send: { request: { host: a.test }, expect: { status: 200 } }";
    let record = run_one(scenario("dns", steps), Conduct::ForgetsDns).await;
    assert_eq!((record.verdict, record.requests), (Verdict::Inconclusive, 0));
    assert!(record.reason.contains("the lookup of a name"), "{}", record.reason);
}

/// A promise that was broken before stays broken.
#[tokio::test]
async fn a_failure_is_not_hidden_by_what_comes_after() {
    let entry = crate::world::entry(&["10.0.0.1"]);
    let steps = "
  - send: { request: { host: a.test }, expect: { status: 404 } }
  - apply: { manifests: [ENTRY] }"
        .replace("ENTRY", &entry);
    let record = run_one(scenario("both", &steps), Conduct::StopsConverging).await;
    let verdicts: Vec<_> = record.checks.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Inconclusive]);
    assert_eq!(record.verdict, Verdict::Fail);
}

#[tokio::test]
async fn after_a_failed_promise_the_next_steps_are_done() {
    let steps = format!("\n  - send: {{ request: {{ host: a.test }}, count: 2, expect: {{ status: 404 }} }}{SEND}");
    let record = run_one(scenario("goes-on", &steps), Conduct::Good).await;
    assert_eq!(record.verdict, Verdict::Fail);
    assert_eq!(only_broken(&record).0.step, "send #1");
    assert_eq!((record.requests, record.checks.len()), (62, 3));
}

/// Invariant 1, and the fault is not the gateway's but its adapter's.
#[tokio::test]
async fn invariant_1_nothing_is_sent_outside_loopback() {
    let record = run_one(scenario("elsewhere", SEND), Conduct::Elsewhere).await;
    assert_eq!((record.verdict, record.requests), (Verdict::Error, 0));
    assert!(record.reason.contains("192.0.2.1:80 is not a loopback address"), "{}", record.reason);
}

#[tokio::test]
async fn a_subject_that_cannot_start_is_an_error() {
    let record = run_one(scenario("nostart", SEND), Conduct::NoStart).await;
    assert_eq!(record.verdict, Verdict::Error);
    assert_eq!(record.reason, "proxy did not start: it is out of order");
}

#[tokio::test]
async fn manifests_with_errors_are_an_error_with_their_excerpt_before_anything_starts() {
    let manifests = r#"{ inline: "apiVersion: v1\nkind: Pod\nmetadata: { name: [7] }\n" }"#;
    let proxies = Proxies::default();
    let scenario = scenario_with("bad", "", manifests, SEND);
    let (record, _) = run_all(vec![scenario], proxies.clone(), RunOptions::default()).await;
    let record = &record.scenarios[0];
    assert_eq!(record.verdict, Verdict::Error);
    assert!(record.reason.contains("metadata: { name: [7] }"), "{}", record.reason);
    assert!(record.reason.contains("bad.yaml line 7 (inline)"), "{}", record.reason);
    assert!(proxies.listened().is_empty(), "a subject was started");
}

#[tokio::test]
async fn a_missing_manifest_is_an_error_that_names_it() {
    let record = run_one(scenario_with("missing", "", "{ file: nowhere.yaml }", SEND), Conduct::Good).await;
    assert_eq!(record.verdict, Verdict::Error);
    assert!(record.reason.contains("nowhere.yaml"), "{}", record.reason);
}

#[rstest]
#[case::identity("settings: { gatewayLocality: r1 }", "a locality, labels or a network")]
#[case::control_plane(
    "settings: { controlPlane: { workloadEntryExclusionLabels: [drained] } }",
    "settings of a control plane"
)]
#[case::dns("settings: { dnsRefresh: 1s }", "a DNS refresh time")]
#[case::profile("profiles: [istio]", "it holds for profile istio only, and kgateway was asked for")]
#[tokio::test]
async fn what_a_subject_or_a_profile_cannot_do_is_skipped(#[case] header: &str, #[case] reason: &str) {
    let entry = crate::world::entry(&["10.0.0.1", "10.0.0.2"]);
    let record = run_one(scenario_with("skip", header, &entry, SEND), Conduct::Good).await;
    assert_eq!((record.verdict, record.requests), (Verdict::Skipped, 0));
    assert!(record.reason.contains(reason), "{}", record.reason);
}

const UNLISTED: &str = "\n  - listed: { serviceEntry: ns/a, endpoints: [] }";

#[tokio::test]
async fn a_promise_about_what_a_subject_does_not_say_is_skipped_and_the_rest_judged() {
    let record = run_one(scenario("unlisted", &format!("{SEND}{UNLISTED}")), Conduct::Good).await;
    assert_eq!(record.verdict, Verdict::Pass);
    assert_eq!(only_broken(&record).0.step, "listed #2");
    assert!(record.reason.starts_with("passed, but 1 of "), "{}", record.reason);
    assert!(record.reason.contains("does not list its endpoints"), "{}", record.reason);
}

#[tokio::test]
async fn a_scenario_of_which_nothing_can_be_judged_is_skipped() {
    let record = run_one(scenario("unlisted", UNLISTED), Conduct::Good).await;
    assert_eq!(record.verdict, Verdict::Skipped);
    assert!(record.reason.contains("does not list its endpoints"), "{}", record.reason);
}
