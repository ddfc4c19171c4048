//! The only place of the runner where time is let pass.

use std::time::Instant;

/// Waits until `moment`. Not for anything to have happened by then: what a step waits for it asks for again after each
/// pause, up to a deadline.
pub(super) async fn until(moment: Instant) {
    tokio::time::sleep_until(moment.into()).await;
}
