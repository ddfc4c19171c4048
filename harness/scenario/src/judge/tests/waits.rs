//! `until`.

use rstest::rstest;

use super::Came::{A, B, C, HarnessBroken, Own};
use super::*;

fn until(rest: &str) -> LoadedScenario {
    scenario(&format!("    until:\n      request: {{ host: a.example.com }}\n      within: 2s\n      {rest}"))
}

#[rstest]
#[case::at_once("expect: { status: 200 }", &[A], Verdict::Pass)]
#[case::in_the_end("expect: { status: 200 }", &[Own(503), Own(503), A], Verdict::Pass)]
#[case::never("expect: { status: 200 }", &[Own(503), Own(503)], Verdict::Fail)]
#[case::only_in_between("expect: { status: 200 }", &[Own(503), A, Own(503)], Verdict::Fail)]
#[case::in_a_row("inARow: 2\n      expect: { status: 200 }", &[A, Own(503), A, A], Verdict::Pass)]
#[case::not_in_a_row("inARow: 2\n      expect: { status: 200 }", &[A, Own(503), A], Verdict::Fail)]
#[case::from_one_of_several("inARow: 2\n      expect: { sources: ['1.1.1.1:80', '2.2.2.2:80'] }", &[C, A, B], Verdict::Pass)]
#[case::from_nobody("expect: { sources: [] }", &[A, Own(503)], Verdict::Pass)]
#[case::still_from_somebody("expect: { sources: [] }", &[Own(503), A], Verdict::Fail)]
#[case::no_longer_from("expect: { never: ['3.3.3.3:80'] }", &[C, C, A], Verdict::Pass)]
#[case::still_from("expect: { never: ['3.3.3.3:80'] }", &[A, C], Verdict::Fail)]
#[case::body("expect: { body: 'Pod IP: 2.2.2.2' }", &[A, B], Verdict::Pass)]
#[case::other_body("expect: { body: 'Pod IP: 2.2.2.2' }", &[B, A], Verdict::Fail)]
#[case::reason("expect: { reason: NoEndpoints }", &[A, Own(503)], Verdict::Pass)]
#[case::other_reason("expect: { reason: NoRoute }", &[Own(503)], Verdict::Fail)]
#[case::seen("expect: { seen: { path: / } }", &[Own(503), A], Verdict::Pass)]
#[case::seen_otherwise("expect: { seen: { path: /info } }", &[A], Verdict::Fail)]
#[case::unseen("expect: { seen: { path: / } }", &[A, Own(503)], Verdict::Fail)]
#[case::nothing_was_sent("expect: { status: 200 }", &[], Verdict::Inconclusive)]
#[case::harness_at_the_end("expect: { status: 200 }", &[Own(503), HarnessBroken], Verdict::Error)]
#[case::harness_before_it_was_kept("expect: { status: 200 }", &[HarnessBroken, A], Verdict::Pass)]
fn a_wait_ends_with_replies_as_promised(#[case] rest: &str, #[case] came: &[Came], #[case] expected: Verdict) {
    assert_eq!(verdict(&until(rest), came), expected);
}

/// The runner asks reply by reply; the last word is the same.
#[test]
fn a_single_reply_is_judged_as_the_whole_wait_is() {
    let loaded = until("expect: { status: 200, never: ['3.3.3.3:80'], seen: { path: / } }");
    let seen = saw(&loaded, &[Own(503), C, A]);
    let expect = loaded.steps().next().unwrap().action.expect().unwrap();
    let kept: Vec<_> = seen.replies.iter().map(|reply| keeps(expect, &ALL, &seen, reply)).collect();
    assert_eq!(kept, [false, false, true]);
}

#[test]
fn a_reason_cannot_be_waited_for_on_a_subject_that_gives_none() {
    let loaded = until("expect: { status: 503, reason: NoRoute }");
    let step = loaded.steps().next().unwrap();
    let judgement = replies(&step, &Abilities::default(), &saw(&loaded, &[Own(503)]));
    let verdicts: Vec<_> = judgement.checks.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Skipped]);
}

#[test]
fn a_missed_deadline_shows_the_last_reply_and_the_longest_run() {
    let loaded = until("inARow: 3\n      expect: { sources: ['1.1.1.1:80'] }");
    let mismatch = mismatch(&loaded, &[A, A, C, A, Own(503)]);
    assert_eq!(mismatch.expected, "within 2s a reply is as promised 3 times in a row: from 1.1.1.1:80");
    assert_eq!(
        mismatch.observed,
        "the deadline passed after 5 replies; the last one, request #4: \
         503 by the gateway itself (NoEndpoints): \"no healthy upstream\""
    );
    assert_eq!(mismatch.nearest, "2 of 3 in a row up to request #1, then: 200 from 3.3.3.3:80 (VM c, r3/z3)");
    assert!(!mismatch.evidence.is_empty());
}

#[test]
fn nothing_near_says_so() {
    let loaded = until("expect: { status: 200 }");
    assert_eq!(mismatch(&loaded, &[Own(503)]).nearest, "no reply kept the promises");
}
