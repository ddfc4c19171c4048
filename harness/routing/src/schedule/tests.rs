use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn turns(weights: &[u32], count: u64) -> Vec<usize> {
    let schedule = Schedule::new(weights);
    (0..count).filter_map(|turn| schedule.choice(turn)).collect()
}

#[rstest]
#[case(&[1, 1, 1], &[0, 1, 2, 0, 1, 2])]
#[case(&[3, 1], &[0, 0, 1, 0, 0, 0, 1, 0])]
#[case(&[90, 10], &[0, 0, 0, 0, 0, 1, 0, 0, 0, 0])]
#[case(&[1, 3], &[1, 0, 1, 1])]
#[case(&[0, 5], &[1, 1, 1])]
#[case(&[u32::MAX, u32::MAX], &[0, 1, 0, 1])]
#[case(&[7], &[0, 0])]
fn the_order_of_turns(#[case] weights: &[u32], #[case] expected: &[usize]) {
    let got = turns(weights, expected.len() as u64);
    assert_eq!(got, expected);
}

#[rstest]
#[case(&[])]
#[case(&[0])]
#[case(&[0, 0])]
fn nobody_has_a_turn_without_weight(#[case] weights: &[u32]) {
    let schedule = Schedule::new(weights);
    assert_eq!((schedule.choice(0), schedule.choice(u64::MAX), schedule.cycle()), (None, None, 0));
}

#[test]
fn a_cycle_too_long_for_a_table_is_exact_and_even() {
    let weights = [65_536, 1, 30_000];
    let schedule = Schedule::new(&weights);
    let length: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    assert_eq!(schedule.cycle(), length);
    let mut counts = [0_u32; 3];
    for turn in 0..length {
        counts[schedule.choice(turn).unwrap()] += 1;
        for (count, weight) in counts.iter().zip(weights) {
            let share = (turn + 1) as f64 * f64::from(weight) / length as f64;
            assert!((f64::from(*count) - share).abs() < 4.0, "turn {turn}: {count} of {share}");
        }
    }
    assert_eq!(counts, weights);
}

#[test]
fn the_largest_weights_need_little_memory_and_no_luck() {
    let schedule = Schedule::new(&[u32::MAX, u32::MAX - 1, 1]);
    assert_eq!(schedule.cycle(), 2 * u64::from(u32::MAX));
    let mut counts = [0_u32; 3];
    for turn in 0..100_000 {
        counts[schedule.choice(turn).unwrap()] += 1;
    }
    assert!(counts[0].abs_diff(counts[1]) < 10, "{counts:?}");
    assert!(schedule.choice(u64::MAX).is_some());
}

proptest! {
    #[test]
    fn every_cycle_is_exact(weights in prop::collection::vec(0_u32..60, 1..12), cycle in 0_u64..5) {
        let schedule = Schedule::new(&weights);
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let length = schedule.cycle();
        let mut counts = vec![0_u64; weights.len()];
        for turn in cycle * length..(cycle + 1) * length {
            counts[schedule.choice(turn).unwrap()] += 1;
        }
        for (count, weight) in counts.iter().zip(&weights) {
            prop_assert_eq!(count * total, u64::from(*weight) * length);
        }
    }

    #[test]
    fn each_choice_is_within_one_turn_of_its_share(weights in prop::collection::vec(1_u32..200, 1..12)) {
        let schedule = Schedule::new(&weights);
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let bound = 1.0 - 1.0 / (2.0 * weights.len() as f64 - 2.0).max(1.0);
        let mut counts = vec![0_u32; weights.len()];
        for turn in 0..schedule.cycle() {
            counts[schedule.choice(turn).unwrap()] += 1;
            for (count, weight) in counts.iter().zip(&weights) {
                let share = (turn + 1) as f64 * f64::from(*weight) / total;
                prop_assert!((f64::from(*count) - share).abs() < bound + 1e-9, "turn {}: {} of {}", turn, count, share);
            }
        }
    }

    #[test]
    fn odd_weights_never_panic(weights in prop::collection::vec(prop::sample::select(vec![0, 1, 2, 70_000, u32::MAX - 1, u32::MAX]), 0..6), turn: u64) {
        let choice = Schedule::new(&weights).choice(turn);
        prop_assert_eq!(choice.is_some(), weights.iter().any(|weight| *weight > 0));
        prop_assert!(choice.is_none_or(|choice| weights[choice] > 0));
    }
}
