//! What every object shares: identity, metadata, and the text it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Origin;

/// A namespaced name. Cluster-scoped objects have the empty namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Namespace; never absent for a namespaced object (`default` when the manifest says none).
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

impl ObjectKey {
    /// The key of `name` in `namespace`.
    pub fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() { f.write_str(&self.name) } else { write!(f, "{}/{}", self.namespace, self.name) }
    }
}

/// A kind and a key: how a diagnostic names an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Kind, such as `ServiceEntry`.
    pub kind: String,
    /// Namespace and name.
    #[serde(flatten)]
    pub key: ObjectKey,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}

/// The parts of `metadata` that routing reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    /// Name.
    pub name: String,
    /// Namespace; `None` only in a manifest that names none.
    pub namespace: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// When the object was created; `None` in a manifest that was never applied, and then equal to every other `None`.
    pub creation_timestamp: Option<jiff::Timestamp>,
    /// When deletion was asked for; `Some` means terminating.
    pub deletion_timestamp: Option<jiff::Timestamp>,
}

/// One object: identity, metadata, content and origin.
#[derive(Clone, Debug)]
pub struct Object<T> {
    /// Namespace and name.
    pub key: ObjectKey,
    /// Metadata.
    pub meta: ObjectMeta,
    /// `spec`, and `status` where a rule reads it.
    pub body: T,
    /// The text it came from, to point at with [`Origin::place`].
    pub origin: Arc<Origin>,
}
