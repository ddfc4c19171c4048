//! TLS towards endpoints: what the model asks for, made ready once for all connections of a backend.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{self, CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, crypto};
use sextant_routing::{ClientIdentity, Credentials, OriginateTls, ServerName, TlsVersion, Trust, UpstreamHttp};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

mod verify;

use verify::EndpointVerifier;

/// The gateway's side of TLS for one way of asking for it. Two are equal only if they are the same one: connections made
/// by one are never used for another.
#[derive(Clone)]
pub(crate) struct Originator(Arc<Prepared>);

struct Prepared {
    wanted: OriginateTls,
    /// The connector; or why there is none, so that every connection fails.
    connector: Result<TlsConnector, String>,
}

/// Whom a TLS connection is for: the settings, and the name that the endpoint is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TlsPeer {
    originator: Originator,
    /// As written, perhaps none that TLS can send.
    name: Arc<str>,
}

/// Every [`Originator`] of a configuration, so that backends which ask for the same share one, and one that was there
/// before goes on with its connections and sessions.
#[derive(Default)]
pub(crate) struct Originators(HashMap<(OriginateTls, UpstreamHttp), Originator>);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
enum PrepareError {
    #[error("what certificates are checked by cannot be had: {0}")]
    Credentials(String),
    #[error("the certificates are no PEM")]
    Pem(#[from] pki_types::pem::Error),
    #[error("the certificates cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
}

impl Originators {
    /// Takes over what was there before.
    pub(crate) fn keep(&mut self, originator: &Originator, http: UpstreamHttp) {
        self.0.entry((originator.0.wanted.clone(), http)).or_insert_with(|| originator.clone());
    }

    pub(crate) fn get(&mut self, wanted: &OriginateTls, http: UpstreamHttp) -> Originator {
        let known = self.0.entry((wanted.clone(), http));
        known.or_insert_with(|| Originator::new(wanted, http)).clone()
    }
}

impl Originator {
    fn new(wanted: &OriginateTls, http: UpstreamHttp) -> Self {
        let connector = connector(wanted, http).map_err(|error| error.to_string());
        if let Err(error) = &connector {
            tracing::warn!(source = %wanted.source, %error, "no TLS towards endpoints");
        }
        Self(Arc::new(Prepared { wanted: wanted.clone(), connector }))
    }

    /// What asks for it.
    pub(crate) fn wanted(&self) -> &OriginateTls {
        &self.0.wanted
    }

    /// Why every connection fails; `None` when nothing speaks against them from the start.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.0.connector.as_ref().err().map(String::as_str)
    }

    /// The peer of a request. `authority` gives the host that the request has when it leaves the gateway; it is asked
    /// only if that host matters.
    pub(crate) fn peer<E>(&self, authority: impl FnOnce() -> Result<String, E>) -> Result<TlsPeer, E> {
        let name = match &self.0.wanted.server_name {
            ServerName::Fixed(name) => Arc::from(name.as_str()),
            ServerName::RequestHost => Arc::from(host(&authority()?)),
        };
        Ok(TlsPeer { originator: self.clone(), name })
    }
}

impl TlsPeer {
    pub(crate) fn originator(&self) -> &Originator {
        &self.originator
    }

    /// Shakes hands over `stream`.
    pub(crate) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let connector = self.originator.0.connector.as_ref().map_err(|error| io::Error::other(error.clone()))?;
        let name = pki_types::ServerName::try_from(&*self.name);
        let name = name.map_err(|_| io::Error::other(format!("`{}` is no name that TLS can send", self.name)))?;
        connector.connect(name.to_owned(), stream).await
    }
}

/// The host of an authority, without its port and, for an IPv6 address, without brackets.
fn host(authority: &str) -> &str {
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && !authority.ends_with(']');
        if is_port { host } else { authority }
    });
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn connector(wanted: &OriginateTls, http: UpstreamHttp) -> Result<TlsConnector, PrepareError> {
    let Credentials { trust, identity } =
        wanted.credentials.as_ref().map_err(|reason| PrepareError::Credentials(reason.clone()))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let versions = match wanted.newest {
        TlsVersion::Tls12 => &[&TLS12][..],
        TlsVersion::Tls13 => &[&TLS13, &TLS12],
    };
    let verifier = EndpointVerifier::new(roots(trust)?, &wanted.accepted, &provider);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match identity {
        Some(ClientIdentity { certificates, key }) => {
            let chain = CertificateDer::pem_slice_iter(certificates.as_bytes()).collect::<Result<_, _>>()?;
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes())?)?
        }
        None => builder.with_no_client_auth(),
    };
    // As Envoy does when it is told no protocols: the one that will be spoken.
    config.alpn_protocols = vec![match http {
        UpstreamHttp::Http1 => b"http/1.1".to_vec(),
        UpstreamHttp::Http2 => b"h2".to_vec(),
    }];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The accepted authorities; `None` when anybody is accepted. Nothing here is vouched for by the authorities of a system:
/// endpoints are on loopback.
fn roots(trust: &Trust) -> Result<Option<RootCertStore>, PrepareError> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Unchecked => return Ok(None),
        Trust::System => {}
        Trust::Authorities(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(certificate?)?;
            }
        }
    }
    Ok(Some(roots))
}

impl PartialEq for Originator {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Originator {}

impl Hash for Originator {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Debug for Originator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Originator({})", self.0.wanted.source)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a.test", "a.test")]
    #[case("a.test:8443", "a.test")]
    #[case("1.1.1.1:80", "1.1.1.1")]
    #[case("[2001:db8::1]:443", "2001:db8::1")]
    #[case("[2001:db8::1]", "2001:db8::1")]
    #[case("", "")]
    fn a_host_has_no_port(#[case] authority: &str, #[case] expected: &str) {
        assert_eq!(host(authority), expected);
    }
}
