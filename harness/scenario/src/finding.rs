//! Faults of scenario files, shown as a compiler shows its own.

use std::fmt;

use sextant_resources::RenderStyle;
pub use sextant_resources::{Diagnostic as Finding, Severity};

/// Findings about scenario files: errors and warnings. Displayed with source excerpts, without colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// In the order of files and lines. Codes are kebab-case, such as `unknown-field`; there is no object.
    pub all: Vec<Finding>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl Findings {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// All findings with their excerpts, an empty line between them. `colour` adds ANSI escapes.
    pub fn render(&self, colour: bool) -> String {
        let style = RenderStyle { color: colour };
        let texts: Vec<_> = self.all.iter().map(|finding| finding.render(style)).collect();
        texts.join("\n\n")
    }

    pub(crate) fn sort(&mut self) {
        self.all.sort_by(|a, b| (&a.place, a.severity, a.code, &a.path).cmp(&(&b.place, b.severity, b.code, &b.path)));
    }
}
