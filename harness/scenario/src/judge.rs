//! Promises against observations.
//!
//! Pure functions, one for each kind of promise. Whose fault a difference is decides the verdict:
//!
//! | verdict | when |
//! |---|---|
//! | fail | the subject broke the promise |
//! | error | a request failed on the harness's side, or the harness's journals contradict each other; never the subject's fault, so nothing is held against it |
//! | inconclusive | too little was seen: fewer replies than requests, or too few for the test |
//! | skipped | the subject cannot be asked, or does not say, what the promise is about |
//! | pass | the promise was kept |
//!
//! What no further reply could mend (a reply from somewhere it must not come from, a wrong status) fails even when
//! replies are missing. Of every check that does not pass the record says what was expected, what was observed, how
//! near the observation came, and the journals' entries around the first failure.

use sextant_verdict::{CheckRecord, Mismatch, ShareTable, StatisticsNote, Verdict};

use crate::level::level;
use crate::view::StepView;

mod causes;
mod evidence;
mod headers;
mod listing;
mod names;
mod promises;
mod replies;
mod shares;
mod sources;
mod table;
mod tls;
mod until;

pub use causes::reconsider;
pub(crate) use listing::listed_differences;
pub use listing::{listed, status};
pub(crate) use names::same_name;
pub use names::{lookup, queries};
pub(crate) use promises::{saw_otherwise, wrong_body, wrong_headers, wrong_status};
pub(crate) use replies::failed_in_harness;
pub use replies::replies;
pub(crate) use shares::name_of;
pub(crate) use sources::source_of;
pub(crate) use until::breaks;
pub use until::keeps;

/// What a subject says of itself beside its replies. A promise about what it does not say is skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It lists its endpoints.
    pub lists_endpoints: bool,
    /// It lists what it left out.
    pub lists_exclusions: bool,
    /// It reports status conditions of routes.
    pub reports_conditions: bool,
    /// It says why it answered by itself.
    pub gives_reasons: bool,
    /// It draws lots where a deterministic scheduler takes turns: shares that are promised exactly are then promised
    /// statistically, unless they come out exactly.
    pub draws_lots: bool,
}

#[cfg(test)]
impl Abilities {
    /// Of a subject that tells everything and takes turns.
    const ALL: Self = Self {
        lists_endpoints: true,
        lists_exclusions: true,
        reports_conditions: true,
        gives_reasons: true,
        draws_lots: false,
    };
}

/// What came of one step's promises.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// One record for each promise, in the order of the language. Empty for a step that promises nothing.
    pub checks: Vec<CheckRecord>,
    /// Who answered how often; `None` when no request was sent.
    pub shares: Option<ShareTable>,
}

impl Judgement {
    /// The worst verdict of its checks; pass when there are none.
    pub fn verdict(&self) -> Verdict {
        Verdict::worst(self.checks.iter().map(|check| check.verdict))
    }
}

/// What one promise came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) mismatch: Option<Mismatch>,
    pub(crate) statistics: Option<StatisticsNote>,
}

impl Outcome {
    pub(crate) fn pass() -> Self {
        Self { verdict: Verdict::Pass, mismatch: None, statistics: None }
    }

    pub(crate) fn other(verdict: Verdict, mismatch: Mismatch) -> Self {
        Self { verdict, mismatch: Some(mismatch), statistics: None }
    }

    /// Not judged, for `reason`.
    pub(crate) fn skipped(expected: &str, reason: &str) -> Self {
        let mismatch = Mismatch {
            expected: expected.to_owned(),
            observed: format!("not judged: {reason}"),
            ..Mismatch::default()
        };
        Self::other(Verdict::Skipped, mismatch)
    }
}

/// The record of the promise that stands at `field` of the step's action.
pub(crate) fn record(step: &StepView<'_>, field: &str, what: String, outcome: Outcome) -> CheckRecord {
    CheckRecord {
        step: step.name(),
        rules: step.rules().to_vec(),
        level: level(step.rules()),
        place: step.place(field),
        what,
        verdict: outcome.verdict,
        mismatch: outcome.mismatch,
        statistics: outcome.statistics,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
