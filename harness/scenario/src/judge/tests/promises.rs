//! Status, sources, never, body, reason, seen.

use rstest::rstest;

use super::Came::{A, B, Broken, C, HarnessBroken, Own};
use super::*;

#[rstest]
#[case::kept("{ status: 200 }", &[A, B, C], Verdict::Pass)]
#[case::kept_by_a_class("{ status: 5xx }", &[Own(500), Own(503), Own(504)], Verdict::Pass)]
#[case::another_status("{ status: 200 }", &[A, Own(503), C], Verdict::Fail)]
#[case::another_class("{ status: 5xx }", &[Own(503), Own(404), Own(503)], Verdict::Fail)]
#[case::no_response("{ status: 200 }", &[A, Broken, C], Verdict::Fail)]
#[case::harness("{ status: 200 }", &[A, HarnessBroken, C], Verdict::Error)]
#[case::harness_is_never_fail("{ status: 200 }", &[Own(503), HarnessBroken, C], Verdict::Error)]
#[case::too_few("{ status: 200 }", &[A, B], Verdict::Inconclusive)]
#[case::none("{ status: 200 }", &[], Verdict::Inconclusive)]
#[case::too_few_but_wrong("{ status: 200 }", &[A, Own(503)], Verdict::Fail)]
#[case::sources_kept("{ sources: ['1.1.1.1:80', '2.2.2.2:80'] }", &[A, B, A], Verdict::Pass)]
#[case::sources_without_own_replies("{ sources: ['1.1.1.1:80'] }", &[A, Own(503), A], Verdict::Pass)]
#[case::one_once_too_many("{ sources: ['1.1.1.1:80', '2.2.2.2:80'] }", &[A, B, C], Verdict::Fail)]
#[case::one_never_answered("{ sources: ['1.1.1.1:80', '2.2.2.2:80'] }", &[A, A, A], Verdict::Fail)]
#[case::one_may_still_answer("{ sources: ['1.1.1.1:80', '2.2.2.2:80'] }", &[A, A], Verdict::Inconclusive)]
#[case::too_few_but_extra("{ sources: ['1.1.1.1:80'] }", &[A, C], Verdict::Fail)]
#[case::nobody_kept("{ sources: [] }", &[Own(503), Own(503), Broken], Verdict::Pass)]
#[case::nobody_broken("{ sources: [] }", &[Own(503), A, Own(503)], Verdict::Fail)]
#[case::sources_harness("{ sources: ['1.1.1.1:80', '2.2.2.2:80'] }", &[A, A, HarnessBroken], Verdict::Error)]
#[case::never_kept("{ never: ['3.3.3.3:80'] }", &[A, B, Own(503)], Verdict::Pass)]
#[case::never_broken("{ never: ['3.3.3.3:80'] }", &[A, C, A], Verdict::Fail)]
#[case::never_too_few("{ never: ['3.3.3.3:80'] }", &[A], Verdict::Inconclusive)]
#[case::body_kept("{ body: Response from }", &[A, B, C], Verdict::Pass)]
#[case::body_broken("{ body: Response from }", &[A, Own(200), C], Verdict::Fail)]
#[case::body_absent("{ body: Response from }", &[A, Broken, C], Verdict::Fail)]
#[case::empty_body_broken("{ body: '' }", &[A, B, C], Verdict::Fail)]
#[case::header_kept("{ headers: { Server: gateway } }", &[A, Own(503), C], Verdict::Pass)]
#[case::header_differs("{ headers: { x-from: '1.1.1.1:80' } }", &[A, A, B], Verdict::Fail)]
#[case::header_missing("{ headers: { x-from: '1.1.1.1:80' } }", &[A, A, Own(503)], Verdict::Fail)]
#[case::header_is_no_part("{ headers: { server: gate } }", &[A, B, C], Verdict::Fail)]
#[case::header_absent("{ headers: { x-from: null } }", &[Own(503), Own(503), Own(404)], Verdict::Pass)]
#[case::header_not_absent("{ headers: { x-from: null } }", &[Own(503), A, Own(404)], Verdict::Fail)]
#[case::no_response_has_no_headers("{ headers: { x-from: null } }", &[Own(503), Broken, Own(404)], Verdict::Fail)]
#[case::reason_kept("{ reason: NoEndpoints }", &[Own(503), Own(503), Own(503)], Verdict::Pass)]
#[case::another_reason("{ reason: NoRoute }", &[Own(404), Own(404), Own(404)], Verdict::Fail)]
#[case::no_reason("{ reason: NoEndpoints }", &[Own(503), A, Own(503)], Verdict::Fail)]
#[case::seen_kept("{ seen: { host: A.example.com, path: /, protocol: HTTP/1.1 } }", &[A, B, C], Verdict::Pass)]
#[case::another_host("{ seen: { host: b.example.com } }", &[A, B, C], Verdict::Fail)]
#[case::another_path("{ seen: { path: /info } }", &[A, B, C], Verdict::Fail)]
#[case::method_kept("{ seen: { method: GET } }", &[A, B, C], Verdict::Pass)]
#[case::another_method("{ seen: { method: get } }", &[A, B, C], Verdict::Fail)]
#[case::seen_header_kept("{ seen: { headers: { X-Tag: 'a, b', x-old: null } } }", &[A, B, C], Verdict::Pass)]
#[case::seen_header_differs("{ seen: { headers: { x-tag: a } } }", &[A, B, C], Verdict::Fail)]
#[case::seen_header_not_absent("{ seen: { headers: { x-tag: ~ } } }", &[A, B, C], Verdict::Fail)]
#[case::no_tls("{ seen: { tls: false } }", &[A, B, C], Verdict::Pass)]
#[case::tls("{ seen: { tls: true } }", &[A, B, C], Verdict::Fail)]
#[case::another_protocol("{ seen: { protocol: HTTP/2 } }", &[A, B, C], Verdict::Fail)]
#[case::nobody_was_asked("{ seen: { path: / } }", &[Own(503), Own(503), Own(503)], Verdict::Fail)]
#[case::seen_too_few("{ seen: { path: / } }", &[A], Verdict::Inconclusive)]
#[case::seen_harness("{ seen: { path: / } }", &[A, HarnessBroken, A], Verdict::Error)]
fn a_promise_about_three_replies(#[case] expect: &str, #[case] came: &[Came], #[case] expected: Verdict) {
    assert_eq!(verdict(&send(3, expect), came), expected);
}

#[test]
fn an_empty_body_is_promised_by_an_empty_text() {
    let loaded = send(1, "{ body: '' }");
    let mut seen = saw(&loaded, &[Own(500)]);
    let ReplyOutcome::Response { body, .. } = &mut seen.replies[0].outcome else { panic!("it is a response") };
    body.clear();
    let check = only(judge_first(&loaded, &seen));
    assert_eq!((check.verdict, check.what.as_str()), (Verdict::Pass, "every body is empty"));
}

#[test]
fn a_wrong_header_says_what_came() {
    let mismatch = mismatch(&send(2, "{ headers: { location: /there, x-old: null } }"), &[A, B]);
    assert_eq!(mismatch.expected, "every reply has header location: /there, no header x-old");
    assert_eq!(mismatch.observed, "2 of 2 replies did not, first request #0: no header location");
}

#[test]
fn traffic_under_a_change_is_judged_at_its_place() {
    let change = "workload: { endpoint: '1.1.1.1:80', behaviour: {} }";
    let under = "under: { request: { host: a.example.com }, expect: { status: 200, never: ['3.3.3.3:80'] } }";
    let loaded = scenario(&format!("    {change}\n    {under}"));
    let judged = judge_first(&loaded, &saw(&loaded, &[A, C, Own(503)]));
    let verdicts: Vec<_> =
        judged.checks.iter().map(|check| (check.verdict, check.place.line, check.what.as_str())).collect();
    let expected =
        [(Verdict::Fail, 16, "every reply has status 200"), (Verdict::Fail, 16, "no reply comes from 3.3.3.3:80")];
    assert_eq!(verdicts, expected);
    let kept = judge_first(&loaded, &saw(&loaded, &[A, B]));
    assert!(kept.checks.iter().all(|check| check.verdict == Verdict::Pass), "{kept:?}");
}

#[test]
fn a_kept_promise_has_no_mismatch() {
    let loaded = send(1, "{ status: 200 }");
    assert_eq!(only(judge_first(&loaded, &saw(&loaded, &[A]))).mismatch, None);
}

#[test]
fn a_check_names_its_step_its_rules_and_its_place() {
    let loaded = send(1, "{ status: 200 }");
    let check = only(judge_first(&loaded, &saw(&loaded, &[A])));
    assert_eq!((check.step.as_str(), check.rules.as_slice()), ("step", ["K-080".to_owned()].as_slice()));
    assert_eq!((check.place.file.as_str(), check.place.line, check.place.column), ("test.yaml", 18, 17));
    assert_eq!(check.what, "every reply has status 200");
}

#[test]
fn a_wrong_status_says_how_many_which_first_and_what_was_kept() {
    let mismatch = mismatch(&send(4, "{ status: 200 }"), &[A, A, Own(503), Broken]);
    assert_eq!(mismatch.expected, "every reply has status 200");
    assert_eq!(
        mismatch.observed,
        "2 of 4 replies did not, first request #2: 503 by the gateway itself (NoEndpoints): \"no healthy upstream\""
    );
    assert_eq!(mismatch.nearest, "2 of 4 replies kept it, 2 of them before the first that did not");
}

#[test]
fn sources_are_judged_in_both_directions_and_say_who() {
    let mismatch = mismatch(&send(4, "{ sources: ['1.1.1.1:80', '2.2.2.2:80'] }"), &[A, C, A, C]);
    assert_eq!(mismatch.expected, "exactly 1.1.1.1:80 and 2.2.2.2:80 answer");
    assert_eq!(mismatch.observed, "of 4 replies 2 from 1.1.1.1:80, 2 from 3.3.3.3:80");
    assert_eq!(
        mismatch.nearest,
        "3.3.3.3:80 answered 2 times, from request #1 to request #3; 2.2.2.2:80 never answered"
    );
}

#[test]
fn never_says_when() {
    let mismatch = mismatch(&send(3, "{ never: ['2.2.2.2:80', '3.3.3.3:80'] }"), &[A, C, Own(503)]);
    assert_eq!(mismatch.expected, "no reply comes from 2.2.2.2:80 or 3.3.3.3:80");
    assert_eq!(mismatch.observed, "of 3 replies 1 from 1.1.1.1:80, 1 from 3.3.3.3:80, 1 from no workload");
    assert_eq!(mismatch.nearest, "3.3.3.3:80 answered once: request #1");
}

#[test]
fn evidence_is_bounded_in_order_and_around_the_first_failure() {
    let mut came = vec![A; 60];
    came[30] = C;
    let loaded = send(60, "{ never: ['3.3.3.3:80'] }");
    let mut seen = saw(&loaded, &came);
    for at in [0, 150, 300, 305, 900] {
        seen.dns.push(sextant_verdict::DnsQuery {
            at,
            name: "a.example.com".into(),
            record_type: "A".into(),
            rcode: Some("NOERROR".into()),
            answers: vec!["3.3.3.3".into()],
        });
    }
    let evidence = only(judge_first(&loaded, &seen)).mismatch.unwrap().evidence;
    let times: Vec<_> = evidence.iter().map(|entry| entry.at).collect();
    assert!(times.is_sorted() && times.iter().all(Option::is_some));
    let of = |journal: &str| -> Vec<&str> {
        evidence.iter().filter(|entry| entry.journal == journal).map(|entry| entry.text.as_str()).collect()
    };
    assert_eq!(of("reply").len(), 7);
    assert_eq!(of("reply")[3], "#30 on connection 0: 200 from 3.3.3.3:80 (VM c, r3/z3)");
    assert_eq!(of("workload").len(), 6);
    assert!(of("workload").contains(&"3.3.3.3:80 got GET / for a.example.com:8080 over HTTP/1.1"));
    assert_eq!(of("dns"), vec!["A a.example.com: NOERROR 3.3.3.3"; 4], "but not the one after it");
}

#[test]
fn a_harness_failure_says_so_and_what_the_others_did() {
    let loaded = send(3, "{ status: 200 }");
    let mismatch = mismatch(&loaded, &[A, HarnessBroken, Own(503)]);
    assert_eq!(
        mismatch.observed,
        "1 of 3 requests failed on the harness's side, first request #1: the harness failed: no file descriptors left"
    );
    assert!(mismatch.nearest.starts_with("the other replies did not keep it: 1 of 2 replies did not"), "{mismatch:?}");
}

#[test]
fn a_reason_is_skipped_on_a_subject_that_gives_none() {
    let loaded = send(1, "{ reason: NoRoute }");
    let step = loaded.steps().next().unwrap();
    let check = only(replies(&step, &Abilities::default(), &saw(&loaded, &[Own(404)])));
    assert_eq!(check.verdict, Verdict::Skipped);
    assert_eq!(check.mismatch.unwrap().observed, "not judged: the subject gives no reasons for its own replies");
}

/// A reply that no workload's journal knows of makes both worthless.
#[test]
fn replies_and_workloads_must_agree() {
    let loaded = send(3, "{ status: 200 }");
    let mut seen = saw(&loaded, &[A, A, B]);
    seen.workloads.remove(0);
    let judgement = judge_first(&loaded, &seen);
    assert_eq!(judgement.verdict(), Verdict::Error);
    let check = &judgement.checks[1];
    assert_eq!(check.what, "replies and the journal of the workloads agree");
    assert_eq!(check.mismatch.as_ref().unwrap().observed, "2 replies claim 1.1.1.1:80, which was asked 1 times");
}

/// A gateway may ask a workload again, or one that then breaks off: no contradiction.
#[test]
fn workloads_may_have_been_asked_more_often_than_they_answered() {
    let loaded = send(2, "{ status: 200 }");
    let mut seen = saw(&loaded, &[A, A]);
    let again = seen.workloads[0].clone();
    seen.workloads.push(again);
    assert_eq!(judge_first(&loaded, &seen).verdict(), Verdict::Pass);
}

/// never-during: every reply of the time counts.
#[rstest]
#[case(&[A, A, A, A], Verdict::Pass)]
#[case(&[A, A, C, A], Verdict::Fail)]
#[case(&[], Verdict::Inconclusive)]
fn a_hold_is_broken_by_a_single_reply(#[case] came: &[Came], #[case] expected: Verdict) {
    let loaded = scenario(
        "    hold:\n      request: { host: a.example.com }\n      for: 1s\n      expect: { never: ['3.3.3.3:80'] }",
    );
    assert_eq!(verdict(&loaded, came), expected);
}

#[test]
fn every_promise_of_a_step_has_a_check_of_its_own() {
    let expect = "{ status: 200, sources: ['1.1.1.1:80'], never: ['3.3.3.3:80'], body: Response, \
                  shares: [{ of: { '1.1.1.1:80': 1 } }], seen: { path: / } }";
    let loaded = send(2, expect);
    let judgement = judge_first(&loaded, &saw(&loaded, &[A, A]));
    assert_eq!(judgement.checks.len(), 6);
    assert_eq!(judgement.verdict(), Verdict::Pass);
}

#[test]
fn a_step_without_promises_is_only_counted() {
    let loaded = scenario(
        "    send: { request: { host: a.example.com }, expect: {} }
  - lookup: { name: a.example.com }",
    );
    let judgement = judge_first(&loaded, &saw(&loaded, &[A]));
    assert!(judgement.checks.is_empty() && judgement.shares.is_some());
    let lookup = loaded.steps().nth(1).unwrap();
    assert_eq!(replies(&lookup, &ALL, &saw(&loaded, &[A])), Judgement::default(), "a lookup has no replies");
}
