//! What no single value of a scenario shows: words that are known but make no sense together, promises that cannot be
//! broken or cannot be kept, and scenarios that say the same twice.

use std::fmt::Display;

use crate::finding::{Finding, Severity};
use crate::load::Draft;

mod header;
mod promises;
mod sent;
mod shares;
mod steps;
mod suite;
mod world;

pub(crate) use shares::{CLOSED, canonical as canonical_share};
pub(crate) use suite::suite;

/// Every fault of one scenario. `on_disk` looks whether its manifest files exist.
pub(crate) fn scenario(draft: &Draft, on_disk: bool) -> Vec<Finding> {
    let mut lint = Lint { draft, findings: Vec::new() };
    header::check(&mut lint);
    world::check(&mut lint, on_disk);
    steps::check(&mut lint);
    lint.findings
}

/// The findings of one draft in the making.
pub(crate) struct Lint<'d> {
    pub(crate) draft: &'d Draft,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    /// Notes an error at `path`, unless what stands there was not read.
    pub(crate) fn error(&mut self, code: &'static str, path: &str, message: impl Display, help: impl Display) {
        self.note(Severity::Error, code, path, message, help);
    }

    /// Notes a warning at `path`, unless what stands there was not read.
    pub(crate) fn warn(&mut self, code: &'static str, path: &str, message: impl Display, help: impl Display) {
        self.note(Severity::Warning, code, path, message, help);
    }

    /// Notes an error about the key at `path`, unless it was not read.
    pub(crate) fn key_error(&mut self, code: &'static str, path: &str, message: impl Display, help: impl Display) {
        if self.knows(path) {
            self.findings.push(self.draft.key_error(code, path, message.to_string(), help.to_string()));
        }
    }

    fn note(&mut self, severity: Severity, code: &'static str, path: &str, message: impl Display, help: impl Display) {
        if self.knows(path) {
            let finding = self.draft.finding(severity, code, path, message.to_string(), help.to_string());
            self.findings.push(finding);
        }
    }

    /// Whether what stands at `path` is what its author wrote. What was taken out must not be held against the rest.
    pub(crate) fn knows(&self, path: &str) -> bool {
        !self.draft.is_damaged(path)
    }
}
