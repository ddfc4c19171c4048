//! How a fake VM behaves: the words a scenario is written in.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::ServeTls;

#[cfg(test)]
mod tests;

/// What a fake VM does with connections and requests. The default answers 200 at once with the VM's identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Behaviour {
    /// Status of every reply, 200 to 599. Replies with 204 and 304 have no body.
    #[serde(deserialize_with = "status")]
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// Time between the end of the request and the head of the reply, such as `250ms`; `0s` answers at once.
    #[serde(with = "crate::duration", skip_serializing_if = "Duration::is_zero")]
    #[schemars(with = "String")]
    pub delay: Duration,
    /// Header fields that every reply gets besides the identity; a `content-type` here replaces the usual one.
    /// The framing (`content-length`, `transfer-encoding`) and `x-sextant-…` belong to the VM and are refused.
    #[serde(deserialize_with = "headers", skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body of every reply; absent for the VM's identity and what it saw. The identity headers are sent either way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Status of a gRPC call, 0 (OK) to 16: what `grpc-status` says at the end of a reply with status 200 to a request of
    /// `content-type: application/grpc`. Other requests never see it.
    #[serde(deserialize_with = "grpc_status", skip_serializing_if = "is_ok")]
    #[schemars(range(max = 16))]
    pub grpc_status: u16,
    /// What is spoken on connections that are accepted from now on.
    #[serde(skip_serializing_if = "Speaks::is_http")]
    pub speaks: Speaks,
    /// TLS on connections that are accepted from now on; absent for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<ServeTls>,
    /// What goes wrong; absent when nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// What a fake VM speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Speaks {
    /// HTTP/1.1 and HTTP/2, and gRPC with it.
    #[default]
    Http,
    /// No protocol at all: the VM says who it is as soon as it is connected to (its identity as a line of JSON), repeats
    /// every byte that it is sent, and ends its side when the client has ended its own. Each connection counts as a
    /// request; of the rest of the behaviour only `delay`, `tls` and `fault` have a meaning, and a slow body has none.
    Bytes,
}

/// A body that replaces the VM's identity: `body: { text: hello }` or `body: { bytes: 1048576 }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Body {
    /// This text, as `text/plain`.
    Text(String),
    /// So many bytes of filler (`a` to `z`, repeated), as `application/octet-stream`. Held in memory once per VM.
    Bytes(u32),
}

/// What goes wrong at a fake VM: `fault: refuse`, `fault: { reset: afterRequest }`, `fault: { slowBody: { gap: 50ms } }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// Nobody listens: connections are refused, and those that were open are closed. The port stays reserved.
    Refuse,
    /// The connection is cut with a TCP RST.
    Reset(ResetWhen),
    /// The request is read and never answered. A request that hangs stays so until its client gives up or the VM is
    /// removed or refuses, also when the behaviour changes meanwhile.
    Hang,
    /// The head and the first half of the body are sent, then the connection is closed. A reply without a body is
    /// closed after its head.
    CloseHalfWay,
    /// The whole reply arrives, but its body in pieces with pauses between.
    SlowBody(SlowBody),
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResetWhen {
    /// As soon as it is accepted. Connections that are open when this behaviour is set are reset as well.
    OnAccept,
    /// Once a whole request was read (and the delay is over), without an answer.
    AfterRequest,
}

/// How slow a slow body is. It takes `(chunks - 1) * gap` from the head to the last byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct SlowBody {
    /// Number of pieces, 10 unless told; a body with fewer bytes has one byte per piece.
    pub chunks: NonZeroU16,
    /// Pause between two pieces, `100ms` unless told.
    #[serde(with = "crate::duration")]
    #[schemars(with = "String")]
    pub gap: Duration,
}

/// Why a behaviour cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BehaviourError {
    /// HTTP has no such final status.
    #[error("status {0} is not a final HTTP status (200 to 599)")]
    Status(u16),
    /// Not a token of RFC 9110 section 5.6.2.
    #[error("`{0}` is not a header name")]
    HeaderName(String),
    /// Control characters in a value (RFC 9110 section 5.5).
    #[error("the value of header `{0}` holds a control character")]
    HeaderValue(String),
    /// gRPC has no such status.
    #[error("{0} is not a gRPC status (0 to 16)")]
    GrpcStatus(u16),
    /// Neither a DNS name nor an IP address nor a URI.
    #[error("`{0}` is no name that a certificate can be for: write a DNS name, an IP address or a URI")]
    CertificateName(String),
    /// A header that the VM sets itself.
    #[error("header `{0}` is set by the fake VM itself")]
    ReservedHeader(String),
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            status: 200,
            delay: Duration::ZERO,
            headers: BTreeMap::new(),
            body: None,
            grpc_status: 0,
            speaks: Speaks::Http,
            tls: None,
            fault: None,
        }
    }
}

impl Speaks {
    fn is_http(&self) -> bool {
        *self == Self::Http
    }
}

impl Default for SlowBody {
    fn default() -> Self {
        const TEN: NonZeroU16 = NonZeroU16::MIN.saturating_add(9);
        Self { chunks: TEN, gap: Duration::from_millis(100) }
    }
}

impl From<Fault> for Behaviour {
    fn from(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

impl Behaviour {
    /// Answers every request with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Whether the behaviour can be carried out. What was deserialised already was checked; what a program put
    /// together was not.
    ///
    /// # Errors
    /// The first thing that is wrong: a status, headers, the certificate.
    pub fn check(&self) -> Result<(), BehaviourError> {
        check_status(self.status)?;
        check_grpc_status(self.grpc_status)?;
        self.headers.iter().try_for_each(|(name, value)| check_header(name, value))?;
        self.tls.as_ref().map_or(Ok(()), |tls| tls.name().map(|_| ()))
    }
}

fn check_status(status: u16) -> Result<(), BehaviourError> {
    if (200..=599).contains(&status) { Ok(()) } else { Err(BehaviourError::Status(status)) }
}

fn check_grpc_status(status: u16) -> Result<(), BehaviourError> {
    if status <= 16 { Ok(()) } else { Err(BehaviourError::GrpcStatus(status)) }
}

fn check_header(name: &str, value: &str) -> Result<(), BehaviourError> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(BehaviourError::HeaderName(name.to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if lower == "content-length" || lower == "transfer-encoding" || lower.starts_with("x-sextant-") {
        return Err(BehaviourError::ReservedHeader(name.to_owned()));
    }
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(BehaviourError::HeaderValue(name.to_owned()));
    }
    Ok(())
}

fn is_ok(status: &u16) -> bool {
    *status == 0
}

// These check a field where it stands, so that a diagnostic points at it and not at the end of the behaviour.

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    check_status(status).map_err(de::Error::custom)?;
    Ok(status)
}

fn grpc_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    check_grpc_status(status).map_err(de::Error::custom)?;
    Ok(status)
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let headers = BTreeMap::<String, String>::deserialize(deserializer)?;
    headers.iter().try_for_each(|(name, value)| check_header(name, value)).map_err(de::Error::custom)?;
    Ok(headers)
}
