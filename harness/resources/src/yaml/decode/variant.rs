//! The serde side of an enum: a word, or a mapping of one word to what it holds.

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, VariantAccess, Visitor};

use super::Problem;
use super::reader::{Context, DecodeError, Reader};
use crate::yaml::node::Node;
use crate::yaml::path::Step;

/// A variant of an enum: its name alone, or with what it holds.
pub(super) struct Variant<'n, 'c> {
    word: &'n str,
    content: Option<&'n Node>,
    context: &'c Context<'n, 'c>,
}

impl<'n, 'c> Variant<'n, 'c> {
    pub(super) fn new(word: &'n str, content: Option<&'n Node>, context: &'c Context<'n, 'c>) -> Self {
        Self { word, content, context }
    }

    /// Reads what the variant holds.
    fn content<T>(self, read: impl FnOnce(Reader<'n, '_>) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        let Self { word, content, context } = self;
        match content {
            Some(node) => context.inside(Step::Key(word.into()), || read(Reader::new(node, context))),
            None => Err(DecodeError::custom(format_args!("`{word}` needs a value: write `{word}: ...`"))),
        }
    }
}

impl<'n> EnumAccess<'n> for Variant<'n, '_> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'n>>(self, seed: V) -> Result<(V::Value, Self), DecodeError> {
        let read = seed.deserialize(BorrowedStrDeserializer::new(self.word));
        match (read, self.content) {
            (Ok(variant), _) => Ok((variant, self)),
            // Where a mapping stands for a variant, its author takes the key for a field.
            (Err(DecodeError(Problem::UnknownWord { word, known })), Some(_)) => {
                self.content(|_| Err(DecodeError::unknown_field(&word, known)))
            }
            (Err(error), _) => Err(error),
        }
    }
}

impl<'n> VariantAccess<'n> for Variant<'n, '_> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        let word = self.word;
        match self.content {
            Some(node) if !node.is_null() => {
                self.content(|_| Err(DecodeError::custom(format_args!("`{word}` takes no value"))))
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, DecodeError> {
        self.content(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.content(|reader| reader.deserialize_any(visitor))
    }

    /// `word` alone leaves all fields of the variant out.
    fn struct_variant<V: Visitor<'n>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.content {
            Some(_) => self.content(|reader| reader.deserialize_struct("", fields, visitor)),
            None => visitor.visit_map(MapDeserializer::new(std::iter::empty::<(&str, &str)>())),
        }
    }
}
