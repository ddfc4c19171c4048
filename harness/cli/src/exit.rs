//! Exit statuses: the promise to scripts and CI.

use std::process::ExitCode;

use sextant_verdict::Verdict;

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
    /// Interrupted by Ctrl-C, in the shell's own convention.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Skipped => Self::Passed,
            Verdict::Fail => Self::Failed,
            Verdict::Inconclusive | Verdict::Error => Self::Inconclusive,
        }
    }
}
