//! From the parser's events to a tree, with a stack of its own.

use std::collections::{HashMap, HashSet};

use serde_saphyr::granit_parser::{self, ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError};

use super::{Entry, Node, ReadError, ReadErrorKind, Span, Value, scalar};
use crate::yaml::path::{Step, format_path};

/// Deepest nesting of lists and mappings. Real manifests stay below thirty; JSON libraries commonly stop at 128.
pub(super) const MAX_DEPTH: usize = 100;

/// Most values that aliases may repeat in one document.
const MAX_COPIES: usize = 1_000_000;

/// A mapping with more keys than this looks them up in a table.
const FEW_KEYS: usize = 16;

/// Repeated keys of one document that are noted.
const MOST_REPEATED: usize = 100;

/// What a key that is no string is called: `010`, `on`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// By its value, as `kubectl` makes it: `8`, `true`.
    #[default]
    ByValue,
    /// As it is written.
    AsWritten,
}

/// A document as far as it can be read.
#[derive(Debug)]
pub struct Reading {
    /// Its root, or what keeps it from being read. An empty document is null. Of a key that stands twice the first
    /// counts.
    pub root: Result<Node, ReadError>,
    /// Keys that stood in their mapping before, in the order of the text.
    pub repeated: Vec<Repeated>,
}

/// A key that stands twice in one mapping.
#[derive(Debug)]
pub struct Repeated {
    /// The key.
    pub key: Box<str>,
    /// Its path.
    pub path: String,
    /// Where it stands first.
    pub first: Span,
    /// Where it stands again.
    pub again: Span,
}

/// Reads `text`, which holds one document, as `kubectl` does: a key that stands twice is an error.
pub(crate) fn build(text: &str) -> Result<Node, ReadError> {
    let Reading { root, repeated } = read(text, Keys::ByValue);
    match repeated.into_iter().next() {
        Some(Repeated { key, again, .. }) => Err(ReadError {
            kind: ReadErrorKind::DuplicateKey,
            span: again,
            message: format!("the key `{key}` stands twice in this mapping"),
            help: "remove one of the two, or merge their values",
        }),
        None => root,
    }
}

/// Reads `text`, which holds one document.
pub(crate) fn read(text: &str, keys: Keys) -> Reading {
    let mut builder = Builder { text, keys, ..Builder::default() };
    let root = match builder.events() {
        Ok(()) => {
            Ok(builder.root.unwrap_or(Node { span: Span { start: text.len(), end: text.len() }, value: Value::Null }))
        }
        Err(error) => Err(error),
    };
    Reading { root, repeated: builder.repeated }
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    keys: Keys,
    root: Option<Node>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Built>,
    copies: usize,
    repeated: Vec<Repeated>,
}

/// A finished value with its size, which limits how often aliases may repeat it.
#[derive(Clone)]
struct Built {
    node: Node,
    /// Levels of nesting, itself included when it is a collection.
    height: usize,
    /// Values in it, itself included.
    values: usize,
}

/// A collection that is still open.
struct Frame {
    span: Span,
    anchor: usize,
    height: usize,
    values: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(MapFrame),
}

#[derive(Default)]
struct MapFrame {
    entries: Vec<Entry>,
    /// Keys of `entries`, once they are many.
    table: HashSet<Box<str>>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// Values of `<<`.
    merged: Vec<Node>,
}

enum Key {
    Named(Box<str>, Span),
    Merge,
    /// One that was there before: its value is dropped.
    Again,
}

impl Builder<'_> {
    fn events(&mut self) -> Result<(), ReadError> {
        let mut options = Options::default();
        options.set_emit_comments(false);
        // Both are limited by `MAX_DEPTH` and by the length of the text instead: JSON has long keys.
        options.flow_nesting_limit = MAX_DEPTH + 1;
        options.block_nesting_limit = MAX_DEPTH + 1;
        options.simple_key_max_lookahead = 64 * 1024;
        let mut documents = 0;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = event.map_err(|error| syntax_error(&error, self.text))?;
            let span = self.span(span);
            if matches!(event, Event::DocumentStart(..)) {
                documents += 1;
                if documents > 1 {
                    return Err(syntax(span, "holds a second document that no `---` line separates from the first"));
                }
            }
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), ReadError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.is_merge_key(&text, style, tag.is_none()) {
                    self.set_key(Key::Merge);
                    return Ok(());
                }
                let value = scalar::resolve(&text, style, tag.as_deref())
                    .map_err(|reason| syntax(span, &format!("`{text}` {reason}")))?;
                self.finish(Built { node: Node { span, value }, height: 0, values: 1 }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.open(span, anchor, Content::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.open(span, anchor, Content::Map(MapFrame::default())),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn open(&mut self, span: Span, anchor: usize, content: Content) -> Result<(), ReadError> {
        self.check_depth(1, span)?;
        self.stack.push(Frame { span, anchor, height: 1, values: 1, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Map(map) => Value::Map(map.finish()?),
        };
        let node = Node { span: frame.span, value };
        self.finish(Built { node, height: frame.height, values: frame.values }, frame.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), ReadError> {
        let Some((height, values)) = self.anchors.get(&anchor).map(|built| (built.height, built.values)) else {
            return Err(limit(span, "this alias stands inside the value it repeats"));
        };
        self.check_depth(height, span)?;
        self.count_copies(values, span)?;
        match self.anchors.get(&anchor).cloned() {
            // What is repeated stands where the alias does; its parts stand where they are written.
            Some(built) => self.finish(Built { node: Node { span, ..built.node }, ..built }, 0),
            None => Ok(()),
        }
    }

    /// Puts a finished value where it belongs.
    fn finish(&mut self, built: Built, anchor: usize) -> Result<(), ReadError> {
        if anchor != 0 {
            self.count_copies(built.values, built.node.span)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(built.node);
            return Ok(());
        };
        frame.height = frame.height.max(built.height + 1);
        frame.values += built.values;
        match &mut frame.content {
            Content::List(items) => items.push(built.node),
            Content::Map(map) => match map.key.take() {
                None => return self.key(built.node),
                Some(key) => map.take(key, built.node),
            },
        }
        Ok(())
    }

    /// Takes a key of the innermost mapping.
    fn key(&mut self, node: Node) -> Result<(), ReadError> {
        let key = self.key_text(&node)?;
        let Some(Frame { content: Content::Map(map), .. }) = self.stack.last_mut() else { return Ok(()) };
        if !map.contains(&key) {
            map.key = Some(Key::Named(key, node.span));
            return Ok(());
        }
        map.key = Some(Key::Again);
        let first = map.entries.iter().find(|entry| entry.key == key).map_or(node.span, |entry| entry.key_span);
        if self.repeated.len() < MOST_REPEATED
            && let Some(path) = self.path(&key)
        {
            self.repeated.push(Repeated { key, path, first, again: node.span });
        }
        Ok(())
    }

    /// The path of `key` in the innermost mapping; `None` in what is dropped.
    fn path(&self, key: &str) -> Option<String> {
        let (_, around) = self.stack.split_last()?;
        let mut steps = Vec::with_capacity(self.stack.len());
        for frame in around {
            steps.push(match &frame.content {
                Content::List(items) => Step::Index(items.len()),
                Content::Map(MapFrame { key: Some(Key::Named(key, _)), .. }) => Step::Key((&**key).into()),
                Content::Map(MapFrame { key: Some(Key::Merge), .. }) => Step::Key("<<".into()),
                Content::Map(_) => return None,
            });
        }
        steps.push(Step::Key(key.into()));
        Some(format_path(&steps))
    }

    /// Keys of objects are strings: a plain `80` or `on` becomes one.
    fn key_text(&self, node: &Node) -> Result<Box<str>, ReadError> {
        Ok(match &node.value {
            Value::Str(text) => text.clone(),
            Value::Null | Value::List(_) | Value::Map(_) => {
                return Err(syntax(node.span, &format!("a key must be a string, but is {}", node.value.describe())));
            }
            _ if self.keys == Keys::AsWritten => self.text[node.span.start..node.span.end].into(),
            Value::Bool(value) => value.to_string().into(),
            Value::Int(value) => value.to_string().into(),
            Value::UInt(value) => value.to_string().into(),
            Value::Float(value) => value.to_string().into(),
        })
    }

    /// A plain `<<` where a key is due. Quoted it is a key like any other.
    fn is_merge_key(&self, text: &str, style: ScalarStyle, untagged: bool) -> bool {
        text == "<<"
            && untagged
            && matches!(style, ScalarStyle::Plain)
            && matches!(self.stack.last(), Some(Frame { content: Content::Map(map), .. }) if map.key.is_none())
    }

    fn set_key(&mut self, key: Key) {
        if let Some(Frame { content: Content::Map(map), .. }) = self.stack.last_mut() {
            map.key = Some(key);
        }
    }

    fn check_depth(&self, more: usize, span: Span) -> Result<(), ReadError> {
        if self.stack.len() + more > MAX_DEPTH {
            return Err(limit(span, &format!("is nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(())
    }

    fn count_copies(&mut self, values: usize, span: Span) -> Result<(), ReadError> {
        self.copies += values;
        if self.copies > MAX_COPIES {
            return Err(limit(span, &format!("its anchors and aliases repeat more than {MAX_COPIES} values")));
        }
        Ok(())
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let start = offset(&span.start, self.text);
        Span { start, end: offset(&span.end, self.text).max(start) }
    }
}

impl MapFrame {
    /// Takes the value of `key`.
    fn take(&mut self, key: Key, node: Node) {
        match key {
            Key::Named(key, key_span) => self.push(Entry { key, key_span, node }),
            Key::Merge => self.merged.push(node),
            Key::Again => {}
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() == FEW_KEYS {
            self.table.extend(self.entries.iter().map(|entry| entry.key.clone()));
        }
        if self.entries.len() >= FEW_KEYS {
            self.table.insert(entry.key.clone());
        }
        self.entries.push(entry);
    }

    fn contains(&self, key: &str) -> bool {
        if self.table.is_empty() {
            self.entries.iter().any(|entry| &*entry.key == key)
        } else {
            self.table.contains(key)
        }
    }

    /// Adds what `<<` brings: the mapping's own keys win, and of several merged mappings the first.
    fn finish(mut self) -> Result<Vec<Entry>, ReadError> {
        for node in std::mem::take(&mut self.merged) {
            let sources = match node {
                Node { value: Value::List(items), .. } => items,
                node => vec![node],
            };
            for source in sources {
                let Value::Map(entries) = source.value else {
                    return Err(syntax(source.span, "`<<` merges mappings, and this is none"));
                };
                for entry in entries {
                    if !self.contains(&entry.key) {
                        self.push(entry);
                    }
                }
            }
        }
        Ok(self.entries)
    }
}

fn syntax(span: Span, message: &str) -> ReadError {
    ReadError { kind: ReadErrorKind::Syntax, span, message: message.to_owned(), help: "" }
}

fn limit(span: Span, message: &str) -> ReadError {
    ReadError {
        kind: ReadErrorKind::Limit,
        span,
        message: message.to_owned(),
        help: "no manifest needs this; split the document or write the values out",
    }
}

fn syntax_error(error: &ScanError, text: &str) -> ReadError {
    let start = offset(error.marker(), text);
    let length = text[start..].chars().next().filter(|next| !next.is_control()).map_or(0, char::len_utf8);
    let span = Span { start, end: start + length };
    let (message, help) = match error.kind() {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation => {
            ("a tab stands where YAML wants spaces".to_owned(), "indent with spaces")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("the bracket `{open}` is never closed"), "close it, or see whether the text was cut off")
        }
        ErrorKind::RecursionLimitExceeded => {
            return limit(span, &format!("is nested more than {MAX_DEPTH} levels deep"));
        }
        ErrorKind::UnknownAnchor => ("this alias repeats an anchor that was not defined before it".to_owned(), ""),
        kind => (kind.to_string(), ""),
    };
    ReadError { kind: ReadErrorKind::Syntax, span, message, help }
}

/// The byte offset of a mark. The parser leaves it out of some errors; characters are always counted.
fn offset(mark: &Marker, text: &str) -> usize {
    let offset = mark
        .byte_offset()
        .unwrap_or_else(|| text.char_indices().nth(mark.index()).map_or(text.len(), |(offset, _)| offset));
    text.floor_char_boundary(offset)
}
