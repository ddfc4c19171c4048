//! What is answered, and when: the words a zone file and a scenario are written in, and the state machine behind them.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Name, Record};

#[cfg(test)]
mod tests;

/// Names and what is answered for them. A name that is not here does not exist (NXDOMAIN), unless a wildcard above it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Zone {
    /// Scripts by name.
    pub names: BTreeMap<Name, Script>,
}

/// The answers for one name, in order; the last one stays for ever. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Answer>", into = "Vec<Answer>")]
#[schemars(with = "Vec<Answer>", extend("minItems" = 1))]
pub struct Script(Vec<Answer>);

/// One answer, and how long it is the one that is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Answer {
    /// Records of any type; a query gets those of the type it asks for, and CNAMEs. None of the type asked for means
    /// that the name exists without such records (NODATA).
    pub records: Vec<Record>,
    /// Response code; any but `NOERROR` comes without records.
    pub rcode: Rcode,
    /// Time to live, in seconds, of records that do not say their own.
    pub ttl: u32,
    /// Order of the records.
    pub order: Order,
    /// Time between query and reply, such as `50ms`.
    #[serde(with = "crate::duration", skip_serializing_if = "Duration::is_zero")]
    #[schemars(with = "String")]
    pub delay: Duration,
    /// No reply at all: the resolver runs into its time limit.
    pub drop: bool,
    /// Replies over UDP carry the TC bit and no records, so that the resolver comes back over TCP.
    pub truncate: bool,
    /// Serves so many queries of a type, then the next answer takes over. Counted for each type alone, so that a lookup
    /// of A and AAAA counts as one. Absent means for ever, or as `lasts` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queries: Option<NonZeroU32>,
    /// Serves for so long from its first use, such as `2s`, then the next answer takes over. With `queries`, whichever
    /// ends first. Absent means for ever, or as `queries` says.
    #[serde(with = "crate::duration::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub lasts: Option<Duration>,
}

/// Response code (RFC 1035, section 4.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Rcode {
    /// No error.
    #[default]
    NoError,
    /// The query could not be read.
    FormErr,
    /// The server failed.
    ServFail,
    /// The name does not exist.
    NxDomain,
    /// This kind of query is not supported.
    NotImp,
    /// The server will not answer.
    Refused,
}

/// Order of an answer's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// As written.
    #[default]
    Fixed,
    /// Each query starts with the next record.
    Rotate,
    /// By lot, from the server's seed.
    Shuffle,
}

/// Which answer of a [`Script`] is current. The caller brings the clock.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    index: usize,
    first_use: Option<Duration>,
    served: HashMap<u16, u32>,
    turns: HashMap<u16, u64>,
}

/// A script needs an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name needs at least one answer; `- {{}}` means that it exists without records")]
pub struct NoAnswer;

impl Script {
    /// A script that gives these answers in order.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(answers: Vec<Answer>) -> Result<Self, NoAnswer> {
        if answers.is_empty() { Err(NoAnswer) } else { Ok(Self(answers)) }
    }

    /// The answers, in order.
    pub fn answers(&self) -> &[Answer] {
        &self.0
    }
}

impl Cursor {
    /// The answer to a query of type `record_type` (its number) at `now`, on any clock that does not go back, and how
    /// many queries of the type this script answered before: the turn of [`Order::Rotate`].
    pub fn next<'a>(&mut self, script: &'a Script, record_type: u16, now: Duration) -> (&'a Answer, u64) {
        while self.index + 1 < script.0.len() && self.is_over(&script.0[self.index], record_type, now) {
            *self = Self { index: self.index + 1, turns: std::mem::take(&mut self.turns), ..Self::default() };
        }
        self.first_use.get_or_insert(now);
        *self.served.entry(record_type).or_default() += 1;
        let turn = self.turns.entry(record_type).or_default();
        *turn += 1;
        (&script.0[self.index], *turn - 1)
    }

    fn is_over(&self, answer: &Answer, record_type: u16, now: Duration) -> bool {
        let served = self.served.get(&record_type).copied().unwrap_or(0);
        let spent = self.first_use.map(|first| now.saturating_sub(first));
        answer.queries.is_some_and(|queries| served >= queries.get())
            || answer.lasts.zip(spent).is_some_and(|(lasts, spent)| spent >= lasts)
    }
}

impl Default for Answer {
    /// The name exists, without records.
    fn default() -> Self {
        Self {
            records: Vec::new(),
            rcode: Rcode::NoError,
            ttl: 5,
            order: Order::Fixed,
            delay: Duration::ZERO,
            drop: false,
            truncate: false,
            queries: None,
            lasts: None,
        }
    }
}

impl Rcode {
    /// The code as tools print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::FormErr => "FORMERR",
            Self::ServFail => "SERVFAIL",
            Self::NxDomain => "NXDOMAIN",
            Self::NotImp => "NOTIMP",
            Self::Refused => "REFUSED",
        }
    }
}

impl TryFrom<Vec<Answer>> for Script {
    type Error = NoAnswer;

    fn try_from(answers: Vec<Answer>) -> Result<Self, NoAnswer> {
        Self::new(answers)
    }
}

impl From<Script> for Vec<Answer> {
    fn from(script: Script) -> Self {
        script.0
    }
}
