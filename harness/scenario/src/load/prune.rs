//! Every fault of a document, although serde stops at the first one.
//!
//! What is wrong is taken out of the tree and reading starts again, until what is left can be read. A value that must be
//! there is replaced by a stand-in, so that what stands beside it is read as well. Whoever judges the result must not
//! complain about what was taken out: [`Decoded::damaged`] says where that was.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::decode::{DecodeError, Problem};
use super::path::Path;
use super::tree::{Node, Value};

/// Faults of one document after which the rest is not looked for.
const MAX_FAULTS: usize = 100;

/// Readings of one document, a guard against a type whose errors do not go away.
const MAX_READINGS: usize = 2_000;

/// What could be read.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    /// The value, with stand-ins where something was wrong; `None` when nothing could be saved.
    pub(crate) value: Option<T>,
    /// Every fault, in the order of reading. For [`Problem::MissingField`] the path of the map that lacks it.
    pub(crate) faults: Vec<(Path, Problem)>,
    /// Where something was taken out or put in.
    pub(crate) damaged: BTreeSet<Path>,
}

/// Reads `tree` as a `T`.
pub(crate) fn decode<T: for<'de> Deserialize<'de>>(mut tree: Node) -> Decoded<T> {
    let mut repair = Repair::default();
    for _ in 0..MAX_READINGS {
        match T::deserialize(&tree) {
            Ok(value) => return repair.done(Some(value)),
            Err(error) => {
                if !repair.mend(&mut tree, error) || repair.faults.len() >= MAX_FAULTS {
                    break;
                }
            }
        }
    }
    repair.done(None)
}

/// Stand-ins that were tried once the empty map stands in; only that can be filled further.
const MAP: usize = 4;

#[derive(Default)]
struct Repair {
    faults: Vec<(Path, Problem)>,
    damaged: BTreeSet<Path>,
    /// How many stand-ins were tried at each place.
    tried: BTreeMap<Path, usize>,
}

impl Repair {
    fn done<T>(self, value: Option<T>) -> Decoded<T> {
        Decoded { value, faults: self.faults, damaged: self.damaged }
    }

    /// Takes the cause of `error` out of `tree`; `false` when that is the whole document.
    fn mend(&mut self, tree: &mut Node, error: DecodeError) -> bool {
        let path = error.path();
        let own = self.stand_in_around(&path);
        if let Problem::MissingField { field } = &error.problem {
            let missing = path.key(field);
            let is_map = own.as_ref().is_none_or(|own| self.tried[own] == MAP);
            if is_map {
                // What was taken out is missing now, and a stand-in lacks everything; neither is a fault of its own.
                if self.damaged.insert(missing.clone()) && own.is_none() {
                    self.faults.push((path, error.problem));
                }
                return self.put_stand_in(tree, &missing);
            }
        }
        if let Some(own) = own {
            return self.put_stand_in(tree, &own);
        }
        // What holds something that was taken out may be wrong only because of that.
        if !self.damaged.iter().any(|damaged| damaged.0.starts_with(&path.0)) {
            self.faults.push((path.clone(), error.problem));
        }
        path.remove(tree);
        self.damaged.insert(path.clone());
        !path.0.is_empty()
    }

    /// The innermost stand-in that `path` lies in.
    fn stand_in_around(&self, path: &Path) -> Option<Path> {
        let ancestors = (0..=path.0.len()).rev().map(|length| Path(path.0[..length].to_vec()));
        ancestors.into_iter().find(|path| self.tried.contains_key(path))
    }

    /// Puts the next stand-in at `path`, or gives up what holds it when there is none left.
    fn put_stand_in(&mut self, tree: &mut Node, path: &Path) -> bool {
        self.tried.retain(|tried, _| tried == path || !tried.0.starts_with(&path.0));
        let tried = self.tried.entry(path.clone()).or_default();
        let next = match *tried {
            0 => Value::Null,
            1 => Value::Text(String::new()),
            2 => Value::List(Vec::new()),
            3 => Value::Map(Vec::new()),
            4 => Value::Unsigned(1),
            5 => Value::Text("127.0.0.1:1".into()), // an address
            6 => Value::Text("1s".into()),          // a duration
            7 => Value::Bool(false),
            _ => return self.give_up(tree, path),
        };
        *tried += 1;
        path.put(tree, next);
        true
    }

    fn give_up(&mut self, tree: &mut Node, path: &Path) -> bool {
        let Some(holder) = path.parent() else { return false };
        self.tried.remove(path);
        if self.tried.contains_key(&holder) {
            return self.put_stand_in(tree, &holder);
        }
        holder.remove(tree);
        self.damaged.insert(holder.clone());
        !holder.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
