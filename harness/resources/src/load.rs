//! Files, folders, Markdown pages and text to resources. Pieces: `text` finds documents, `yaml` reads one as a tree that
//! knows its places and turns a tree into a typed object, `load::assemble` puts objects into a set.

mod assemble;
mod bytes;
mod files;

use std::path::PathBuf;
use std::sync::Arc;

use self::assemble::Assembler;
use self::bytes::Text;
pub use self::files::load_paths;
use crate::source::Source;
use crate::text::{self, Found, Page};
use crate::{Diagnostic, ObjectRef, Origin, ResourceSet, Severity};

/// What was read, and everything there is to say about it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Every object that could be read.
    pub resources: ResourceSet,
    /// In the order of files and lines.
    pub diagnostics: Vec<Diagnostic>,
    /// Objects with a name that are not among the resources, in the order they came: of kinds that Sextant does not read,
    /// or with fields that cannot be read.
    pub set_aside: Vec<Manifest>,
}

/// An object as it stands in a manifest.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// `apiVersion` as written.
    pub api_version: String,
    /// Kind and key.
    pub object: ObjectRef,
    /// The text it came from.
    pub origin: Arc<Origin>,
}

/// An input that could not be opened at all. A *broken* document is a [`Diagnostic`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The path does not exist or cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder holds no manifest.
    #[error("no *.yaml, *.yml or *.json file in {path}", path = path.display())]
    Empty {
        /// The folder as given.
        path: PathBuf,
    },
    /// A Markdown page has no heading with the anchor given behind `#`.
    #[error("no heading #{section} in {path}; there are {known}", path = path.display(), known = listed(sections))]
    UnknownSection {
        /// The page.
        path: PathBuf,
        /// The anchor as given.
        section: String,
        /// The anchors of the page's headings, in order.
        sections: Vec<String>,
    },
}

fn listed(sections: &[String]) -> String {
    if sections.is_empty() {
        "none".to_owned()
    } else {
        sections.iter().map(|slug| format!("#{slug}")).collect::<Vec<_>>().join(", ")
    }
}

/// Reads `text` as if it stood in `file`; a name that ends in `.md` or `.markdown` is read as a Markdown page.
///
/// Any other text may be a stream of YAML documents, JSON, or shell commands with here-documents
/// (`kubectl apply -f - <<EOF`).
pub fn load_text(file: &Arc<str>, text: &str) -> Loaded {
    let source = Source::new(Arc::clone(file), text);
    read(&source, find(&source), false)
}

/// Reads the bytes of `file` like [`load_text`]. Text is UTF-8, or UTF-16 with a byte order mark.
///
/// Bytes that are no text are an error at their place. It spoils the document that holds them and no other; a file that
/// is not text at all is not looked into.
pub fn load_bytes(file: &Arc<str>, bytes: &[u8]) -> Loaded {
    let Text { source, is_lossy, is_binary } = Text::new(file, bytes);
    if is_binary {
        return Loaded { diagnostics: vec![assemble::not_text(&source)], ..Loaded::default() };
    }
    read(&source, find(&source), is_lossy)
}

fn read(source: &Arc<Source>, found: Found, is_lossy: bool) -> Loaded {
    let mut assembler = Assembler::new(Loaded::default(), is_lossy);
    assembler.read(found);
    let mut loaded = assembler.finish();
    if loaded.resources.is_empty() && loaded.resources.unknown.is_empty() && loaded.diagnostics.is_empty() {
        loaded.diagnostics.push(assemble::nothing_found(source));
    }
    loaded
}

fn find(source: &Arc<Source>) -> Found {
    if is_markdown(source.file()) { Page::new(source).find(None) } else { text::find(source) }
}

fn is_markdown(file: &str) -> bool {
    let file = file.to_ascii_lowercase();
    file.ends_with(".md") || file.ends_with(".markdown")
}

impl Loaded {
    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Adds what was read after this: an object that is here already is replaced, with a warning at the later one.
    pub fn extend(&mut self, later: Self) {
        let mut assembler = Assembler::new(std::mem::take(self), false);
        assembler.extend(later);
        *self = assembler.finish();
    }

    pub(crate) fn from_found(found: Found) -> Self {
        let mut assembler = Assembler::new(Self::default(), false);
        assembler.read(found);
        assembler.finish()
    }
}

#[cfg(test)]
mod tests;
