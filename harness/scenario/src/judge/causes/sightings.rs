//! The replies that say something about causes.

use sextant_verdict::{Observations, Reply, ReplyOutcome};

use crate::GrpcStatus;
use crate::judge::{failed_in_harness, source_of};
use crate::view::{Action, StepView};

/// Replies at the end of a wait that are looked at: those before are of a time at which nothing was promised.
const END_OF_WAIT: usize = 20;

/// The replies that the subject has to answer for. Of a wait the last ones.
pub(super) fn telling<'o>(step: &StepView<'_>, seen: &'o Observations) -> impl Iterator<Item = &'o Reply> {
    let skipped = match step.action {
        Action::Until(_) => seen.replies.len().saturating_sub(END_OF_WAIT),
        _ => 0,
    };
    seen.replies.iter().skip(skipped).filter(|reply| !failed_in_harness(reply))
}

/// The status that the gateway answered with by itself, that of a gRPC call as HTTP would have it; `None` for what comes
/// from a workload, and for what has no status.
pub(super) fn own_status(reply: &Reply) -> Option<u16> {
    let ReplyOutcome::Response { status, .. } = reply.outcome else { return None };
    if source_of(reply).is_some() {
        return None;
    }
    Some(match GrpcStatus::of(&reply.outcome).map(GrpcStatus::as_str) {
        Some("UNIMPLEMENTED") => 404,
        Some("UNAVAILABLE") => 503,
        Some("DEADLINE_EXCEEDED") => 504,
        Some("UNKNOWN" | "INTERNAL") => 500,
        _ => status,
    })
}
