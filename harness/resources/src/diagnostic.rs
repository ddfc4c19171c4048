//! What was wrong or noteworthy about an input, at its place.

use std::fmt;

use crate::{ObjectRef, Place};

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The input cannot be used as it is meant.
    Error,
    /// The input works, but probably not as its author thinks.
    Warning,
    /// Worth knowing, nothing to mend (an unknown kind was skipped).
    Note,
}

/// One finding. Rendered with its source excerpt by [`Diagnostic::render`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code: a row of the bad-input table.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it; empty when the message says it all.
    pub help: String,
    /// The object concerned, when one could be read.
    pub object: Option<ObjectRef>,
    /// Path of the field, such as `spec.endpoints[2].address`; empty for the document.
    pub path: String,
    /// Where it stands.
    pub place: Place,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}[{}]: {}", self.place, self.severity, self.code, self.message)
    }
}
