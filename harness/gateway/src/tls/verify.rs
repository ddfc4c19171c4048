//! Whether an endpoint's certificate is one that the model accepts.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sextant_routing::AcceptedName;
use webpki::EndEntityCert;

/// Checks who signed the certificate, then its names: unlike in a browser, the name that is sent and those that are
/// accepted can differ (K-101, I-112).
#[derive(Debug)]
pub(super) struct EndpointVerifier {
    /// `None` takes everything.
    roots: Option<RootCertStore>,
    /// Empty takes every name.
    accepted: Vec<AcceptedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl EndpointVerifier {
    pub(super) fn new(roots: Option<RootCertStore>, accepted: &[AcceptedName], provider: &Arc<CryptoProvider>) -> Self {
        Self { roots, accepted: accepted.to_vec(), algorithms: provider.signature_verification_algorithms }
    }

    fn has_accepted_name(&self, certificate: &CertificateDer<'_>, sent: &ServerName<'_>) -> Result<bool, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        let is_for = |name: &ServerName<'_>| verify_server_name(&parsed, name).is_ok();
        let is_for_host = |name: &str| ServerName::try_from(name).is_ok_and(|name| is_for(&name));
        let bad_encoding = |_| Error::InvalidCertificate(CertificateError::BadEncoding);
        let certificate = EndEntityCert::try_from(certificate).map_err(bad_encoding)?;
        let is_for_uri = |uri: &str| certificate.valid_uri_names().any(|name| name == uri);
        Ok(self.accepted.iter().any(|accepted| match accepted {
            AcceptedName::Dns(name) => is_for_host(name),
            AcceptedName::Uri(uri) => is_for_uri(uri),
            AcceptedName::Any(name) => is_for_uri(name) || is_for_host(name),
            AcceptedName::RequestHost => is_for(sent),
        }))
    }
}

impl ServerCertVerifier for EndpointVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(roots) = &self.roots else { return Ok(ServerCertVerified::assertion()) };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, self.algorithms.all)?;
        if self.accepted.is_empty() || self.has_accepted_name(end_entity, server_name)? {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::InvalidCertificate(CertificateError::NotValidForName))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
