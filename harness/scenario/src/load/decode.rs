//! From a tree to typed values, with errors that keep their kind and their path.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::path::{Path, Segment};
use super::tree::{Entry, Item, Node, Value};

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A key that nothing is known of.
    UnknownField { field: String, known: &'static [&'static str] },
    /// A word that is none of the known ones.
    UnknownVariant { word: String, known: &'static [&'static str] },
    /// A key that must be there.
    MissingField { field: String },
    /// A value of another type.
    WrongType { found: String, expected: String, unquoted: bool },
    /// A value of the right type that is wrong in itself.
    Invalid { message: String },
}

/// The first thing that is wrong, and where.
#[derive(Debug)]
pub(crate) struct DecodeError {
    pub(crate) problem: Problem,
    /// From the value outwards; see [`Self::path`].
    segments: Vec<Segment>,
}

impl DecodeError {
    fn new(problem: Problem) -> Self {
        Self { problem, segments: Vec::new() }
    }

    fn inside(mut self, segment: Segment) -> Self {
        self.segments.push(segment);
        self
    }

    /// Where it is. For [`Problem::MissingField`] the map that lacks the field.
    pub(crate) fn path(&self) -> Path {
        Path(self.segments.iter().rev().cloned().collect())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.problem)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Invalid { message: message.to_string() })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let scalar = matches!(
            found,
            Unexpected::Bool(_) | Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
        );
        let expected = expected.to_string();
        let unquoted = scalar && expected.contains("string");
        Self::new(Problem::WrongType { found: describe(found), expected: in_words(expected), unquoted })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = in_words(expected.to_string());
        Self::new(Problem::WrongType { found: describe(found), expected, unquoted: false })
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownField { field: field.to_owned(), known })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownVariant { word: word.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Problem::MissingField { field: field.to_owned() })
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Unsigned(value) => visitor.visit_u64(*value),
            Value::Signed(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(value) => visitor.visit_borrowed_str(value),
            Value::List(items) => visitor.visit_seq(Items { items: items.iter() }),
            Value::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    /// `word` for a variant without content, `word: content` for one with.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.value {
            Value::Text(word) => visitor.visit_enum(Word { word, known }),
            Value::Map(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(OneEntry { entry, known }),
                _ => Err(de::Error::custom(format_args!(
                    "exactly one of {} must be given here, but there are {}",
                    quoted(known),
                    entries.len()
                ))),
            },
            other => Err(DecodeError::new(Problem::WrongType {
                found: describe(other.unexpected()),
                expected: format!("one of {}", quoted(known)),
                unquoted: false,
            })),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// What serde found, for people.
fn describe(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(value) => format!("the text {value:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "a map".into(),
        other => other.to_string(),
    }
}

/// What serde expects, for people who know YAML and not Rust.
fn in_words(expected: String) -> String {
    match expected.as_str() {
        "u8" => "a number from 0 to 255".into(),
        "u16" => "a number from 0 to 65535".into(),
        "u32" => "a number from 0 to 4294967295".into(),
        "u64" | "usize" => "a whole number".into(),
        "f64" => "a number".into(),
        "a nonzero u16" => "a number from 1 to 65535".into(),
        "a boolean" => "`true` or `false`".into(),
        "a string" => "text".into(),
        "a sequence" => "a list".into(),
        struct_name if struct_name.starts_with("struct ") => "a map".into(),
        _ => expected,
    }
}

/// `a`, `b` or `c`.
pub(crate) fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl Value {
    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Unsigned(value) => Unexpected::Unsigned(*value),
            Self::Signed(value) => Unexpected::Signed(*value),
            Self::Float(value) => Unexpected::Float(*value),
            Self::Text(value) => Unexpected::Str(value),
            Self::List(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
        }
    }

    /// What kind of value it is, for people.
    pub(crate) fn describe(&self) -> String {
        describe(self.unexpected())
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Item>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        seed.deserialize(&item.node).map(Some).map_err(|error| error.inside(Segment::Index(item.index)))
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, Entry>,
    value: Option<&'de Entry>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(entry);
        let key: StrDeserializer<'_, DecodeError> = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.inside(Segment::Key(entry.key.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let Some(entry) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(&entry.node).map_err(|error| error.inside(Segment::Key(entry.key.clone())))
    }
}

struct OneEntry<'de> {
    entry: &'de Entry,
    known: &'static [&'static str],
}

impl<'de> EnumAccess<'de> for OneEntry<'de> {
    type Error = DecodeError;
    type Variant = &'de Entry;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, &'de Entry), DecodeError> {
        let key: StrDeserializer<'_, DecodeError> = self.entry.key.as_str().into_deserializer();
        let variant = seed.deserialize(key).map_err(|error| {
            // Where a map stands for a variant, its key is read like a field name by whoever wrote it.
            let problem = match error.problem {
                Problem::UnknownVariant { word, .. } => Problem::UnknownField { field: word, known: self.known },
                other => other,
            };
            DecodeError::new(problem).inside(Segment::Key(self.entry.key.clone()))
        })?;
        Ok((variant, self.entry))
    }
}

impl<'de> VariantAccess<'de> for &'de Entry {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        match self.node.value {
            Value::Null => Ok(()),
            _ => Err(DecodeError::new(Problem::Invalid { message: format!("`{}` takes no value", self.key) })
                .inside(Segment::Key(self.key.clone()))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        seed.deserialize(&self.node).map_err(|error| error.inside(Segment::Key(self.key.clone())))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.node.deserialize_any(visitor).map_err(|error| error.inside(Segment::Key(self.key.clone())))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.node.deserialize_any(visitor).map_err(|error| error.inside(Segment::Key(self.key.clone())))
    }
}

/// A variant given by its name alone.
struct Word<'de> {
    word: &'de str,
    known: &'static [&'static str],
}

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), DecodeError> {
        let word: StrDeserializer<'_, DecodeError> = self.word.into_deserializer();
        let variant = seed.deserialize(word).map_err(|error| {
            // The variant's own list of words is the same one, but not every seed reports it.
            let known = self.known;
            let problem = match error.problem {
                Problem::UnknownVariant { word, .. } => Problem::UnknownVariant { word, known },
                other => other,
            };
            DecodeError::new(problem)
        })?;
        Ok((variant, self))
    }
}

impl Word<'_> {
    fn needs_value<T>(self) -> Result<T, DecodeError> {
        Err(de::Error::custom(format_args!("`{0}` needs a value: write `{0}: ...`", self.word)))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, DecodeError> {
        self.needs_value()
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, DecodeError> {
        self.needs_value()
    }

    /// All fields of the variant left out: `check: statistical` is `check: { statistical: {} }`.
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_map(Entries { entries: [].iter(), value: None })
    }
}
