//! The reference data plane: a gateway that does what [`sextant_routing`] says, on real sockets.
//!
//! [`Gateway::start`] opens nothing but the admin address; [`Gateway::apply`] takes a resolved
//! [`Model`](sextant_routing::Model), binds its listeners and makes it the active configuration. No routing decision is
//! taken here: which rule serves a request, which hosts a backend has and whose turn it is come from `routing`.
//!
//! # How it is built
//!
//! - **Threads.** One control thread (listeners, DNS lookups, admin) and one thread per worker, each with a
//!   single-threaded runtime. An acceptor per listener hands accepted sockets to the workers in turn; from then on a
//!   connection, its upstream connections and their buffers belong to one thread and need no lock.
//! - **Configuration.** An immutable value behind a pointer. Workers are sent the new pointer and confirm; a DNS answer
//!   swaps only the host table of the backends that use the name. [`Gateway::serving`] and [`Gateway::dns_settled`]
//!   return when every worker has confirmed, so nothing obsolete is used for a request that starts afterwards.
//! - **Balancing.** Every backend and every weighted rule has one turn counter for all workers, so shares are exact over
//!   a cycle. The counter survives a new configuration as long as the set of hosts (or targets) stays the same.
//! - **Health.** Where a policy asks for outlier detection, what became of each attempt is counted, and hosts that fail go
//!   out of service for a while (see the module `outlier`); who serves then is up to [`sextant_routing::Balancer`].
//!   What is known survives a new configuration as long as the settings stay the same.
//! - **Upstream HTTP/1.1 connections** are driven by the task of the client connection that borrowed them, without a
//!   task of their own: a request wakes one task, not three. HTTP/2 connections are shared and have their own task.
//! - **Removal.** A request that waited for a connection checks, before it is sent, that its endpoint still exists, and
//!   is routed anew if not. Idle connections to removed endpoints are closed, requests under way finish.
//! - **TLS.** What the model asks for is made ready once for each backend and shared by all that ask for the same; pools
//!   are kept apart by it and by the name that the endpoint is taken for. A failed handshake is a failed connect.
//!
//! # Connections
//!
//! A listener of protocol TCP, or TLS in mode Passthrough, passes connections on (see the module `l4`). Their targets take
//! turns as those of requests do. A connection that no route takes, or whose target is unresolved or has no endpoint, is
//! closed.
//!
//! # gRPC
//!
//! A call is a request: it passes over HTTP/2 with its trailers when the backend's port speaks HTTP/2 (K-017). Replies that
//! the gateway makes itself have status 200 and their outcome in `grpc-status`.
//!
//! # What is retried
//!
//! Exactly one case, as a keep-alive connection can be closed by its peer while a request is on its way: a request that
//! fails on a *reused* connection before anything of the response arrived is sent once more, on a fresh connection, if
//! it was never written, or if its method is idempotent (RFC 9110, section 9.2.2) and it has no body. A failed connect
//! is not retried (K-136).
//!
//! # Limits
//!
//! See [`Limits`]. Trailers cross an HTTP/1.1 hop only when announced by `trailer` (and, towards a client, asked for by
//! `te: trailers`), as RFC 9110, section 6.5.1 has it. `CONNECT` and protocol upgrades are not offered.

mod active;
mod admin;
mod body;
mod connection;
mod control;
mod dialer;
mod dns;
mod dynamic;
mod error;
mod filters;
mod gateway;
mod generation;
mod grpc;
mod headers;
mod hosts;
mod l4;
mod listener;
mod mirror;
mod options;
mod outlier;
mod peer;
mod pool;
mod proxy;
mod reason;
mod registry;
mod reply;
mod stats;
mod status;
mod tls;
mod worker;

pub use dialer::{DialRefused, Dialer, LoopbackOnly};
pub use dns::{DnsStatus, LookupOutcome};
pub use error::{ApplyError, DnsNotSettled, NotServing, StartError, Waiting};
pub use gateway::{Drained, Gateway};
pub use generation::Generation;
pub use options::{DnsFamily, DnsOptions, GatewayOptions, Limits, PortMap};
pub use reason::Reason;
pub use stats::Stats;
pub use status::{BackendStatus, EndpointOrigin, EndpointStatus, Health, ObjectName, TlsStatus};
