//! Where every value of a scenario stands in its file.

use std::collections::BTreeMap;

use sextant_verdict::Place;

use crate::load::path::{Path, Segment};
use crate::load::tree::{Mark, Node, Value};

/// The places of a document's values by path (`steps[0].send.expect.shares[0].of["1.1.1.1:80"]`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    file: String,
    marks: BTreeMap<String, Spot>,
}

#[derive(Clone, Debug, PartialEq)]
struct Spot {
    /// The key, for an entry of a map; the value itself otherwise.
    name: Mark,
    /// The value, when it is a scalar that somebody wrote.
    scalar: Option<Mark>,
}

impl Places {
    /// The file, as it was named by whoever read it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The place of what stands at `path`: of its key when it has one, else of its beginning. A path that is not there
    /// has the place of its nearest ancestor, the empty path that of the document. Never fails, so that a report about
    /// an absent field still points somewhere useful.
    pub fn place(&self, path: &str) -> Place {
        let mark = self.spot(path).map(|spot| spot.name.clone()).unwrap_or_default();
        Place { file: self.file.clone(), line: mark.line.max(1), column: mark.column.max(1) }
    }

    pub(crate) fn of(file: &str, tree: &Node) -> Self {
        let mut places = Self { file: file.to_owned(), marks: BTreeMap::new() };
        places.add(&Path::default(), &tree.mark, tree);
        places
    }

    fn add(&mut self, path: &Path, name: &Mark, node: &Node) {
        // Of a key that stands twice the first counts, as it does for the decoder.
        let scalar = match &node.value {
            Value::Null | Value::List(_) | Value::Map(_) => None,
            _ => Some(node.mark.clone()),
        };
        self.marks.entry(path.to_string()).or_insert_with(|| Spot { name: name.clone(), scalar });
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    self.add(&path.key(&entry.key), &entry.mark, &entry.node);
                }
            }
            Value::List(items) => {
                for item in items {
                    let path = path.then(Segment::Index(item.index));
                    self.add(&path, &item.node.mark, &item.node);
                }
            }
            _ => {}
        }
    }

    /// What to underline for a fault of the name or presence of what stands at `path`.
    pub(crate) fn name_mark(&self, path: &str) -> Mark {
        self.spot(path).map(|spot| spot.name.clone()).unwrap_or_default()
    }

    /// What to underline for a fault of the value at `path`: the value if it is a scalar that is there, else its name.
    pub(crate) fn value_mark(&self, path: &str) -> Mark {
        self.spot(path).map(|spot| spot.scalar.as_ref().unwrap_or(&spot.name).clone()).unwrap_or_default()
    }

    fn spot(&self, path: &str) -> Option<&Spot> {
        let mut path = path;
        loop {
            if let Some(spot) = self.marks.get(path) {
                return Some(spot);
            }
            path = if path.is_empty() { return None } else { &path[..path.rfind(['.', '[']).unwrap_or(0)] };
        }
    }
}

#[cfg(test)]
mod tests;
