//! The client connections of a worker: how they are told to drain, and how idle ones are found.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::sync::Notify;

/// The client connections of one worker.
pub(crate) struct Registry {
    entries: RefCell<HashMap<u64, Rc<Entry>>>,
    next: Cell<u64>,
    clock: Rc<Cell<u32>>,
    /// Rung when a connection ends.
    ended: Notify,
}

/// One client connection, as its worker sees it.
pub(crate) struct Entry {
    /// Port of the Gateway listener that it came in by.
    pub(crate) port: u16,
    pub(crate) carries: Carries,
    draining: Cell<bool>,
    expired: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// Requests whose reply has not been handed over completely.
    busy: Cell<u32>,
    /// The tick at which the last of them ended.
    idle_since: Cell<u32>,
    clock: Rc<Cell<u32>>,
}

/// What a connection is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    Requests,
    /// Bytes that are passed on as they are.
    Bytes,
}

/// Takes its connection out of the registry.
pub(crate) struct Registered {
    pub(crate) entry: Rc<Entry>,
    registry: Rc<Registry>,
    id: u64,
}

/// Keeps its connection busy.
pub(crate) struct RequestGuard(Rc<Entry>);

/// How many times within the header timeout idle connections are looked for: each lives up to 1/8 longer.
const TICKS_PER_TIMEOUT: u32 = 8;

impl Registry {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self { entries: RefCell::default(), next: Cell::default(), clock: Rc::default(), ended: Notify::new() })
    }

    /// Takes a new connection in; `draining` makes it close after the request that it came for.
    pub(crate) fn register(self: &Rc<Self>, port: u16, carries: Carries, draining: bool) -> Registered {
        let id = self.next.replace(self.next.get() + 1);
        let entry = Rc::new(Entry {
            port,
            carries,
            draining: Cell::new(draining),
            expired: Cell::new(false),
            waker: RefCell::default(),
            busy: Cell::new(0),
            idle_since: Cell::new(self.clock.get()),
            clock: self.clock.clone(),
        });
        self.entries.borrow_mut().insert(id, entry.clone());
        Registered { entry, registry: self.clone(), id }
    }

    /// Tells connections to finish what they are doing and close.
    pub(crate) fn drain(&self, which: impl Fn(&Entry) -> bool) {
        for entry in self.entries.borrow().values().filter(|entry| which(entry)) {
            entry.draining.set(true);
            entry.wake();
        }
    }

    /// Completes when there is no connection.
    pub(crate) async fn empty(&self) {
        while !self.entries.borrow().is_empty() {
            self.ended.notified().await;
        }
    }

    /// Closes connections that have been without a request for `timeout`, for ever. A clock of few ticks instead of
    /// a timer per connection: a request only has to note the tick.
    pub(crate) async fn expire(&self, timeout: Duration) {
        let mut ticks = tokio::time::interval((timeout / TICKS_PER_TIMEOUT).max(Duration::from_millis(1)));
        loop {
            ticks.tick().await;
            let now = self.clock.get().wrapping_add(1);
            self.clock.set(now);
            for entry in self.entries.borrow().values() {
                if entry.busy.get() == 0 && now.wrapping_sub(entry.idle_since.get()) > TICKS_PER_TIMEOUT {
                    entry.expired.set(true);
                    entry.wake();
                }
            }
        }
    }
}

impl Entry {
    pub(crate) fn begin_request(self: &Rc<Self>) -> RequestGuard {
        self.busy.set(self.busy.get() + 1);
        RequestGuard(self.clone())
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.expired.get()
    }

    /// Notes whom to wake. The waker of a task stays the same, so it is cloned once.
    pub(crate) fn note_waker(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.registry.entries.borrow_mut().remove(&self.id);
        self.registry.ended.notify_one();
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get() - 1);
        self.0.idle_since.set(self.0.clock.get());
    }
}
