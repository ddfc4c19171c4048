//! The fixture authority: it signs the certificates of fake VMs, and nobody should ever trust it elsewhere.

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

use crate::tls::CertificateName;
use crate::{BehaviourError, ServeTls};

/// The private key of the fixture authority. It is public on purpose: what it signs proves nothing.
const FIXTURE_KEY: &str = include_str!("../../../fixtures/tls/ca.key");
/// Its name.
const FIXTURE_NAME: &str = "Sextant fixture authority";

/// An authority that issues certificates, valid from 2020 to 2120.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    params: CertificateParams,
}

/// A certificate with its private key, both as PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its private key (PKCS #8).
    pub key: String,
}

/// Why a certificate could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The name is none that a certificate can have.
    #[error(transparent)]
    Name(#[from] BehaviourError),
    /// The key of the authority is unusable, or no random numbers could be had.
    #[error("the certificate could not be made")]
    Make(#[from] rcgen::Error),
}

impl Authority {
    /// The fixture authority, whose own certificate is `fixtures/tls/ca.crt`.
    ///
    /// # Errors
    /// Never, as long as its key is what the tests have seen.
    pub fn fixture() -> Result<Self, IssueError> {
        Self::of(FIXTURE_NAME, KeyPair::from_pem(FIXTURE_KEY)?)
    }

    /// An authority of this name with a new key, which trusts nobody and whom nobody trusts.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new(name: &str) -> Result<Self, IssueError> {
        Self::of(name, KeyPair::generate()?)
    }

    fn of(name: &str, key: KeyPair) -> Result<Self, IssueError> {
        let mut params = lasting();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: Issuer::new(params.clone(), key), params })
    }

    /// The authority's own certificate as PEM text: what whoever trusts it must hold. Each call signs anew; all results
    /// are as good.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn certificate(&self) -> Result<String, IssueError> {
        Ok(self.params.self_signed(self.issuer.key())?.pem())
    }

    /// Issues a certificate for `name`, in the words of [`ServeTls::certificate`]. Servers and clients can use it.
    ///
    /// # Errors
    /// When the name is none, or the system gives no random numbers.
    pub fn issue(&self, name: &str) -> Result<Issued, IssueError> {
        let mut params = lasting();
        params.distinguished_name.push(DnType::CommonName, "Sextant fixture");
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let name = ServeTls::named(name);
        params.subject_alt_names.push(match name.name()? {
            CertificateName::Dns(name) => SanType::DnsName(name.try_into()?),
            CertificateName::Uri(uri) => SanType::URI(uri.try_into()?),
            CertificateName::Ip(ip) => SanType::IpAddress(ip),
        });
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

/// Parameters of a certificate that outlives every fixture.
fn lasting() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    // The default name is that of the library.
    params.distinguished_name = DistinguishedName::new();
    params
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("name", &self.params.distinguished_name).finish_non_exhaustive()
    }
}

/// Without the key.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
