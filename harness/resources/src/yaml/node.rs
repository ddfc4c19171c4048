//! One YAML or JSON document as a tree whose every key and value knows the bytes it was written in.
//!
//! Values mean what they mean to `kubectl`: plain scalars follow YAML 1.1 as far as `kubectl` does (`no` is false, `010`
//! is eight), a quoted scalar is always a string, anchors and merge keys are resolved, a key given twice is noted.
//! The tree is built from the parser's events and not by serde recursion, so that no depth of input can exhaust a
//! thread's stack: nesting is counted and cut off.

mod build;
mod json;
mod scalar;

pub(super) use build::build;
pub(super) use build::read;
pub use build::{Keys, Reading, Repeated};

use super::path::Step;

/// The bytes of a token, from `start` up to `end`, in the document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte behind it.
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// For a block collection only its first byte is known: the span is empty.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`.
    UInt(u64),
    /// Any other number; it is finite.
    Float(f64),
    /// Text.
    Str(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text. No key stands twice.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

/// Why a document cannot be read.
#[derive(Clone, Debug)]
pub struct ReadError {
    /// What kind of fault it is.
    pub kind: ReadErrorKind,
    /// Where it was noticed.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty when the message says it all.
    pub help: &'static str,
}

/// Kinds of [`ReadError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// It is not YAML.
    Syntax,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// It is nested too deeply, or its aliases expand to too much.
    Limit,
}

/// Nodes are equal when their values are; places do not count.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Like nodes.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.node == other.node
    }
}

impl Value {
    /// What this is, in words for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "empty (null)".to_owned(),
            Self::Bool(value) => format!("the boolean {value}"),
            Self::Int(value) => format!("the number {value}"),
            Self::UInt(value) => format!("the number {value}"),
            Self::Float(value) => format!("the number {value}"),
            Self::Str(value) => format!("the string {:?}", shorten(value)),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// A message quotes no novel.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Node {
    /// Whether this is null, which means absent wherever a key has it.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The entry of `key`; `None` when this is no mapping or has no such key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// The value of `key`, unless it is null: null means absent.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node).filter(|node| !node.is_null())
    }

    /// The item at `index`; `None` when this is no list or has no such item.
    pub fn item(&self, index: usize) -> Option<&Self> {
        match &self.value {
            Value::List(items) => items.get(index),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The part of this that `path` names, if it is there.
    pub fn at(&self, path: &[Step<'_>]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| match step {
            Step::Key(key) => node.entry(key).map(|entry| &entry.node),
            Step::Index(index) => node.item(*index),
        })
    }

    /// Where the part of this that `path` names should be pointed at, or its nearest ancestor that is there.
    ///
    /// A scalar is pointed at itself. A block collection starts on a line below its key, where the eye finds its first
    /// child: the key is pointed at instead. `text` is the text the tree was built from.
    pub fn locate(&self, path: &[Step<'_>], text: &str) -> Span {
        let mut node = self;
        let mut span = self.span;
        for step in path {
            match step {
                Step::Key(key) => match node.entry(key) {
                    Some(entry) => {
                        span = entry.pointer(text);
                        node = &entry.node;
                    }
                    None => break,
                },
                Step::Index(index) => match node.item(*index) {
                    Some(item) => {
                        span = item.span;
                        node = item;
                    }
                    None => break,
                },
            }
        }
        span
    }
}

impl Entry {
    /// The value when it starts on its key's line, else the key. A merged entry stands anywhere.
    fn pointer(&self, text: &str) -> Span {
        let between = text.get(self.key_span.end..self.node.span.start).unwrap_or_default();
        if between.contains(['\n', '\r']) { self.key_span } else { self.node.span }
    }
}

#[cfg(test)]
mod tests;
