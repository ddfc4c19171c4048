//! From endpoints (which may be names) to hosts (which are addresses), given what DNS answered.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use sextant_resources::Hostname;

use crate::Backend;

/// The addresses that each name has at the moment, in the order of the answer. A name that was never answered is absent.
pub type DnsAnswers = HashMap<Hostname, Vec<IpAddr>>;

/// One address that requests can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Address and port to dial.
    pub address: SocketAddr,
    /// Load-balancing weight.
    pub weight: u32,
    /// Priority, 0 first.
    pub priority: u32,
    /// Place of the endpoint in [`Backend::endpoints`].
    pub endpoint: usize,
}

/// The hosts of `backend` under `answers`: for [`crate::Discovery::Dns`] every answer, for
/// [`crate::Discovery::LogicalDns`] the first one (K-033, K-034), otherwise the endpoints themselves. Each address and
/// port appears once.
pub fn expand(_backend: &Backend, _answers: &DnsAnswers) -> Vec<Host> {
    Vec::new()
}
