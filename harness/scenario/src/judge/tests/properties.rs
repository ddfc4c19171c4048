//! What holds for all observations.

use proptest::prelude::*;

use super::Came::{A, B, Broken, C, HarnessBroken, Own};
use super::*;

fn came() -> impl Strategy<Value = Came> {
    prop_oneof![
        8 => Just(A), 8 => Just(B), 4 => Just(C), 2 => (100..600_u16).prop_map(Own), 1 => Just(Broken),
        1 => Just(HarnessBroken),
    ]
}

const EXPECTS: [&str; 8] = [
    "{ status: 200, sources: ['1.1.1.1:80', '2.2.2.2:80'], never: ['3.3.3.3:80'] }",
    "{ sources: [] }",
    "{ body: Pod, reason: NoRoute }",
    "{ seen: { path: / } }",
    "{ shares: [{ of: { '1.1.1.1:80': 2, '2.2.2.2:80': 1 } }] }",
    "{ shares: [{ of: { '1.1.1.1:80': 2, '2.2.2.2:80': 1, '3.3.3.3:80': 1 }, check: statistical }] }",
    "{ shares: [{ by: locality, of: { r1/z1: 4294967295, r3/z3: 4294967295 } }] }",
    "{ shares: [{ by: status, of: { '200': 1, '503': 1 } }, { by: workload, of: { VM a: 1 } }] }",
];

fn verdicts(judgement: &Judgement) -> Vec<Verdict> {
    judgement.checks.iter().map(|check| check.verdict).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_judge_never_panics_and_always_says_why(came in prop::collection::vec(came(), 0..60), count in 20..60_u32) {
        for expect in EXPECTS {
            let loaded = send(count, expect);
            let judgement = judge_first(&loaded, &saw(&loaded, &came));
            for check in &judgement.checks {
                prop_assert_eq!(check.verdict == Verdict::Pass, check.mismatch.is_none());
                // The schema of run records demands a cause of every failure, and of nothing else.
                prop_assert_eq!(check.verdict == Verdict::Fail, !check.causes.is_empty());
                let both = check.causes.iter().any(|it| check.ruled_out.iter().any(|out| out.class == it.class));
                prop_assert!(!both, "likely and ruled out");
                if let Some(mismatch) = &check.mismatch {
                    prop_assert!(!mismatch.observed.is_empty() && mismatch.evidence.len() <= 20);
                }
            }
            let requests: u64 = judgement.shares.iter().flat_map(|table| &table.rows).map(|row| row.requests).sum();
            prop_assert_eq!(requests, came.len() as u64);
        }
    }

    #[test]
    fn times_and_numbers_of_any_size_never_panic_the_judge(
        times in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u64>()), 1..20)
    ) {
        let loaded = send(20, EXPECTS[0]);
        let mut seen = saw(&loaded, &[C; 20]);
        for (reply, (number, sent_at, done_at)) in seen.replies.iter_mut().zip(&times) {
            (reply.number, reply.sent_at, reply.done_at) = (*number, *sent_at, *done_at);
        }
        prop_assert_eq!(judge_first(&loaded, &seen).verdict(), Verdict::Fail);
    }

    /// Shares are about how many, not about when: another order of the same replies has the same verdicts and table.
    #[test]
    fn shares_do_not_depend_on_the_order_of_replies(
        (came, shuffled) in prop::collection::vec(came(), 0..60)
            .prop_flat_map(|came| (Just(came.clone()), Just(came).prop_shuffle()))
    ) {
        for expect in EXPECTS.iter().filter(|expect| expect.contains("shares")) {
            let loaded = send(30, expect);
            let (one, other) = (judge_first(&loaded, &saw(&loaded, &came)), judge_first(&loaded, &saw(&loaded, &shuffled)));
            prop_assert_eq!(verdicts(&one), verdicts(&other));
            prop_assert_eq!(one.shares, other.shares);
        }
    }

    /// A deterministic round robin keeps its promise from any point of its cycle on, for any number of requests.
    #[test]
    fn a_round_robin_always_keeps_exact_shares(start in 0..3_usize, count in 1..200_usize) {
        let came: Vec<_> = [A, B, C].into_iter().cycle().skip(start).take(count).collect();
        let count = u32::try_from(count).expect("it is small");
        let shares = "{ shares: [{ of: { '1.1.1.1:80': 1, '2.2.2.2:80': 1, '3.3.3.3:80': 1 } }] }";
        prop_assert_eq!(verdict(&send(count, shares), &came), Verdict::Pass);
    }
}
