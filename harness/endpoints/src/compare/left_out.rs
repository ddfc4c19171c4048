//! Why the rules have no endpoint at an address.

use sextant_resources::{ObjectKey, ResourceSet, WorkloadEntrySpec};
use sextant_routing::{Backend, BackendIndex, EndpointSource, Excluded, ExclusionReason};

use super::clusters::Rules;
use super::hosts::{canonical, place};

/// Why there is none.
pub(super) struct Reason {
    pub(super) rule: &'static str,
    pub(super) message: String,
    /// Whether it is there, but in no state to serve.
    pub(super) is_unhealthy: bool,
}

/// The candidate of `backend` at `address` that the rules leave out; without one whatever else is there.
pub(super) fn at(rules: &Rules<'_>, backend: &Backend, address: &str) -> Reason {
    let address = canonical(address);
    let here = |excluded: &&Excluded| addresses(rules.resources, &excluded.source).contains(&address);
    if let Some(excluded) = backend.excluded.iter().find(here) {
        return reason(excluded);
    }
    // Those whose labels do not match are many, and listed only on request.
    let unmatched = rules.all().backend(&backend.id).and_then(|backend| backend.excluded.iter().find(here));
    unmatched.map_or_else(|| elsewhere(rules, backend, &address), reason)
}

fn reason(excluded: &Excluded) -> Reason {
    use ExclusionReason::{NotReady, Terminating, Unhealthy};
    Reason {
        rule: excluded.rule,
        message: format!("{}: {}", excluded.source, excluded.message),
        is_unhealthy: matches!(excluded.reason, NotReady | Terminating | Unhealthy),
    }
}

fn elsewhere(rules: &Rules<'_>, backend: &Backend, address: &str) -> Reason {
    let others = (0..rules.model.backends.len()).map(BackendIndex).map(|place| &rules.model[place]);
    let owner = others.into_iter().filter(|other| other.id != backend.id).find_map(|other| {
        let there = other.endpoints.iter().find(|endpoint| place(endpoint).0 == address)?;
        Some(format!("{} is an endpoint of {}, not of this backend", there.source, other.id))
    });
    let message = owner.unwrap_or_else(|| "nothing in the manifests has this address".to_owned());
    Reason { rule: "", message, is_unhealthy: false }
}

/// The addresses of a candidate, in the form that compares.
fn addresses(resources: &ResourceSet, source: &EndpointSource) -> Vec<String> {
    let of = |spec: &WorkloadEntrySpec| vec![canonical(&spec.address)];
    let pod = |key: &ObjectKey| {
        let pod = resources.pods.get(key)?;
        let all = pod.body.status.pod_ips.iter().map(|ip| &ip.ip).chain([&pod.body.status.pod_ip]);
        Some(all.filter(|ip| !ip.is_empty()).map(|ip| canonical(ip)).collect())
    };
    let found = match source {
        EndpointSource::Inline { service_entry, index } => {
            resources.service_entries.get(service_entry).and_then(|entry| entry.body.spec.endpoints.get(*index)).map(of)
        }
        EndpointSource::Host(host) => Some(vec![canonical(host.as_str())]),
        EndpointSource::WorkloadEntry(key) => resources.workload_entries.get(key).map(|entry| of(&entry.body.spec)),
        EndpointSource::Pod(key) => pod(key),
        EndpointSource::EndpointSlice { slice, index } => {
            let endpoint = resources.endpoint_slices.get(slice).and_then(|slice| slice.body.endpoints.get(*index));
            endpoint.map(|endpoint| endpoint.addresses.iter().map(|address| canonical(address)).collect())
        }
        EndpointSource::NetworkGateway { .. } => None,
    };
    found.unwrap_or_default()
}
