//! Hosts and addresses: V-002 to V-007, V-034.

use sextant_resources::yaml::Value;

use super::items;
use super::names::{is_cidr, is_fqdn, is_ip, is_wildcard_domain};
use super::service_entry::{Entry, Resolution};
use crate::finding::{Findings, Says};

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    // What is no list at all is for the loader to tell.
    let is_list = entry.spec.get("hosts").is_none_or(|hosts| matches!(hosts.value, Value::List(_)));
    if is_list && items(entry.spec, "hosts").next().is_none() {
        findings.add("V-002", "spec.hosts", Says::BOTH);
    }
    for (index, host) in hosts(entry) {
        let path = format!("spec.hosts[{index}]");
        let partial = host.starts_with('*') && !host.starts_with("*.");
        if host == "*" {
            findings.add("V-003", path, Says::BOTH);
        } else if !is_wildcard_domain(host) {
            findings.add_value("V-004", path, Says::WEBHOOK, format!("`{host}`"));
        } else if partial && entry.resolution != Resolution::DynamicDns {
            findings.add_value("V-005", path, Says::WARNING, format!("`{host}`"));
        }
    }
    addresses(entry, findings);
    looked_up(entry, findings);
}

/// Every host that is text, with its place.
pub(super) fn hosts<'n>(entry: &Entry<'n>) -> impl Iterator<Item = (usize, &'n str)> + use<'n> {
    items(entry.spec, "hosts").filter_map(|(index, host)| Some((index, host.as_str()?)))
}

/// V-006, V-007.
fn addresses(entry: &Entry<'_>, findings: &mut Findings) {
    for (index, address) in items(entry.spec, "addresses") {
        let Some(address) = address.as_str() else { continue };
        let path = format!("spec.addresses[{index}]");
        if !is_ip(address) && !is_cidr(address) {
            findings.add_value("V-006", path.as_str(), Says::WEBHOOK, format!("`{address}`"));
        }
        let takes_blocks = matches!(entry.resolution, Resolution::None | Resolution::Static | Resolution::Unknown);
        if address.contains('/') && !takes_blocks {
            findings.add_value("V-007", path, Says::BOTH, format!("`{address}`"));
        }
    }
}

/// V-034: of several hosts the first bad one is told. One that is no host at all has its own row.
fn looked_up(entry: &Entry<'_>, findings: &mut Findings) {
    if !entry.resolution.is_dns() || items(entry.spec, "endpoints").next().is_some() {
        return;
    }
    let Some((index, host)) = hosts(entry).find(|(_, host)| !is_fqdn(host)) else { return };
    let path = format!("spec.hosts[{index}]");
    if !findings.has("V-003", &path) && !findings.has("V-004", &path) {
        findings.add_value("V-034", path, Says::WEBHOOK, format!("`{host}`"));
    }
}
