//! Ports of a ServiceEntry: V-008 to V-016, V-038, V-039.

use std::collections::HashSet;

use sextant_resources::yaml::Node;

use super::names::is_label;
use super::service_entry::{Entry, Resolution};
use super::{hosts, is_port, items, number, text};
use crate::finding::{Findings, Says};

/// Longest text of a name or protocol in the schema.
const LONGEST: usize = 256;

/// What can be told of a protocol by its name, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Http,
    Tls,
    /// No host name in it.
    Opaque,
    Unknown,
}

impl Protocol {
    fn of(text: &str) -> Self {
        match text.to_ascii_uppercase().as_str() {
            "HTTP" | "HTTP2" | "HTTP_PROXY" | "GRPC" | "GRPC-WEB" => Self::Http,
            "HTTPS" | "TLS" => Self::Tls,
            "TCP" | "UDP" | "MONGO" | "REDIS" | "MYSQL" | "" => Self::Opaque,
            _ => Self::Unknown,
        }
    }
}

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
    for (index, port) in items(entry.spec, "ports") {
        let path = format!("spec.ports[{index}]");
        if port.is_null() {
            findings.add("V-008", path, Says::BOTH);
            continue;
        }
        if let Some(name) = text(port, "name").filter(|name| !name.is_empty())
            && !names.insert(name)
        {
            findings.add_value("V-009", format!("{path}.name"), Says::BOTH, format!("`{name}`"));
        }
        if let Some(number) = port.get("number").and_then(number)
            && !numbers.insert(number)
        {
            findings.add_value("V-010", format!("{path}.number"), Says::BOTH, number.to_string());
        }
        of_port(port, &path, findings);
        protocol(entry, port, &path, findings);
    }
    shared_addresses(entry, findings);
}

/// V-011 to V-014: what one port says of itself.
fn of_port(port: &Node, path: &str, findings: &mut Findings) {
    match port.get("number").map(number) {
        None => findings.add("V-011", format!("{path}.number"), Says::BOTH),
        Some(Some(bad)) if !is_port(bad) => {
            findings.add_value("V-011", format!("{path}.number"), Says::BOTH, bad.to_string());
        }
        Some(_) => {}
    }
    match port.get("targetPort").and_then(number) {
        Some(0) => findings.add("V-013", format!("{path}.targetPort"), Says::CRD),
        Some(bad) if !is_port(bad) => {
            findings.add_value("V-012", format!("{path}.targetPort"), Says::BOTH, bad.to_string());
        }
        _ => {}
    }
    match port.get("name").map(Node::as_str) {
        None => findings.add("V-014", format!("{path}.name"), Says::BOTH),
        Some(Some(name)) if !is_label(name) => {
            let says = Says::webhook_and(name.chars().count() > LONGEST);
            findings.add_value("V-014", format!("{path}.name"), says, format!("`{name}`"));
        }
        Some(_) => {}
    }
}

/// V-015, V-016, V-039.
fn protocol(entry: &Entry<'_>, port: &Node, path: &str, findings: &mut Findings) {
    let written = match port.get("protocol") {
        None => "",
        Some(protocol) => match protocol.as_str() {
            Some(text) => text,
            None => return,
        },
    };
    let protocol = Protocol::of(written);
    let place = format!("{path}.protocol");
    if protocol == Protocol::Unknown {
        findings.add_value("V-015", place, Says::WEBHOOK, format!("`{written}`"));
        return;
    }
    // The comparison with `TCP` is exact.
    if matches!(written, "" | "TCP") && !has_addresses(entry) && !is_allocated(entry) {
        findings.add("V-016", place.as_str(), Says::WARNING);
    }
    let decided = !matches!(entry.resolution, Resolution::None | Resolution::Unknown);
    if decided && protocol == Protocol::Opaque && hosts::hosts(entry).count() > 1 {
        findings.add("V-039", place, Says::WEBHOOK);
    }
}

/// V-038.
fn shared_addresses(entry: &Entry<'_>, findings: &mut Findings) {
    let names_no_host = |port: &Node| {
        let protocol = text(port, "protocol").unwrap_or_default().to_ascii_uppercase();
        ["TCP", "TLS", "HTTPS", "MONGO", "REDIS", "MYSQL"].contains(&protocol.as_str())
    };
    let several = hosts::hosts(entry).count() > 1;
    if entry.resolution.is_dns()
        && several
        && has_addresses(entry)
        && items(entry.spec, "ports").any(|(_, port)| names_no_host(port))
    {
        findings.add("V-038", "spec.addresses", Says::WARNING);
    }
}

fn has_addresses(entry: &Entry<'_>) -> bool {
    items(entry.spec, "addresses").next().is_some()
}

/// Whether Istio gives the service an address of its own: unless its resolution is NONE or its label forbids it.
fn is_allocated(entry: &Entry<'_>) -> bool {
    const LABEL: &str = "networking.istio.io/enable-autoallocate-ip";
    let label = entry.tree.get("metadata").and_then(|metadata| metadata.get("labels")).and_then(|it| text(it, LABEL));
    entry.resolution != Resolution::None && label.is_none_or(|label| !label.eq_ignore_ascii_case("false"))
}
