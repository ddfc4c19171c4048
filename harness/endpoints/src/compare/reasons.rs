//! The rules behind what should be.

use sextant_routing::{Backend, Discovery, Endpoint as Wanted, EndpointSource, Profile};

use super::clusters::Rules;
use crate::document::Endpoint;

/// Why `want` is an endpoint.
pub(super) fn endpoint(want: &Wanted, discovery: Discovery, profile: Profile) -> &'static str {
    let by_name = matches!(discovery, Discovery::Dns | Discovery::LogicalDns);
    match (&want.source, profile) {
        (EndpointSource::Inline { .. }, Profile::Kgateway) => {
            if by_name {
                "K-046"
            } else {
                "K-031"
            }
        }
        (EndpointSource::Inline { .. }, Profile::Istio) => {
            if by_name {
                "I-038"
            } else {
                "I-031"
            }
        }
        (EndpointSource::Host(_), Profile::Kgateway) => "K-045",
        (EndpointSource::Host(_), Profile::Istio) => "I-039",
        (EndpointSource::WorkloadEntry(_), Profile::Istio) if by_name => "I-051",
        (EndpointSource::WorkloadEntry(_) | EndpointSource::Pod(_), _) => "K-030",
        (EndpointSource::NetworkGateway { .. }, _) => "I-127",
        (EndpointSource::EndpointSlice { .. }, _) => "",
    }
}

/// How clusters of each resolution find their endpoints.
pub(super) fn discovery(discovery: Discovery, profile: Profile) -> &'static str {
    match (discovery, profile) {
        (_, Profile::Istio) => "I-007",
        (Discovery::Dns, Profile::Kgateway) => "K-033",
        (Discovery::LogicalDns, Profile::Kgateway) => "K-034",
        (Discovery::Workloads, Profile::Kgateway) => "K-030",
        (Discovery::Inline, Profile::Kgateway) => "K-031",
        (Discovery::DynamicDns, Profile::Kgateway) => "K-022",
        (Discovery::EndpointSlices | Discovery::Passthrough | Discovery::None, Profile::Kgateway) => "",
    }
}

/// Where the port of an endpoint comes from.
pub(super) fn port(profile: Profile) -> &'static str {
    match profile {
        Profile::Kgateway => "K-051",
        Profile::Istio => "I-028",
    }
}

/// Which of the sources of a port it is for `want`.
pub(super) fn ports(rules: &Rules<'_>, backend: &Backend, want: &Wanted) -> String {
    let (port, name) = (want.port, &backend.port.name);
    let entry = rules.resources.service_entries.get(&backend.id.service_entry);
    let written = entry
        .and_then(|entry| entry.body.spec.ports.iter().find(|written| written.number == u32::from(backend.id.port)));
    let target = written.filter(|written| written.target_port == u32::from(port));
    match target {
        _ if matches!(want.source, EndpointSource::NetworkGateway { .. }) => {
            "it is the port of the gateway of its network".to_owned()
        }
        Some(_) => format!("{port} is the targetPort of port {}", backend.id.port),
        None if port == backend.id.port => format!("{port} is the number of the port, and nothing says otherwise"),
        None => format!("the ports of {} have {port} for {name}", want.source),
    }
}

/// What an endpoint weighs.
pub(super) fn weight(profile: Profile) -> &'static str {
    match profile {
        Profile::Kgateway => "K-055",
        Profile::Istio => "I-062",
    }
}

/// Where the locality of `want` comes from.
pub(super) fn locality(want: &Wanted, profile: Profile) -> (&'static str, String) {
    let rule = match (&want.source, profile) {
        (EndpointSource::Pod(_), Profile::Kgateway) => "K-065",
        (EndpointSource::Pod(_), Profile::Istio) => "I-072",
        (_, Profile::Kgateway) => "K-062",
        (_, Profile::Istio) => "I-071",
    };
    let why = match (&want.source, want.locality.is_empty()) {
        (EndpointSource::Pod(_), _) => format!("the node of {} says so", want.source),
        (EndpointSource::Host(_), _) => "a host has no locality".to_owned(),
        (_, true) => format!("{} has none", want.source),
        (_, false) => format!("{} says so", want.source),
    };
    (rule, why)
}

/// What the localities of `backend` weigh.
pub(super) fn locality_weight(backend: &Backend, profile: Profile) -> (&'static str, String) {
    let rule = match (backend.policy.distribution.is_empty(), profile) {
        (false, _) => "I-138",
        (true, Profile::Kgateway) => "K-056",
        (true, Profile::Istio) => "I-120",
    };
    let why = match &backend.policy.rule {
        Some(key) => format!("DestinationRule {key} weighs localities"),
        None => "localities weigh what their endpoints weigh together".to_owned(),
    };
    (rule, why)
}

/// What ranks the endpoints of `backend`.
pub(super) fn priority(backend: &Backend, profile: Profile) -> (&'static str, String) {
    let ranked = backend.endpoints.iter().any(|endpoint| endpoint.priority != 0);
    match (&backend.policy.rule, profile) {
        _ if !ranked => ("K-080", "nothing ranks the endpoints of this backend".to_owned()),
        (Some(key), Profile::Kgateway) => {
            ("K-088", format!("DestinationRule {key}, for this gateway's locality and labels"))
        }
        (Some(key), Profile::Istio) => {
            ("I-134", format!("DestinationRule {key}, for this gateway's locality and labels"))
        }
        (None, Profile::Kgateway) => {
            ("K-082", "traffic distribution, for this gateway's locality and labels".to_owned())
        }
        (None, Profile::Istio) => ("I-012", "traffic distribution, for this gateway's locality and labels".to_owned()),
    }
}

/// Why `want` gets requests.
pub(super) fn health(want: &Wanted) -> &'static str {
    match want.source {
        EndpointSource::Pod(_) => "K-075",
        EndpointSource::WorkloadEntry(_) => "K-078",
        EndpointSource::Inline { .. }
        | EndpointSource::Host(_)
        | EndpointSource::EndpointSlice { .. }
        | EndpointSource::NetworkGateway { .. } => "",
    }
}

/// Who says that it gets none.
pub(super) fn ailing(is: &Endpoint) -> String {
    let is = |word: &str| is.health == word || is.looked_up.iter().any(|found| found.health == word);
    match () {
        () if is("ejected") => "outlier detection of this Envoy has taken it out".to_owned(),
        () if is("failed-check") => "a health check of this Envoy fails".to_owned(),
        () => "the control plane says so, and nothing in the manifests does".to_owned(),
    }
}
