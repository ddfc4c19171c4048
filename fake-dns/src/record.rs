//! Records as a zone file has them: `[ttl] [IN] type data`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Name, NameError};

/// One record of an answer, written as `A 4.4.4.4`, `30 A 5.5.5.5`, `AAAA 2001:db8::1` or `CNAME other.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Record {
    /// Time to live in seconds; absent means that of the answer.
    pub ttl: Option<u32>,
    /// Type and data.
    pub data: RecordData,
}

/// Type and data of a [`Record`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordData {
    /// IPv4 address.
    A(Ipv4Addr),
    /// IPv6 address.
    Aaaa(Ipv6Addr),
    /// Another name for the same thing.
    Cname(Name),
}

/// Why a text is not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not of the form `[ttl] [IN] type data`.
    #[error("`{0}` is not a record; write it like `A 4.4.4.4`, `30 A 4.4.4.4` or `CNAME other.example.com`")]
    Form(String),
    /// A type that the fake does not serve.
    #[error("record type `{0}` is not served; A, AAAA and CNAME are")]
    Type(String),
    /// Data that does not fit the type.
    #[error("`{data}` is not an {family} address")]
    Address {
        /// What stands there.
        data: String,
        /// `IPv4` or `IPv6`.
        family: &'static str,
    },
    /// A CNAME that points at no name.
    #[error(transparent)]
    Target(NameError),
}

impl FromStr for Record {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        let form = || RecordError::Form(text.to_owned());
        let mut words = text.split_whitespace().peekable();
        let ttl = match words.peek() {
            Some(word) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                let ttl = word.parse().map_err(|_| form())?;
                words.next();
                Some(ttl)
            }
            _ => None,
        };
        words.next_if(|word| word.eq_ignore_ascii_case("IN"));
        let (Some(kind), Some(data), None) = (words.next(), words.next(), words.next()) else { return Err(form()) };
        let address = |family| RecordError::Address { data: data.to_owned(), family };
        let data = match kind.to_ascii_uppercase().as_str() {
            "A" => RecordData::A(data.parse().map_err(|_| address("IPv4"))?),
            "AAAA" => RecordData::Aaaa(data.parse().map_err(|_| address("IPv6"))?),
            "CNAME" => RecordData::Cname(Name::new(data).map_err(RecordError::Target)?),
            _ => return Err(RecordError::Type(kind.to_owned())),
        };
        Ok(Self { ttl, data })
    }
}

impl fmt::Display for RecordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(ip) => write!(f, "A {ip}"),
            Self::Aaaa(ip) => write!(f, "AAAA {ip}"),
            Self::Cname(name) => write!(f, "CNAME {name}"),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ttl) = self.ttl {
            write!(f, "{ttl} ")?;
        }
        self.data.fmt(f)
    }
}

impl TryFrom<String> for Record {
    type Error = RecordError;

    fn try_from(text: String) -> Result<Self, RecordError> {
        text.parse()
    }
}

impl From<Record> for String {
    fn from(record: Record) -> Self {
        record.to_string()
    }
}
