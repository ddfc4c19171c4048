//! One record of an answer, written like a line of a zone file without its name: `[ttl] [IN] type data`.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Name, NameError, QueryType};

/// The largest TTL (RFC 2181 section 8).
pub const MAX_TTL: u32 = i32::MAX as u32;

/// A record of an answer, such as `A 4.4.4.4` or `30 IN CNAME other.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// Its own TTL in seconds; `None` takes that of the answer.
    pub ttl: Option<u32>,
    /// What it says.
    pub data: RecordData,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name that this one is an alias of.
    Cname(Name),
}

/// Text that is no record. Every text begins with the record it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No type, as in `30 IN`, or nothing at all.
    #[error("`{0}` has no type; a record reads `[ttl] [IN] type data`, such as `A 4.4.4.4` or `30 AAAA 2001:db8::1`")]
    NoType(String),
    /// The TTL is beyond what RFC 2181 allows.
    #[error("`{0}` has a TTL above {MAX_TTL} seconds")]
    Ttl(String),
    /// A class other than IN.
    #[error("`{record}` is of class {class}; only IN is served")]
    Class {
        /// The record.
        record: String,
        /// Its class.
        class: String,
    },
    /// A type that cannot be scripted, or a misspelt one.
    #[error("`{record}` is of type {record_type}; a script has A, AAAA and CNAME records")]
    Type {
        /// The record.
        record: String,
        /// Its type.
        record_type: String,
    },
    /// A type without data.
    #[error("`{0}` has no data after its type")]
    NoData(String),
    /// More after the data.
    #[error("`{record}` goes on with `{rest}` after its data; write each record as its own entry")]
    Rest {
        /// The record.
        record: String,
        /// What is too much.
        rest: String,
    },
    /// An A record without an IPv4 address.
    #[error("`{record}`: {data:?} is no IPv4 address")]
    Ipv4 {
        /// The record.
        record: String,
        /// Its data.
        data: String,
    },
    /// An AAAA record without an IPv6 address.
    #[error("`{record}`: {data:?} is no IPv6 address")]
    Ipv6 {
        /// The record.
        record: String,
        /// Its data.
        data: String,
    },
    /// A CNAME record without a name.
    #[error("`{record}`: the target is no name")]
    Target {
        /// The record.
        record: String,
        /// What is wrong with the name.
        #[source]
        source: NameError,
    },
}

impl RecordData {
    /// The type of the record.
    #[must_use]
    pub fn record_type(&self) -> QueryType {
        match self {
            Self::A(_) => QueryType::A,
            Self::Aaaa(_) => QueryType::Aaaa,
            Self::Cname(_) => QueryType::Cname,
        }
    }
}

impl FromStr for Record {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        let record = || text.to_owned();
        let mut words = text.split_ascii_whitespace().peekable();
        let mut ttl = None;
        let mut class = None;
        // Master files have TTL and class in either order, each at most once (RFC 1035 section 5.1).
        while let Some(word) = words.peek() {
            if ttl.is_none() && word.bytes().all(|octet| octet.is_ascii_digit()) {
                let seconds = word.parse().ok().filter(|seconds| *seconds <= MAX_TTL);
                ttl = Some(seconds.ok_or_else(|| RecordError::Ttl(record()))?);
            } else if class.is_none() && is_class(word) {
                class = Some(*word);
            } else {
                break;
            }
            words.next();
        }
        if let Some(class) = class.filter(|class| !class.eq_ignore_ascii_case("IN")) {
            return Err(RecordError::Class { record: record(), class: class.to_ascii_uppercase() });
        }
        let record_type = words.next().ok_or_else(|| RecordError::NoType(record()))?;
        let parse = match record_type.to_ascii_uppercase().as_str() {
            "A" => parse_a,
            "AAAA" => parse_aaaa,
            "CNAME" => parse_cname,
            _ => return Err(RecordError::Type { record: record(), record_type: record_type.to_owned() }),
        };
        let data = words.next().ok_or_else(|| RecordError::NoData(record()))?;
        if let Some(rest) = words.next() {
            return Err(RecordError::Rest { record: record(), rest: rest.to_owned() });
        }
        Ok(Self { ttl, data: parse(text, unquoted(data))? })
    }
}

fn is_class(word: &str) -> bool {
    ["IN", "CH", "HS", "CS"].iter().any(|class| class.eq_ignore_ascii_case(word))
}

/// The data of `AAAA "2001:db8::1"`: master files may quote any data.
fn unquoted(data: &str) -> &str {
    data.strip_prefix('"').and_then(|data| data.strip_suffix('"')).unwrap_or(data)
}

fn parse_a(record: &str, data: &str) -> Result<RecordData, RecordError> {
    let address = data.parse().map_err(|_| RecordError::Ipv4 { record: record.to_owned(), data: data.to_owned() })?;
    Ok(RecordData::A(address))
}

fn parse_aaaa(record: &str, data: &str) -> Result<RecordData, RecordError> {
    let address = data.parse().map_err(|_| RecordError::Ipv6 { record: record.to_owned(), data: data.to_owned() })?;
    Ok(RecordData::Aaaa(address))
}

fn parse_cname(record: &str, data: &str) -> Result<RecordData, RecordError> {
    let target = data.parse().and_then(Name::certain);
    target.map(RecordData::Cname).map_err(|source| RecordError::Target { record: record.to_owned(), source })
}

/// Type and data: `A 4.4.4.4`.
impl fmt::Display for RecordData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => write!(formatter, "A {address}"),
            Self::Aaaa(address) => write!(formatter, "AAAA {address}"),
            Self::Cname(target) => write!(formatter, "CNAME {target}"),
        }
    }
}

/// As it is written in a script: `A 4.4.4.4`, `30 A 4.4.4.4`.
impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ttl {
            Some(ttl) => write!(formatter, "{ttl} {}", self.data),
            None => self.data.fmt(formatter),
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: RecordError| match error {
            // Serde's errors are one text, without sources.
            RecordError::Target { ref source, .. } => de::Error::custom(format_args!("{error}: {source}")),
            error => de::Error::custom(error),
        })
    }
}

impl JsonSchema for Record {
    fn schema_name() -> Cow<'static, str> {
        "DnsRecord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A record as in a zone file, without its name: `[ttl] [IN] type data`. \
                            Types are A, AAAA and CNAME; the TTL is in seconds.",
            "type": "string",
            "examples": ["A 4.4.4.4", "30 AAAA 2001:db8::1", "CNAME other.example.com"],
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("A 4.4.4.4", None, "A 4.4.4.4")]
    #[case("30 A 5.5.5.5", Some(30), "A 5.5.5.5")]
    #[case("0 a 5.5.5.5", Some(0), "A 5.5.5.5")]
    #[case("30 IN A 5.5.5.5", Some(30), "A 5.5.5.5")]
    #[case("in 30 A 5.5.5.5", Some(30), "A 5.5.5.5")]
    #[case("  AAAA\t2001:DB8::1 ", None, "AAAA 2001:db8::1")]
    #[case("AAAA \"2001:db8::1\"", None, "AAAA 2001:db8::1")]
    #[case("CNAME Other.Example.com.", None, "CNAME other.example.com")]
    #[case("2147483647 A 1.1.1.1", Some(MAX_TTL), "A 1.1.1.1")]
    fn a_record_reads_as_in_a_zone_file(#[case] text: &str, #[case] ttl: Option<u32>, #[case] data: &str) {
        let record: Record = text.parse().unwrap();
        assert_eq!(record.ttl, ttl);
        assert_eq!(record.data.to_string(), data);
        assert_eq!(record.to_string().parse(), Ok(record));
    }

    #[rstest]
    #[case("", "has no type")]
    #[case("30 IN", "has no type")]
    #[case("A", "no data")]
    #[case("MX 10 mail.example.com", "of type MX")]
    #[case("4.4.4.4", "of type 4.4.4.4")]
    #[case("A 4.4.4", "\"4.4.4\" is no IPv4 address")]
    #[case("A 2001:db8::1", "is no IPv4 address")]
    #[case("AAAA 4.4.4.4", "is no IPv6 address")]
    #[case("A 4.4.4.4 5.5.5.5", "goes on with `5.5.5.5`")]
    #[case("CH A 4.4.4.4", "of class CH")]
    #[case("2147483648 A 4.4.4.4", "above 2147483647 seconds")]
    #[case("99999999999999999999 A 4.4.4.4", "above 2147483647 seconds")]
    #[case("-1 A 4.4.4.4", "of type -1")]
    #[case("CNAME a..b", "the target is no name")]
    #[case("CNAME *.example.com", "the target is no name")]
    fn what_is_no_record_is_said(#[case] text: &str, #[case] part: &str) {
        let error = text.parse::<Record>().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
