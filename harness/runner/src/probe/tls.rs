//! The client's part of TLS, with whoever is behind the gateway: only certificates of the fixture authority are accepted.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore, crypto};
use sextant_fake_vms::{Authority, IssueError};
use sextant_scenario::Request;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// TLS as a request wants it.
#[derive(Clone)]
pub(super) struct TlsClient {
    connector: TlsConnector,
    /// Whose certificate it must be.
    name: ServerName<'static>,
}

/// Why a request cannot have TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadTls {
    /// Neither a DNS name nor an IP address.
    #[error("`{0}` is no name that a certificate can be for")]
    Name(String, #[source] InvalidDnsNameError),
    /// The fixture authority is not to be had.
    #[error("the fixture authority cannot be used")]
    Authority(#[from] IssueError),
    /// Its certificate is none.
    #[error("the certificate of the fixture authority cannot be read back")]
    Certificate(#[from] rustls::pki_types::pem::Error),
    /// The certificate, or the provider, is of no use.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
}

impl TlsClient {
    /// What `request` wants; `None` when it wants no TLS. `alpn` is offered, if there is any.
    pub(super) fn new(request: &Request, alpn: Option<&str>) -> Result<Option<Self>, BadTls> {
        let Some(tls) = &request.tls else { return Ok(None) };
        let host = without_port(&request.host);
        let sent = tls.server_name.as_deref();
        let name = sent.filter(|name| !name.is_empty()).unwrap_or(host);
        let name = ServerName::try_from(name.to_owned()).map_err(|source| BadTls::Name(name.to_owned(), source))?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(Authority::fixture()?.certificate()?.as_bytes())?)?;
        let provider = Arc::new(crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        config.enable_sni = sent != Some("");
        Ok(Some(Self { connector: TlsConnector::from(Arc::new(config)), name }))
    }

    /// Shakes hands over `stream`.
    pub(super) async fn connect<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// Without the configuration, which is long.
impl std::fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsClient").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The name or address in a host, without port and brackets.
fn without_port(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains(':') => name,
        Some((name, _)) if name.ends_with(']') => name,
        _ => host,
    };
    name.trim_start_matches('[').trim_end_matches(']')
}
