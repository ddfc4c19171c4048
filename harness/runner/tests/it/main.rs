//! The runner with a small proxy as the subject, whose conduct is scripted: good, bad and worse.

#![expect(clippy::unwrap_used, reason = "where a helper finds something amiss, its test has failed")]

mod cancel;
mod endings;
mod features;
mod parallel;
mod proxy;
mod steps;
mod verdicts;
mod world;
