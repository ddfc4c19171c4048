//! Outlier detection: endpoints that fail again and again in a row serve nothing for a while (K-092, I-154, I-155).
//!
//! The rules are those of Envoy 1.40. A host is out as soon as one of its counts of failures reaches its limit, unless
//! too many are out already. It comes back at the first sweep after its time, and sweeps come every
//! [`OutlierDetection::interval`]; each sweep that finds it well forgives one earlier ejection, and the n-th ejection that
//! is not forgiven lasts n times as long as the first.
//!
//! Nothing runs for that. When a host comes back is known when it goes, so whoever chooses a host next finds out. Requests
//! touch only the counts of their own host and the number of changes so far; a lock is taken when a host goes or comes back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use sextant_routing::OutlierDetection;

/// The longest ejection, unless the first one is longer; Envoy's default, which no manifest can change.
const LONGEST_EJECTION: Duration = Duration::from_secs(300);

/// [`Detector::next_return`] while nobody is out.
const NEVER: u64 = u64::MAX;

/// Watches the hosts of one backend.
#[derive(Debug)]
pub(crate) struct Detector {
    settings: OutlierDetection,
    /// Sweeps are at whole multiples of the interval from here.
    started: Instant,
    watched: Mutex<HashMap<SocketAddr, Watched>>,
    /// How often a host has gone or come back.
    changes: AtomicU64,
    /// When the next host comes back, in nanoseconds from the start.
    next_return: AtomicU64,
}

/// A host, as those see it who send requests to it.
#[derive(Debug, Default)]
pub(crate) struct Monitor {
    out: AtomicBool,
    replies_5xx: AtomicU32,
    gateway_errors: AtomicU32,
    local_failures: AtomicU32,
}

/// A host, as the detector sees it.
#[derive(Debug, Default)]
struct Watched {
    monitor: Arc<Monitor>,
    /// Ejections that no sweep has forgiven.
    ejections: u64,
    /// The last sweep that counted for [`Self::ejections`]: the one that brought the host back.
    returned: u64,
    /// The sweep that will bring it back.
    returns: Option<u64>,
}

/// What happened on the way to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpstreamEvent {
    /// It took the connection, or had it already; a response is still to come.
    Connected,
    /// It took a connection whose bytes are passed on: there is no response to come.
    PassedOn,
    /// It responded.
    Replied(StatusCode),
    /// No connection, or one that ended without a response.
    Failed,
    /// No response within the rule's time limit.
    TimedOut,
}

impl Detector {
    pub(crate) fn new(settings: OutlierDetection, now: Instant) -> Self {
        Self {
            settings,
            started: now,
            watched: Mutex::default(),
            changes: AtomicU64::new(0),
            next_return: AtomicU64::new(NEVER),
        }
    }

    pub(crate) fn settings(&self) -> &OutlierDetection {
        &self.settings
    }

    /// Watches exactly these hosts from now on. What is known about one that is watched already stays known.
    pub(crate) fn watch(&self, hosts: impl Iterator<Item = SocketAddr>) -> HashMap<SocketAddr, Arc<Monitor>> {
        let mut watched = self.watched();
        let mut old = std::mem::take(&mut *watched);
        *watched = hosts.map(|host| (host, old.remove(&host).unwrap_or_default())).collect();
        self.note_next_return(&watched);
        watched.iter().map(|(host, watched)| (*host, watched.monitor.clone())).collect()
    }

    /// How often a host has gone or come back until `now`, which is asked for only while a host is out.
    pub(crate) fn changes(&self, now: impl FnOnce() -> Instant) -> u64 {
        let next = self.next_return.load(Ordering::Acquire);
        if next != NEVER {
            let now = now();
            if self.nanos(now) >= next {
                self.bring_back(&mut self.watched(), now);
            }
        }
        self.changes.load(Ordering::Acquire)
    }

    /// Counts what happened on the way to `host`. Says whether that ejects it. `now` is asked for only when it may.
    pub(crate) fn report(
        &self,
        host: SocketAddr,
        monitor: &Monitor,
        event: UpstreamEvent,
        now: impl Fn() -> Instant,
    ) -> bool {
        let reached = monitor.count(&self.settings, event);
        // Who goes for one reason is not asked for another.
        reached.into_iter().flatten().any(|count| self.eject(host, count, now()))
    }

    /// Takes `host` out of service, unless it is out or gone, or too many are out (I-155). `count` starts anew either way.
    fn eject(&self, host: SocketAddr, count: Count, now: Instant) -> bool {
        let mut watched = self.watched();
        self.bring_back(&mut watched, now);
        let out = watched.values().filter(|watched| watched.returns.is_some()).count();
        let all = watched.len();
        let Some(found) = watched.get_mut(&host).filter(|found| found.returns.is_none()) else { return false };
        count.of(&found.monitor).store(0, Ordering::Relaxed);
        if (out + 1) * 100 > self.settings.max_ejection_percent as usize * all {
            return false;
        }
        let sweeps_since = self.sweep(now).saturating_sub(found.returned);
        found.ejections = found.ejections.saturating_sub(sweeps_since);
        let length = nanos(self.ejection_length(&mut found.ejections));
        found.returns = Some(self.nanos(now).saturating_add(length).div_ceil(self.interval()));
        found.monitor.out.store(true, Ordering::Release);
        self.note_next_return(&watched);
        self.changes.fetch_add(1, Ordering::AcqRel);
        true
    }

    /// Counts one more ejection; how long it lasts. The count stops growing where the length does.
    fn ejection_length(&self, ejections: &mut u64) -> Duration {
        let base = self.settings.base_ejection;
        let longest = LONGEST_EJECTION.max(base);
        let times = |n: u64| base.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX));
        if times(*ejections) < longest.saturating_add(base) {
            *ejections += 1;
        }
        times(*ejections).min(longest)
    }

    /// Brings back those whose sweep has come.
    fn bring_back(&self, watched: &mut HashMap<SocketAddr, Watched>, now: Instant) {
        let sweep = self.sweep(now);
        let mut changed = false;
        for watched in watched.values_mut() {
            let Some(returns) = watched.returns.filter(|returns| *returns <= sweep) else { continue };
            watched.returns = None;
            watched.returned = returns;
            watched.monitor.reset();
            watched.monitor.out.store(false, Ordering::Release);
            changed = true;
        }
        if changed {
            self.note_next_return(watched);
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn note_next_return(&self, watched: &HashMap<SocketAddr, Watched>) {
        let next = watched.values().filter_map(|watched| watched.returns).min();
        let interval = self.interval();
        self.next_return.store(next.map_or(NEVER, |sweep| sweep.saturating_mul(interval)), Ordering::Release);
    }

    /// The number of the last sweep.
    fn sweep(&self, now: Instant) -> u64 {
        self.nanos(now) / self.interval()
    }

    fn nanos(&self, time: Instant) -> u64 {
        nanos(time.saturating_duration_since(self.started))
    }

    fn interval(&self) -> u64 {
        nanos(self.settings.interval).max(1)
    }

    /// A poisoned lock means that a thread panicked; every change leaves the hosts whole at each of its steps.
    fn watched(&self) -> MutexGuard<'_, HashMap<SocketAddr, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which count has reached its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Replies5xx,
    GatewayErrors,
    LocalFailures,
}

impl Count {
    fn of(self, monitor: &Monitor) -> &AtomicU32 {
        match self {
            Self::Replies5xx => &monitor.replies_5xx,
            Self::GatewayErrors => &monitor.gateway_errors,
            Self::LocalFailures => &monitor.local_failures,
        }
    }
}

impl Monitor {
    /// Whether the host is out of service.
    pub(crate) fn is_out(&self) -> bool {
        self.out.load(Ordering::Acquire)
    }

    /// Counts `event`. The counts that reach their limits by it. A failure to connect is what a 503 is, and no
    /// response in time what a 504 is, unless they are counted apart.
    fn count(&self, settings: &OutlierDetection, event: UpstreamEvent) -> [Option<Count>; 2] {
        match (event, settings.split_local_origin) {
            (UpstreamEvent::Replied(status), _) => self.count_status(settings, status),
            (UpstreamEvent::Connected, false) => [None, None],
            (UpstreamEvent::PassedOn, false) => self.count_status(settings, StatusCode::OK),
            (UpstreamEvent::Failed, false) => self.count_status(settings, StatusCode::SERVICE_UNAVAILABLE),
            (UpstreamEvent::TimedOut, false) => self.count_status(settings, StatusCode::GATEWAY_TIMEOUT),
            (UpstreamEvent::Connected | UpstreamEvent::PassedOn, true) => {
                [self.step(Count::LocalFailures, false, None), None]
            }
            (UpstreamEvent::Failed | UpstreamEvent::TimedOut, true) => {
                [self.step(Count::LocalFailures, true, settings.consecutive_local_origin), None]
            }
        }
    }

    fn count_status(&self, settings: &OutlierDetection, status: StatusCode) -> [Option<Count>; 2] {
        let gateway_error = matches!(status.as_u16(), 502..=504);
        [
            self.step(Count::GatewayErrors, gateway_error, settings.consecutive_gateway),
            self.step(Count::Replies5xx, status.is_server_error(), settings.consecutive_5xx),
        ]
    }

    /// One more failure in a row, or the end of the row. The count, if that makes it `limit`; one without is not counted.
    fn step(&self, count: Count, failed: bool, limit: Option<u32>) -> Option<Count> {
        let failures = count.of(self);
        if !failed {
            forget(failures);
            return None;
        }
        limit.filter(|limit| failures.fetch_add(1, Ordering::Relaxed).wrapping_add(1) == *limit).map(|_| count)
    }

    fn reset(&self) {
        [&self.replies_5xx, &self.gateway_errors, &self.local_failures].into_iter().for_each(forget);
    }
}

/// Back to 0, without writing where that is so already: well hosts stay unwritten, whoever uses them.
fn forget(count: &AtomicU32) {
    if count.load(Ordering::Relaxed) != 0 {
        count.store(0, Ordering::Relaxed);
    }
}

/// 584 years fit.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
