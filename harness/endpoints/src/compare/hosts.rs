//! The endpoints of one backend beside those of its cluster.

use std::collections::HashSet;

use sextant_explain::socket;
use sextant_routing::{Backend, Endpoint as Wanted, EndpointAddress};

use super::clusters::{Rules, about};
use super::{Difference, What, attributes, left_out, reasons};
use crate::document::{Cluster, Endpoint};

/// Adds every difference between the endpoints that `backend` has by the rules and those of `cluster`.
///
/// An address and port counts once, for the first endpoint that has it, as Envoy does (I-054).
pub(super) fn compare(differences: &mut Vec<Difference>, rules: &Rules<'_>, backend: &Backend, cluster: &Cluster) {
    let mut seen = HashSet::new();
    let mut wanted: Vec<_> = backend.endpoints.iter().map(|one| (place(one), one)).collect();
    wanted.retain(|(place, _)| seen.insert(place.clone()));
    let mut seen = HashSet::new();
    let mut found: Vec<_> = cluster.endpoints.iter().map(|one| ((canonical(&one.address), one.port), one)).collect();
    found.retain(|(place, _)| seen.insert(place.clone()));

    let mut missing = Vec::new();
    for (at, want) in wanted {
        match found.iter().position(|(place, _)| *place == at) {
            Some(which) => {
                let (_, is) = found.remove(which);
                attributes::compare(differences, rules, backend, cluster, want, is);
            }
            None => missing.push((at, want)),
        }
    }
    for ((address, port), want) in missing {
        let here = socket(&address, port);
        match found.iter().position(|((other, _), _)| *other == address) {
            Some(which) => {
                let (_, is) = found.remove(which);
                differences.push(Difference {
                    endpoint: here,
                    expected: port.to_string(),
                    found: is.port.to_string(),
                    rule: reasons::port(rules.options.profile),
                    why: reasons::ports(rules, backend, want),
                    ..about(backend, &cluster.name, What::WrongPort)
                });
                attributes::compare(differences, rules, backend, cluster, want, is);
            }
            None => differences.push(Difference {
                expected: here.clone(),
                endpoint: here,
                rule: reasons::endpoint(want, backend.discovery, rules.options.profile),
                why: format!("{} is an endpoint", want.source),
                ..about(backend, &cluster.name, What::MissingEndpoint)
            }),
        }
    }
    for (_, is) in found {
        differences.extend(surplus(rules, backend, cluster, is));
    }
}

/// `None` when the control plane itself says that the endpoint gets no requests, and the rules leave it out for that
/// reason (I-133).
fn surplus(rules: &Rules<'_>, backend: &Backend, cluster: &Cluster, is: &Endpoint) -> Option<Difference> {
    let reason = left_out::at(rules, backend, &is.address);
    if reason.is_unhealthy && !is.is_healthy() {
        return None;
    }
    let here = socket(&is.address, is.port);
    Some(Difference {
        found: here.clone(),
        endpoint: here,
        rule: reason.rule,
        why: reason.message,
        ..about(backend, &cluster.name, What::SurplusEndpoint)
    })
}

/// Address and port as the document has them.
pub(super) fn place(endpoint: &Wanted) -> (String, u16) {
    match &endpoint.address {
        EndpointAddress::Ip(ip) => (ip.to_string(), endpoint.port),
        EndpointAddress::Name(name) => (name.to_string(), endpoint.port),
        EndpointAddress::Unix(path) => (format!("unix://{path}"), 0),
    }
}

/// An address in the one form that compares: IPv6 has several, names have no case and no dot at the end.
pub(super) fn canonical(address: &str) -> String {
    let ip = address.parse::<std::net::IpAddr>();
    let path = || address.contains("://").then(|| address.to_owned());
    let name = || address.trim_end_matches('.').to_ascii_lowercase();
    ip.map_or_else(|_| path().unwrap_or_else(name), |ip| ip.to_string())
}
