//! Where the wake-ups of an upstream HTTP/1.1 connection go.
//!
//! Such a connection has no task of its own: whoever borrowed it polls it. Its waker is therefore fixed for life and
//! passes wake-ups on to the borrower of the moment. While the borrower is polling, a wake-up only says "poll once
//! more", which is cheaper than a turn through the scheduler; while nobody borrows it, it tells the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Wake, Waker};

use futures::task::AtomicWaker;
use tokio::sync::Notify;

/// The borrower is polling.
const POLLING: u8 = 0;
/// The borrower waits.
const WAITING: u8 = 1;
/// Nobody borrows the connection.
const IDLE: u8 = 2;
/// Added when a wake-up came.
const WOKEN: u8 = 4;

#[derive(Debug)]
pub(super) struct Relay {
    state: AtomicU8,
    borrower: AtomicWaker,
    idle_event: Arc<Notify>,
}

impl Relay {
    pub(super) fn new(idle_event: Arc<Notify>) -> Arc<Self> {
        Arc::new(Self { state: AtomicU8::new(POLLING), borrower: AtomicWaker::new(), idle_event })
    }

    /// The borrower starts to poll.
    pub(super) fn enter(&self) {
        self.state.store(POLLING, Ordering::Release);
    }

    /// Whether a wake-up came since [`Self::enter`] or the last call.
    pub(super) fn woken(&self) -> bool {
        self.state.swap(POLLING, Ordering::AcqRel) & WOKEN != 0
    }

    /// The borrower is about to wait, to be woken by `borrower`; at once, if a wake-up has come already.
    pub(super) fn wait(&self, borrower: &Waker) {
        self.borrower.register(borrower);
        if self.state.swap(WAITING, Ordering::AcqRel) & WOKEN != 0 {
            self.borrower.wake();
        }
    }

    /// The connection goes to the pool.
    pub(super) fn idle(&self) {
        if self.state.swap(IDLE, Ordering::AcqRel) & WOKEN != 0 {
            self.idle_event.notify_one();
        }
        drop(self.borrower.take());
    }

    /// Whether something happened while the connection was idle.
    pub(super) fn stirred(&self) -> bool {
        self.state.load(Ordering::Acquire) & WOKEN != 0
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match self.state.fetch_or(WOKEN, Ordering::AcqRel) {
            WAITING => self.borrower.wake(),
            IDLE => self.idle_event.notify_one(),
            _ => (), // the borrower will see it, or has been told
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn relay() -> (Arc<Relay>, Waker, Arc<Count>, Waker, Arc<Notify>) {
        let idle_event: Arc<Notify> = Arc::default();
        let relay = Relay::new(idle_event.clone());
        let count: Arc<Count> = Arc::default();
        (relay.clone(), relay.into(), count.clone(), count.into(), idle_event)
    }

    #[test]
    fn a_waiting_borrower_is_woken_once() {
        let (relay, waker, count, borrower, _) = relay();
        relay.wait(&borrower);
        waker.wake_by_ref();
        waker.wake_by_ref();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_wake_up_while_polling_is_seen_by_the_poller_only() {
        let (relay, waker, count, _, _) = relay();
        relay.enter();
        waker.wake_by_ref();
        assert!(relay.woken());
        assert!(!relay.woken(), "seen once");
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_wake_up_between_the_last_look_and_waiting_is_not_lost() {
        let (relay, waker, count, borrower, _) = relay();
        relay.enter();
        waker.wake_by_ref();
        relay.wait(&borrower);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_idle_connection_tells_the_pool_and_not_the_last_borrower() {
        let (relay, waker, count, borrower, idle_event) = relay();
        relay.wait(&borrower);
        relay.idle();
        waker.wake_by_ref();
        assert!(relay.stirred());
        assert!(idle_event.notified().now_or_never().is_some());
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
    }
}
