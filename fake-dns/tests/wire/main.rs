//! The fake DNS as its clients see it: raw messages, a real resolver, and the tools that people use.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod answers;
mod changes;
mod client;
mod faults;
mod lifecycle;
mod protocol;
mod resolver;
mod sizes;
mod tools;
