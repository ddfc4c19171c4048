//! Fake VMs over real sockets, as a gateway meets them.
#![cfg(feature = "server")]

mod behaviours;
mod identity;
mod journal;
mod lifecycle;
mod tls;
#[cfg(test)] // so that clippy knows its helpers as test code, where unwrap is fine
mod world;
