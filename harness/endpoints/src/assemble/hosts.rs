//! What a proxy found out about its hosts.

use std::net::IpAddr;

use super::{looked_up, place, told};
use crate::document::Endpoint;
use crate::wire::{HostHealth, HostStatus};

/// Adds to `endpoint` what `hosts` tell: its health, or the addresses that its name has.
pub(super) fn tell(endpoint: &mut Endpoint, hosts: &[HostStatus]) {
    if endpoint.address.parse::<IpAddr>().is_err() {
        endpoint.looked_up = looked_up(hosts, endpoint);
        return;
    }
    let own = hosts.iter().find(|host| place(&host.address) == (endpoint.address.clone(), endpoint.port));
    if let Some(own) = own {
        endpoint.health = health(&own.health_status).to_owned();
    }
}

/// The first that keeps requests away.
pub(super) fn health(health: &HostHealth) -> &'static str {
    match health {
        HostHealth { failed_outlier_check: true, .. } => "ejected",
        HostHealth { failed_active_health_check: true, .. } => "failed-check",
        HostHealth { pending_dynamic_removal: true, .. } => "draining",
        HostHealth { eds_health_status, .. } => told(eds_health_status),
    }
}
