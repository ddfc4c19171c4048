//! A YAML document as a tree that knows where everything stands in the text.
//!
//! Reading goes through this tree instead of straight into the types, because one pass of serde stops at the first
//! fault, and because places are needed again when a promise is broken.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};

/// Nesting that no scenario needs; deeper input is refused before recursion gets near the end of the stack.
const MAX_DEPTH: usize = 64;

/// Where a token stands in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// Bytes of the whole file's text. For a list or a map only its beginning.
    pub(crate) span: Range<usize>,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) mark: Mark,
    pub(crate) value: Value,
}

/// An untyped value, with YAML 1.1 booleans and numbers as `kubectl` reads them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Item>),
    Map(Vec<Entry>),
}

/// An element of a list. It keeps its number when elements before it are taken out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) index: usize,
    pub(crate) node: Node,
}

/// An entry of a map. A key may come twice: YAML forbids it, but only whoever sees both can say where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) mark: Mark,
    pub(crate) node: Node,
}

/// A document that is no YAML.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    /// What the parser says, without place.
    pub(crate) message: String,
    /// Where, as far as it is known.
    pub(crate) mark: Mark,
}

/// A part of a file that holds one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    /// Its text.
    pub(crate) text: &'a str,
    /// Lines of the file before it.
    pub(crate) lines: usize,
    /// Bytes of the file before it.
    pub(crate) bytes: usize,
}

/// Cuts a file into its documents, so that one that is no YAML does not hide the others. A line that starts with `---`
/// is a document marker wherever it stands, block scalars included (YAML 1.2.2, rule 206 `c-forbidden`), so that text
/// can be cut without parsing it. Documents without content are left out.
pub(crate) fn documents(text: &str) -> Vec<Chunk<'_>> {
    let (mut chunks, mut start, mut start_line, mut offset) = (Vec::new(), 0, 0, 0);
    let (mut content, mut marked) = (false, false);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let marker = is_marker(line);
        // Directives belong to the document whose marker follows them.
        if marker && (content || marked) {
            if content {
                chunks.push(Chunk { text: &text[start..offset], lines: start_line, bytes: start });
            }
            (start, start_line, content) = (offset, number, false);
        }
        marked |= marker;
        let rest = if marker { &line[3..] } else { line };
        content |= has_content(rest, marker);
        offset += line.len();
    }
    if content {
        chunks.push(Chunk { text: &text[start..], lines: start_line, bytes: start });
    }
    chunks
}

fn is_marker(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a line says anything: comments, directives, the end marker and the marks of byte order do not.
fn has_content(line: &str, after_marker: bool) -> bool {
    let line = line.trim().trim_start_matches('\u{feff}');
    let directive = line.starts_with('%') && !after_marker;
    !(line.is_empty() || line.starts_with('#') || directive || line == "...")
}

/// Reads one document.
pub(crate) fn read(chunk: Chunk<'_>) -> Result<Node, SyntaxError> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
    };
    match serde_saphyr::from_str_with_options::<Raw>(chunk.text, options) {
        Ok(raw) => Ok(raw.0.shifted(chunk)),
        Err(error) => {
            let mark = error.location().map_or_else(Mark::default, |location| mark(&location));
            let mark = Mark { line: mark.line.max(1), column: mark.column.max(1), ..mark };
            // Errors of the scanner come without bytes, so these are counted out.
            let start = byte_of(chunk.text, mark.line, mark.column);
            let mark = Mark { span: start..start, ..mark };
            Err(SyntaxError { message: plain_message(&error), mark: mark.shifted(chunk) })
        }
    }
}

/// The byte at which a line and column, both from 1, start.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
    let in_line = text[start..].char_indices().nth(column - 1).map_or(text.len() - start, |(at, _)| at);
    start + in_line
}

/// The parser's message without its place, which the excerpt shows.
fn plain_message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().render();
    let line = text.lines().next().unwrap_or_default();
    let end = line.find(" at line ").unwrap_or(line.len());
    line[..end].trim_start_matches("error: ").to_owned()
}

fn mark(location: &Location) -> Mark {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let span = location.span();
    let start = number(span.byte_offset().unwrap_or_default());
    let length = number(span.byte_len().unwrap_or_default());
    Mark { line: number(location.line()), column: number(location.column()), span: start..start.saturating_add(length) }
}

impl Mark {
    fn shifted(self, chunk: Chunk<'_>) -> Self {
        let span = self.span.start + chunk.bytes..self.span.end + chunk.bytes;
        Self { line: self.line + chunk.lines, span, ..self }
    }
}

impl Node {
    /// A value that nobody wrote.
    pub(crate) fn stand_in(value: Value, mark: Mark) -> Self {
        Self { mark, value }
    }

    fn shifted(self, chunk: Chunk<'_>) -> Self {
        let value = match self.value {
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| Item { node: item.node.shifted(chunk), ..item }).collect())
            }
            Value::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|entry| Entry {
                        key: entry.key,
                        mark: entry.mark.shifted(chunk),
                        node: entry.node.shifted(chunk),
                    })
                    .collect(),
            ),
            scalar => scalar,
        };
        Self { mark: self.mark.shifted(chunk), value }
    }

    /// The entry of a map; `None` when this is no map or has no such key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// What serde-saphyr reads a node into.
struct Raw(Node);

struct RawValue(Value);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<RawValue>::deserialize(deserializer)?;
        Ok(Self(Node { mark: mark(&spanned.referenced), value: spanned.value.0 }))
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor).map(Self)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(u64::try_from(value).map_or(Value::Signed(value), Value::Unsigned))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Raw(node)) = list.next_element()? {
            items.push(Item { index: items.len(), node });
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        // As text, so that a number keeps the spelling it has in the file.
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let Raw(node) = map.next_value()?;
            entries.push(Entry { mark: mark(&key.referenced), key: key.value, node });
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests;
