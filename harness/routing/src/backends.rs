//! All backends of a model, in a list that shares what does not change.

use std::ops::Index;

use rpds::VectorSync;
use sextant_resources::ObjectKey;

use crate::{Backend, BackendId, BackendIndex, BackendKind};

/// Inner nodes of the list have 2^3 children: a replaced backend costs a copy of one node of each height, and with them a
/// look at as many neighbours.
const WIDTH_BITS: u8 = 3;

/// Backends, ordered by identity. A copy costs the same whatever their number, and shares every backend with the
/// original; so does a list in which one backend was replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backends {
    list: VectorSync<Backend>,
}

impl Backends {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Backend> + DoubleEndedIterator {
        self.list.iter()
    }

    /// The backend at `index`; `None` behind the last one.
    pub fn get(&self, index: BackendIndex) -> Option<&Backend> {
        self.list.get(index.0)
    }

    /// The place of the backend of this identity, if there is one.
    pub fn find(&self, id: &BackendId) -> Option<BackendIndex> {
        let place = self.partition_point(|backend| backend.id < *id);
        self.list.get(place).filter(|backend| backend.id == *id).map(|_| BackendIndex(place))
    }

    /// The places of all that this object declares, ascending.
    pub fn declared(&self, kind: BackendKind, key: &ObjectKey) -> impl Iterator<Item = BackendIndex> {
        let object = move |backend: &Backend| (backend.id.kind, &backend.id.service_entry).cmp(&(kind, key));
        let start = self.partition_point(|backend| object(backend).is_lt());
        let places = (start..self.len()).map(BackendIndex);
        places.take_while(move |index| self.get(*index).is_some_and(|backend| object(backend).is_eq()))
    }

    /// Whether the backend at `index` is the very same in `other`, untouched since one of the lists was made from the
    /// other. Says nothing about equal contents.
    pub fn shares(&self, other: &Self, index: BackendIndex) -> bool {
        matches!((self.get(index), other.get(index)), (Some(own), Some(others)) if std::ptr::eq(own, others))
    }

    /// Puts `backend` in the place of the one at `index`, which has its identity.
    pub(crate) fn set(&mut self, index: BackendIndex, backend: Backend) {
        self.list.set_mut(index.0, backend);
    }

    /// The first place whose backend is not `before`, given that all of those come first.
    fn partition_point(&self, before: impl Fn(&Backend) -> bool) -> usize {
        let (mut start, mut end) = (0, self.len());
        while start < end {
            let middle = start.midpoint(end);
            if before(&self.list[middle]) { start = middle + 1 } else { end = middle }
        }
        start
    }
}

impl FromIterator<Backend> for Backends {
    /// The list of these backends, whatever their order.
    fn from_iter<I: IntoIterator<Item = Backend>>(backends: I) -> Self {
        let mut backends: Vec<_> = backends.into_iter().collect();
        backends.sort_by(|a, b| a.id.cmp(&b.id));
        let mut list = VectorSync::new_with_bits(WIDTH_BITS);
        list.extend(backends);
        Self { list }
    }
}

impl<'a> IntoIterator for &'a Backends {
    type Item = &'a Backend;
    type IntoIter = <&'a VectorSync<Backend> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Index<usize> for Backends {
    type Output = Backend;

    /// The backend at this place, from 0.
    fn index(&self, place: usize) -> &Backend {
        &self.list[place]
    }
}

impl Index<BackendIndex> for Backends {
    type Output = Backend;

    fn index(&self, index: BackendIndex) -> &Backend {
        &self.list[index.0]
    }
}
