//! Fake VMs and pods: servers on loopback aliases that say who they are, keep a journal and misbehave on request. They
//! speak HTTP and gRPC, or bytes without any protocol, in TLS if wanted.
//!
//! The *words* ([`Behaviour`], [`Workload`], [`Reply`]) are pure data and always there; a scenario file is written in
//! them. The *server* (feature `server`, on by default) is what runs them:
//!
//! * a [`Lease`] gives every documented address (1.1.1.1:80) a private loopback alias, and its [`AddressPlan`] is what
//!   a gateway's connector dials through;
//! * a [`Fleet`] runs the VMs, lets their behaviour be changed while they run, and ends with them when it is dropped;
//! * an [`Authority`] signs the certificates of VMs that serve TLS ([`ServeTls`]);
//! * the [`Journal`] holds what arrived, in order and on a clock that can be shared with other journals.
//!
//! Nothing here listens outside loopback: every socket goes through one check (see [`BindError::NotLoopback`]). Only in a
//! network that nothing gets out of ([`Isolated`]) documented addresses are bound themselves.

mod behaviour;
mod duration;
mod reply;
mod tls;
mod workload;

#[cfg(feature = "server")]
mod authority;
#[cfg(feature = "server")]
mod fleet;
#[cfg(feature = "server")]
mod isolated;
#[cfg(feature = "server")]
mod journal;
#[cfg(feature = "server")]
mod lease;
#[cfg(feature = "server")]
mod socket;

pub use behaviour::{Behaviour, BehaviourError, Body, Fault, ResetWhen, SlowBody, Speaks};
pub use reply::{
    BodyDigest, ENDPOINT_HEADER, LOCALITY_HEADER, Protocol, Reply, ReplyEndpoint, ReplyWorkload, Seen, WORKLOAD_HEADER,
};
pub use tls::{SeenTls, ServeTls};
pub use workload::{Workload, WorkloadKind};

#[cfg(feature = "server")]
pub use authority::{Authority, IssueError, Issued};
#[cfg(feature = "server")]
pub use fleet::{Fleet, FleetError, FleetOptions, ReplyDetail, TlsError, VmHandle, VmSpec};
#[cfg(feature = "server")]
pub use isolated::{Isolated, NotIsolated};
#[cfg(feature = "server")]
pub use journal::{Closer, Counts, Entry, Event, Journal, JournalMode, JournalView, Outcome, RequestEntry, WaitError};
#[cfg(feature = "server")]
pub use lease::{AddressPlan, Lease, LeaseError};
#[cfg(feature = "server")]
pub use socket::BindError;
