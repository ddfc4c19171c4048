//! Promises about replies. Written by people from the rules; absent means not judged.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::GrpcStatus;

/// What the replies to a step's requests must be. All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expect {
    /// Status of every reply. A request without a whole response has none.
    pub status: Option<StatusExpectation>,
    /// Status of every gRPC call. One whose reply has none, such as an HTTP error, has failed.
    pub grpc: Option<GrpcStatus>,
    /// Whether every connection is closed or reset before anything comes back; only for `bytes` and `tls`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Exactly these documented endpoints answered, each at least once, and no other workload. An empty list means that
    /// no workload may answer. The gateway's own replies are nobody's.
    pub sources: Option<Vec<SocketAddr>>,
    /// These documented endpoints must not answer.
    pub never: Vec<SocketAddr>,
    /// How replies are shared out: any number of views of the same replies (by endpoint, by locality, …).
    pub shares: Vec<Shares>,
    /// Text that the beginning of every body contains; an empty text means that every body is empty.
    pub body: Option<String>,
    /// Headers of every reply.
    pub headers: HeaderPromises,
    /// Reason that the gateway must give for a reply of its own; judged only on a subject that gives reasons.
    pub reason: Option<String>,
    /// What every asked workload must have seen; at least one must have been asked.
    pub seen: Option<Seen>,
}

/// What headers must be, by name and regardless of its case: exactly this value, or not there when it is `null`. Several
/// values of one name are one, joined by `, ` (RFC 9110, section 5.3).
pub type HeaderPromises = BTreeMap<String, Option<String>>;

/// What a workload must have seen of a request; absent fields are not judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Seen {
    /// Host header or `:authority`, without port and regardless of case.
    pub host: Option<String>,
    /// Method.
    pub method: Option<String>,
    /// Path and query.
    pub path: Option<String>,
    /// `HTTP/1.1`, `HTTP/2`, or `TCP` for a connection of bytes.
    pub protocol: Option<String>,
    /// Headers of the request.
    pub headers: HeaderPromises,
    /// Whether the connection had TLS.
    pub tls: Option<bool>,
    /// Server name of the TLS connection (SNI), regardless of case.
    pub server_name: Option<String>,
    /// Protocol that ALPN agreed on: `h2` or `http/1.1`.
    pub alpn: Option<String>,
    /// Whether the gateway showed a certificate of its own.
    pub client_certificate: Option<bool>,
}

impl Seen {
    /// Whether something is promised that only TLS can keep.
    pub(crate) fn needs_tls(&self) -> bool {
        self.tls == Some(true)
            || self.server_name.is_some()
            || self.alpn.is_some()
            || self.client_certificate == Some(true)
    }
}

/// A status, or a class of them such as `5xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "StatusText", into = "String")]
#[schemars(with = "StatusText")]
pub enum StatusExpectation {
    /// Exactly this one.
    Exactly(u16),
    /// Any of a hundred, given by its first digit.
    Class(u8),
}

/// How a status is written.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum StatusText {
    /// `503`
    Number(u16),
    /// `5xx`
    Text(String),
}

/// How replies are shared out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shares {
    /// What is counted.
    #[serde(default)]
    pub by: ShareBy,
    /// Relative weight of each; whoever is not named must not appear. The gateway's own replies are named by their
    /// status (`"503"`, for gRPC calls `UNAVAILABLE`), whatever the others are counted by, and connections that it closes
    /// are `closed`.
    pub of: BTreeMap<String, u32>,
    /// How strictly.
    #[serde(default)]
    pub check: Check,
}

/// What a share is counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ShareBy {
    /// Documented address and port (`1.1.1.1:80`).
    #[default]
    Endpoint,
    /// Kind, namespace and name of the workload (`Pod gwtest/reviews-1`).
    Workload,
    /// `region/zone/subzone`.
    Locality,
    /// Status code; of a gRPC call the name of its status.
    Status,
}

/// How strictly shares are checked (invariant 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Check {
    /// The scheduler is deterministic: every count is its share of the requests, off by less than one.
    #[default]
    Exact,
    /// Chance is specified: one test, whose probability of a false alarm is at most `alpha` (10⁻⁶ when absent).
    Statistical {
        /// Largest acceptable probability of a false alarm, above 0 and at most 10⁻⁶.
        #[serde(default)]
        alpha: Option<f64>,
    },
}

impl TryFrom<StatusText> for StatusExpectation {
    type Error = String;

    fn try_from(text: StatusText) -> Result<Self, Self::Error> {
        let text = match text {
            StatusText::Number(code) => code.to_string(),
            StatusText::Text(text) => text,
        };
        match text.as_bytes() {
            [digit @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => Ok(Self::Class(digit - b'0')),
            // A number in quotes is a number: it is how a status is written back.
            [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => text.parse().map(Self::Exactly).map_err(|_| text),
            _ => Err(text),
        }
        .map_err(|text| format!("`{text}` is neither a status such as 503 nor a class such as 5xx"))
    }
}

impl From<StatusExpectation> for String {
    fn from(status: StatusExpectation) -> Self {
        match status {
            StatusExpectation::Exactly(code) => code.to_string(),
            StatusExpectation::Class(digit) => format!("{digit}xx"),
        }
    }
}

impl StatusExpectation {
    /// Whether `status` is meant.
    pub fn admits(self, status: u16) -> bool {
        match self {
            Self::Exactly(code) => code == status,
            Self::Class(digit) => u16::from(digit) == status / 100,
        }
    }
}
