//! What was wrong or noteworthy about an input, at its place.

mod render;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use self::render::RenderStyle;
use crate::source::Source;
use crate::text::Extract;
use crate::{Code, ObjectRef, Place};

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
///
/// It serialises to the fields of a `diagnostics` element of `sextant explain` and `sextant validate`.
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
    /// The text to show; `None` when there is none, and then only the place is shown.
    pub excerpt: Option<Excerpt>,
}

/// The bytes of a source that a finding speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub(crate) source: Arc<Source>,
    pub(crate) span: Range<usize>,
}

impl Excerpt {
    /// `span` of `text`, in the source that `text` was cut from.
    pub(crate) fn new(text: &Extract, span: Range<usize>) -> Self {
        let start = text.offset(span.start);
        // Offsets of one line move together; a span over several lines is shown by its first.
        text.source().excerpt(start..start + span.len())
    }

    /// The text it is a part of.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The bytes of it. Empty for a block collection, of which only the start is shown.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where it starts.
    pub fn place(&self) -> Place {
        self.source.place(self.span.start)
    }
}

impl Diagnostic {
    /// A finding of the loader's table, at the start of `excerpt`, about no object in particular.
    pub(crate) fn new(code: &'static Code, message: impl Into<String>, excerpt: Excerpt) -> Self {
        Self {
            severity: code.severity,
            code: code.id,
            message: message.into(),
            help: code.remedy.to_owned(),
            object: None,
            path: String::new(),
            place: excerpt.place(),
            excerpt: Some(excerpt),
        }
    }

    /// The same with another advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// The same about a field of an object.
    #[must_use]
    pub fn about(self, object: Option<ObjectRef>, path: impl Into<String>) -> Self {
        Self { object, path: path.into(), ..self }
    }
}

impl Severity {
    /// The word that stands for it in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}[{}]: {}", self.place, self.severity, self.code, self.message)
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Diagnostic", 9)?;
        fields.serialize_field("severity", &self.severity)?;
        fields.serialize_field("code", self.code)?;
        fields.serialize_field("message", &self.message)?;
        fields.serialize_field("help", &self.help)?;
        fields.serialize_field("object", &self.object)?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("file", &self.place.file)?;
        fields.serialize_field("line", &self.place.line)?;
        fields.serialize_field("column", &self.place.column)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests;
