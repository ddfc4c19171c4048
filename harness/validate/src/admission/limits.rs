//! Limits of the schema: V-051.

use super::service_entry::Entry;
use super::{entries, items, text};
use crate::finding::{Findings, Says};

const MOST_HOSTS: usize = 256;
const MOST_ADDRESSES: usize = 256;
const MOST_PORTS: usize = 256;
const MOST_ENDPOINTS: usize = 4096;
const MOST_ENDPOINT_PORTS: usize = 128;

/// Texts of an endpoint and their most characters.
const LONGEST: [(&str, usize); 4] = [("address", 256), ("locality", 2048), ("network", 2048), ("serviceAccount", 253)];

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    let lists =
        [("hosts", MOST_HOSTS), ("addresses", MOST_ADDRESSES), ("ports", MOST_PORTS), ("endpoints", MOST_ENDPOINTS)];
    for (key, most) in lists {
        let count = items(entry.spec, key).count();
        if count > most {
            exceeded(format!("spec.{key}"), format!("{count} items, and {most} may be"), findings);
        }
    }
    for (index, endpoint) in items(entry.spec, "endpoints") {
        let path = format!("spec.endpoints[{index}]");
        let ports = entries(endpoint, "ports").count();
        if ports > MOST_ENDPOINT_PORTS {
            exceeded(format!("{path}.ports"), format!("{ports} ports, and {MOST_ENDPOINT_PORTS} may be"), findings);
        }
        for (key, most) in LONGEST {
            let length = text(endpoint, key).map_or(0, |text| text.chars().count());
            if length > most {
                exceeded(format!("{path}.{key}"), format!("{length} characters, and {most} may be"), findings);
            }
        }
    }
}

fn exceeded(path: String, detail: String, findings: &mut Findings) {
    findings.add_value("V-051", path, Says::CRD, detail);
}
