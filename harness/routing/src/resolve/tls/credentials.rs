//! Certificates and keys from ConfigMaps and Secrets.

use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sextant_resources::{Kind, ObjectKey, ObjectMap, ResourceSet, Secret};

use crate::{ClientIdentity, Trust};

/// Why certificates cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CredentialFault {
    /// No such object.
    #[error("{kind} {key} not found")]
    NotFound { kind: &'static str, key: ObjectKey },
    /// The object lacks the value.
    #[error("{kind} {key} has no {wanted}")]
    NoValue { kind: &'static str, key: ObjectKey, wanted: &'static str },
    /// The value is not what it should be.
    #[error("{wanted} of {kind} {key} holds no {content} in PEM")]
    NoPem { kind: &'static str, key: ObjectKey, wanted: &'static str, content: &'static str },
}

/// The keys that hold authorities in a Secret, the first that is there counting.
const AUTHORITIES: [&str; 2] = ["cacert", "ca.crt"];
/// The keys that hold a certificate and its private key, the first pair that is there counting.
const IDENTITY: [(&str, &str); 2] = [("cert", "key"), ("tls.crt", "tls.key")];

/// The authorities under `ca.crt` of a ConfigMap.
pub(crate) fn of_config_map(key: ObjectKey, resources: &ResourceSet) -> Result<Trust, CredentialFault> {
    let kind = "ConfigMap";
    let object = find(&resources.config_maps, &key)?;
    let wanted = "ca.crt";
    let text = object.data.get(wanted).ok_or_else(|| CredentialFault::NoValue { kind, key: key.clone(), wanted })?;
    authorities(text).ok_or(CredentialFault::NoPem { kind, key, wanted, content: "certificate" })
}

/// The authorities of a Secret.
pub(crate) fn of_secret(key: ObjectKey, resources: &ResourceSet) -> Result<Trust, CredentialFault> {
    let kind = "Secret";
    let secret = find(&resources.secrets, &key)?;
    let found = AUTHORITIES.into_iter().find_map(|wanted| Some((wanted, secret.text(wanted)?)));
    let Some((wanted, text)) = found else {
        return Err(CredentialFault::NoValue { kind, key, wanted: "ca.crt" });
    };
    authorities(&text).ok_or(CredentialFault::NoPem { kind, key, wanted, content: "certificate" })
}

/// The certificate and private key of a Secret.
pub(crate) fn identity(key: ObjectKey, resources: &ResourceSet) -> Result<ClientIdentity, CredentialFault> {
    let kind = "Secret";
    let secret: &Secret = find(&resources.secrets, &key)?;
    let found = IDENTITY.into_iter().find_map(|(certificate, private)| {
        let texts = (secret.text(certificate)?, secret.text(private)?);
        Some(((certificate, texts.0), (private, texts.1)))
    });
    let Some(((certificate, chain), (private, private_key))) = found else {
        return Err(CredentialFault::NoValue { kind, key, wanted: "tls.crt and tls.key" });
    };
    if !holds_certificates(&chain) {
        return Err(CredentialFault::NoPem { kind, key, wanted: certificate, content: "certificate" });
    }
    if PrivateKeyDer::from_pem_slice(private_key.as_bytes()).is_err() {
        return Err(CredentialFault::NoPem { kind, key, wanted: private, content: "private key" });
    }
    Ok(ClientIdentity { certificates: chain.into(), key: private_key.into() })
}

fn find<'r, T: Kind>(objects: &'r ObjectMap<T>, key: &ObjectKey) -> Result<&'r T, CredentialFault> {
    let object = objects.get(key);
    object.map(|object| &object.body).ok_or_else(|| CredentialFault::NotFound { kind: T::KIND, key: key.clone() })
}

fn authorities(text: &str) -> Option<Trust> {
    holds_certificates(text).then(|| Trust::Authorities(Arc::from(text)))
}

/// Whether there is at least one certificate, and nothing broken beside it.
fn holds_certificates(text: &str) -> bool {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    certificates.is_ok_and(|certificates| !certificates.is_empty())
}
