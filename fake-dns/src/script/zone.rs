//! Scripts and zones: names with what they answer, one after the other.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::{self, Entry};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Answer, AnswerError, Name};

/// What a name answers, in order. Never empty; every answer but the last has `queries` or `lasts`, and the last one,
/// which stays for ever, has neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Script(Vec<Answer>);

/// Names and their scripts, in the order of the names. The default is empty: every name but the root is NXDOMAIN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Zone(BTreeMap<Name, Script>);

/// Answers that do not make a script. Answers are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// No answers.
    #[error("a script needs at least one answer; a name without records is `[{{}}]`")]
    Empty,
    /// An answer that contradicts itself.
    #[error("answer {number} of the script")]
    Answer {
        /// Which one.
        number: usize,
        /// The contradiction.
        #[source]
        source: AnswerError,
    },
    /// An answer that stays for ever with others behind it.
    #[error("answer {0} never ends, so no answer after it is reached; give it `queries` or `lasts`")]
    NeverEnds(usize),
    /// An end with nothing behind it.
    #[error("answer {0} is the last and stays for ever, so `queries` or `lasts` has no meaning there")]
    LastEnds(usize),
}

/// A zone that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// One name twice, perhaps in different case or with a final dot.
    #[error("the name {0} is there twice")]
    Twice(Name),
}

impl Script {
    /// A script of these answers.
    ///
    /// # Errors
    /// [`ScriptError`] for the first thing that makes no sense.
    pub fn new(answers: Vec<Answer>) -> Result<Self, ScriptError> {
        for (number, answer) in (1..).zip(&answers) {
            answer.check().map_err(|source| ScriptError::Answer { number, source })?;
        }
        let script = Self(answers);
        script.check_ends()?;
        Ok(script)
    }

    /// The answers, at least one.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.0
    }

    fn check_ends(&self) -> Result<(), ScriptError> {
        let Some((last, earlier)) = self.0.split_last() else { return Err(ScriptError::Empty) };
        if let Some(index) = earlier.iter().position(|answer| !answer.ends()) {
            return Err(ScriptError::NeverEnds(index + 1));
        }
        if last.ends() { Err(ScriptError::LastEnds(self.0.len())) } else { Ok(()) }
    }
}

impl Zone {
    /// A zone of these names and scripts.
    ///
    /// # Errors
    /// [`ZoneError::Twice`] when a name comes again.
    pub fn new(scripts: impl IntoIterator<Item = (Name, Script)>) -> Result<Self, ZoneError> {
        let mut zone = Self::default();
        for (name, script) in scripts {
            zone.add(name, script)?;
        }
        Ok(zone)
    }

    /// The script of exactly this name; wildcards are not looked at.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<&Script> {
        self.0.get(name)
    }

    /// Names and scripts in the order of the names.
    pub fn iter(&self) -> btree_map::Iter<'_, Name, Script> {
        self.0.iter()
    }

    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, name: Name, script: Script) -> Result<(), ZoneError> {
        match self.0.entry(name) {
            Entry::Vacant(free) => {
                free.insert(script);
                Ok(())
            }
            Entry::Occupied(taken) => Err(ZoneError::Twice(taken.key().clone())),
        }
    }
}

impl IntoIterator for Zone {
    type Item = (Name, Script);
    type IntoIter = btree_map::IntoIter<Name, Script>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Zone {
    type Item = (&'a Name, &'a Script);
    type IntoIter = btree_map::Iter<'a, Name, Script>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// The visitors check while they read, so that an error has the place of what is wrong and not that of the whole file.
impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Answers;

        impl<'de> Visitor<'de> for Answers {
            type Value = Script;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of answers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut answers: A) -> Result<Script, A::Error> {
                let mut script = Script(Vec::new());
                while let Some(answer) = answers.next_element()? {
                    script.0.push(answer);
                }
                script.check_ends().map_err(de::Error::custom)?;
                Ok(script)
            }
        }

        deserializer.deserialize_seq(Answers)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        /// A name that the zone does not have yet.
        struct NewName<'a>(&'a Zone);

        impl<'de> DeserializeSeed<'de> for NewName<'_> {
            type Value = Name;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
                let name = Name::deserialize(deserializer)?;
                if self.0.get(&name).is_some() { Err(de::Error::custom(ZoneError::Twice(name))) } else { Ok(name) }
            }
        }

        impl<'de> Visitor<'de> for Names {
            type Value = Zone;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map from names to lists of answers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut names: A) -> Result<Zone, A::Error> {
                let mut zone = Zone::default();
                while let Some(name) = names.next_key_seed(NewName(&zone))? {
                    let script = names.next_value()?;
                    zone.0.insert(name, script);
                }
                Ok(zone)
            }
        }

        deserializer.deserialize_map(Names)
    }
}

impl JsonSchema for Script {
    fn schema_name() -> Cow<'static, str> {
        "DnsScript".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let answer = generator.subschema_for::<Answer>();
        json_schema!({
            "description": "What a name answers, in order. Every answer but the last needs `queries` or `lasts`; \
                            the last one stays for ever.",
            "type": "array",
            "items": answer,
            "minItems": 1,
        })
    }
}

impl JsonSchema for Zone {
    fn schema_name() -> Cow<'static, str> {
        "DnsZone".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<Name>();
        let script = generator.subschema_for::<Script>();
        json_schema!({
            "description": "Names and what the fake DNS answers for them; a name that is not here is NXDOMAIN. \
                            `*.example.com` stands for all names below that are not here themselves.",
            "type": "object",
            "propertyNames": name,
            "additionalProperties": script,
        })
    }
}

#[cfg(test)]
mod tests;
