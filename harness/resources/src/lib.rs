//! Kubernetes manifests as typed, validated resources that know their place in the file.
//!
//! Data enters Sextant here and nowhere else: [`load`] reads files, folders, Markdown pages and text into
//! [`Loaded`], a [`ResourceSet`] with one [`Diagnostic`] for everything that was wrong or noteworthy. One broken
//! document never hides the others.

mod code;
mod decode;
mod diagnostic;
mod hostname;
mod kinds;
mod load;
mod node;
mod object;
mod path;
mod place;
mod set;
mod source;
mod text;

pub use code::{CODES, Code};
pub use diagnostic::{Diagnostic, Excerpt, RenderStyle, Severity};
pub use hostname::{Hostname, HostnamePattern};
pub use kinds::*;
pub use load::{LoadError, Loaded, load_bytes, load_paths, load_text};
pub use object::{Object, ObjectKey, ObjectMeta, ObjectRef};
pub use place::{Origin, Place};
pub use set::{ObjectMap, ResourceSet, UnknownObject};
pub use source::Source;
pub use text::{Block, markdown_blocks};
