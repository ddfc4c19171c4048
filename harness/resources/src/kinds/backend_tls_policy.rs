//! Gateway API's `BackendTLSPolicy`: TLS towards a backend (v1 and v1alpha3 share one shape).

use serde::{Deserialize, Serialize};

/// A BackendTLSPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackendTlsPolicy {
    /// What the user wrote.
    pub spec: BackendTlsPolicySpec,
}

/// `BackendTLSPolicy.spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendTlsPolicySpec {
    /// The backends that are spoken to in TLS; all of the policy's own namespace (K-100).
    pub target_refs: Vec<PolicyTargetRef>,
    /// Whom to take the endpoint for.
    pub validation: BackendTlsValidation,
}

/// A target of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyTargetRef {
    /// API group; empty means core.
    pub group: String,
    /// Kind: `Service`, `ServiceEntry`, or for a host by its name `Hostname`.
    pub kind: String,
    /// Name; of kind `Hostname` the host.
    pub name: String,
    /// Name of one port of the target; `None` means all.
    pub section_name: Option<String>,
}

/// `BackendTLSPolicy.spec.validation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendTlsValidation {
    /// Server name to send, and the name that the certificate must have unless [`Self::subject_alt_names`] are given.
    pub hostname: String,
    /// Where the accepted authorities stand, in the policy's own namespace.
    pub ca_certificate_refs: Vec<LocalObjectRef>,
    /// A set of authorities by name: `System`, the only one that Gateway API defines. `None` means that
    /// [`Self::ca_certificate_refs`] counts.
    #[serde(rename = "wellKnownCACertificates")]
    pub well_known_ca_certificates: Option<String>,
    /// Names of which the certificate must have one. Empty means [`Self::hostname`].
    pub subject_alt_names: Vec<SubjectAltName>,
}

/// An object of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalObjectRef {
    /// API group; empty means core.
    pub group: String,
    /// Kind: `ConfigMap`, or where the implementation has it `Secret`.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// A name that a certificate may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectAltName {
    /// Which of the two below counts.
    #[serde(rename = "type")]
    pub kind: SubjectAltNameType,
    /// A DNS name.
    pub hostname: String,
    /// A URI, such as a SPIFFE id.
    pub uri: String,
}

/// Kind of a [`SubjectAltName`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubjectAltNameType {
    /// A DNS name. Gateway API has no default; this is what an absent type is read as.
    #[default]
    Hostname,
    /// A URI.
    #[serde(rename = "URI")]
    Uri,
}
