//! Listeners: where requests come in and which routes they may take.

use sextant_resources::{HostnamePattern, ObjectKey};

/// A Gateway's listener with the routes attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// Listener name.
    pub name: String,
    /// Port.
    pub port: u16,
    /// Hosts it serves.
    pub hostname: HostnamePattern,
    /// Places of the attached routes in [`crate::Model::routes`].
    pub routes: Vec<usize>,
}
