//! The serde side of a tree: it remembers where it is, skips what was found wrong before, and notes unread fields.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Error as _, Expected, MapAccess, SeqAccess, Unexpected, Visitor};

use super::variant::Variant;
use super::{Fault, Path, Problem, Rules, STAND_INS};
use crate::yaml::node::{Entry, Node, Value};
use crate::yaml::path::{Step, format_path};

/// Why a value cannot be read. Where it stands is known to the [`Context`].
#[derive(Debug)]
pub(super) struct DecodeError(pub(super) Problem);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Problem::Refused { reason: message.to_string() })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(Problem::wrong_type(found, expected))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(Problem::out_of_range(found, expected))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self(Problem::UnknownField { field: field.to_owned(), known, likely: &[] })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self(Problem::UnknownWord { word: word.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Problem::MissingField { field })
    }
}

/// What one reading of a document remembers, and what earlier ones found.
pub(super) struct Context<'n, 'r> {
    rules: &'r Rules,
    path: RefCell<Path<'n>>,
    /// Path of the innermost value that could not be read.
    failed: RefCell<Option<Path<'n>>>,
    /// Values that earlier readings failed at, by address.
    pub(super) left_out: HashSet<*const Node>,
    /// What stands in for missing values: an index of [`STAND_INS`].
    pub(super) stand_ins: BTreeMap<Path<'n>, usize>,
    /// Set when a value is skipped because its type has no such field.
    skipped: Cell<bool>,
    unread: RefCell<Vec<Fault>>,
}

impl<'n, 'r> Context<'n, 'r> {
    pub(super) fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            path: RefCell::default(),
            failed: RefCell::default(),
            left_out: HashSet::new(),
            stand_ins: BTreeMap::new(),
            skipped: Cell::default(),
            unread: RefCell::default(),
        }
    }

    pub(super) fn restart(&mut self) {
        self.path.get_mut().clear();
        self.failed.get_mut().take();
        self.unread.get_mut().clear();
    }

    /// Where the reading failed; the root when it failed nowhere in particular.
    pub(super) fn failure(&mut self) -> Path<'n> {
        self.failed.get_mut().take().unwrap_or_default()
    }

    pub(super) fn take_unread(&mut self) -> Vec<Fault> {
        std::mem::take(self.unread.get_mut())
    }

    fn is_left_out(&self, node: &Node) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&std::ptr::from_ref(node))
    }

    fn is_absent(&self, node: &Node) -> bool {
        self.rules.null_is_absent && node.is_null() || self.is_left_out(node)
    }

    /// What stands in for values that the mapping here lacks.
    fn stand_ins_here(&self) -> Vec<(Step<'n>, &'n Node)> {
        if self.stand_ins.is_empty() {
            return Vec::new();
        }
        let here = self.path.borrow();
        let inside = self.stand_ins.iter().filter_map(|(path, index)| {
            let (last, holder) = path.split_last()?;
            (holder == here.as_slice()).then(|| (last.clone(), &STAND_INS[*index]))
        });
        inside.collect()
    }

    /// Reads a part of the value here. An error stands at the part, unless it stands further in.
    pub(super) fn inside<T>(
        &self,
        step: Step<'n>,
        read: impl FnOnce() -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.path.borrow_mut().push(step);
        let value = read().map_err(|error| self.fail(error))?;
        self.path.borrow_mut().pop();
        Ok(value)
    }

    fn fail(&self, error: DecodeError) -> DecodeError {
        self.failed.borrow_mut().get_or_insert_with(|| self.path.borrow().clone());
        error
    }

    fn note_skipped(&self, shape: Option<Shape>, entry: &'n Entry) {
        let Some(shape) = shape.filter(|_| self.skipped.take()) else { return };
        if let Some(likely) = (self.rules.unread)(shape.name, &entry.key) {
            let path = format_path(&self.path.borrow());
            let problem = Problem::UnknownField { field: entry.key.to_string(), known: shape.fields, likely };
            self.unread.borrow_mut().push(Fault { path, span: entry.key_span, problem });
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
    context: &'c Context<'n, 'c>,
}

impl<'n, 'c> Reader<'n, 'c> {
    pub(super) fn new(node: &'n Node, context: &'c Context<'n, 'c>) -> Self {
        Self { node, context }
    }

    fn wrong_type(&self, expected: &dyn Expected) -> DecodeError {
        let found = match &self.node.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Int(value) => Unexpected::Signed(*value),
            Value::UInt(value) => Unexpected::Unsigned(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::Str(text) => Unexpected::Str(text),
            Value::List(_) => Unexpected::Seq,
            Value::Map(_) => Unexpected::Map,
        };
        DecodeError::invalid_type(found, expected)
    }

    fn map<V: Visitor<'n>>(
        &self,
        entries: &'n [Entry],
        shape: Option<Shape>,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let stand_ins = self.context.stand_ins_here().into_iter();
        visitor.visit_map(MapReader { entries: entries.iter(), stand_ins, next: None, shape, context: self.context })
    }

    fn any<V: Visitor<'n>>(&self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => integer(*value, visitor),
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => match whole(*value) {
                Some(value) => integer(value, visitor),
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

/// Types written by hand take what JSON gives them: numbers without a sign where there is none.
fn integer<'n, V: Visitor<'n>>(value: i64, visitor: V) -> Result<V::Value, DecodeError> {
    match u64::try_from(value) {
        Ok(value) => visitor.visit_u64(value),
        Err(_) => visitor.visit_i64(value),
    }
}

/// `a`, `b` or `c`.
fn alternatives(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
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
        self.any(visitor).map_err(|error| self.context.fail(error))
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

    /// Derived structs would also take a list, field by field; no document means that.
    fn deserialize_struct<V: Visitor<'n>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let read = match &self.node.value {
            Value::Map(entries) => self.map(entries, Some(Shape { name, fields }), visitor),
            _ => Err(self.wrong_type(&visitor)),
        };
        read.map_err(|error| self.context.fail(error))
    }

    /// `word` for a variant without content, `word: content` for one with.
    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let variant = |word, content| Variant::new(word, content, self.context);
        let read = match &self.node.value {
            Value::Str(word) => visitor.visit_enum(variant(word, None)),
            Value::Map(entries) => {
                let there: Vec<_> = entries.iter().filter(|entry| !self.context.is_left_out(&entry.node)).collect();
                match there.as_slice() {
                    [entry] => visitor.visit_enum(variant(&entry.key, Some(&entry.node))),
                    _ => Err(DecodeError::custom(format_args!(
                        "exactly one of {} must be given here, but there are {}",
                        alternatives(known),
                        there.len(),
                    ))),
                }
            }
            _ => Err(self.wrong_type(&format!("one of {}", known.join(", ")).as_str())),
        };
        read.map_err(|error| self.context.fail(error))
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
    stand_ins: std::vec::IntoIter<(Step<'n>, &'n Node)>,
    next: Option<Next<'n>>,
    shape: Option<Shape>,
    context: &'c Context<'n, 'c>,
}

enum Next<'n> {
    Entry(&'n Entry),
    StandIn(Step<'n>, &'n Node),
}

impl<'n> MapAccess<'n> for MapReader<'n, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let context = self.context;
        if let Some(entry) = self.entries.find(|entry| !context.is_absent(&entry.node)) {
            self.next = Some(Next::Entry(entry));
            let step = || Step::Key((&*entry.key).into());
            let key = seed.deserialize(BorrowedStrDeserializer::new(&entry.key));
            return key.map(Some).map_err(|error: DecodeError| {
                context.path.borrow_mut().push(step());
                context.fail(error)
            });
        }
        let Some((Step::Key(key), node)) = self.stand_ins.next() else { return Ok(None) };
        let read = seed.deserialize(de::value::StrDeserializer::new(&key));
        self.next = Some(Next::StandIn(Step::Key(key), node));
        read.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let context = self.context;
        match self.next.take() {
            Some(Next::Entry(entry)) => context.inside(Step::Key((&*entry.key).into()), || {
                context.skipped.set(false);
                let value = seed.deserialize(Reader::new(&entry.node, context))?;
                context.note_skipped(self.shape, entry);
                Ok(value)
            }),
            Some(Next::StandIn(step, node)) => context.inside(step, || seed.deserialize(Reader::new(node, context))),
            None => Err(DecodeError::custom("a value was asked for before its key")),
        }
    }
}

struct ListReader<'n, 'c> {
    items: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
    context: &'c Context<'n, 'c>,
}

impl<'n> SeqAccess<'n> for ListReader<'n, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let context = self.context;
        let Some((index, item)) = self.items.find(|(_, item)| !context.is_left_out(item)) else { return Ok(None) };
        context.inside(Step::Index(index), || seed.deserialize(Reader::new(item, context))).map(Some)
    }
}
