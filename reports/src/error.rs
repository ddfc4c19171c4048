//! What can go wrong while a report is written.

use thiserror::Error;

/// Why a report was not written, or not whole.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The writer failed, or the record holds what JSON cannot.
    #[error("cannot write the JSON report")]
    Json(#[source] serde_json::Error),
    /// The writer failed.
    #[error("cannot write the JUnit report")]
    Junit(#[source] quick_junit::SerializeError),
    /// A text has no form in YAML.
    #[error("cannot write the conformance report")]
    Yaml(#[source] serde_saphyr::ser::Error),
}
