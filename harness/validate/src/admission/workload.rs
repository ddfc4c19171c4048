//! What a WorkloadEntry and an inline endpoint share: their schema is one.

use sextant_resources::yaml::Node;

use super::names::{is_label, is_label_key, is_label_value};
use super::{below, entries, is_port, number, text};
use crate::finding::{Findings, Says};

/// Longest key of `ports` for the CRD; the webhook allows one more.
const LONGEST_PORT_NAME: usize = 62;

/// Codes of the same faults in either object.
pub(super) struct Codes {
    pub(super) relative: &'static str,
    pub(super) directory: &'static str,
    pub(super) unix_ports: &'static str,
    pub(super) port: &'static str,
    pub(super) labels: &'static str,
}

/// Whether there is neither an address nor a network, as the CRD sees it: an explicit empty text is there.
pub(super) fn is_nowhere(workload: &Node) -> bool {
    workload.get("address").is_none() && workload.get("network").is_none()
}

pub(super) fn address(workload: &Node) -> &str {
    text(workload, "address").unwrap_or_default()
}

pub(super) fn network(workload: &Node) -> &str {
    text(workload, "network").unwrap_or_default()
}

/// The path of a unix socket; `None` for any other address.
pub(super) fn unix_path(workload: &Node) -> Option<&str> {
    address(workload).strip_prefix("unix://")
}

/// What is wrong with a unix socket. The CRD always looks; `webhook` says whether the webhook does.
pub(super) fn unix(workload: &Node, path: &str, codes: &Codes, webhook: bool, findings: &mut Findings) {
    let Some(socket) = unix_path(workload) else { return };
    if !socket.starts_with(['/', '@']) {
        findings.add_value(codes.relative, format!("{path}.address"), Says::both_if(webhook), format!("`{socket}`"));
    } else if socket.ends_with('/') {
        findings.add_value(codes.directory, format!("{path}.address"), Says::both_if(webhook), format!("`{socket}`"));
    }
    if workload.get("ports").is_some() {
        let some = entries(workload, "ports").next().is_some();
        findings.add(codes.unix_ports, format!("{path}.ports"), Says::both_if(webhook && some));
    }
}

/// Numbers of `ports`.
pub(super) fn port_numbers(workload: &Node, path: &str, codes: &Codes, findings: &mut Findings) {
    for (name, port) in entries(workload, "ports") {
        if let Some(bad) = number(port).filter(|port| !is_port(*port)) {
            findings.add_value(codes.port, below(&format!("{path}.ports"), name), Says::BOTH, bad.to_string());
        }
    }
}

/// V-059: keys of `ports`.
pub(super) fn port_names(workload: &Node, path: &str, webhook: bool, findings: &mut Findings) {
    for (name, _) in entries(workload, "ports") {
        let says = match (is_label(name), name.len() > LONGEST_PORT_NAME) {
            (true, false) => continue,
            (true, true) => Says::CRD,
            (false, _) => Says::both_if(webhook),
        };
        findings.add_value("V-059", below(&format!("{path}.ports"), name), says, format!("`{name}`"));
    }
}

pub(super) fn labels(workload: &Node, path: &str, code: &'static str, findings: &mut Findings) {
    for (key, value) in entries(workload, "labels") {
        let Some(value) = value.as_str() else { continue };
        if !is_label_key(key) || !is_label_value(value) {
            findings.add_value(code, below(&format!("{path}.labels"), key), Says::WEBHOOK, format!("`{key}: {value}`"));
        }
    }
}

/// V-062.
pub(super) fn weight(workload: &Node, path: &str, findings: &mut Findings) {
    let weight = workload.get("weight").and_then(number);
    if let Some(bad) = weight.filter(|weight| !(0..=i128::from(u32::MAX)).contains(weight)) {
        findings.add_value("V-062", format!("{path}.weight"), Says::CRD, bad.to_string());
    }
}
