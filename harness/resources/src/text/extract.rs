//! A part of a source: as it stands, or with something taken off in front of its lines.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{Lines, Source};

/// Text cut out of a [`Source`] that knows where each of its bytes came from.
#[derive(Clone, Debug)]
pub(crate) struct Extract {
    source: Arc<Source>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// Bytes of the source.
    Slice(Range<usize>),
    /// Pieces of the source in a row: each offset in `text` with the offset in the source, in order.
    Pieces { text: Box<str>, starts: Box<[(usize, usize)]> },
}

impl Extract {
    /// All of `source`, without its byte order mark.
    pub(crate) fn whole(source: &Arc<Source>) -> Self {
        let text = source.text();
        let start = text.len() - text.strip_prefix(crate::source::BYTE_ORDER_MARK).unwrap_or(text).len();
        Self { source: Arc::clone(source), content: Content::Slice(start..text.len()) }
    }

    /// Pieces of `source`, each given as its text and the offset it came from.
    pub(crate) fn from_pieces<'p>(source: &Arc<Source>, pieces: impl IntoIterator<Item = (&'p str, usize)>) -> Self {
        let mut text = String::new();
        let mut starts = Vec::new();
        for (piece, offset) in pieces {
            starts.push((text.len(), offset));
            text.push_str(piece);
        }
        let content = Content::Pieces { text: text.into(), starts: starts.into() };
        Self { source: Arc::clone(source), content }
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        match &self.content {
            Content::Slice(range) => &self.source.text()[range.clone()],
            Content::Pieces { text, .. } => text,
        }
    }

    /// Where it was cut from.
    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The offset in the source of an offset in this text.
    pub(crate) fn offset(&self, at: usize) -> usize {
        match &self.content {
            Content::Slice(range) => range.start + at,
            Content::Pieces { starts, .. } => {
                let next = starts.partition_point(|&(start, _)| start <= at);
                next.checked_sub(1).map_or(0, |piece| starts[piece].1 + (at - starts[piece].0))
            }
        }
    }

    /// The bytes of `range` of this text.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let content = match &self.content {
            Content::Slice(whole) => Content::Slice(whole.start + range.start..whole.start + range.end),
            Content::Pieces { text, starts } => {
                let first = std::iter::once((0, self.offset(range.start)));
                let inside = starts.iter().filter(|(start, _)| range.start < *start && *start < range.end);
                let starts = first.chain(inside.map(|&(start, offset)| (start - range.start, offset))).collect();
                Content::Pieces { text: text[range].into(), starts }
            }
        };
        Self { source: Arc::clone(&self.source), content }
    }

    /// The lines of `range` without the tabs in front of them, as `<<-` of a shell takes them off.
    pub(crate) fn without_tabs(&self, range: Range<usize>) -> Self {
        let text = &self.text()[range.clone()];
        let pieces = Lines::new(text).map(|line| {
            let tabs = line.text.len() - line.text.trim_start_matches('\t').len();
            (&text[line.start + tabs..line.next], self.offset(range.start + line.start + tabs))
        });
        Self::from_pieces(&self.source, pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripped_lines_keep_their_places() {
        let source = Source::new("f", "x\n\t\ta: 1\n\tb: 2\n");
        let stripped = Extract::whole(&source).without_tabs(2..source.text().len());
        assert_eq!(stripped.text(), "a: 1\nb: 2\n");
        assert_eq!(stripped.offset(0), 4);
        assert_eq!(stripped.offset(5), 10);
        let second = stripped.part(5..9);
        assert_eq!((second.text(), second.offset(3)), ("b: 2", 13));
    }

    #[test]
    fn a_part_of_a_part_keeps_its_place() {
        let source = Source::new("f", "\u{feff}abcdef");
        let part = Extract::whole(&source).part(1..5).part(1..3);
        assert_eq!((part.text(), part.offset(0)), ("cd", 5));
    }
}
