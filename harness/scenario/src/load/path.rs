//! Paths of values within a document, such as `steps[0].send.expect.shares.of["1.1.1.1:80"]`.

use std::fmt;

use super::tree::{Entry, Item, Node, Value};

/// One step down a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Into a map.
    Key(String),
    /// Into a list, by the number that the element has in the file.
    Index(usize),
}

/// A way down from a document's root; empty for the root itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path(pub(crate) Vec<Segment>);

impl Path {
    /// The path of the entry `key` below this one.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.then(Segment::Key(key.to_owned()))
    }

    pub(crate) fn then(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// The path as a part of a longer one, after what holds it.
    pub(crate) fn below(&self, holder: &str) -> String {
        let text = self.to_string();
        if holder.is_empty() || text.starts_with('[') { format!("{holder}{text}") } else { format!("{holder}.{text}") }
    }

    /// The path of what holds this; `None` for the root.
    pub(crate) fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.to_vec()))
    }

    /// Removes what stands here. Nothing happens at the root or where nothing stands.
    pub(crate) fn remove(&self, root: &mut Node) {
        let Some((last, way)) = self.0.split_last() else { return };
        let Some(holder) = find_mut(root, way) else { return };
        match (&mut holder.value, last) {
            (Value::Map(entries), Segment::Key(key)) => entries.retain(|entry| entry.key != *key),
            (Value::List(items), Segment::Index(index)) => items.retain(|item| item.index != *index),
            _ => {}
        }
    }

    /// Puts `value` here, where nothing stood; what holds it must be a map.
    pub(crate) fn put(&self, root: &mut Node, value: Value) {
        let Some((Segment::Key(key), way)) = self.0.split_last() else { return };
        let Some(holder) = find_mut(root, way) else { return };
        let mark = holder.mark.clone();
        if let Value::Map(entries) = &mut holder.value {
            entries.retain(|entry| entry.key != *key);
            let node = Node::stand_in(value, mark.clone());
            entries.push(Entry { key: key.clone(), mark, node });
        }
    }
}

fn find_mut<'n>(root: &'n mut Node, way: &[Segment]) -> Option<&'n mut Node> {
    way.iter().try_fold(root, |node, segment| match (&mut node.value, segment) {
        (Value::Map(entries), Segment::Key(key)) => {
            entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
        }
        (Value::List(items), Segment::Index(index)) => {
            items.iter_mut().find(|item| item.index == *index).map(|Item { node, .. }| node)
        }
        _ => None,
    })
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) && number == 0 => f.write_str(key)?,
                Segment::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|character| character.is_alphanumeric() || "_-".contains(character))
}
