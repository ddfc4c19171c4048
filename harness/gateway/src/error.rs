//! What can go wrong around the data plane. What goes wrong with a request is a reply, not an error.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use sextant_resources::{Hostname, ObjectKey};

use crate::{DialRefused, Generation};

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An own address is not loopback: nothing of Sextant listens elsewhere.
    #[error("{what} address {address} is not a loopback address")]
    NotLoopback {
        /// `listen` or `admin`.
        what: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The address plan refuses a DNS server.
    #[error("DNS server {server} cannot be asked")]
    DnsServer {
        /// The server.
        server: SocketAddr,
        /// Why.
        #[source]
        source: DialRefused,
    },
    /// The DNS client refuses its settings.
    #[error("the DNS client cannot be set up")]
    DnsClient {
        /// Why.
        #[source]
        source: Box<hickory_resolver::net::NetError>,
    },
    /// The admin address is taken or not ours.
    #[error("the admin server cannot listen on {address}; choose another admin address, or port 0 for a free one")]
    Admin {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A thread or its runtime could not be created.
    #[error("thread {name} cannot be started")]
    Thread {
        /// The thread's name.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Why a configuration was not taken. The one before it stays active, with all its listeners.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A listener's address is taken or not ours.
    #[error(
        "listener {listener} of Gateway {gateway} cannot listen on {address}; stop what listens there, or map port \
         {port} to another one"
    )]
    Bind {
        /// The Gateway.
        gateway: ObjectKey,
        /// The listener's name.
        listener: String,
        /// The listener's port in the manifest.
        port: u16,
        /// The address that was tried.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The gateway is shutting down.
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

/// A configuration that was not in full service by its deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{generation} is not in service after {waited:?}; waiting for {}", list(.waiting_for))]
pub struct NotServing {
    /// The generation asked about.
    pub generation: Generation,
    /// How long it was waited for.
    pub waited: Duration,
    /// What is missing; never empty.
    pub waiting_for: Vec<Waiting>,
}

/// Names whose lookups had not ended by the deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DNS has not settled after {waited:?}; waiting for {}", list(.waiting_for))]
pub struct DnsNotSettled {
    /// How long it was waited for.
    pub waited: Duration,
    /// What is missing; never empty.
    pub waiting_for: Vec<Waiting>,
}

/// What a barrier waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Waiting {
    /// The generation was never applied to this gateway.
    Generation,
    /// This worker has not confirmed the change.
    Worker(usize),
    /// The listener that was removed from this port still holds its socket.
    ClosingPort(u16),
    /// This name has no finished lookup yet, or none that started late enough.
    Lookup(Hostname),
}

fn list(waiting: &[Waiting]) -> String {
    waiting.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generation => f.write_str("the generation to be applied"),
            Self::Worker(index) => write!(f, "worker {index}"),
            Self::ClosingPort(port) => write!(f, "port {port} to be closed"),
            Self::Lookup(name) => write!(f, "the lookup of {name}"),
        }
    }
}
