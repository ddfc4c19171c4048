//! The zone in force and its revision, behind one lock that is never held across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Name, Playback, QueryType, Resolution, Revision, Zone};

#[derive(Debug)]
pub(super) struct State {
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    playback: Playback,
    revision: Revision,
}

impl State {
    pub(super) fn new(zone: Zone, seed: u64) -> Self {
        let current = Current { playback: Playback::new(zone, seed), revision: Revision::default() };
        Self { current: Mutex::new(current) }
    }

    pub(super) fn revision(&self) -> Revision {
        self.current().revision
    }

    /// Makes a change and says the revision that it begins.
    pub(super) fn change(&self, change: impl FnOnce(&mut Playback)) -> Revision {
        let mut current = self.current();
        change(&mut current.playback);
        current.revision.0 += 1;
        current.revision
    }

    /// Answers one query, and says under which revision.
    pub(super) fn resolve(&self, name: &Name, query_type: QueryType, now: Duration) -> (Resolution, Revision) {
        let mut current = self.current();
        (current.playback.resolve(name, query_type, now), current.revision)
    }

    /// A panic under the lock could at most leave one script a query behind.
    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
