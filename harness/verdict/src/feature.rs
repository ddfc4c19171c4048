//! What a subject can do beside proxying, as it says and as it was seen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A feature of a subject that was probed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureRecord {
    /// The subject.
    pub subject: String,
    /// Name of the feature, such as `lists-endpoints`; `sextant features` has them all.
    pub name: String,
    /// Whether the subject says that it has it.
    pub declared: bool,
    /// Whether it was seen to have it; absent when the probe came to no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<bool>,
    /// What is wrong; absent when nothing is, or when nothing can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<FeatureFinding>,
    /// What the probe saw instead of what the feature promises, or why it came to no verdict; empty when it was as promised.
    pub because: String,
}

/// How what a subject says of itself differs from what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureFinding {
    /// It says that it has the feature and has not: promises are judged that it cannot keep. The run fails.
    DeclaredButAbsent,
    /// It has the feature and does not say so: promises are skipped that it might keep. A warning.
    PresentButUndeclared,
}

impl FeatureFinding {
    /// What is wrong and what to do, in one sentence without full stop.
    pub fn advice(self) -> &'static str {
        match self {
            Self::DeclaredButAbsent => "declared but absent: mend the subject, or declare it no longer",
            Self::PresentButUndeclared => "present but undeclared: declare it, and more of the suite is judged",
        }
    }
}
