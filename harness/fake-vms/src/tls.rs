//! TLS at a fake VM: what it serves, and what it tells of a connection.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::BehaviourError;

/// TLS in front of a fake VM: `tls: { certificate: secure.example.com }`.
///
/// The certificate comes from the fixture authority, whose own certificate is `fixtures/tls/ca.crt`. HTTP/2 and HTTP/1.1
/// are offered by ALPN (RFC 7301). A client that does not speak TLS gets no HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ServeTls {
    /// The name that the certificate is for: a DNS name, perhaps with a wildcard (`*.example.com`), an IP address, or a
    /// URI such as `spiffe://cluster.local/ns/gwtest/sa/vm`.
    #[serde(deserialize_with = "certificate")]
    pub certificate: String,
    /// Whether a client must show a certificate of the fixture authority; `false` when absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub client_certificate: bool,
}

/// TLS as a fake VM saw it on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeenTls {
    /// The server name that the client sent (SNI, RFC 6066 section 3); null when it sent none.
    pub server_name: Option<String>,
    /// The protocol agreed on by ALPN, `h2` or `http/1.1`; null when the client offered none.
    pub alpn: Option<String>,
    /// Whether the client showed a certificate.
    pub client_certificate: bool,
}

/// What a certificate can be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CertificateName<'a> {
    Dns(&'a str),
    Ip(IpAddr),
    Uri(&'a str),
}

impl ServeTls {
    /// TLS with a certificate for this name, for any client.
    #[must_use]
    pub fn named(certificate: impl Into<String>) -> Self {
        Self { certificate: certificate.into(), client_certificate: false }
    }

    /// What the certificate is for.
    pub(crate) fn name(&self) -> Result<CertificateName<'_>, BehaviourError> {
        let text = self.certificate.as_str();
        if let Ok(ip) = text.parse() {
            return Ok(CertificateName::Ip(ip));
        }
        let is_uri = text.contains("://") && text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        match text.strip_prefix("*.").unwrap_or(text) {
            _ if is_uri => Ok(CertificateName::Uri(text)),
            name if name.split('.').all(is_label) => Ok(CertificateName::Dns(text)),
            _ => Err(BehaviourError::CertificateName(text.to_owned())),
        }
    }
}

/// Checked where it stands, so that a diagnostic points at it and not at the end of the behaviour.
fn certificate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let tls = ServeTls::named(String::deserialize(deserializer)?);
    tls.name().map_err(de::Error::custom)?;
    Ok(tls.certificate)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a.test", Some(CertificateName::Dns("a.test")))]
    #[case("*.a.test", Some(CertificateName::Dns("*.a.test")))]
    #[case("1.1.1.1", Some(CertificateName::Ip(IpAddr::from([1, 1, 1, 1]))))]
    #[case("spiffe://td/ns/a/sa/b", Some(CertificateName::Uri("spiffe://td/ns/a/sa/b")))]
    #[case("", None)]
    #[case("*", None)]
    #[case("a..test", None)]
    #[case("a.*.test", None)]
    #[case("a test", None)]
    #[case("spiffe://a b", None)]
    fn a_certificate_is_for_a_name_that_certificates_can_have(
        #[case] text: &str,
        #[case] expected: Option<CertificateName<'_>>,
    ) {
        assert_eq!(ServeTls::named(text).name().ok(), expected);
    }
}
