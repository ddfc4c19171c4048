//! Statuses of gRPC calls, by number and by name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sextant_verdict::ReplyOutcome;

/// The names, each at the place of its number.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Status of a gRPC call: a name such as `UNAVAILABLE`, or its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "String")]
#[schemars(with = "Written")]
pub struct GrpcStatus(u8);

/// How a status is written.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    /// `14`
    Number(u8),
    /// `UNAVAILABLE`
    Name(String),
}

impl GrpcStatus {
    /// The status of this name; `None` for what is no name.
    pub fn named(name: &str) -> Option<Self> {
        let place = NAMES.iter().position(|known| *known == name)?;
        u8::try_from(place).ok().map(Self)
    }

    /// The status of the call that `outcome` came of; `None` when it was none, or has no status that gRPC knows.
    pub fn of(outcome: &ReplyOutcome) -> Option<Self> {
        let ReplyOutcome::Response { headers, .. } = outcome else { return None };
        let number: u8 = headers.get("grpc-status")?.parse().ok()?;
        (usize::from(number) < NAMES.len()).then_some(Self(number))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }
}

impl TryFrom<Written> for GrpcStatus {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(number) if usize::from(number) < NAMES.len() => Ok(Self(number)),
            Written::Number(number) => Err(format!("{number} is not a gRPC status (0 to 16)")),
            Written::Name(name) => {
                Self::named(&name).ok_or_else(|| format!("`{name}` is not a gRPC status such as UNAVAILABLE"))
            }
        }
    }
}

impl From<GrpcStatus> for String {
    fn from(status: GrpcStatus) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for GrpcStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
