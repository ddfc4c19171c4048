//! Weight, locality, priority and health of an endpoint that is there.

use sextant_explain::{place, socket};
use sextant_routing::{Backend, Endpoint as Wanted};

use super::clusters::{Rules, about};
use super::{Difference, What, hosts, reasons};
use crate::document::{Cluster, Endpoint};

/// Adds a difference for each attribute of `is` that is not as `want` has it.
pub(super) fn compare(
    differences: &mut Vec<Difference>,
    rules: &Rules<'_>,
    backend: &Backend,
    cluster: &Cluster,
    want: &Wanted,
    is: &Endpoint,
) {
    let profile = rules.options.profile;
    let (address, port) = hosts::place(want);
    let mut add = |what, expected: String, found: String, rule, why: String| {
        let difference = about(backend, &cluster.name, what);
        differences.push(Difference { endpoint: socket(&address, port), expected, found, rule, why, ..difference });
    };
    if is.weight != want.weight.get() {
        let why = format!("{} says so", want.source);
        add(What::WrongWeight, want.weight.to_string(), is.weight.to_string(), reasons::weight(profile), why);
    }
    if is.locality != *want.locality {
        let (rule, why) = reasons::locality(want, profile);
        add(What::WrongLocality, place(&want.locality), place(&is.locality), rule, why);
    }
    let given = locality_weight(backend, want);
    if given.is_some() && given != is.locality_weight {
        let shown = |weight: Option<u32>| weight.map_or_else(|| "none".to_owned(), |weight| weight.to_string());
        let (rule, why) = reasons::locality_weight(backend, profile);
        add(What::WrongLocalityWeight, shown(given), shown(is.locality_weight), rule, why);
    }
    if is.priority != want.priority {
        let (rule, why) = reasons::priority(backend, profile);
        add(What::WrongPriority, want.priority.to_string(), is.priority.to_string(), rule, why);
    }
    if !is.is_healthy() {
        let found = if is.looked_up.is_empty() { is.health.clone() } else { worst(is) };
        add(What::NotHealthy, "healthy".to_owned(), found, reasons::health(want), reasons::ailing(is));
    }
}

/// The addresses of a name that get no requests.
fn worst(is: &Endpoint) -> String {
    let ill = is.looked_up.iter().filter(|found| found.health != "healthy");
    ill.map(|found| format!("{} {}", socket(&found.address, found.port), found.health)).collect::<Vec<_>>().join(", ")
}

/// The weight of the locality of `want`, where weights of localities count (K-056, I-138, I-146).
fn locality_weight(backend: &Backend, want: &Wanted) -> Option<u32> {
    let policy = &backend.policy;
    let given = policy.distribution.iter().find(|given| given.locality == *want.locality);
    if let Some(given) = given {
        return Some(given.weight);
    }
    let near = |other: &&Wanted| other.priority == want.priority && other.locality == want.locality;
    let sum = || backend.endpoints.iter().filter(near).fold(0_u32, |sum, one| sum.saturating_add(one.weight.get()));
    policy.locality_weighted.then(sum)
}
