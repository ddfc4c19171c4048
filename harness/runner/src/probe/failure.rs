//! Whose fault it is that a request got no response.
//!
//! Messages name no port: ports differ from run to run, and equal runs are to have equal records (invariant 5).

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use sextant_verdict::{Failure, FailureSide, ReplyOutcome};

/// An error with its causes, `a: b: c`.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some errors repeat their cause in their own words.
        let words = error.to_string();
        if !text.ends_with(&words) {
            let _ = write!(text, ": {words}"); // writing to a String cannot fail
        }
        cause = error.source();
    }
    text
}

/// A request that got no response through a fault of `side`.
pub(super) fn failed(side: FailureSide, message: impl Into<String>) -> ReplyOutcome {
    ReplyOutcome::Failed(Failure { side, message: message.into() })
}

/// A connection to the gateway that did not come about. What the other end does is its fault; that this process has no
/// socket or no port left is not.
pub(super) fn not_connected(error: &io::Error) -> ReplyOutcome {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, TimedOut};
    let side = match error.kind() {
        ConnectionRefused | ConnectionReset | ConnectionAborted | TimedOut => FailureSide::Gateway,
        _ => FailureSide::Harness,
    };
    failed(side, format!("the gateway cannot be connected to: {error}"))
}

/// A connection on which no TLS came about.
pub(super) fn no_tls(error: &io::Error) -> ReplyOutcome {
    failed(FailureSide::Gateway, format!("no TLS was agreed on: {}", chain(error)))
}

/// Whether the other end closed or reset the connection, rather than anything else having gone wrong.
pub(super) fn is_closing(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// A connection that broke before the response was there. `received` bytes of the response had come.
pub(super) fn no_response(error: &hyper::Error, received: u64) -> ReplyOutcome {
    if error.is_user() {
        return failed(FailureSide::Harness, format!("the request cannot be sent: {}", chain(error)));
    }
    let what = match (error.is_parse(), received) {
        (true, _) => "the gateway's answer is not HTTP".to_owned(),
        (false, 0) => "the gateway ended the connection without a response".to_owned(),
        (false, received) => format!("the gateway ended the connection after {received} bytes of the response"),
    };
    failed(FailureSide::Gateway, format!("{what}: {}", chain(error)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(io::ErrorKind::ConnectionRefused, FailureSide::Gateway)]
    #[case(io::ErrorKind::ConnectionReset, FailureSide::Gateway)]
    #[case(io::ErrorKind::TimedOut, FailureSide::Gateway)]
    #[case(io::ErrorKind::AddrNotAvailable, FailureSide::Harness)]
    #[case(io::ErrorKind::PermissionDenied, FailureSide::Harness)]
    #[case(io::ErrorKind::Other, FailureSide::Harness)]
    fn a_failed_connect_is_held_against_the_right_side(#[case] kind: io::ErrorKind, #[case] side: FailureSide) {
        let ReplyOutcome::Failed(failure) = not_connected(&kind.into()) else { panic!("it did not fail") };
        assert_eq!(failure.side, side);
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] Middle);
        #[derive(Debug, thiserror::Error)]
        #[error("middle: inner")]
        struct Middle(#[source] io::Error);
        assert_eq!(chain(&Outer(Middle(io::Error::other("inner")))), "outer: middle: inner");
    }
}
