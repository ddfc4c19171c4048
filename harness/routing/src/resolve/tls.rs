//! TLS towards endpoints: what a BackendTLSPolicy (K-100, K-101) or a DestinationRule (I-111, I-112) asks for.

mod attached;
mod credentials;
mod rule;
mod status;

pub(crate) use attached::{Attached, BackendTls, TlsPolicies};
pub(crate) use rule::{RuleTls, accepted_names};
