//! One answer of a script: what is replied, for how long, and how it may go wrong.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{MAX_TTL, Record, RecordData, duration};

const DEFAULT_TTL: u32 = 5;

/// What a name answers while this answer is current. `{}` is NODATA: the name exists and has no records.
///
/// `queries` and `lasts` end an answer; with both, whichever comes first. Each query type goes through the script on
/// its own: `queries: 1` serves one A query *and* one AAAA query, so a client that asks for both sees the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default, remote = "Self")]
#[schemars(rename = "DnsAnswer")]
pub struct Answer {
    /// Records of the name; a query gets those of its type, or the CNAME. Empty is NODATA.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// Response code; absent is NOERROR. Any other goes without records.
    #[serde(skip_serializing_if = "Rcode::is_no_error")]
    pub rcode: Rcode,
    /// How many queries of each type this answer serves before the next one is current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queries: Option<NonZeroU32>,
    /// How long this answer serves before the next one is current. It counts from the first query (of the type) that
    /// the answer served, so every answer of a script is seen at least once.
    #[serde(with = "duration", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub lasts: Option<Duration>,
    /// TTL in seconds of the records that have none of their own, and of negative answers. Absent is 5.
    #[serde(skip_serializing_if = "is_default_ttl")]
    #[schemars(range(max = MAX_TTL))]
    pub ttl: u32,
    /// In which order the records are sent; absent is fixed.
    #[serde(skip_serializing_if = "Order::is_fixed")]
    pub order: Order,
    /// Waits so long before the reply; absent is at once. Over TCP it holds up later queries of the connection.
    #[serde(with = "duration", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub delay: Option<Duration>,
    /// Sends no reply at all.
    #[serde(skip_serializing_if = "is_false")]
    pub drop: bool,
    /// Replies over UDP have the TC flag and no records; over TCP the answer is whole.
    #[serde(skip_serializing_if = "is_false")]
    pub truncate: bool,
}

/// The response codes that a script can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "DnsRcode")]
pub enum Rcode {
    /// The name exists.
    #[default]
    NoError,
    /// The server cannot read the query.
    FormErr,
    /// The server failed.
    ServFail,
    /// The name does not exist.
    NxDomain,
    /// The server does not do such queries.
    NotImp,
    /// The server does not want to answer.
    Refused,
    /// The client speaks an EDNS version that the server does not (RFC 6891); not for scripts.
    #[serde(skip)]
    BadVers,
}

/// In which order the records of an answer are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DnsOrder")]
pub enum Order {
    /// As written.
    #[default]
    Fixed,
    /// As written for the first query of a type, then each query begins with the next record.
    Rotate,
    /// Another order for every query, decided by the server's seed, the name, the type and the number of the query.
    Shuffle,
}

/// An answer that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Records beside an error code.
    #[error("an answer with rcode {0} has no records")]
    RecordsWithRcode(Rcode),
    /// A CNAME beside other records (RFC 1034 section 3.6.2).
    #[error("a name with a CNAME record has no other records")]
    CnameAndOther,
    /// A dropped query that is answered as well.
    #[error("`drop` sends no reply, so `{0}` has no meaning beside it")]
    DropWith(&'static str),
    /// An answer that ends before it began.
    #[error("`lasts: 0s` ends an answer before it began")]
    LastsZero,
    /// A TTL beyond RFC 2181.
    #[error("a TTL of {0} is above {MAX_TTL} seconds")]
    Ttl(u32),
}

impl Answer {
    /// Checks that the answer does not contradict itself.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), AnswerError> {
        if self.rcode != Rcode::NoError && !self.records.is_empty() {
            return Err(AnswerError::RecordsWithRcode(self.rcode));
        }
        let has_cname = self.records.iter().any(|record| matches!(record.data, RecordData::Cname(_)));
        if has_cname && self.records.len() > 1 {
            return Err(AnswerError::CnameAndOther);
        }
        if self.lasts == Some(Duration::ZERO) {
            return Err(AnswerError::LastsZero);
        }
        if self.ttl > MAX_TTL {
            return Err(AnswerError::Ttl(self.ttl));
        }
        let beside_drop = [
            ("records", !self.records.is_empty()),
            ("rcode", self.rcode != Rcode::NoError),
            ("delay", self.delay.is_some()),
            ("truncate", self.truncate),
        ];
        match beside_drop.iter().find(|(_, present)| self.drop && *present) {
            Some((field, _)) => Err(AnswerError::DropWith(field)),
            None => Ok(()),
        }
    }

    /// Whether another answer can follow.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.queries.is_some() || self.lasts.is_some()
    }
}

/// NODATA with a TTL of 5 seconds, for ever.
impl Default for Answer {
    fn default() -> Self {
        Self {
            records: Vec::new(),
            rcode: Rcode::NoError,
            queries: None,
            lasts: None,
            ttl: DEFAULT_TTL,
            order: Order::Fixed,
            delay: None,
            drop: false,
            truncate: false,
        }
    }
}

// `remote = "Self"` leaves the derived code as inherent functions, so that the check runs in the middle of it and its
// error has the answer's place in the file.
impl Serialize for Answer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer = Self::deserialize(deserializer)?;
        answer.check().map_err(serde::de::Error::custom)?;
        Ok(answer)
    }
}

impl Rcode {
    fn is_no_error(&self) -> bool {
        *self == Self::NoError
    }
}

/// The usual upper-case name, such as `NXDOMAIN`.
impl fmt::Display for Rcode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::NoError => "NOERROR",
            Self::FormErr => "FORMERR",
            Self::ServFail => "SERVFAIL",
            Self::NxDomain => "NXDOMAIN",
            Self::NotImp => "NOTIMP",
            Self::Refused => "REFUSED",
            Self::BadVers => "BADVERS",
        })
    }
}

impl Order {
    fn is_fixed(&self) -> bool {
        *self == Self::Fixed
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_default_ttl(ttl: &u32) -> bool {
    *ttl == DEFAULT_TTL
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
