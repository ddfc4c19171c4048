//! Waiting for something to be in the journal: woken by every change, bounded by a deadline.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::time::Duration;

use super::{Counters, Counts, Entry, Journal, RequestEntry};

#[cfg(test)]
mod tests;

/// What a condition sees: the journal as it is at one moment.
#[derive(Debug)]
pub struct JournalView<'a> {
    entries: &'a [Entry],
    counters: &'a HashMap<SocketAddr, Arc<Counters>>,
}

/// What was waited for did not happen in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("waited {} for {what}, in vain; the journal holds {entries} entries{}", humantime::format_duration(*.within), last_of(.last.as_deref()))]
pub struct WaitError {
    /// What was waited for, in the caller's words.
    pub what: String,
    /// The deadline.
    pub within: Duration,
    /// How many entries the journal held at the end.
    pub entries: usize,
    /// The newest of them.
    pub last: Option<Box<Entry>>,
}

/// Counts a waiter for as long as it lives, also when its future is dropped half way.
struct Waiting<'a>(&'a AtomicUsize);

impl JournalView<'_> {
    /// The entries that are held, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.entries
    }

    /// The requests among them, each with its entry.
    pub fn requests(&self) -> impl Iterator<Item = (&Entry, &RequestEntry)> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.request()?)))
    }

    /// Totals of a documented address; zeros when it never had a VM.
    #[must_use]
    pub fn counts(&self, documented: SocketAddr) -> Counts {
        self.counters.get(&documented).map(|counters| counters.read()).unwrap_or_default()
    }
}

impl Journal {
    /// Waits until the condition holds; returns at once if it holds already. It is asked once per change at most, under
    /// the journal's lock: it must be quick and must not use the journal but through the view.
    ///
    /// `what` completes "waited 5s for …" in the error.
    ///
    /// # Errors
    /// [`WaitError`] when it does not hold within that time.
    pub async fn wait_for(
        &self,
        what: &str,
        within: Duration,
        mut condition: impl FnMut(&JournalView<'_>) -> bool,
    ) -> Result<(), WaitError> {
        let waiting = Waiting::new(&self.inner.waiting);
        let met = tokio::time::timeout(within, async {
            loop {
                let mut changed = std::pin::pin!(self.inner.changed.notified());
                // Enlisted before the look, so that a change right after the look is not missed.
                changed.as_mut().enable();
                if self.holds(&mut condition) {
                    return;
                }
                changed.await;
            }
        })
        .await;
        drop(waiting);
        met.map_err(|_| self.in_vain(what, within))
    }

    fn holds(&self, condition: &mut impl FnMut(&JournalView<'_>) -> bool) -> bool {
        let mut written = self.written();
        let counters = self.counters();
        condition(&JournalView { entries: written.entries.make_contiguous(), counters: &counters })
    }

    fn in_vain(&self, what: &str, within: Duration) -> WaitError {
        let written = self.written();
        WaitError {
            what: what.to_owned(),
            within,
            entries: written.entries.len(),
            last: written.entries.back().cloned().map(Box::new),
        }
    }
}

impl<'a> Waiting<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn last_of(last: Option<&Entry>) -> String {
    last.map(|entry| format!(", the last one at {}: {:?}", entry.endpoint, entry.event)).unwrap_or_default()
}
