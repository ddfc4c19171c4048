//! One document of a source.

use std::sync::{Arc, OnceLock};

use super::node::{self, Keys, Node, ReadError, Reading, Span, Value};
use crate::text::{self, Extract};
use crate::{Excerpt, Source};

/// One document of a source.
#[derive(Debug)]
pub struct Document {
    extract: Extract,
    tree: OnceLock<Node>,
}

/// The documents of a YAML stream, or of JSON values in a row, that hold more than comments. Each is read alone, so that
/// a broken one does not hide the others.
pub fn documents(source: &Arc<Source>) -> Vec<Document> {
    text::split(&Extract::whole(source)).map(Document::new).collect()
}

impl Document {
    pub(crate) fn new(extract: Extract) -> Self {
        Self { extract, tree: OnceLock::new() }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.extract.text()
    }

    /// Reads it.
    pub fn read(&self, keys: Keys) -> Reading {
        node::read(self.text(), keys)
    }

    /// The bytes of `span`, for a finding to show.
    pub fn excerpt(&self, span: Span) -> Excerpt {
        Excerpt::new(&self.extract, span.start..span.end)
    }

    /// Reads it as `kubectl` does.
    pub(crate) fn build(&self) -> Result<Node, ReadError> {
        node::build(self.text())
    }

    /// The tree, read again. It was read without an error before, or there would be no object to ask for.
    pub(crate) fn tree(&self) -> &Node {
        let nothing = |_| Node { span: Span { start: 0, end: 0 }, value: Value::Null };
        self.tree.get_or_init(|| self.build().unwrap_or_else(nothing))
    }
}
