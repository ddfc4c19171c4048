//! What is wrong with an adapter, and what its author can do.

use super::CERTIFY_WITHIN;
use crate::exec::program::ExecError;

/// Sections of the protocol's page.
pub(super) const FILE: &str = "The adapter protocol";
pub(super) const PLAIN: &str = "Without the protocol";
pub(super) const SCENARIO: &str = "One scenario";
pub(super) const FEATURES: &str = "Features";

/// Something that is wrong.
#[derive(Debug)]
pub(super) struct Fault {
    /// What was seen.
    pub(super) saw: String,
    /// What to do, and where the protocol says so.
    pub(super) advice: String,
    /// Whether nothing more can be asked.
    pub(super) is_last: bool,
}

impl Fault {
    /// One after which the conversation goes on.
    pub(super) fn new(saw: impl Into<String>, advice: &str, section: &str) -> Self {
        Self { saw: saw.into(), advice: format!("{advice} (PROTOCOL.md, `{section}`)"), is_last: false }
    }

    /// The same, but nothing more can be asked.
    pub(super) fn last(self) -> Self {
        Self { is_last: true, ..self }
    }

    /// The time of all checks is over.
    pub(super) fn too_late() -> Self {
        let saw = format!("the {CERTIFY_WITHIN:?} that all checks may take were over before this one");
        let advice = "find what is slow above all in `start` and `ready`: a run asks for both in every scenario";
        Self::new(saw, advice, SCENARIO).last()
    }

    /// What `error` means for the author of the adapter.
    pub(super) fn of(error: &ExecError) -> Self {
        let (advice, section, goes_on) = match error {
            ExecError::Spawn { .. } => {
                let advice = "correct `command` in the adapter file: a name without a slash is looked up in $PATH, one with \
                              a slash from the file's folder";
                (advice, FILE, false)
            }
            ExecError::Ended { .. } => ("an adapter lives until it has replied to `stop`", SCENARIO, false),
            ExecError::Silent { .. } => {
                let advice = "reply to every message, with a line end, and flush standard output after each line";
                (advice, SCENARIO, false)
            }
            ExecError::Garbled { .. } | ExecError::TooLong { .. } => {
                let advice = "write one JSON object a line with the `id` and the fields of the table and nothing else to \
                              standard output; logs go to standard error";
                (advice, SCENARIO, false)
            }
            ExecError::OtherId { .. } => {
                ("repeat the `id` of the message that is replied to, and reply once to each", SCENARIO, false)
            }
            ExecError::Refused { .. } => ("see what the error says; nothing unusual was asked for", SCENARIO, true),
            ExecError::Unsupported(_) => {
                ("nothing less is asked of an adapter, so that no scenario could run", SCENARIO, true)
            }
            ExecError::Files(_) | ExecError::Probe(_) => {
                ("make room for temporary files, and for another socket", PLAIN, false)
            }
            ExecError::Pipe(_) => ("do not close standard input or standard output before the end", SCENARIO, false),
        };
        let fault = Self::new(told(error), advice, section);
        if goes_on { fault } else { fault.last() }
    }

    /// A feature that was declared and is not there.
    pub(super) fn absent(feature: &str, saw: impl Into<String>) -> Self {
        let advice = format!("declare `{feature}` in the reply to `hello` only if the gateway can do that");
        Self::new(saw, &advice, FEATURES)
    }
}

/// The error with its causes, and what it is when it is a reply.
fn told(error: &ExecError) -> String {
    let words = match error {
        ExecError::Unsupported(words) => format!("the adapter says that it cannot do that: {words}"),
        error => error.to_string(),
    };
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(words, |words, cause| format!("{words}: {cause}"))
}
