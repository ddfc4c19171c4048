//! The serde side of a tree: it remembers where it is, skips what was found wrong before, and notes unread fields.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor};

use super::error::DecodeError;
use super::fields;
use crate::node::{Entry, Node, Span, Value};
use crate::path::{Step, format_path};

/// What one reading of an object remembers.
#[derive(Default)]
pub(super) struct Context<'n> {
    path: RefCell<Vec<Step<'n>>>,
    /// The innermost value that could not be read, with its path.
    failed: RefCell<Option<(&'n Node, String)>>,
    /// Values that earlier readings failed at. They are told apart by address: an alias repeats places.
    left_out: HashSet<*const Node>,
    /// Set when a value is skipped because its type has no such field.
    skipped: Cell<bool>,
    unknown: RefCell<Vec<UnknownField>>,
}

/// A field that its type does not have.
pub(super) struct UnknownField {
    pub(super) path: String,
    /// Of the key.
    pub(super) span: Span,
    pub(super) help: String,
}

impl<'n> Context<'n> {
    pub(super) fn restart(&mut self) {
        self.path.get_mut().clear();
        self.failed.get_mut().take();
        self.unknown.get_mut().clear();
    }

    /// Where the reading failed; `root` when it failed nowhere in particular.
    pub(super) fn failure(&mut self, root: &'n Node) -> (&'n Node, String) {
        self.failed.get_mut().take().unwrap_or_else(|| (root, String::new()))
    }

    /// Skips `node` from now on; false when it was skipped before.
    pub(super) fn leave_out(&mut self, node: &'n Node) -> bool {
        self.left_out.insert(std::ptr::from_ref(node))
    }

    pub(super) fn take_unknown(&mut self) -> Vec<UnknownField> {
        std::mem::take(self.unknown.get_mut())
    }

    fn is_left_out(&self, node: &Node) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&std::ptr::from_ref(node))
    }

    fn fail(&self, node: &'n Node, error: DecodeError) -> DecodeError {
        self.failed.borrow_mut().get_or_insert_with(|| (node, format_path(&self.path.borrow())));
        error
    }

    fn note_skipped(&self, shape: Option<Shape>, entry: &'n Entry) {
        let Some(shape) = shape.filter(|_| self.skipped.take()) else { return };
        if let Some(help) = fields::advice(shape.name, shape.fields, &entry.key) {
            let path = format_path(&self.path.borrow());
            self.unknown.borrow_mut().push(UnknownField { path, span: entry.key_span, help });
        }
    }
}

/// The struct that a mapping is read as.
#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    fields: &'static [&'static str],
}

/// Reads one value.
#[derive(Clone, Copy)]
pub(super) struct Reader<'n, 'c> {
    node: &'n Node,
    context: &'c Context<'n>,
}

impl<'n, 'c> Reader<'n, 'c> {
    pub(super) fn new(node: &'n Node, context: &'c Context<'n>) -> Self {
        Self { node, context }
    }

    fn unexpected(&self) -> Unexpected<'n> {
        match &self.node.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Int(value) => Unexpected::Signed(*value),
            Value::UInt(value) => Unexpected::Unsigned(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::Str(text) => Unexpected::Str(text),
            Value::List(_) => Unexpected::Seq,
            Value::Map(_) => Unexpected::Map,
        }
    }

    fn map<V: Visitor<'n>>(
        &self,
        entries: &'n [Entry],
        shape: Option<Shape>,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_map(MapReader { entries: entries.iter(), next: None, shape, context: self.context })
    }

    fn any<V: Visitor<'n>>(&self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => match whole(*value) {
                Some(value) => visitor.visit_i64(value),
                None => visitor.visit_f64(*value),
            },
            Value::Str(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => {
                visitor.visit_seq(ListReader { items: items.iter().enumerate(), context: self.context })
            }
            Value::Map(entries) => self.map(entries, None, visitor),
        }
    }
}

/// `80.0` is written to JSON as 80, so an API server reads a whole number.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and below 2^53")]
    (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
}

impl<'n> Deserializer<'n> for Reader<'n, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.any(visitor).map_err(|error| self.context.fail(self.node, error))
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    /// Derived structs would also take a list, field by field; no manifest means that.
    fn deserialize_struct<V: Visitor<'n>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let read = match &self.node.value {
            Value::Map(entries) => self.map(entries, Some(Shape { name, fields }), visitor),
            _ => Err(DecodeError::invalid_type(self.unexpected(), &visitor)),
        };
        read.map_err(|error| self.context.fail(self.node, error))
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let read = match self.node.as_str() {
            Some(word) => visitor.visit_enum(BorrowedStrDeserializer::new(word)),
            None => Err(DecodeError::invalid_type(self.unexpected(), &"a string")),
        };
        read.map_err(|error| self.context.fail(self.node, error))
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.context.skipped.set(true);
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'n>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

struct MapReader<'n, 'c> {
    entries: std::slice::Iter<'n, Entry>,
    next: Option<&'n Entry>,
    shape: Option<Shape>,
    context: &'c Context<'n>,
}

impl<'n> MapAccess<'n> for MapReader<'n, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let context = self.context;
        let is_there = |entry: &&Entry| !entry.node.is_null() && !context.is_left_out(&entry.node);
        self.next = self.entries.find(is_there);
        self.next.map(|entry| seed.deserialize(BorrowedStrDeserializer::new(&entry.key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let entry = self.next.take().ok_or_else(|| DecodeError::custom("a value was asked for before its key"))?;
        self.context.path.borrow_mut().push(Step::Key((&*entry.key).into()));
        self.context.skipped.set(false);
        let value = seed.deserialize(Reader::new(&entry.node, self.context))?;
        self.context.note_skipped(self.shape, entry);
        self.context.path.borrow_mut().pop();
        Ok(value)
    }
}

struct ListReader<'n, 'c> {
    items: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
    context: &'c Context<'n>,
}

impl<'n> SeqAccess<'n> for ListReader<'n, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let context = self.context;
        let Some((index, item)) = self.items.find(|(_, item)| !context.is_left_out(item)) else { return Ok(None) };
        context.path.borrow_mut().push(Step::Index(index));
        let value = seed.deserialize(Reader::new(item, context))?;
        context.path.borrow_mut().pop();
        Ok(Some(value))
    }
}
