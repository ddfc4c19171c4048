//! A tree to a typed value: all that is wrong at once, each fault at its place, and the fields nobody reads.
//!
//! Types are checked as an API server does: a string is no number and a number no string.
//!
//! serde stops at the first fault. So what is wrong is left out and reading starts again, until what is left can be
//! read. A value that must be there is replaced by a stand-in, so that what stands beside it is read as well. Whoever
//! judges the result must not complain about what was left out: [`Decoded::damaged`] says where that was.

mod problem;
mod reader;
mod variant;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

pub use self::problem::{Fault, Problem};
use self::reader::{Context, DecodeError, Reader};
use super::node::{Node, Span, Value};
use super::path::{Step, format_path};

/// Readings of one document, a guard against a type whose errors do not go away.
const MOST_READINGS: usize = 2_000;

/// What types leave open about how they are read.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether a key whose value is null is as good as absent.
    pub null_is_absent: bool,
    /// Faults after which the rest is not looked for; more would only scroll the first ones away.
    pub most_faults: usize,
    /// Whether to tell of a field that a type skips, given the names of both: `None` when that is as it should be, else
    /// words beside the type's own fields that it may have been meant for. Types that refuse unknown fields do not ask.
    pub unread: fn(type_name: &str, field: &str) -> Option<&'static [&'static str]>,
}

/// What could be read.
#[derive(Debug)]
pub struct Decoded<T> {
    /// The value, with stand-ins where something was wrong; `None` when nothing could be saved.
    pub value: Option<T>,
    /// Everything that is wrong, in the order of reading.
    pub faults: Vec<Fault>,
    /// Fields that were skipped and should be told of: faults that spoil nothing.
    pub unread: Vec<Fault>,
    /// Paths of what was left out or stood in for.
    pub damaged: BTreeSet<String>,
}

/// Reads `root` as a `T`. Paths start at `root`.
pub fn decode<'n, T: Deserialize<'n>>(root: &'n Node, rules: &Rules) -> Decoded<T> {
    let mut repair = Repair { root, context: Context::new(rules), faults: Vec::new(), damaged: BTreeSet::new() };
    let mut value = None;
    for _ in 0..MOST_READINGS {
        repair.context.restart();
        match T::deserialize(Reader::new(root, &repair.context)) {
            Ok(read) => {
                value = Some(read);
                break;
            }
            Err(error) => {
                if !repair.mend(error) || repair.faults.len() >= rules.most_faults {
                    break;
                }
            }
        }
    }
    let damaged = repair.damaged.iter().map(|path| format_path(path)).collect();
    Decoded { value, faults: repair.faults, unread: repair.context.take_unread(), damaged }
}

/// What stands in for a value that must be there, tried in order until the type takes one.
static STAND_INS: LazyLock<[Node; 8]> = LazyLock::new(|| {
    [
        Value::Null,
        Value::Str("".into()),
        Value::List(Vec::new()),
        Value::Map(Vec::new()),
        Value::Int(1),
        Value::Str("127.0.0.1:1".into()), // an address
        Value::Str("1s".into()),          // a duration
        Value::Bool(false),
    ]
    .map(|value| Node { span: Span { start: 0, end: 0 }, value })
});

/// The empty map in [`STAND_INS`]; only that can be filled further.
const MAP: usize = 3;

type Path<'n> = Vec<Step<'n>>;

struct Repair<'n, 'r> {
    root: &'n Node,
    context: Context<'n, 'r>,
    faults: Vec<Fault>,
    damaged: BTreeSet<Path<'n>>,
}

impl<'n> Repair<'n, '_> {
    /// Leaves the cause of `error` out; `false` when that is the whole document.
    fn mend(&mut self, error: DecodeError) -> bool {
        let path = self.context.failure();
        let own = self.stand_in_around(&path);
        if let Problem::MissingField { field } = error.0 {
            let missing = below(&path, field);
            let is_map = own.as_ref().is_none_or(|own| self.context.stand_ins[own] == MAP);
            if is_map {
                // What was left out is missing now, and a stand-in lacks everything; neither is a fault of its own.
                if self.damaged.insert(missing.clone()) && own.is_none() {
                    self.report(&path, error.0);
                }
                return self.stand_in(missing);
            }
        }
        if let Some(own) = own {
            return self.stand_in(own);
        }
        // What holds something that was left out may be wrong only because of that.
        if !self.damaged.iter().any(|damaged| damaged.starts_with(&path)) {
            self.report(&path, error.0);
        }
        self.leave_out(path)
    }

    fn report(&mut self, path: &[Step<'n>], problem: Problem) {
        let key = match (&problem, path.split_last()) {
            (Problem::UnknownField { .. }, Some((Step::Key(key), way))) => {
                self.root.at(way).and_then(|holder| holder.entry(key)).map(|entry| entry.key_span)
            }
            _ => None,
        };
        let span = key.or_else(|| self.root.at(path).map(|node| node.span)).unwrap_or(self.root.span);
        self.faults.push(Fault { path: format_path(path), span, problem });
    }

    fn leave_out(&mut self, path: Path<'n>) -> bool {
        if let Some(node) = self.root.at(&path) {
            self.context.left_out.insert(std::ptr::from_ref(node));
        }
        let is_part = !path.is_empty();
        self.damaged.insert(path);
        is_part
    }

    /// The innermost stand-in that `path` lies in.
    fn stand_in_around(&self, path: &[Step<'n>]) -> Option<Path<'n>> {
        let stand_ins = &self.context.stand_ins;
        (0..=path.len()).rev().find_map(|length| stand_ins.get_key_value(&path[..length])).map(|(own, _)| own.clone())
    }

    /// Puts the next stand-in at `path`, or gives up what holds it when there is none left.
    fn stand_in(&mut self, path: Path<'n>) -> bool {
        self.context.stand_ins.retain(|other, _| *other == path || !other.starts_with(&path));
        let next = self.context.stand_ins.get(&path).map_or(0, |tried| tried + 1);
        if next < STAND_INS.len() {
            self.context.stand_ins.insert(path, next);
            return true;
        }
        self.context.stand_ins.remove(&path);
        let Some((_, holder)) = path.split_last() else { return false };
        if self.context.stand_ins.contains_key(holder) {
            return self.stand_in(holder.to_vec());
        }
        self.leave_out(holder.to_vec())
    }
}

fn below<'n>(path: &[Step<'n>], field: &'static str) -> Path<'n> {
    path.iter().cloned().chain([Step::Key(field.into())]).collect()
}

#[cfg(test)]
mod tests;
