//! Resolution DYNAMIC_DNS: V-040 to V-044.

use super::service_entry::{Entry, Resolution};
use super::{hosts, items, text};
use crate::finding::{Findings, Says};

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    if entry.resolution != Resolution::DynamicDns {
        return;
    }
    for (index, host) in hosts::hosts(entry).filter(|(_, host)| !host.starts_with('*')) {
        let path = format!("spec.hosts[{index}]");
        // An invalid host has its own row.
        if !findings.has("V-004", &path) {
            findings.add_value("V-040", path, Says::WEBHOOK, format!("`{host}`"));
        }
    }
    if items(entry.spec, "addresses").next().is_some() {
        findings.add("V-041", "spec.addresses", Says::WEBHOOK);
    }
    if items(entry.spec, "endpoints").next().is_some() {
        findings.add("V-042", "spec.endpoints", Says::WEBHOOK);
    }
    for (index, port) in items(entry.spec, "ports").filter(|(_, port)| !port.is_null()) {
        let path = format!("spec.ports[{index}].protocol");
        let protocol = text(port, "protocol").unwrap_or_default();
        let good = ["HTTP", "HTTP2", "GRPC", "TLS"].iter().any(|good| good.eq_ignore_ascii_case(protocol));
        if !good && !findings.has("V-015", &path) && !findings.has("V-039", &path) {
            let value = if protocol.is_empty() { "it is not set".to_owned() } else { format!("`{protocol}`") };
            findings.add_value("V-043", path, Says::WEBHOOK, value);
        }
    }
    waypoint(entry, findings);
}

/// V-044.
fn waypoint(entry: &Entry<'_>, findings: &mut Findings) {
    const LABEL: &str = "istio.io/use-waypoint";
    let labels = entry.tree.get("metadata").and_then(|metadata| metadata.get("labels"));
    let waypoint = labels.and_then(|labels| text(labels, LABEL));
    if text(entry.spec, "location") == Some("MESH_INTERNAL")
        && let Some(waypoint) = waypoint.filter(|waypoint| *waypoint != "none")
    {
        let path = format!("metadata.labels[\"{LABEL}\"]");
        findings.add_value("V-044", path, Says::WEBHOOK, format!("the waypoint is `{waypoint}`"));
    }
}
