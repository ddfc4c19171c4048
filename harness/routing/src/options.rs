//! Whose semantics, and for which gateway.

use std::collections::BTreeMap;

use crate::Locality;

/// Whose semantics apply where the gateways differ (kgateway.md, section 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// kgateway, newest behaviour.
    #[default]
    Kgateway,
    /// Istio's gateway path.
    Istio,
}

/// Who the gateway itself is: endpoint priorities are ranked against it (K-067).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayIdentity {
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where it runs.
    pub locality: Locality,
    /// Its network; empty means the default one.
    pub network: String,
}

/// Everything [`crate::resolve`] takes beside the resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whose semantics.
    pub profile: Profile,
    /// For which gateway.
    pub gateway: GatewayIdentity,
}
