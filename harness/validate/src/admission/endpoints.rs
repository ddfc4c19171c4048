//! Inline endpoints: V-022, V-024 to V-037.

use std::collections::HashSet;

use sextant_resources::yaml::Node;

use super::names::{is_fqdn, is_ip};
use super::service_entry::{Entry, Resolution};
use super::workload::{self, Codes, address, is_nowhere, network, unix_path};
use super::{below, entries, items, text};
use crate::finding::{Findings, Says};

const CODES: Codes =
    Codes { relative: "V-030", directory: "V-031", unix_ports: "V-032", port: "V-029", labels: "V-037" };

/// Most labels of an endpoint in the schema.
const MOST_LABELS: usize = 256;

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    let count = items(entry.spec, "endpoints").count();
    if entry.resolution == Resolution::None && entry.spec.get("endpoints").is_some() {
        findings.add("V-022", "spec.endpoints", Says::both_if(count > 0));
    }
    if entry.resolution == Resolution::DnsRoundRobin && count > 1 {
        findings.add_value("V-035", "spec.endpoints", Says::BOTH, format!("there are {count}"));
    }
    let ports: HashSet<&str> = items(entry.spec, "ports").filter_map(|(_, port)| text(port, "name")).collect();
    for (index, endpoint) in items(entry.spec, "endpoints") {
        let path = format!("spec.endpoints[{index}]");
        if endpoint.is_null() {
            findings.add("V-024", path, Says::BOTH);
            continue;
        }
        match entry.resolution {
            Resolution::Static => of_static(entry, endpoint, &path, findings),
            resolution if resolution.is_dns() => of_dns(endpoint, &path, findings),
            _ => {}
        }
        shared(entry, endpoint, &path, &ports, findings);
    }
}

/// V-025 to V-027, V-033.
fn of_static(entry: &Entry<'_>, endpoint: &Node, path: &str, findings: &mut Findings) {
    let (address, place) = (address(endpoint), format!("{path}.address"));
    if unix_path(endpoint).is_some() {
        let ports = items(entry.spec, "ports").count();
        if ports != 1 {
            findings.add_value("V-033", place, Says::WEBHOOK, format!("there are {ports}"));
        }
    } else if !address.is_empty() {
        if !is_ip(address) {
            findings.add_value("V-025", place, Says::WEBHOOK, format!("`{address}`"));
        }
    } else if network(endpoint).is_empty() {
        findings.add("V-026", place, Says::webhook_and(is_nowhere(endpoint)));
    } else {
        findings.add("V-027", place, Says::WARNING);
    }
}

/// V-036.
fn of_dns(endpoint: &Node, path: &str, findings: &mut Findings) {
    let address = address(endpoint);
    if !is_ip(address) && !is_fqdn(address) {
        let value = if address.is_empty() { "it is empty".to_owned() } else { format!("`{address}`") };
        findings.add_value("V-036", format!("{path}.address"), Says::webhook_and(is_nowhere(endpoint)), value);
    }
}

/// What does not depend on the resolution, or on little of it.
fn shared(entry: &Entry<'_>, endpoint: &Node, path: &str, ports: &HashSet<&str>, findings: &mut Findings) {
    workload::unix(endpoint, path, &CODES, entry.resolution == Resolution::Static, findings);
    workload::port_numbers(endpoint, path, &CODES, findings);
    workload::port_names(endpoint, path, false, findings);
    workload::weight(endpoint, path, findings);
    workload::labels(endpoint, path, CODES.labels, findings);
    let labels = entries(endpoint, "labels").count();
    if labels > MOST_LABELS {
        findings.add_value(CODES.labels, format!("{path}.labels"), Says::CRD, format!("{labels} labels"));
    }
    let named = entry.resolution == Resolution::Static || entry.resolution.is_dns();
    // A unix socket has no ports at all, which its own row says.
    for (name, _) in entries(endpoint, "ports").filter(|_| named && unix_path(endpoint).is_none()) {
        if !ports.contains(name) {
            findings.add_value("V-028", below(&format!("{path}.ports"), name), Says::WEBHOOK, format!("`{name}`"));
        }
    }
}
