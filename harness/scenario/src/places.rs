//! Where every value of a scenario stands in its file.

use std::sync::Arc;

use sextant_resources::yaml::{Document, Node, Span, Step, Value, parse_path};
use sextant_resources::{Excerpt, Place as SourcePlace};
use sextant_verdict::Place;

/// The places of a document's values by path (`steps[0].send.expect.shares[0].of["1.1.1.1:80"]`). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Places {
    tree: Arc<Tree>,
}

#[derive(Debug)]
struct Tree {
    document: Document,
    root: Node,
}

struct Spot {
    /// The key, for an entry of a map; the value itself otherwise.
    name: Span,
    /// The value, when it is a scalar that somebody wrote.
    scalar: Option<Span>,
}

impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        self.start() == other.start() && self.tree.document.text() == other.tree.document.text()
    }
}

impl Places {
    /// The places of `document`, which was read as `root`.
    pub(crate) fn new(document: Document, root: Node) -> Self {
        Self { tree: Arc::new(Tree { document, root }) }
    }

    /// The place of what stands at `path`: of its key when it has one, else of its beginning. A path that is not there
    /// has the place of its nearest ancestor, the empty path that of the document. Never fails, so that a report about
    /// an absent field still points somewhere useful.
    pub fn place(&self, path: &str) -> Place {
        let SourcePlace { file, line, column } = self.name(path).place();
        Place { file: file.to_string(), line, column }
    }

    pub(crate) fn root(&self) -> &Node {
        &self.tree.root
    }

    pub(crate) fn excerpt(&self, span: Span) -> Excerpt {
        self.tree.document.excerpt(span)
    }

    /// What to underline for a fault of the name or presence of what stands at `path`.
    pub(crate) fn name(&self, path: &str) -> Excerpt {
        self.excerpt(self.spot(path).name)
    }

    /// What to underline for a fault of the value at `path`: the value if it is a scalar that is there, else its name.
    pub(crate) fn value(&self, path: &str) -> Excerpt {
        let Spot { name, scalar } = self.spot(path);
        self.excerpt(scalar.unwrap_or(name))
    }

    fn start(&self) -> SourcePlace {
        self.excerpt(self.tree.root.span).place()
    }

    fn spot(&self, path: &str) -> Spot {
        let mut node = &self.tree.root;
        let mut name = node.span;
        for step in parse_path(path) {
            let (inner, inner_name) = match step {
                Step::Key(key) => match node.entry(&key) {
                    Some(entry) => (&entry.node, entry.key_span),
                    None => break,
                },
                Step::Index(index) => match node.item(index) {
                    Some(item) => (item, item.span),
                    None => break,
                },
            };
            (node, name) = (inner, inner_name);
        }
        let is_scalar = !matches!(node.value, Value::Null | Value::List(_) | Value::Map(_));
        Spot { name, scalar: is_scalar.then_some(node.span) }
    }
}

#[cfg(test)]
mod tests;
