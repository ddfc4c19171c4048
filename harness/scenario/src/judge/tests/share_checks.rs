//! Shares and their table.

use rstest::rstest;

use super::Came::{A, B, Broken, C, HarnessBroken, Own};
use super::*;
use crate::{ALPHA, DEFAULT_SAMPLE, POWER};

/// `counts` of A, B and C, mixed as a scheduler would.
fn mixed(counts: [usize; 3]) -> Vec<Came> {
    let mut left = counts;
    let mut came = Vec::new();
    while left.iter().any(|left| *left > 0) {
        for (index, kind) in [A, B, C].into_iter().enumerate() {
            if left[index] > 0 {
                left[index] -= 1;
                came.push(kind);
            }
        }
    }
    came
}

#[rstest]
#[case::whole_cycles("{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1, '3.3.3.3:80': 1 } }", [4, 4, 4], Verdict::Pass)]
#[case::one_off_over_whole_cycles("{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1, '3.3.3.3:80': 1 } }", [5, 3, 4], Verdict::Fail)]
#[case::weights("{ of: { '1.1.1.1:80': 3, '2.2.2.2:80': 2, '3.3.3.3:80': 1 } }", [6, 4, 2], Verdict::Pass)]
#[case::reduced("{ of: { '1.1.1.1:80': 30, '2.2.2.2:80': 20, '3.3.3.3:80': 10 } }", [6, 4, 2], Verdict::Pass)]
#[case::swapped("{ of: { '1.1.1.1:80': 3, '2.2.2.2:80': 2, '3.3.3.3:80': 1 } }", [6, 2, 4], Verdict::Fail)]
// 12 × 1/5 = 2.4 and 12 × 4/5 = 9.6
#[case::part_of_a_cycle_down("{ of: { '1.1.1.1:80': 4, '2.2.2.2:80': 1 } }", [10, 2, 0], Verdict::Pass)]
#[case::part_of_a_cycle_up("{ of: { '1.1.1.1:80': 4, '2.2.2.2:80': 1 } }", [9, 3, 0], Verdict::Pass)]
#[case::part_of_a_cycle_off("{ of: { '1.1.1.1:80': 4, '2.2.2.2:80': 1 } }", [8, 4, 0], Verdict::Fail)]
#[case::a_stranger("{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 } }", [6, 5, 1], Verdict::Fail)]
#[case::weight_0_is_a_stranger("{ of: { '1.1.1.1:80': 1, '3.3.3.3:80': 0 } }", [11, 0, 1], Verdict::Fail)]
#[case::weight_0_kept("{ of: { '1.1.1.1:80': 1, '3.3.3.3:80': 0 } }", [12, 0, 0], Verdict::Pass)]
#[case::by_locality("{ by: locality, of: { r1/z1: 2, r3/z3: 1 } }", [1, 7, 4], Verdict::Pass)]
#[case::by_locality_off("{ by: locality, of: { r1/z1: 1, r3/z3: 1 } }", [4, 4, 4], Verdict::Fail)]
#[case::by_workload("{ by: workload, of: { VM a: 1, VM b: 1, VM c: 2 } }", [3, 3, 6], Verdict::Pass)]
#[case::by_workload_off("{ by: workload, of: { VM a: 1, VM b: 1 } }", [4, 4, 4], Verdict::Fail)]
#[case::by_status("{ by: status, of: { '200': 1 } }", [4, 4, 4], Verdict::Pass)]
fn exact_shares_of_twelve_replies(#[case] shares: &str, #[case] counts: [usize; 3], #[case] expected: Verdict) {
    assert_eq!(verdict(&send(12, &format!("{{ shares: [{shares}] }}")), &mixed(counts)), expected);
}

/// The gateway's own replies have a share like everybody, counted by status.
#[rstest]
#[case("{ by: status, of: { '200': 1, '500': 1 } }", Verdict::Pass)]
#[case("{ of: { '1.1.1.1:80': 1, '500': 1 } }", Verdict::Pass)]
#[case("{ of: { '1.1.1.1:80': 1 } }", Verdict::Fail)]
#[case("{ by: locality, of: { r1/z1: 1, '500': 3 } }", Verdict::Fail)]
fn an_unresolved_reference_takes_its_share(#[case] shares: &str, #[case] expected: Verdict) {
    let loaded = send(4, &format!("{{ shares: [{shares}] }}"));
    assert_eq!(verdict(&loaded, &[A, Own(500), A, Own(500)]), expected);
}

/// Of a subject that draws lots exactness is not demanded, but more than chance allows is still wrong.
#[rstest]
#[case::by_chance([58, 42], Verdict::Pass, true)]
#[case::by_turns([50, 50], Verdict::Pass, false)]
#[case::far_off([90, 10], Verdict::Fail, true)]
#[case::too_few_to_tell([4, 2], Verdict::Inconclusive, true)]
fn shares_of_a_subject_that_draws_lots(
    #[case] counts: [usize; 2],
    #[case] expected: Verdict,
    #[case] statistical: bool,
) {
    let [a, b] = counts;
    let count = u32::try_from(a + b).expect("few");
    let loaded = send(count, "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 } }] }");
    let seen = saw(&loaded, &mixed([a, b, 0]));
    let step = loaded.steps().next().expect("there is a step");
    let judgement = replies(&step, &Abilities { draws_lots: true, ..ALL }, &seen);
    assert_eq!(judgement.verdict(), expected);
    assert_eq!(judgement.checks.iter().any(|check| check.statistics.is_some()), statistical);
}

#[rstest]
#[case::failed_by_the_gateway(&[A, B, A, Broken], Verdict::Fail)]
#[case::failed_by_the_harness(&[A, B, A, HarnessBroken], Verdict::Error)]
#[case::too_few(&[A, B], Verdict::Inconclusive)]
#[case::too_few_and_uneven(&[A, A], Verdict::Inconclusive)]
#[case::too_few_with_a_stranger(&[A, C], Verdict::Fail)]
#[case::none(&[], Verdict::Inconclusive)]
fn shares_of_what_did_not_all_arrive(#[case] came: &[Came], #[case] expected: Verdict) {
    let loaded = send(4, "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 } }] }");
    assert_eq!(verdict(&loaded, came), expected);
}

#[test]
fn a_wrong_share_says_who_took_it_and_how_near_it_came() {
    let loaded = send(6, "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 } }] }");
    let mismatch = mismatch(&loaded, &[A, B, A, A, A, B]);
    assert_eq!(mismatch.expected, "shares by endpoint are exactly 1.1.1.1:80 1, 2.2.2.2:80 1");
    assert_eq!(
        mismatch.observed,
        "of 6 replies 1.1.1.1:80 4 (66.7 %) instead of 3, 2.2.2.2:80 2 (33.3 %) instead of 3"
    );
    assert_eq!(
        mismatch.nearest,
        "1.1.1.1:80 got 1.0 too many; 2.2.2.2:80 got 1.0 too few; \
         closest after 2 requests, where the worst share was off by 0.0 points"
    );
    let around = mismatch.evidence.iter().filter(|entry| entry.journal == "reply");
    assert!(around.into_iter().any(|entry| entry.text.starts_with("#4")), "the first that was one too many");
}

/// 70:30 as promised, and 62:38, which the default sample was chosen to find.
#[rstest]
#[case(1_750, Verdict::Pass)]
#[case(1_690, Verdict::Pass)]
#[case(1_550, Verdict::Fail)]
#[case(1_900, Verdict::Fail)]
fn statistical_shares_of_the_default_sample(#[case] of_a: usize, #[case] expected: Verdict) {
    let loaded = scenario(
        "    send:
      request: { host: a.example.com }
      expect: { shares: [{ of: { '1.1.1.1:80': 70, '2.2.2.2:80': 30 }, check: statistical }] }",
    );
    let came = mixed([of_a, DEFAULT_SAMPLE as usize - of_a, 0]);
    let check = only(judge_first(&loaded, &saw(&loaded, &came)));
    assert_eq!(check.verdict, expected, "{check:#?}");
    let note = check.statistics.unwrap();
    assert_eq!((note.n, note.alpha), (u64::from(DEFAULT_SAMPLE), ALPHA));
    assert_eq!(note.p_value <= ALPHA, expected == Verdict::Fail, "{note:?}");
    assert!(note.power >= POWER && note.smallest_error <= 0.08, "{note:?}");
    assert_eq!(note.test, "exact binomial test, two-sided");
}

/// The right shares in the wrong hands: three classes, of which two are off.
#[test]
fn of_three_classes_those_that_are_off_are_named() {
    let loaded =
        send(1_200, "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1, '3.3.3.3:80': 1 }, check: statistical }] }");
    let judgement = judge_first(&loaded, &saw(&loaded, &mixed([400, 550, 250])));
    assert_eq!(judgement.verdict(), Verdict::Fail);
    let table = judgement.shares.unwrap();
    let verdicts: Vec<_> = table.rows.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Fail, Verdict::Fail]);
}

/// One reply by somebody who was promised nothing is enough, however many there are.
#[test]
fn statistics_excuse_no_stranger() {
    let loaded = send(1_001, "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 }, check: statistical }] }");
    let check = only(judge_first(&loaded, &saw(&loaded, &mixed([500, 500, 1]))));
    assert_eq!((check.verdict, check.statistics.unwrap().p_value), (Verdict::Fail, 0.0));
}

/// Ten requests held for a time: too few for the test, so nothing can be said, and certainly not that all is well.
#[test]
fn a_test_that_can_find_nothing_is_inconclusive() {
    let loaded = scenario(
        "    hold:
      request: { host: a.example.com }
      for: 1s
      expect: { shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 }, check: statistical }] }",
    );
    let check = only(judge_first(&loaded, &saw(&loaded, &mixed([5, 5, 0]))));
    assert_eq!(check.verdict, Verdict::Inconclusive);
    assert_eq!(check.mismatch.unwrap().observed, "10 replies are too few for any wrong share to show");
}

#[test]
fn whoever_has_all_of_it_is_checked_reply_by_reply() {
    let loaded = send(40, "{ shares: [{ of: { '1.1.1.1:80': 5 }, check: statistical }] }");
    assert_eq!(verdict(&loaded, &[A; 40]), Verdict::Pass);
    let mut came = [A; 40];
    came[7] = B;
    assert_eq!(verdict(&loaded, &came), Verdict::Fail);
}

type Row<'a> = (&'a str, &'a str, &'a str, Option<f64>, u64, Verdict);

fn rows(table: &ShareTable) -> Vec<Row<'_>> {
    table
        .rows
        .iter()
        .map(|row| {
            (row.endpoint.as_str(), row.locality.as_str(), row.source.as_str(), row.expected, row.requests, row.verdict)
        })
        .collect()
}

#[test]
fn the_table_has_workloads_by_locality_then_the_gateway_then_failures() {
    let loaded = send(8, "{ shares: [{ of: { '1.1.1.1:80': 1, '3.3.3.3:80': 1 } }], status: 200 }");
    let table = judge_first(&loaded, &saw(&loaded, &[C, A, Own(503), Broken, B, Own(404), A, C])).shares.unwrap();
    assert_eq!(table.step, "step");
    assert_eq!(
        rows(&table),
        [
            ("1.1.1.1:80", "r1/z1", "VM a", Some(0.5), 2, Verdict::Fail),
            ("2.2.2.2:80", "r1/z1", "VM b", Some(0.0), 1, Verdict::Fail),
            ("3.3.3.3:80", "r3/z3", "VM c", Some(0.5), 2, Verdict::Fail),
            ("404", "", "", Some(0.0), 1, Verdict::Fail),
            ("503", "", "", Some(0.0), 1, Verdict::Fail),
            ("failed", "", "", Some(0.0), 1, Verdict::Fail),
        ]
    );
    assert_eq!(table.rows[0].observed, 0.25);
}

#[test]
fn whoever_was_promised_something_and_got_nothing_has_a_row() {
    let loaded = send(2, "{ sources: ['1.1.1.1:80', '3.3.3.3:80'], never: ['2.2.2.2:80'] }");
    let table = judge_first(&loaded, &saw(&loaded, &[A, B])).shares.unwrap();
    assert_eq!(
        rows(&table),
        [
            ("1.1.1.1:80", "r1/z1", "VM a", None, 1, Verdict::Pass),
            ("2.2.2.2:80", "r1/z1", "VM b", Some(0.0), 1, Verdict::Fail),
            ("3.3.3.3:80", "r3/z3", "VM c", None, 0, Verdict::Fail),
        ]
    );
}

/// r3/z3 has one endpoint, so its share is that endpoint's; r1/z1 has two, so theirs is not promised to either.
#[test]
fn a_share_by_locality_is_shown_where_it_is_one_row_s() {
    let loaded = send(6, "{ shares: [{ by: locality, of: { r1/z1: 2, r3/z3: 1 } }] }");
    let table = judge_first(&loaded, &saw(&loaded, &[A, B, C, A, B, C])).shares.unwrap();
    let expected: Vec<_> = table.rows.iter().map(|row| row.expected).collect();
    assert_eq!(expected, [None, None, Some(1.0 / 3.0)]);
}

#[test]
fn rows_of_the_gateway_s_own_replies_can_be_promised() {
    let loaded = send(4, "{ shares: [{ by: status, of: { '200': 1, '503': 1 } }] }");
    let table = judge_first(&loaded, &saw(&loaded, &[A, Own(503), A, Own(503)])).shares.unwrap();
    assert_eq!(
        rows(&table),
        [("1.1.1.1:80", "r1/z1", "VM a", Some(0.5), 2, Verdict::Pass), ("503", "", "", Some(0.5), 2, Verdict::Pass),]
    );
}

#[test]
fn rows_are_as_undecided_as_their_check() {
    let loaded = send(4, "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1 } }] }");
    let table = judge_first(&loaded, &saw(&loaded, &[A, B])).shares.unwrap();
    assert!(table.rows.iter().all(|row| row.verdict == Verdict::Inconclusive), "{table:?}");
    let table = judge_first(&loaded, &saw(&loaded, &[A, B, A, HarnessBroken])).shares.unwrap();
    assert_eq!(table.rows.last().unwrap().verdict, Verdict::Error);
}

#[test]
fn no_request_has_no_table() {
    let loaded = send(4, "{ status: 200 }");
    assert_eq!(judge_first(&loaded, &Observations::default()).shares, None);
}
