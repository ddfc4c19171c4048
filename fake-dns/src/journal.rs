//! The journal: every query that reached the server, in the order of the replies, on one clock.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::{Name, QueryType, Rcode, ResolvedRecord};

mod wait;

pub use wait::WaitError;

#[cfg(test)]
mod tests;

/// What reached the server. A clone is the same journal, and outlives the server.
///
/// An entry is written right before its reply is handed to the socket, after the answer's delay: whoever holds a reply
/// finds its query here. A query that is dropped is written when it is. What is no query is not written: datagrams that
/// cannot be decoded (answered with FORMERR by themselves when they have a header) and messages without a question. Nor
/// is a query whose delay had not ended when the server was.
///
/// An entry with one record takes some 400 bytes of memory (measured with 100,000 of them), each further record some 60.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

/// One query and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Place in the journal, from 0, without gaps.
    pub seq: u64,
    /// When it was answered or dropped, counted from the journal's epoch. Never less than that of the entry before.
    pub at: Duration,
    /// When it was read, counted from the journal's epoch.
    pub received: Duration,
    /// Who asked.
    pub from: SocketAddr,
    /// Over what it came.
    pub protocol: Protocol,
    /// The name that was asked for.
    pub name: Name,
    /// The type that was asked for.
    pub record_type: QueryType,
    /// The response code; `None` when it was dropped.
    pub rcode: Option<Rcode>,
    /// The records of the answer section as they were sent; empty when it was truncated.
    pub answers: Vec<ResolvedRecord>,
    /// Whether the reply had the TC flag.
    pub truncated: bool,
    /// The revision of the zone that was asked. With a delay, a later one may be in force when the reply goes out.
    pub revision: Revision,
}

/// Over what a query came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// A datagram.
    Udp,
    /// A connection.
    Tcp,
}

/// State of the server's zone: 0 is the one it started with, each change adds 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// An entry that is about to be written.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) received: Duration,
    pub(crate) from: SocketAddr,
    pub(crate) protocol: Protocol,
    pub(crate) name: Name,
    pub(crate) record_type: QueryType,
    pub(crate) rcode: Option<Rcode>,
    pub(crate) answers: Vec<ResolvedRecord>,
    pub(crate) truncated: bool,
    pub(crate) revision: Revision,
}

#[derive(Debug)]
struct Inner {
    epoch: Instant,
    keep: usize,
    written: Mutex<Written>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Written {
    queries: VecDeque<Query>,
    /// Sequence number of the next entry.
    next: u64,
}

impl Journal {
    pub(crate) fn new(epoch: Instant, keep: usize) -> Self {
        Self { inner: Arc::new(Inner { epoch, keep, written: Mutex::default(), changed: Notify::new() }) }
    }

    /// All entries that are still held, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Query> {
        self.since(0)
    }

    /// The entries from sequence number `seq` on. With [`Journal::mark`] taken before an action: what it caused.
    #[must_use]
    pub fn since(&self, seq: u64) -> Vec<Query> {
        self.written().from(seq).cloned().collect()
    }

    /// The sequence number of the next entry, which is the number of entries so far.
    #[must_use]
    pub fn mark(&self) -> u64 {
        self.written().next
    }

    /// How many of the oldest entries were dropped to keep memory bounded.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.written().first()
    }

    /// What the times of the entries count from.
    #[must_use]
    pub fn epoch(&self) -> Instant {
        self.inner.epoch
    }

    pub(crate) fn now(&self) -> Duration {
        self.inner.epoch.elapsed()
    }

    pub(crate) fn write(&self, draft: Draft) {
        {
            let mut written = self.written();
            // The clock is read under the lock: entries are in the order of their times.
            let query = draft.into_query(written.next, self.now());
            written.next += 1;
            written.queries.push_back(query);
            if written.queries.len() > self.inner.keep {
                written.queries.pop_front();
            }
        }
        self.inner.changed.notify_waiters();
    }

    /// A panic under the lock leaves nothing half done that matters to a reader.
    fn written(&self) -> MutexGuard<'_, Written> {
        self.inner.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    /// Sequence number of the oldest entry that is held.
    fn first(&self) -> u64 {
        self.next - self.queries.len() as u64
    }

    fn from(&self, seq: u64) -> impl Iterator<Item = &Query> {
        let skip = usize::try_from(seq.saturating_sub(self.first())).unwrap_or(usize::MAX);
        self.queries.iter().skip(skip)
    }
}

impl Draft {
    fn into_query(self, seq: u64, at: Duration) -> Query {
        let Self { received, from, protocol, name, record_type, rcode, answers, truncated, revision } = self;
        Query { seq, at, received, from, protocol, name, record_type, rcode, answers, truncated, revision }
    }
}

/// Name, type and outcome: `se.example.com A -> NOERROR se.example.com 5 A 4.4.4.4`.
impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} -> ", self.name, self.record_type)?;
        match self.rcode {
            Some(rcode) => write!(formatter, "{rcode}")?,
            None => formatter.write_str("dropped")?,
        }
        if self.truncated {
            formatter.write_str(", truncated")?;
        }
        for (index, record) in self.answers.iter().enumerate() {
            write!(formatter, "{}{record}", if index == 0 { " " } else { ", " })?;
        }
        Ok(())
    }
}

/// `udp` or `tcp`.
impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        })
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
