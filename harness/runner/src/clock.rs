//! The one clock of a scenario: every journal counts from the same instant.

use std::time::{Duration, Instant};

/// Microseconds since the start of a scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self { epoch: Instant::now() }
    }

    /// What journals are to count from.
    pub(crate) fn epoch(self) -> Instant {
        self.epoch
    }

    /// The time now.
    pub(crate) fn now(self) -> u64 {
        micros(self.epoch.elapsed())
    }
}

/// Whole microseconds; a time of more than half a million years is cut.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
