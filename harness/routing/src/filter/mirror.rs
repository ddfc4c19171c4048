//! Copies of requests for another backend (Gateway API, HTTPRequestMirrorFilter).

use sextant_resources::BackendRef;

use crate::Target;

/// Where copies go, and of which requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror {
    /// As written, namespace filled in.
    pub reference: BackendRef,
    /// What it resolves to. The status tells of a reference that resolves to nothing; its requests lose only their copy.
    pub target: Target,
    /// Which requests have a copy.
    pub share: MirrorShare,
}

/// A part of all requests: `numerator` of every `denominator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MirrorShare {
    /// At most the denominator; 0 means none.
    pub numerator: u32,
    /// At least 1.
    pub denominator: u32,
}

impl MirrorShare {
    /// Every request.
    pub const ALL: Self = Self { numerator: 1, denominator: 1 };

    /// Whether request number `turn`, from 0, has a copy. Of every run of `denominator` requests exactly `numerator` have
    /// one, spread evenly.
    pub fn takes(self, turn: u64) -> bool {
        let (numerator, denominator) = (u64::from(self.numerator), u64::from(self.denominator));
        let place = turn % denominator;
        // Below 2^32 each, so that neither product overflows.
        (place + 1) * numerator / denominator > place * numerator / denominator
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::MirrorShare;

    #[rstest]
    #[case::all(1, 1, "xxxxxxxx")]
    #[case::none(0, 100, "........")]
    #[case::half(50, 100, ".x.x.x.x")]
    #[case::quarter(1, 4, "...x...x")]
    #[case::most(3, 4, ".xxx.xxx")]
    fn copies_are_spread_evenly(#[case] numerator: u32, #[case] denominator: u32, #[case] expected: &str) {
        let share = MirrorShare { numerator, denominator };
        let taken: String = (0..8).map(|turn| if share.takes(turn) { 'x' } else { '.' }).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn a_large_share_does_not_overflow() {
        let share = MirrorShare { numerator: u32::MAX, denominator: u32::MAX };
        assert!(share.takes(u64::MAX));
    }
}
