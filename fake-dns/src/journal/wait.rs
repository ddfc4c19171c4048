//! Waiting for a query: woken by every entry, bounded by a deadline.

use std::time::Duration;

use super::{Journal, Query};

/// The query that was waited for did not come in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "waited {} for {what}, in vain; {written} queries came so far{}",
    humantime::format_duration(*.within),
    last_of(.last.as_deref())
)]
pub struct WaitError {
    /// What was waited for, in the caller's words.
    pub what: String,
    /// The deadline.
    pub within: Duration,
    /// How many queries were written since the start.
    pub written: u64,
    /// The newest of them that is held.
    pub last: Option<Box<Query>>,
}

impl Journal {
    /// Waits for an entry that fits and returns the first one; at once when the journal holds it already. A barrier is
    /// `wait_for(.., |query| query.name == name && query.revision >= revision)`; what came before a mark is left out by
    /// `query.seq >= mark`.
    ///
    /// `fits` sees every entry once, under the journal's lock: it must be quick and must not use the journal. Entries
    /// that were forgotten before it could see them are missed. `what` completes "waited 5s for …" in the error.
    ///
    /// # Errors
    /// [`WaitError`] when no such entry came within that time.
    pub async fn wait_for(
        &self,
        what: &str,
        within: Duration,
        mut fits: impl FnMut(&Query) -> bool,
    ) -> Result<Query, WaitError> {
        let mut seen = 0;
        let search = self.woken(|journal| {
            let written = journal.written();
            let found = written.from(seen).find(|query| fits(query)).cloned();
            seen = written.next;
            found
        });
        tokio::time::timeout(within, search).await.map_err(|_| self.in_vain(what, within))
    }

    /// The entries from sequence number `seq` on, as soon as there is one. Without a deadline: it is for readers that
    /// follow the journal until they are stopped. Dropping the future loses nothing.
    pub async fn follow(&self, seq: u64) -> Vec<Query> {
        self.woken(|journal| Some(journal.since(seq)).filter(|queries| !queries.is_empty())).await
    }

    /// Looks again after every entry until the look finds something.
    async fn woken<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.inner.changed.notified());
            // Enlisted before the look, so that an entry right after the look is not missed.
            changed.as_mut().enable();
            if let Some(found) = look(self) {
                return found;
            }
            changed.await;
        }
    }

    fn in_vain(&self, what: &str, within: Duration) -> WaitError {
        let written = self.written();
        let last = written.queries.back().cloned().map(Box::new);
        WaitError { what: what.to_owned(), within, written: written.next, last }
    }
}

fn last_of(last: Option<&Query>) -> String {
    last.map(|query| format!(", the last one: {query}")).unwrap_or_default()
}
