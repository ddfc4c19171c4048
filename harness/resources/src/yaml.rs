//! Documents of YAML and JSON as trees that know their places, and typed values with all that is wrong at once.
//!
//! [`documents`] cuts a text, [`Document::read`] makes a tree of one document, [`decode()`] a typed value of a tree.
//!
//! ```
//! use sextant_resources::{Source, yaml};
//!
//! let source = Source::new("in.yaml", "# two\na: 1\n---\nb: {c: 2}\n");
//! let documents = yaml::documents(&source);
//! let second = documents[1].read(yaml::Keys::ByValue).root.unwrap();
//! let span = second.at(&yaml::parse_path("b.c")).unwrap().span;
//! assert_eq!(documents[1].excerpt(span).place().to_string(), "in.yaml:4:8");
//! ```

mod decode;
mod document;
mod nearest;
mod node;
mod path;

pub use self::decode::{Decoded, Fault, Problem, Rules, decode};
pub use self::document::{Document, documents};
pub use self::nearest::nearest;
pub(crate) use self::nearest::nearest_within;
pub use self::node::{Entry, Keys, Node, ReadError, ReadErrorKind, Reading, Repeated, Span, Value};
pub use self::path::{Step, format_path, join_paths, parse_path};
