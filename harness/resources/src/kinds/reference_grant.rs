//! Gateway API's `ReferenceGrant`: who may point into a namespace.

use serde::{Deserialize, Serialize};

/// A ReferenceGrant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReferenceGrant {
    /// What the user wrote.
    pub spec: ReferenceGrantSpec,
}

/// `ReferenceGrant.spec`: any `from` may reference any `to` of the grant's namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReferenceGrantSpec {
    /// Trusted referrers.
    pub from: Vec<ReferenceGrantFrom>,
    /// What they may reference.
    pub to: Vec<ReferenceGrantTo>,
}

/// A trusted referrer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReferenceGrantFrom {
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
}

/// What may be referenced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReferenceGrantTo {
    /// API group; empty means core.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name; `None` means every object of the kind.
    pub name: Option<String>,
}
