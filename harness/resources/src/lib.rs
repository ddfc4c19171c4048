//! Kubernetes manifests as typed, validated resources that know their place in the file.
//!
//! Data enters Sextant here and nowhere else: [`load_paths`] and [`load_text`] read files, folders, Markdown pages and
//! text into [`Loaded`], a [`ResourceSet`] with one [`Diagnostic`] for everything that was wrong or noteworthy. One
//! broken document never hides the others.
//!
//! ```
//! use sextant_resources::load_text;
//!
//! let loaded = load_text(&"vm.yaml".into(), "
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadEntry
//! metadata: {name: vm-1, namespace: gwtest}
//! spec:
//!   address: 1.1.1.1
//!   locality: r1/z1/sz1
//! ");
//! let (key, entry) = loaded.resources.workload_entries.first_key_value().unwrap();
//! assert_eq!(key.to_string(), "gwtest/vm-1");
//! assert_eq!(entry.origin.place("spec.locality").to_string(), "vm.yaml:7:13");
//! assert!(!loaded.has_errors());
//! ```

mod code;
mod diagnostic;
mod hostname;
mod kinds;
mod load;
mod object;
mod place;
mod set;
mod source;
mod text;
pub mod yaml;

pub use code::{CODES, Code};
pub use diagnostic::{Diagnostic, Excerpt, RenderStyle, Severity};
pub use hostname::{Hostname, HostnamePattern};
pub use kinds::*;
pub use load::{LoadError, Loaded, Manifest, load_bytes, load_paths, load_text};
pub use object::{Object, ObjectKey, ObjectMeta, ObjectRef};
pub use place::{Origin, Place};
pub use set::{ObjectMap, ResourceSet, UnknownObject};
pub use source::Source;
pub use text::{Block, markdown_blocks};
