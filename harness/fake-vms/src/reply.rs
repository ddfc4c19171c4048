//! What a fake VM answers: the identity headers and the JSON body, as types that a client can read back.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SeenTls, Workload, WorkloadKind};

/// Header of every reply: the documented address that answered, for example `1.1.1.1:80` or `[2001:db8::1]:80`.
pub const ENDPOINT_HEADER: &str = "x-sextant-endpoint";
/// Header of every reply: the workload that answered, for example `gwtest/reviews-1`.
pub const WORKLOAD_HEADER: &str = "x-sextant-workload";
/// Header of every reply of a workload that has a locality, for example `r1/z1/sz1`.
pub const LOCALITY_HEADER: &str = "x-sextant-locality";

/// The JSON body of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The documented address that answered.
    pub endpoint: ReplyEndpoint,
    /// The workload that answered.
    pub workload: ReplyWorkload,
    /// Locality of the workload; null when it has none.
    pub locality: Option<String>,
    /// Network of the workload; null for the default network.
    pub network: Option<String>,
    /// What arrived. Absent when the fleet answers with the identity alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// The how-manieth request of this documented address this was, from 1; the journal has the same number.
    /// Absent when the fleet answers with the identity alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
}

/// A documented address in a [`Reply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyEndpoint {
    /// The documented IP address, not the loopback alias.
    pub address: IpAddr,
    /// The documented port.
    pub port: u16,
}

/// A workload in a [`Reply`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyWorkload {
    /// What the VM stands for.
    pub kind: WorkloadKind,
    /// Namespace; null outside of Kubernetes.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

/// A request as it reached the VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Method, in the case it was sent.
    pub method: String,
    /// The authority of an absolute request target or of HTTP/2, otherwise the `Host` header; null without both.
    pub host: Option<String>,
    /// Path, still percent-encoded.
    pub path: String,
    /// What follows the `?`, still encoded; null without one.
    pub query: Option<String>,
    /// Header fields by lower-case name, the values of one name in the order they came.
    pub headers: BTreeMap<String, Vec<String>>,
    /// Protocol of the connection to the VM.
    pub protocol: Protocol,
    /// TLS on the connection to the VM; absent on a plaintext connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<SeenTls>,
    /// Length of the request body; 0 without one.
    pub body_bytes: u64,
    /// [`BodyDigest`] of the request body: 16 lower-case hexadecimal digits.
    pub body_digest: String,
}

/// What was spoken on the connection to the VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Protocol {
    /// HTTP/1.0.
    #[serde(rename = "HTTP/1.0")]
    Http10,
    /// HTTP/1.1.
    #[serde(rename = "HTTP/1.1")]
    Http11,
    /// HTTP/2, by prior knowledge or, behind TLS, by ALPN.
    #[serde(rename = "HTTP/2")]
    Http2,
    /// Bytes, without a protocol above TCP or TLS.
    #[serde(rename = "TCP")]
    Tcp,
}

/// Length and 64-bit FNV-1a hash of a body, computed as it streams by.
///
/// FNV-1a is no defence against an adversary, but it finds every truncated, repeated or altered body of a test, and
/// needs no dependency. A client computes the same over what it sent and compares the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyDigest {
    hash: u64,
    bytes: u64,
}

impl Reply {
    /// The part of a reply that does not depend on the request.
    #[must_use]
    pub fn identity(documented: SocketAddr, workload: &Workload) -> Self {
        Self {
            endpoint: ReplyEndpoint { address: documented.ip(), port: documented.port() },
            workload: ReplyWorkload {
                kind: workload.kind,
                namespace: workload.namespace.clone(),
                name: workload.name.clone(),
            },
            locality: workload.locality.clone(),
            network: workload.network.clone(),
            seen: None,
            sequence: None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
            Self::Tcp => "TCP",
        })
    }
}

impl BodyDigest {
    /// Digest of a whole body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        let mut digest = Self::default();
        digest.update(body);
        digest
    }

    /// Takes in the next part of the body.
    pub fn update(&mut self, part: &[u8]) {
        for byte in part {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.bytes += part.len() as u64;
    }

    /// Length of the body so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The digest of the empty body.
impl Default for BodyDigest {
    fn default() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, bytes: 0 }
    }
}

/// 16 lower-case hexadecimal digits.
impl fmt::Display for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published FNV-1a 64 test vectors for the empty input, `a` and `foobar`.
    #[test]
    fn digest_is_fnv_1a_64() {
        assert_eq!(BodyDigest::of(b"").to_string(), "cbf29ce484222325");
        assert_eq!(BodyDigest::of(b"a").to_string(), "af63dc4c8601ec8c");
        assert_eq!(BodyDigest::of(b"foobar").to_string(), "85944171f73967e8");
    }

    #[test]
    fn digest_does_not_depend_on_how_a_body_is_cut() {
        let mut digest = BodyDigest::default();
        digest.update(b"foo");
        digest.update(b"bar");
        assert_eq!(digest, BodyDigest::of(b"foobar"));
        assert_eq!(digest.bytes(), 6);
    }
}
