use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rstest::rstest;

use super::*;

/// Runs of every simulation.
const RUNS: u32 = 100_000;

/// P(X = x) for every x, by the recurrence from 0; for samples small enough for (1-p)ⁿ not to vanish.
fn pmf(n: u64, p: f64) -> Vec<f64> {
    let mut all = vec![(1.0 - p).powi(i32::try_from(n).unwrap())];
    for x in 0..n {
        all.push(all[x as usize] * (n - x) as f64 / (x + 1) as f64 * p / (1.0 - p));
    }
    all
}

/// Draws binomial numbers by inverting the distribution, so that a run costs one random number.
struct Draw(Vec<f64>);

impl Draw {
    fn new(n: u64, p: f64) -> Self {
        Self((0..=n).map(|x| at_most(n, p, x)).collect())
    }

    fn next(&self, rng: &mut StdRng) -> u64 {
        let lot: f64 = rng.random();
        self.0.partition_point(|cdf| *cdf <= lot) as u64
    }
}

/// For every count of the first of two classes, whether the test finds it wrong.
fn rejected(test: &ShareTest, n: u64) -> Vec<bool> {
    (0..=n).map(|x| test.p_values(&[x, n - x]).into_iter().fold(1.0, f64::min) <= test.alpha()).collect()
}

#[rstest]
#[case(1, 0.5)]
#[case(10, 0.3)]
#[case(60, 0.9)]
#[case(300, 0.01)]
fn tails_are_the_sums_of_their_terms(#[case] n: u64, #[case] p: f64) {
    let pmf = pmf(n, p);
    for x in 0..=n {
        let (below, above) = pmf.split_at(x as usize);
        let (at_or_below, at_or_above) = (below.iter().sum::<f64>() + above[0], above.iter().sum::<f64>());
        assert!((at_most(n, p, x) - at_or_below).abs() < 1e-12, "P(X <= {x})");
        assert!((at_least(n, p, x) - at_or_above).abs() < 1e-12, "P(X >= {x})");
    }
}

/// Binomial(10, 1/2): one of 1024 ways is all or nothing, eleven are at most one.
#[test]
fn tails_of_a_fair_coin() {
    assert!((at_most(10, 0.5, 0) - 1.0 / 1024.0).abs() < 1e-15);
    assert!((at_most(10, 0.5, 1) - 11.0 / 1024.0).abs() < 1e-15);
    assert!((at_least(10, 0.5, 9) - 11.0 / 1024.0).abs() < 1e-15);
    assert_eq!((at_most(10, 0.5, 10), at_least(10, 0.5, 0), at_least(10, 0.5, 11)), (1.0, 1.0, 0.0));
}

/// Far out the tails keep their relative precision: 2⁻⁶⁰ and 61 × 2⁻⁶⁰.
#[test]
fn far_tails_are_precise() {
    let unit = 0.5_f64.powi(60);
    assert!((at_most(60, 0.5, 0) / unit - 1.0).abs() < 1e-12);
    assert!((at_least(60, 0.5, 59) / (61.0 * unit) - 1.0).abs() < 1e-12);
}

#[rstest]
#[case(0.0, 0, 1.0)]
#[case(1.0, 9, 0.0)]
#[case(1.0, 10, 1.0)]
fn certain_probabilities_have_certain_tails(#[case] p: f64, #[case] count: u64, #[case] expected: f64) {
    assert_eq!(at_most(10, p, count), expected);
}

#[test]
fn large_samples_are_no_problem() {
    let (n, p) = (1_000_000, 0.3);
    assert!((at_most(n, p, 300_000) + at_least(n, p, 300_001) - 1.0).abs() < 1e-9);
    assert!((at_most(n, p, 300_000) - 0.5).abs() < 1e-3);
    assert_eq!(at_most(n, p, 100_000), 0.0);
}

/// Invariant 4: over 10⁵ runs of a kept promise the default test raises no false alarm (0.1 would be expected at most).
#[test]
fn a_kept_promise_raises_no_false_alarm_at_the_default_level() {
    let n = u64::from(DEFAULT_SAMPLE);
    let rejected = rejected(&ShareTest::new(&[70, 30], n, None), n);
    let (draw, mut rng) = (Draw::new(n, 0.7), StdRng::seed_from_u64(1));
    let alarms = (0..RUNS).filter(|_| rejected[draw.next(&mut rng) as usize]).count();
    assert_eq!(alarms, 0);
}

/// At a level that a simulation can see, the alarms come as often as stated and no more: α = 10⁻² of 10⁵ runs are
/// 1000, plus four standard deviations. That they are not far fewer shows that the test does not waste its level.
#[test]
fn false_alarms_come_no_more_often_than_stated() {
    let n = 1_000;
    let test = ShareTest { n, alpha: 1e-2, classes: vec![0.7, 0.3] };
    let rejected = rejected(&test, n);
    let (draw, mut rng) = (Draw::new(n, 0.7), StdRng::seed_from_u64(2));
    let alarms = (0..RUNS).filter(|_| rejected[draw.next(&mut rng) as usize]).count();
    assert!((600..=1_126).contains(&alarms), "{alarms} alarms");
}

/// The exact rate, by summing over all outcomes, at the level that is used.
#[rstest]
#[case(100, 0.5)]
#[case(2_500, 0.7)]
#[case(2_500, 0.01)]
#[case(10_000, 0.3)]
fn the_exact_false_alarm_rate_is_at_most_alpha(#[case] n: u64, #[case] p: f64) {
    let test = ShareTest { n, alpha: ALPHA, classes: vec![p, 1.0 - p] };
    let point = |x| at_most(n, p, x) - if x == 0 { 0.0 } else { at_most(n, p, x - 1) };
    let rate: f64 = rejected(&test, n).iter().enumerate().filter(|(_, no)| **no).map(|(x, _)| point(x as u64)).sum();
    assert!(rate <= ALPHA * 1.000_1, "{rate:e}");
}

/// The figure that the default sample was chosen for: 62:38 instead of 70:30 is found in at least 99.9 % of runs.
#[test]
fn the_default_sample_finds_62_38_instead_of_70_30() {
    let n = u64::from(DEFAULT_SAMPLE);
    let test = ShareTest::new(&[70, 30], n, None);
    let rejected = rejected(&test, n);
    let (draw, mut rng) = (Draw::new(n, 0.62), StdRng::seed_from_u64(3));
    let found = (0..RUNS).filter(|_| rejected[draw.next(&mut rng) as usize]).count();
    assert!(found as f64 >= f64::from(RUNS) * POWER, "{found} of {RUNS}");
    let sensitivity = test.sensitivity().unwrap();
    assert!(sensitivity.smallest_error <= 0.08 && sensitivity.power >= POWER, "{sensitivity:?}");
}

/// The stated smallest error is found with the stated power, in either direction, and a smaller one is not.
#[test]
fn the_stated_power_is_the_power_that_a_simulation_shows() {
    let n = 2_500;
    let test = ShareTest::new(&[70, 30], n, None);
    let Sensitivity { smallest_error, power } = test.sensitivity().unwrap();
    let rejected = rejected(&test, n);
    let mut rng = StdRng::seed_from_u64(4);
    let mut found = |p| {
        let draw = Draw::new(n, p);
        (0..RUNS).filter(|_| rejected[draw.next(&mut rng) as usize]).count() as f64 / f64::from(RUNS)
    };
    let rates = [found(0.7 - smallest_error), found(0.7 + smallest_error)];
    let least = rates.into_iter().fold(1.0, f64::min);
    // Four standard deviations of a rate of 0.999 over 10⁵ runs.
    assert!((least - power).abs() < 0.000_4, "{least} instead of {power}");
    assert!(found(0.7 - smallest_error * 0.8) < POWER);
}

/// Three classes, by drawing every request: no false alarm, and a share that is off by what the test states is found.
#[test]
fn three_classes_keep_the_stated_rates() {
    const SMALL_RUNS: u32 = 10_000;
    let (n, weights) = (120_u64, [3, 2, 1]);
    let test = ShareTest::new(&weights, n, None);
    let Sensitivity { smallest_error, .. } = test.sensitivity().unwrap();
    let mut rng = StdRng::seed_from_u64(5);
    let mut alarms = |shares: [f64; 3]| {
        (0..SMALL_RUNS)
            .filter(|_| {
                let mut counts = [0; 3];
                for _ in 0..n {
                    let lot = f64::from(rng.next_u32()) / (f64::from(u32::MAX) + 1.0);
                    counts[usize::from(lot >= shares[0]) + usize::from(lot >= shares[0] + shares[1])] += 1;
                }
                test.p_values(&counts).into_iter().any(|p| p <= test.alpha())
            })
            .count()
    };
    assert_eq!(alarms([0.5, 1.0 / 3.0, 1.0 / 6.0]), 0);
    let error = smallest_error;
    let found = alarms([0.5 - error, 1.0 / 3.0, 1.0 / 6.0 + error]);
    assert!(found as f64 >= f64::from(SMALL_RUNS) * 0.998, "{found} of {SMALL_RUNS} at {error}");
}

#[rstest]
#[case::five_of_two(&[1, 1], 5)]
#[case::none(&[1, 1], 0)]
#[case::one_class_of_none(&[1], 0)]
#[case::no_class(&[0, 0], 1_000)]
fn a_test_that_can_find_nothing_says_so(#[case] weights: &[u32], #[case] n: u64) {
    assert_eq!(ShareTest::new(weights, n, None).sensitivity(), None);
}

/// 0.999 = 1 - (1 - e)ⁿ: whoever gets all of it, a stranger with one request in a hundred is found in 688 requests.
#[test]
fn one_class_is_checked_reply_by_reply() {
    let Sensitivity { smallest_error, power } = ShareTest::new(&[5, 0], 688, None).sensitivity().unwrap();
    assert!((smallest_error - 0.01).abs() < 1e-4 && power == POWER, "{smallest_error}");
}

/// A share of 1:999 cannot be found missing in 1000 requests, so the smallest error that is certain to be found is
/// larger than that share.
#[test]
fn a_direction_in_which_nothing_is_found_counts() {
    let test = ShareTest::new(&[1, 999], 1_000, None);
    let found = test.sensitivity().unwrap();
    assert!(found.smallest_error > 0.001, "{found:?}");
}

#[rstest]
#[case(None, ALPHA)]
#[case(Some(1e-9), 1e-9)]
#[case(Some(0.05), ALPHA)]
#[case(Some(0.0), ALPHA)]
#[case(Some(-1.0), ALPHA)]
#[case(Some(f64::NAN), ALPHA)]
fn alpha_is_never_larger_than_the_house_allows(#[case] given: Option<f64>, #[case] used: f64) {
    assert_eq!(ShareTest::new(&[1, 1], 100, given).alpha(), used);
}
