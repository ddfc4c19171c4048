//! Findings as people read them in a terminal: the message, the line it speaks of, what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::{Diagnostic, Excerpt, Severity};

/// How a finding is rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderStyle {
    /// Whether to use terminal colours.
    pub color: bool,
}

/// Longer lines are not shown: minified JSON would fill the screen.
const LONGEST_LINE: usize = 400;

impl Diagnostic {
    /// The finding with the line it speaks of and its advice, without a final line break.
    pub fn render(&self, style: RenderStyle) -> String {
        let title = self.level().primary_title(self.message.as_str()).id(self.code);
        let group = match self.excerpt.as_ref().and_then(Shown::new) {
            Some(shown) => title.element(shown.snippet(&self.path).path(&*self.place.file)),
            None => title.element(Origin::path(&*self.place.file).line(self.place.line).char_column(self.place.column)),
        };
        self.advised(group, style)
    }

    /// The same without message and place, for whoever has said these already: [`Self`] displays them on one line. Empty
    /// when there is nothing more to say.
    pub fn render_excerpt(&self, style: RenderStyle) -> String {
        let mut group = Group::with_level(self.level());
        if let Some(shown) = self.excerpt.as_ref().and_then(Shown::new) {
            group = group.element(shown.snippet(&self.path));
        } else if self.object.is_none() && self.help.is_empty() {
            return String::new();
        }
        self.advised(group, style)
    }

    fn level(&self) -> Level<'static> {
        match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        }
    }

    /// `group` with object and advice, as text.
    fn advised<'d>(&'d self, mut group: Group<'d>, style: RenderStyle) -> String {
        if let Some(object) = &self.object {
            group = group.element(Level::NOTE.message(format!("in {object}")));
        }
        if !self.help.is_empty() {
            group = group.element(Level::HELP.message(self.help.as_str()));
        }
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// The one line that is shown, and the part of it that is marked.
struct Shown<'d> {
    line: &'d str,
    number: usize,
    marked: std::ops::Range<usize>,
}

impl<'d> Shown<'d> {
    fn new(excerpt: &'d Excerpt) -> Option<Self> {
        let source = excerpt.source();
        let start = source.boundary(excerpt.span().start);
        let range = source.line(start);
        if range.len() > LONGEST_LINE {
            return None;
        }
        let line = &source.text()[range.clone()];
        let from = start.saturating_sub(range.start).min(line.len());
        let to = source.boundary(excerpt.span().end).saturating_sub(range.start).clamp(from, line.len());
        let to = if to == from { word_end(line, from) } else { to };
        Some(Self { line, number: source.place(start).line, marked: from..to })
    }

    fn snippet(self, path: &'d str) -> Snippet<'d, annotate_snippets::Annotation<'d>> {
        let annotation = AnnotationKind::Primary.span(self.marked);
        let annotation = if path.is_empty() { annotation } else { annotation.label(path) };
        Snippet::source(self.line).line_start(self.number).annotation(annotation)
    }
}

/// Where the word at `from` ends: the key that a block collection starts with.
fn word_end(line: &str, from: usize) -> usize {
    line[from..].find([':', ' ', '\t']).map_or(line.len(), |length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// The renderer wants spans within the text, on whole characters.
    #[rstest::rstest]
    #[case("äöü\nx", 1..3, 0..2)]
    #[case("abc\ndef", 1..6, 1..3)]
    #[case("abc", 7..9, 3..3)]
    #[case("", 0..5, 0..0)]
    fn spans_are_made_to_fit(
        #[case] text: &str,
        #[case] given: std::ops::Range<usize>,
        #[case] fitting: std::ops::Range<usize>,
    ) {
        let excerpt = Source::new("f", text).excerpt(given);
        assert_eq!(Shown::new(&excerpt).expect("a short line").marked, fitting);
    }
}
