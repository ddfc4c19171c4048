//! The five verdicts.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is to be said of a check, a scenario or a run. Ordered from best to worst: the worst part decides the whole.
///
/// *Fail* is worse than *error* because it is certain: whatever else went wrong, a promise was seen to be broken. A check
/// that the harness's own trouble touches is never *fail* in the first place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every promise was kept.
    Pass,
    /// Not run, for a stated reason.
    Skipped,
    /// Nothing can be said: the subject never converged, or too little was seen.
    Inconclusive,
    /// The harness itself failed.
    Error,
    /// A promise was broken.
    Fail,
}

impl Verdict {
    /// The worst of `verdicts`; [`Self::Pass`] when there are none.
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::Pass)
    }

    /// The word as it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skipped => "skipped",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::Verdict::{self, Error, Fail, Inconclusive, Pass, Skipped};

    #[test]
    fn verdicts_are_ordered_from_best_to_worst() {
        let mut all = [Fail, Skipped, Error, Pass, Inconclusive];
        all.sort();
        assert_eq!(all, [Pass, Skipped, Inconclusive, Error, Fail]);
    }

    #[rstest]
    #[case(&[], Pass)]
    #[case(&[Pass, Pass], Pass)]
    #[case(&[Pass, Skipped], Skipped)]
    #[case(&[Inconclusive, Skipped, Pass], Inconclusive)]
    #[case(&[Inconclusive, Error], Error)]
    #[case(&[Error, Fail, Pass], Fail)]
    fn the_worst_part_decides(#[case] parts: &[Verdict], #[case] whole: Verdict) {
        assert_eq!(Verdict::worst(parts.iter().copied()), whole);
    }

    #[rstest]
    #[case(Pass, "pass")]
    #[case(Skipped, "skipped")]
    #[case(Inconclusive, "inconclusive")]
    #[case(Error, "error")]
    #[case(Fail, "fail")]
    fn the_word_is_the_same_in_print_and_in_json(#[case] verdict: Verdict, #[case] word: &str) {
        assert_eq!(verdict.to_string(), word);
        assert_eq!(serde_json::to_value(verdict).unwrap(), word);
        assert_eq!(serde_json::from_value::<Verdict>(word.into()).unwrap(), verdict);
    }
}
