//! WorkloadEntry: V-052 to V-062.

use sextant_resources::yaml::Node;

use super::names::{is_fqdn, is_ip};
use super::workload::{self, Codes, address, is_nowhere, network, unix_path};
use crate::finding::{Findings, Says};

const CODES: Codes =
    Codes { relative: "V-056", directory: "V-057", unix_ports: "V-058", port: "V-060", labels: "V-061" };

pub(super) fn check(tree: &Node, findings: &mut Findings) {
    let Some(spec) = tree.get("spec") else {
        findings.add("V-052", "spec", Says::CRD);
        return;
    };
    let address = address(spec);
    if address.is_empty() && network(spec).is_empty() {
        findings.add("V-053", "spec.address", Says::webhook_and(is_nowhere(spec)));
    } else if address.is_empty() {
        findings.add("V-054", "spec.address", Says::WARNING);
    } else if unix_path(spec).is_none() && !is_ip(address) && !is_fqdn(address) {
        findings.add_value("V-055", "spec.address", Says::WEBHOOK, format!("`{address}`"));
    }
    workload::unix(spec, "spec", &CODES, true, findings);
    workload::port_names(spec, "spec", true, findings);
    workload::port_numbers(spec, "spec", &CODES, findings);
    workload::labels(spec, "spec", CODES.labels, findings);
    workload::weight(spec, "spec", findings);
}
