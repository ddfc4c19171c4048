//! Fake VMs over real sockets, as a gateway meets them.
#![cfg(feature = "server")]

mod behaviours;
mod identity;
mod journal;
mod lifecycle;
#[cfg(test)] // so that clippy knows their helpers as test code, where unwrap is fine
mod protocols;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod world;
