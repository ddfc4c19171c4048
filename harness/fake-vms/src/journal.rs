//! The journal of a fleet: what arrived at its VMs, in order, on one clock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::{Protocol, SeenTls};

mod wait;

pub use wait::{JournalView, WaitError};

/// How much a fleet writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalMode {
    /// Every connection and request, and the counts. At most `keep` entries (some 500 bytes each) are held; the
    /// oldest are forgotten first, and [`Journal::forgotten`] says how many.
    Full {
        /// Number of entries held; 0 keeps none.
        keep: usize,
    },
    /// The counts alone: for benchmarks, and for VMs that run for days.
    Counts,
}

/// What happened at the VMs of one fleet. A clone is the same journal.
///
/// A request is entered once it was read whole and before any of its reply is sent, so a client that holds a reply
/// finds its request here.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Place in the journal, from 0, without gaps.
    pub seq: u64,
    /// Time since the journal's epoch. Never less than that of the entry before.
    pub at: Duration,
    /// Documented address of the VM.
    pub endpoint: SocketAddr,
    /// Number of the connection, from 1, unique in the fleet.
    pub connection: u64,
    /// Who connected.
    pub peer: SocketAddr,
    /// What happened.
    pub event: Event,
}

/// What happened on a connection. A refused connection attempt never reaches a VM and cannot be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection was accepted.
    Accepted,
    /// A request was read.
    Request(RequestEntry),
    /// The connection is over.
    Closed(Closer),
}

/// A request in the journal. A connection to a VM that speaks bytes counts as one, entered when it is accepted: without
/// method, host, path and headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestEntry {
    /// The how-manieth request of this documented address, from 1; also in the reply.
    pub sequence: u64,
    /// Method, in the case it was sent.
    pub method: String,
    /// Authority of the request target or of HTTP/2, else the `Host` header; `None` without both.
    pub host: Option<String>,
    /// Path and query, still percent-encoded.
    pub path: String,
    /// Protocol of the connection.
    pub protocol: Protocol,
    /// TLS on the connection; `None` on a plaintext connection.
    pub tls: Option<SeenTls>,
    /// Header fields by name in lower case, the values of each in order.
    pub headers: BTreeMap<String, Vec<String>>,
    /// Bytes of body that were read.
    pub body_bytes: u64,
    /// What the VM does about it.
    pub outcome: Outcome,
}

/// What a VM does about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answers with this status, after the behaviour's delay; slowly, if that is the behaviour.
    Replied(u16),
    /// It sends the head with this status and half of the body.
    ClosedHalfWay(u16),
    /// It resets the connection.
    Reset,
    /// It never answers.
    Hung,
    /// The body broke off before its end, so there is nobody to answer.
    BodyBroken,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closer {
    /// The client, or both by the rules of HTTP.
    Peer,
    /// The VM closed it: it was told to refuse, to close half way, or was removed.
    Vm,
    /// The VM reset it.
    VmReset,
}

/// Totals of one documented address. They survive the removal of the VM and go on when it comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accepted connections.
    pub connections: u64,
    /// Requests that were read, answered or not.
    pub requests: u64,
}

/// The live counters behind [`Counts`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections: AtomicU64,
    requests: AtomicU64,
}

#[derive(Debug)]
struct Inner {
    epoch: Instant,
    keep: Option<usize>,
    next_connection: AtomicU64,
    written: Mutex<Written>,
    counters: Mutex<HashMap<SocketAddr, Arc<Counters>>>,
    /// How many wait for a change; lets the hot path skip the notification.
    waiting: AtomicUsize,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Written {
    entries: VecDeque<Entry>,
    /// Sequence number of the next entry.
    next: u64,
}

/// 100,000 entries.
impl Default for JournalMode {
    fn default() -> Self {
        Self::Full { keep: 100_000 }
    }
}

impl Journal {
    pub(crate) fn new(mode: JournalMode, epoch: Instant) -> Self {
        let keep = match mode {
            JournalMode::Full { keep } => Some(keep),
            JournalMode::Counts => None,
        };
        let inner = Inner {
            epoch,
            keep,
            next_connection: AtomicU64::new(1),
            written: Mutex::default(),
            counters: Mutex::default(),
            waiting: AtomicUsize::new(0),
            changed: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// All entries that are still held, oldest first. Always empty in the mode [`JournalMode::Counts`].
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.since(0)
    }

    /// The entries from sequence number `seq` on. With [`Journal::mark`] taken before an action: what it caused.
    #[must_use]
    pub fn since(&self, seq: u64) -> Vec<Entry> {
        let written = self.written();
        let first = written.next - written.entries.len() as u64;
        let skip = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        written.entries.iter().skip(skip).cloned().collect()
    }

    /// The sequence number of the next entry, which is the number of entries so far.
    #[must_use]
    pub fn mark(&self) -> u64 {
        self.written().next
    }

    /// How many of the oldest entries were dropped to keep memory bounded.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        let written = self.written();
        written.next - written.entries.len() as u64
    }

    /// Totals of a documented address; zeros when it never had a VM.
    #[must_use]
    pub fn counts(&self, documented: SocketAddr) -> Counts {
        self.counters().get(&documented).map(|counters| counters.read()).unwrap_or_default()
    }

    /// Totals of every documented address that ever had a VM.
    #[must_use]
    pub fn all_counts(&self) -> BTreeMap<SocketAddr, Counts> {
        self.counters().iter().map(|(documented, counters)| (*documented, counters.read())).collect()
    }

    /// What the times of the entries count from.
    #[must_use]
    pub fn epoch(&self) -> Instant {
        self.inner.epoch
    }

    /// Whether entries are held at all; building one is not free.
    pub(crate) fn is_full(&self) -> bool {
        self.inner.keep.is_some()
    }

    pub(crate) fn next_connection(&self) -> u64 {
        self.inner.next_connection.fetch_add(1, Ordering::Relaxed)
    }

    /// The counters of a documented address, the same ones as before if it had a VM already.
    pub(crate) fn counters_of(&self, documented: SocketAddr) -> Arc<Counters> {
        Arc::clone(self.counters().entry(documented).or_default())
    }

    /// Writes an entry; nothing in the mode [`JournalMode::Counts`].
    pub(crate) fn write(&self, endpoint: SocketAddr, connection: u64, peer: SocketAddr, event: Event) {
        let Some(keep) = self.inner.keep else { return };
        {
            let mut written = self.written();
            // The clock is read under the lock: entries are in the order of their times.
            let entry = Entry { seq: written.next, at: self.inner.epoch.elapsed(), endpoint, connection, peer, event };
            written.next += 1;
            written.entries.push_back(entry);
            while written.entries.len() > keep {
                written.entries.pop_front();
            }
        }
        self.announce();
    }

    /// Wakes whoever waits. Called after every change of entries or counters; costs one load when nobody waits.
    ///
    /// SeqCst on both sides: either the waiter counted itself before this load, and is woken, or it looks at the
    /// journal after the change, and sees it.
    pub(crate) fn announce(&self) {
        std::sync::atomic::fence(Ordering::SeqCst);
        if self.inner.waiting.load(Ordering::SeqCst) > 0 {
            self.inner.changed.notify_waiters();
        }
    }

    // A panic under either lock leaves nothing half done that matters to a reader.
    fn written(&self) -> MutexGuard<'_, Written> {
        self.inner.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counters(&self) -> MutexGuard<'_, HashMap<SocketAddr, Arc<Counters>>> {
        self.inner.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// The request, if that is what happened.
    #[must_use]
    pub fn request(&self) -> Option<&RequestEntry> {
        if let Event::Request(request) = &self.event { Some(request) } else { None }
    }
}

impl Counters {
    pub(crate) fn add_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request and gives its number, from 1.
    pub(crate) fn add_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn read(&self) -> Counts {
        Counts {
            connections: self.connections.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
        }
    }
}
