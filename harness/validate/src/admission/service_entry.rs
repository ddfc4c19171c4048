//! ServiceEntry: V-001 to V-051.

use sextant_resources::yaml::Node;

use super::{dynamic_dns, endpoints, export, hosts, limits, ports, selector, text};
use crate::finding::{Findings, Says};

/// `spec.resolution`, as far as rows distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// `NONE`, or not set.
    None,
    Static,
    Dns,
    DnsRoundRobin,
    DynamicDns,
    /// None that exists: nothing can be said about what depends on it.
    Unknown,
}

/// A ServiceEntry and what most of its rows ask for.
pub(super) struct Entry<'n> {
    pub(super) tree: &'n Node,
    pub(super) spec: &'n Node,
    pub(super) namespace: &'n str,
    pub(super) resolution: Resolution,
}

impl Resolution {
    fn of(spec: &Node) -> Self {
        match spec.get("resolution").map(Node::as_str) {
            None | Some(Some("NONE")) => Self::None,
            Some(Some("STATIC")) => Self::Static,
            Some(Some("DNS")) => Self::Dns,
            Some(Some("DNS_ROUND_ROBIN")) => Self::DnsRoundRobin,
            Some(Some("DYNAMIC_DNS")) => Self::DynamicDns,
            Some(_) => Self::Unknown,
        }
    }

    /// Whether names are looked up.
    pub(super) fn is_dns(self) -> bool {
        matches!(self, Self::Dns | Self::DnsRoundRobin)
    }
}

pub(super) fn check(tree: &Node, namespace: &str, findings: &mut Findings) {
    let Some(spec) = tree.get("spec") else {
        findings.add("V-001", "spec", Says::CRD);
        return;
    };
    let entry = Entry { tree, spec, namespace, resolution: Resolution::of(spec) };
    enumerations(&entry, findings);
    hosts::check(&entry, findings);
    ports::check(&entry, findings);
    selector::check(&entry, findings);
    endpoints::check(&entry, findings);
    dynamic_dns::check(&entry, findings);
    export::check(&entry, findings);
    limits::check(&entry, findings);
    findings.webhook_stops_at(&["V-017", "V-018"]);
}

/// V-045, V-046.
fn enumerations(entry: &Entry<'_>, findings: &mut Findings) {
    if let Some(written) = text(entry.spec, "resolution").filter(|_| entry.resolution == Resolution::Unknown) {
        findings.add_value("V-045", "spec.resolution", Says::BOTH, format!("`{written}`"));
    }
    let is_location = |location: &&str| matches!(*location, "MESH_EXTERNAL" | "MESH_INTERNAL");
    if let Some(written) = text(entry.spec, "location").filter(|location| !is_location(location)) {
        let says = Says::both_if(entry.resolution == Resolution::DynamicDns);
        findings.add_value("V-046", "spec.location", says, format!("`{written}`"));
    }
}
