//! One exact test of promised shares (invariant 4): no sampling until it fits, no best of n.
//!
//! Each class's count is binomial, whatever happens among the others. Two classes are one binomial; it is tested with
//! the exact two-sided test that doubles the smaller tail (the test that belongs to the interval of Clopper and
//! Pearson, Biometrika 26, 1934). With k > 2 classes each is tested that way at α/k; by Bonferroni's inequality the
//! probability of any false alarm stays at or below α.
//!
//! Pearson's χ² and the G-test were not taken: their null distribution is an approximation that is off by orders of
//! magnitude in the tail that α = 10⁻⁶ asks about, most of all for small shares. An exact multinomial test is out of
//! reach for the samples used here. What Bonferroni costs is power against errors spread over many classes; an error
//! of one share, the usual one, is found as well as by any test, and the report can name the share.

use statrs::function::gamma::ln_gamma;

/// Largest acceptable probability of a false alarm, unless a scenario asks for a smaller one.
pub const ALPHA: f64 = 1e-6;

/// Probability with which an error of [`sextant_verdict::StatisticsNote::smallest_error`] is found, at least.
pub const POWER: f64 = 0.999;

/// Requests of a statistical check that does not say how many. At [`ALPHA`] it finds 62:38 instead of 70:30 with a
/// probability of more than [`POWER`].
pub const DEFAULT_SAMPLE: u32 = 2_500;

/// The test of one set of shares with one sample size.
#[derive(Clone, Debug)]
pub(crate) struct ShareTest {
    n: u64,
    alpha: f64,
    /// Promised probability of each class, none of them 0.
    classes: Vec<f64>,
}

/// What a [`ShareTest`] can find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sensitivity {
    /// Smallest error of any share, as a fraction of all requests, that is found with [`Self::power`].
    pub(crate) smallest_error: f64,
    /// At least [`POWER`].
    pub(crate) power: f64,
}

impl ShareTest {
    /// The test that `n` requests are shared out as `weights`. Weights of 0 are left out: a class that may not appear
    /// needs no test. `alpha` is held within (0, [`ALPHA`]]; absent means [`ALPHA`].
    pub(crate) fn new(weights: &[u32], n: u64, alpha: Option<f64>) -> Self {
        let total: f64 = weights.iter().copied().map(f64::from).sum();
        let classes = weights.iter().filter(|weight| **weight > 0).map(|weight| f64::from(*weight) / total).collect();
        let alpha = alpha.filter(|alpha| *alpha > 0.0 && *alpha < ALPHA).unwrap_or(ALPHA);
        Self { n, alpha, classes }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.classes.len() {
            0 | 1 => "every reply, no exception",
            2 => "exact binomial test, two-sided",
            _ => "exact binomial test of each share, two-sided, with Bonferroni's correction",
        }
    }

    pub(crate) fn alpha(&self) -> f64 {
        self.alpha
    }

    /// For each of `counts` (one per class, in their order) the probability that any class is at least as far off as
    /// this one, if the shares are as promised. The promise is broken when one of them is at most [`Self::alpha`].
    pub(crate) fn p_values(&self, counts: &[u64]) -> Vec<f64> {
        if self.classes.len() < 2 {
            return vec![1.0; counts.len()];
        }
        self.classes
            .iter()
            .zip(counts)
            .map(|(p, count)| {
                let smaller = at_most(self.n, *p, *count).min(at_least(self.n, *p, *count));
                (2.0 * smaller * self.tests()).min(1.0)
            })
            .collect()
    }

    /// What the test can find; `None` when not even the largest possible error of any share would be found, because
    /// there are too few requests.
    pub(crate) fn sensitivity(&self) -> Option<Sensitivity> {
        if self.classes.len() == 1 {
            // A single reply by anybody else breaks the promise; the error that leaves fewer than one run in a thousand
            // without such a reply.
            let missed = (1.0 - POWER).powf(1.0 / self.n as f64);
            return (self.n > 0).then_some(Sensitivity { smallest_error: 1.0 - missed, power: POWER });
        }
        let searches = self.tested().flat_map(|p| [Search::new(self, p, 1.0), Search::new(self, p, -1.0)]);
        let (found, blind): (Vec<_>, Vec<_>) =
            searches.map(|search| (search.smallest_error(), search)).partition(|(error, _)| error.is_some());
        let smallest_error = found.iter().filter_map(|(error, _)| *error).reduce(f64::max)?;
        // In a direction that nothing is found in, only an error that there is no room for is no danger.
        let smallest_error = blind.iter().map(|(_, search)| search.room.next_up()).fold(smallest_error, f64::max);
        let at_risk = found.iter().filter(|(_, search)| search.room >= smallest_error);
        let power = at_risk.map(|(_, search)| search.power(smallest_error)).fold(1.0, f64::min);
        Some(Sensitivity { smallest_error, power })
    }

    /// The classes that are tested: of two, the second is what the first leaves.
    fn tested(&self) -> impl Iterator<Item = f64> + '_ {
        let take = match self.classes.len() {
            0 | 1 => 0,
            2 => 1,
            many => many,
        };
        self.classes.iter().take(take).copied()
    }

    /// The number of tests that share α.
    fn tests(&self) -> f64 {
        if self.classes.len() > 2 { self.classes.len() as f64 } else { 1.0 }
    }
}

/// The search for the smallest error of one share in one direction that is found.
struct Search {
    n: u64,
    p: f64,
    /// -1 or 1.
    sign: f64,
    /// Largest error there can be.
    room: f64,
    /// Largest count that is too small; `None` when none is.
    low: Option<u64>,
    /// Smallest count that is too large; `None` when none is.
    high: Option<u64>,
}

impl Search {
    fn new(test: &ShareTest, p: f64, sign: f64) -> Self {
        let room = if sign > 0.0 { 1.0 - p } else { p };
        let (n, tail) = (test.n, test.alpha / test.tests() / 2.0);
        // Both tails are monotonous, so the borders can be found by halving.
        let above_low = partition_point(n + 1, |count| at_most(n, p, count) <= tail);
        let high = partition_point(n + 1, |count| at_least(n, p, count) > tail);
        Self { n, p, sign, room, low: above_low.checked_sub(1), high: (high <= n).then_some(high) }
    }

    /// The probability that an error of size `error` is found.
    fn power(&self, error: f64) -> f64 {
        let p = (self.p + self.sign * error).clamp(0.0, 1.0);
        let low = self.low.map_or(0.0, |low| at_most(self.n, p, low));
        let high = self.high.map_or(0.0, |high| at_least(self.n, p, high));
        low + high
    }

    /// The smallest error that is found with [`POWER`]; `None` when not even the largest is.
    fn smallest_error(&self) -> Option<f64> {
        if self.power(self.room) < POWER {
            return None;
        }
        let (mut missed, mut found) = (0.0, self.room);
        for _ in 0..40 {
            let middle = f64::midpoint(missed, found);
            if self.power(middle) < POWER { missed = middle } else { found = middle }
        }
        Some(found)
    }
}

/// The first number below `end` that `holds` is false for, or `end`. It must be true up to there and false after.
fn partition_point(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// P(X ≤ `count`) for X binomial.
pub(crate) fn at_most(n: u64, p: f64, count: u64) -> f64 {
    if count >= n {
        1.0
    } else if (count as f64) < n as f64 * p {
        tail(n, p, count)
    } else {
        1.0 - tail(n, 1.0 - p, n - count - 1)
    }
}

/// P(X ≥ `count`) for X binomial: as many failures at most as that leaves.
pub(crate) fn at_least(n: u64, p: f64, count: u64) -> f64 {
    if count > n { 0.0 } else { at_most(n, 1.0 - p, n - count) }
}

/// P(X ≤ `count`) by summing from `count` downwards, for a count at or below the mean. There each term is smaller than
/// the one before it, so that the sum may end where terms no longer matter, and nothing cancels: the tails that a small
/// α asks about keep their relative precision, which a continued fraction with a fixed number of steps does not give.
fn tail(n: u64, p: f64, count: u64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let mut term = ln_pmf(n, p, count).exp();
    let mut sum = 0.0;
    let odds = (1.0 - p) / p;
    for x in (0..=count).rev() {
        sum += term;
        if term <= sum * f64::EPSILON / 16.0 {
            break;
        }
        term *= x as f64 / (n - x + 1) as f64 * odds;
    }
    f64::min(sum, 1.0)
}

fn ln_pmf(n: u64, p: f64, count: u64) -> f64 {
    let (all, hits, misses) = (n as f64, count as f64, (n - count) as f64);
    ln_gamma(all + 1.0) - ln_gamma(hits + 1.0) - ln_gamma(misses + 1.0) + hits * p.ln() + misses * (-p).ln_1p()
}

#[cfg(test)]
mod tests;
