//! Exit statuses: the promise to scripts and CI.

use std::process::ExitCode;

use sextant_verdict::Outcome;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that was asked for passed.
    Passed = 0,
    /// A requirement failed.
    Failed = 1,
    /// Arguments, scenarios or manifests cannot be used.
    BadInput = 2,
    /// Nothing can be said, or the harness itself failed.
    Inconclusive = 3,
    /// What a ledger of known failures says to fail has passed.
    UnexpectedPass = 4,
    /// An entry of a ledger has expired.
    ExpiredEntry = 5,
    /// Interrupted by Ctrl-C, in the shell's own convention.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Passed,
            Outcome::Failed => Self::Failed,
            Outcome::Inconclusive => Self::Inconclusive,
            Outcome::UnexpectedPass => Self::UnexpectedPass,
            Outcome::Expired => Self::ExpiredEntry,
        }
    }
}
