//! Where a value stands in the text it came from.

use std::fmt;
use std::sync::Arc;

use crate::yaml::{Document, Node, Span, parse_path};
use crate::{Diagnostic, Excerpt, ObjectRef, Severity};

/// A place in a file. Lines and columns count from 1; a column counts characters, as editors do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// File as the user named it; `<stdin>` and the like for text without a file.
    pub file: Arc<str>,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The document an object was read from: it finds the place of any of the object's fields.
///
/// A hundred thousand objects are loaded and few are ever pointed at, so the tree of places is not kept: the document
/// is read again at the first question, once.
#[derive(Debug)]
pub struct Origin {
    document: Arc<Document>,
    /// Positions in the `items` of the lists it came in, outermost first; empty for an object of its own.
    items: Box<[usize]>,
    start: usize,
}

impl Origin {
    pub(crate) fn new(document: &Arc<Document>, items: &[usize], root: &Node) -> Arc<Self> {
        Arc::new(Self { document: Arc::clone(document), items: items.into(), start: root.span.start })
    }

    /// The place of the field at `path` (`spec.endpoints[2].address`), or of its nearest ancestor that is there.
    ///
    /// A key that is no plain word stands in brackets and quotes: `metadata.labels["app.kubernetes.io/name"]`. A value on
    /// the line of its key is pointed at itself; one that starts below it, as block collections do, by its key.
    pub fn place(&self, path: &str) -> Place {
        self.excerpt(path).place()
    }

    /// The object as a tree that knows its places, with everything that it says, also what no type reads.
    pub fn tree(&self) -> Option<&Node> {
        self.root()
    }

    /// Where the object starts.
    pub fn start(&self) -> Place {
        self.start_excerpt().place()
    }

    /// The text where the object starts, for a finding to show.
    pub fn start_excerpt(&self) -> Excerpt {
        self.document.excerpt(Span { start: self.start, end: self.start })
    }

    /// The text at `path`, for a finding to show. See [`Self::place`].
    pub fn excerpt(&self, path: &str) -> Excerpt {
        let text = self.document.text();
        match self.root() {
            Some(root) => self.document.excerpt(root.locate(&parse_path(path), text)),
            None => self.start_excerpt(),
        }
    }

    /// A finding about the field at `path` of `object`, whose origin this is.
    pub fn diagnostic(
        &self,
        severity: Severity,
        code: &'static str,
        object: ObjectRef,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let path = path.into();
        let excerpt = self.excerpt(&path);
        Diagnostic {
            severity,
            code,
            message: message.into(),
            help: String::new(),
            object: Some(object),
            place: excerpt.place(),
            path,
            excerpt: Some(excerpt),
        }
    }

    fn root(&self) -> Option<&Node> {
        self.items.iter().try_fold(self.document.tree(), |list, &index| list.get("items")?.item(index))
    }
}
