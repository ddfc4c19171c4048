//! What is said of a run's events in a plain log, one line each. A terminal shows progress as it likes.

use sextant_verdict::{CheckRecord, RunEvent, ScenarioRecord, Verdict};

use crate::figures::{counted, seconds};
use crate::report::place;
use crate::style::{Style, Tone};
use crate::text::{Lines, visible};

/// Columns of the longest verdict.
const VERDICT: usize = 12;

/// One line of a log, without line feed. It is not wrapped: logs are searched by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the line says of a scenario or a check; `None` when it says nothing of the kind.
    pub verdict: Option<Verdict>,
    /// The rest of the line, as the record has it: it may hold anything, so show [`Self::render`] instead.
    pub text: String,
}

/// The line for `event`; `None` for events of which the log says nothing. A check speaks only when it was not kept,
/// and the end of the run is the report's to tell.
pub fn line(event: &RunEvent) -> Option<Line> {
    match event {
        RunEvent::RunStarted { total } => {
            let total = u64::try_from(*total).unwrap_or(u64::MAX);
            Some(Line { verdict: None, text: format!("{} to run", counted(total, "scenario")) })
        }
        RunEvent::Checked { id, subject, check } => unkept(id, subject, check),
        RunEvent::ScenarioFinished(scenario) => Some(finished(scenario)),
        RunEvent::ScenarioStarted { .. } | RunEvent::StepStarted { .. } | RunEvent::RunFinished(_) => None,
    }
}

impl Line {
    /// The line as `style` can show it: the verdict in its own column, control characters written out.
    pub fn render(&self, style: Style) -> String {
        let text = visible(&self.text, Lines::One, style.unicode);
        match self.verdict {
            None => text,
            Some(verdict) => {
                let padding = " ".repeat((VERDICT + 1).saturating_sub(verdict.as_str().len()));
                format!("{}{padding}{text}", style.paint(Tone::of(verdict), verdict.as_str()))
            }
        }
    }
}

fn unkept(id: &str, subject: &str, check: &CheckRecord) -> Option<Line> {
    if matches!(check.verdict, Verdict::Pass | Verdict::Skipped) {
        return None;
    }
    let rules = if check.rules.is_empty() { String::new() } else { format!(" [{}]", check.rules.join(", ")) };
    let text = format!("{id} on {subject}: {}{rules}, {}", check.what, place(&check.place));
    Some(Line { verdict: Some(check.verdict), text })
}

fn finished(scenario: &ScenarioRecord) -> Line {
    let mut text = format!("{} on {}: {}", scenario.id, scenario.subject, counted(scenario.requests, "request"));
    if scenario.duration_us.is_some() {
        text = format!("{text} in {}", seconds(scenario.duration_us));
    }
    if !scenario.reason.is_empty() {
        text = format!("{text}: {}", scenario.reason);
    }
    Line { verdict: Some(scenario.verdict), text }
}
