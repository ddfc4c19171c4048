//! Istio's `DestinationRule`: read now, honoured where a profile uses it.

use serde::{Deserialize, Serialize};

/// A DestinationRule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationRule {
    /// What the user wrote.
    pub spec: DestinationRuleSpec,
}

/// `DestinationRule.spec`; the policy stays untyped until a rule reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DestinationRuleSpec {
    /// Host the rule is for.
    pub host: String,
    /// Namespaces that see it; empty means all.
    pub export_to: Vec<String>,
    /// Policy for all ports.
    pub traffic_policy: serde_json::Value,
    /// Named subsets.
    pub subsets: serde_json::Value,
    /// Proxies the rule is for.
    pub workload_selector: serde_json::Value,
}
