//! TLS towards endpoints, as data: a gateway needs no other source to carry it out.

use std::fmt;
use std::sync::Arc;

use sextant_resources::{ObjectKey, ObjectRef};

use crate::Condition;

/// TLS towards the endpoints of a backend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OriginateTls {
    /// The BackendTLSPolicy or DestinationRule that asks for it.
    pub source: ObjectRef,
    /// Server name to send.
    pub server_name: ServerName,
    /// Names of which the endpoint's certificate must have one; empty means that any certificate of the authorities will
    /// do (K-101, I-112).
    pub accepted: Vec<AcceptedName>,
    /// The newest version that is spoken.
    pub newest: TlsVersion,
    /// What certificates are checked by and shown from. When it cannot be had, every connection fails: the reason, for
    /// people.
    pub credentials: Result<Credentials, String>,
}

/// A version of TLS. The oldest that is spoken is always 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsVersion {
    /// RFC 5246: the newest that Envoy speaks to endpoints unless it is told otherwise.
    Tls12,
    /// RFC 8446: what Istio tells it.
    Tls13,
}

/// The server name of a TLS connection (RFC 6066, section 3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServerName {
    /// This one, whatever the request says.
    Fixed(String),
    /// The host that the request has when it leaves the gateway.
    RequestHost,
}

/// A name that a certificate may have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AcceptedName {
    /// A DNS name; a wildcard of the certificate covers it as in RFC 6125, section 6.4.3.
    Dns(String),
    /// A URI, compared as it is.
    Uri(String),
    /// A name of either sort.
    Any(String),
    /// The host that the request has when it leaves the gateway, as a DNS name.
    RequestHost,
}

/// What TLS connections are made with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// Whose certificates are taken.
    pub trust: Trust,
    /// What the gateway shows when it is asked for a certificate; `None` means nothing.
    pub identity: Option<ClientIdentity>,
}

/// Whose certificates are taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Those of these authorities: PEM text with at least one certificate.
    Authorities(Arc<str>),
    /// Those of the authorities that the gateway's system knows.
    System,
    /// Anybody's, whatever name they have.
    Unchecked,
}

/// A certificate of the gateway's own, for mutual TLS.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientIdentity {
    /// PEM text: the certificate, then those that lead to its authority.
    pub certificates: Arc<str>,
    /// PEM text of its private key.
    pub key: Arc<str>,
}

/// A BackendTLSPolicy with the status that the control plane writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyStatus {
    /// The BackendTLSPolicy.
    pub key: ObjectKey,
    /// One for each object that the status is about, in the order of the status. Empty when the policy reaches nothing
    /// that traffic goes to: then it has no status at all.
    pub ancestors: Vec<AncestorStatus>,
}

/// What the status of a policy says about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AncestorStatus {
    /// A Gateway, or where the control plane reports them a target.
    pub ancestor: ObjectRef,
    /// Ordered by type.
    pub conditions: Vec<Condition>,
}

/// Without the key.
impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("certificates", &self.certificates).finish_non_exhaustive()
    }
}
