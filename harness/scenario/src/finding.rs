//! Faults of scenario files, shown as a compiler shows its own.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use sextant_verdict::Place;

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be run, or cannot mean what it says.
    Error,
    /// The scenario can be run, but probably checks less than its author thinks.
    Warning,
}

/// One fault of a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Stable kebab-case code, such as `unknown-field`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it; empty when the message says it all.
    pub help: String,
    /// Path within the document, such as `steps[2].send.count`; empty for the document.
    pub path: String,
    /// Where it stands.
    pub place: Place,
    /// Bytes of the file to underline.
    pub(crate) span: Range<usize>,
}

/// Findings with the texts they are about. Displayed with source excerpts, without colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// In the order of files and lines.
    pub all: Vec<Finding>,
    pub(crate) sources: BTreeMap<String, Arc<str>>,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One line, without the excerpt: `file:line:column: error[code]: message`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column } = &self.place;
        write!(f, "{file}:{line}:{column}: {}[{}]: {}", self.severity, self.code, self.message)
    }
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
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
        let texts: Vec<_> = self.all.iter().map(|finding| self.render_one(&renderer, finding)).collect();
        texts.join("\n\n")
    }

    fn render_one(&self, renderer: &Renderer, finding: &Finding) -> String {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(finding.message.as_str()).id(finding.code);
        let group = match self.sources.get(&finding.place.file) {
            Some(text) => {
                let span = within(text, &finding.span);
                let annotation = AnnotationKind::Primary.span(span).label(finding.path.as_str());
                title.element(Snippet::source(&**text).path(finding.place.file.as_str()).annotation(annotation))
            }
            None => Group::with_title(title),
        };
        let group =
            if finding.help.is_empty() { group } else { group.element(Level::HELP.message(finding.help.as_str())) };
        renderer.render(&[group])
    }

    pub(crate) fn sort(&mut self) {
        self.all.sort_by(|a, b| (&a.place, a.severity, a.code, &a.path).cmp(&(&b.place, b.severity, b.code, &b.path)));
    }
}

/// `span` made to lie in `text`, on whole characters and on one line. Rendering must not depend on the parser's word.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let end = text.floor_char_boundary(span.end.clamp(start, line_end));
    start..end
}

/// The word of `known` that `word` was probably meant to be.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = word.to_lowercase();
    known
        .iter()
        .map(|known| (edit_distance(&lower, &known.to_lowercase()), *known))
        .filter(|(distance, known)| *distance <= 1 + known.chars().count().max(3) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn edit_distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<_>, Vec<_>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let replace = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests;
