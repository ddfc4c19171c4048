//! What a run says while it goes on. The runner produces these; terminal, logs and reports consume them.

use crate::{CheckRecord, RunRecord, ScenarioRecord};

/// One event of a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The run starts.
    RunStarted {
        /// Scenarios × subjects to come.
        total: usize,
    },
    /// A scenario starts on a subject.
    ScenarioStarted {
        /// Scenario id.
        id: String,
        /// Subject.
        subject: String,
    },
    /// A step starts.
    StepStarted {
        /// Scenario id.
        id: String,
        /// Subject.
        subject: String,
        /// Name of the step.
        step: String,
    },
    /// A promise was judged.
    Checked {
        /// Scenario id.
        id: String,
        /// Subject.
        subject: String,
        /// The check.
        check: Box<CheckRecord>,
    },
    /// A scenario ended.
    ScenarioFinished(Box<ScenarioRecord>),
    /// The run ended.
    RunFinished(Box<RunRecord>),
}
