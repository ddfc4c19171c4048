//! The text of one input, and where its lines start.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::{Excerpt, Place};

/// The whole text of a file (or of standard input), kept so that findings can show the line they speak of.
#[derive(Debug)]
pub struct Source {
    file: Arc<str>,
    text: Arc<str>,
    index: OnceLock<Index>,
}

/// What makes a place cheap to find, in a minified file of a single line too.
#[derive(Debug)]
struct Index {
    /// First byte of each line.
    line_starts: Box<[usize]>,
    /// Characters before each block of [`BLOCK`] bytes.
    characters: Box<[usize]>,
}

/// Bytes of a block whose characters are counted beforehand.
const BLOCK: usize = 4096;

impl Source {
    /// `text` as it was read from `file`.
    pub fn new(file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { file: file.into(), text: text.into(), index: OnceLock::new() })
    }

    /// The file as the user named it.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The text, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte offset. An offset behind the end gives the end.
    pub fn place(&self, offset: usize) -> Place {
        let offset = self.boundary(offset);
        let index = self.index();
        let line = index.line(offset);
        let start = index.line_starts[line - 1].min(offset);
        let column = index.characters(&self.text, offset) - index.characters(&self.text, start) + 1;
        Place { file: Arc::clone(&self.file), line, column }
    }

    /// The bytes of the line that holds `offset`, without its line break.
    pub fn line(&self, offset: usize) -> Range<usize> {
        let index = self.index();
        let line = index.line(self.boundary(offset));
        let start = index.line_starts[line - 1];
        let end = index.line_starts.get(line).copied().unwrap_or(self.text.len());
        start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    /// Bytes of the text, for a finding to show.
    pub fn excerpt(self: &Arc<Self>, span: Range<usize>) -> Excerpt {
        Excerpt { source: Arc::clone(self), span }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.text))
    }

    /// `offset`, moved back to where a character starts.
    pub(crate) fn boundary(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

impl Index {
    fn new(text: &str) -> Self {
        let counts = text.as_bytes().chunks(BLOCK).scan(0, |before, block| {
            let here = *before;
            *before += characters(block);
            Some(here)
        });
        Self { line_starts: line_starts(text), characters: counts.collect() }
    }

    /// Number of the line that holds `offset`, from 1.
    fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset).max(1)
    }

    /// Characters before `offset`.
    fn characters(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        let counted = self.characters.get(block).map(|before| (*before, block * BLOCK));
        let (before, from) = counted.unwrap_or((0, 0));
        before + characters(&text.as_bytes()[from..offset])
    }
}

/// Characters that start in `bytes`: all but the continuation bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count()
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.text == other.text
    }
}

impl Eq for Source {}

/// A byte order mark is no column of the first line: editors do not show it.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

fn line_starts(text: &str) -> Box<[usize]> {
    let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let broken = Lines::new(text).filter(|line| line.next > line.start + line.text.len());
    std::iter::once(first).chain(broken.map(|line| line.next)).collect()
}

/// One line of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'t> {
    /// Offset of its first byte.
    pub(crate) start: usize,
    /// Its text without the line break.
    pub(crate) text: &'t str,
    /// Offset of the line after it.
    pub(crate) next: usize,
}

/// Lines as YAML counts them: `\n`, `\r\n` and a lone `\r` end one. A text that ends with a break has no empty last line.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.bytes().position(|byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        let end = start + length;
        let after = &self.text[end..];
        self.at = end + if after.starts_with("\r\n") { 2 } else { usize::from(!after.is_empty()) };
        Some(Line { start, text: &self.text[start..end], next: self.at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(text: &str, offset: usize) -> (usize, usize) {
        let place = Source::new("f", text).place(offset);
        (place.line, place.column)
    }

    #[test]
    fn columns_count_characters_and_not_bytes() {
        assert_eq!(spot("é: ü\nb: 1", "é: ".len()), (1, 4));
        assert_eq!(spot("é: ü\nb: 1", "é: ü\n".len()), (2, 1));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(spot("\u{feff}a: 1", 3), (1, 1));
        assert_eq!(spot("\u{feff}a: 1", 0), (1, 1));
    }

    #[test]
    fn every_kind_of_line_break_counts_once() {
        assert_eq!(spot("a\r\nb\rc\nd", 7), (4, 1));
        let lines: Vec<_> = Lines::new("a\r\n\rc\n").map(|line| line.text).collect();
        assert_eq!(lines, ["a", "", "c"]);
    }

    #[test]
    fn a_long_line_is_counted_right_from_any_block() {
        let text = "é".repeat(BLOCK * 2);
        for characters in [0, 1, BLOCK / 2, BLOCK / 2 + 1, BLOCK, BLOCK * 2] {
            assert_eq!(spot(&text, characters * 2), (1, characters + 1));
        }
    }

    #[test]
    fn an_offset_behind_the_end_is_the_end() {
        assert_eq!(spot("ab", 99), (1, 3));
        assert_eq!(spot("", 0), (1, 1));
    }

    #[test]
    fn a_line_is_found_from_any_byte_in_it() {
        let source = Source::new("f", "one\r\ntwo\n");
        assert_eq!(source.line(6), 5..8);
        assert_eq!(source.line(9), 9..9);
    }
}
