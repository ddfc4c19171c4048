//! The gateway on real sockets.

#![expect(clippy::unwrap_used, reason = "where a helper finds something amiss, its test has failed")]

mod admin;
mod balance;
mod change;
mod dynamic;
mod grpc;
mod health;
mod l4;
mod limits;
mod mirror;
mod names;
mod outcomes;
mod protocols;
mod resend;
mod streaming;
mod support;
mod tls;
