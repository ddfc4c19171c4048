//! Weights that are fractions, as whole numbers in the same proportion.

/// A fraction that is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    numerator: u128,
    denominator: u128,
}

impl Ratio {
    /// `weight` × `part` / `whole`; 0 when `whole` is. Weights above 2^32 - 1, which no proxy takes, count as that.
    pub(super) fn new(weight: u64, part: u64, whole: u64) -> Self {
        let numerator = u128::from(weight.min(u64::from(u32::MAX))) * u128::from(part);
        let factor = greatest_common_divisor(numerator, u128::from(whole)).max(1);
        Self { numerator: numerator / factor, denominator: (u128::from(whole) / factor).max(1) }
    }
}

/// The smallest whole numbers in the proportion of `ratios`, and as near to it as 32 bits allow.
pub(super) fn integers(ratios: &[Ratio]) -> Vec<u32> {
    let multiple = ratios.iter().fold(1, |multiple, ratio| lowest_common_multiple(multiple, ratio.denominator));
    let scaled = ratios.iter().map(|ratio| ratio.numerator.saturating_mul(multiple / ratio.denominator));
    let scaled: Vec<u128> = scaled.collect();
    let factor = scaled.iter().fold(0, |factor, weight| greatest_common_divisor(factor, *weight)).max(1);
    let largest = scaled.iter().max().map_or(0, |weight| weight / factor);
    let coarser = largest / u128::from(u32::MAX) + 1;
    // What is above 0 stays so.
    let fit = |weight: &u128| (weight / factor / coarser).max(u128::from(*weight > 0));
    scaled.iter().map(|weight| u32::try_from(fit(weight)).unwrap_or(u32::MAX)).collect()
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Denominators that have next to nothing in common would grow without bound: from 2^64 on the ratios are approximate.
fn lowest_common_multiple(a: u128, b: u128) -> u128 {
    (a / greatest_common_divisor(a, b) * b).min(1 << 64)
}
