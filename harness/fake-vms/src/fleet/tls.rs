//! TLS in front of a VM's HTTP: the certificate is made once for each behaviour.

use std::sync::Arc;
use std::{fmt, io};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, crypto};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::wire::Wire;
use crate::authority::{Authority, IssueError};
use crate::{SeenTls, ServeTls};

/// Why a VM cannot serve TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The certificate cannot be used.
    #[error("the certificate cannot be used")]
    Use(#[from] rustls::Error),
    /// The certificate is no PEM.
    #[error("the certificate cannot be read back")]
    Read(#[from] rustls::pki_types::pem::Error),
    /// Clients' certificates cannot be checked.
    #[error("certificates of clients cannot be checked")]
    Clients(#[from] VerifierBuilderError),
}

/// Does the server's part of TLS.
#[derive(Clone)]
pub(super) struct Terminator(TlsAcceptor);

impl Terminator {
    pub(super) fn new(tls: &ServeTls) -> Result<Self, TlsError> {
        let authority = Authority::fixture()?;
        let issued = authority.issue(&tls.certificate)?;
        let chain = vec![CertificateDer::from_pem_slice(issued.certificate.as_bytes())?];
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes())?;
        let provider = Arc::new(crypto::ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let builder = if tls.client_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.certificate()?.as_bytes())?)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build()?)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Shakes hands with whoever is at the other end of `wire`.
    pub(super) async fn accept(&self, wire: Wire) -> io::Result<(TlsStream<Wire>, SeenTls)> {
        let stream = self.0.accept(wire).await?;
        let (_, connection) = stream.get_ref();
        let alpn = connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        let seen = SeenTls {
            server_name: connection.server_name().map(str::to_owned),
            alpn,
            client_certificate: connection.peer_certificates().is_some(),
        };
        Ok((stream, seen))
    }
}

/// Without the key.
impl fmt::Debug for Terminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminator")
    }
}
