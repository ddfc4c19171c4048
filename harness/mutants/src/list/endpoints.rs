//! Endpoints that are wrong: who they are, where they are dialled, how much each weighs and when it comes to its turn.

use std::num::NonZeroU32;
use std::sync::Arc;

use sextant_routing::{
    Backend, Discovery, Endpoint, EndpointAddress, EndpointSource, ExclusionReason, Locality, Model, UpstreamHttp,
};
use sextant_verdict::Cause;

use super::flaw::Flaw;
use crate::Change::Model as Resolved;

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "weights-ignored",
        Cause::Weight,
        "every endpoint weighs the same",
        "K-055 I-062",
        Resolved(weights_ignored),
    )
    .reported("P-131"),
    Flaw::new(
        "weights-off-by-one",
        Cause::Weight,
        "an endpoint's turn comes once too often",
        "K-055 I-062 K-031",
        Resolved(one_more),
    ),
    Flaw::new(
        "pods-weigh-like-entries",
        Cause::Weight,
        "a pod weighs what the heaviest workload weighs",
        "K-054 K-055",
        Resolved(heavy_pods),
    )
    .reported("P-133"),
    Flaw::new(
        "priorities-ignored",
        Cause::Locality,
        "near and far endpoints share",
        "K-083 K-088 I-135",
        Resolved(priorities_ignored),
    )
    .reported("P-130"),
    Flaw::new(
        "priorities-inverted",
        Cause::Locality,
        "the farthest endpoints serve",
        "K-083 K-088 I-140",
        Resolved(priorities_inverted),
    ),
    Flaw::new(
        "second-priority-serves",
        Cause::Locality,
        "the two nearest priorities share",
        "K-083 K-088 I-140",
        Resolved(nearest_two),
    ),
    Flaw::new(
        "first-endpoint-only",
        Cause::Stickiness,
        "all requests stick to one endpoint",
        "K-031 K-081",
        Resolved(first_only),
    ),
    Flaw::new(
        "last-endpoint-lost",
        Cause::Selection,
        "a list is read up to the one before its end",
        "K-031 K-010",
        Resolved(last_lost),
    ),
    Flaw::new(
        "target-port-ignored",
        Cause::Port,
        "the number of the port is dialled",
        "K-051 I-028",
        Resolved(number_dialled),
    )
    .reported("P-228"),
    Flaw::new(
        "removed-endpoint-kept",
        Cause::Stale,
        "what was an endpoint stays one",
        "K-150 E-008",
        Resolved(removed_kept),
    )
    .reported("P-116"),
    Flaw::new(
        "new-endpoint-missed",
        Cause::Stale,
        "what was no endpoint never becomes one",
        "K-150",
        Resolved(new_missed),
    )
    .reported("P-213"),
    Flaw::new(
        "locality-lost",
        Cause::Locality,
        "nobody knows where an endpoint is",
        "K-062 I-068",
        Resolved(locality_lost),
    ),
    Flaw::new(
        "unlocated-starved",
        Cause::Locality,
        "an endpoint without locality gets nothing beside others",
        "K-041 I-137",
        Resolved(unlocated_starved),
    )
    .reported("P-206"),
    Flaw::new(
        "http1-always",
        Cause::Protocol,
        "HTTP/2 ports are spoken to in HTTP/1.1",
        "K-017 I-026",
        Resolved(http1_always),
    ),
    Flaw::new(
        "http2-always",
        Cause::Protocol,
        "every port is spoken to in HTTP/2",
        "K-017 I-026",
        Resolved(http2_always),
    ),
    Flaw::new(
        "first-record-only",
        Cause::DnsAnswer,
        "of several addresses the first is used",
        "K-033 E-003",
        Resolved(first_record),
    ),
    Flaw::new(
        "every-record",
        Cause::DnsAnswer,
        "DNS_ROUND_ROBIN uses every address",
        "K-034 E-004",
        Resolved(every_record),
    )
    .reported("P-014"),
    Flaw::new("ipv6-dropped", Cause::Selection, "IPv6 endpoints are left out", "K-047 K-046", Resolved(ipv6_dropped)),
    Flaw::new(
        "names-dropped",
        Cause::Selection,
        "endpoints that are names are left out",
        "K-046 I-102",
        Resolved(names_dropped),
    ),
    Flaw::new(
        "one-name-spoils-all",
        Cause::Selection,
        "a name among addresses takes them all out",
        "K-047 I-036",
        Resolved(name_spoils),
    )
    .reported("P-027"),
    Flaw::new(
        "equal-addresses-merged",
        Cause::Selection,
        "one machine is one endpoint, whatever its ports",
        "K-060 I-054",
        Resolved(merged),
    )
    .reported("P-107"),
];

/// Changes every backend.
pub(super) fn each(model: &mut Model, change: impl Fn(&mut Backend)) {
    let changed = model.backends.iter().cloned().map(|mut backend| {
        change(&mut backend);
        backend
    });
    model.backends = changed.collect();
}

fn each_endpoint(model: &mut Model, change: impl Fn(&mut Endpoint)) {
    each(model, |backend| backend.endpoints.iter_mut().for_each(&change));
}

fn weights_ignored(model: &mut Model, _: &Model) {
    each_endpoint(model, |endpoint| endpoint.weight = NonZeroU32::MIN);
}

fn one_more(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if let [first, _, ..] = backend.endpoints.as_mut_slice() {
            first.weight = first.weight.saturating_add(1);
        }
    });
}

fn heavy_pods(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let heaviest = backend.endpoints.iter().map(|endpoint| endpoint.weight).max();
        let pods = backend.endpoints.iter_mut().filter(|endpoint| matches!(endpoint.source, EndpointSource::Pod(_)));
        pods.zip(std::iter::repeat(heaviest)).for_each(|(pod, weight)| pod.weight = weight.unwrap_or(pod.weight));
    });
}

fn priorities_ignored(model: &mut Model, _: &Model) {
    each_endpoint(model, |endpoint| endpoint.priority = 0);
}

fn priorities_inverted(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let last = backend.endpoints.iter().map(|endpoint| endpoint.priority).max().unwrap_or_default();
        backend.endpoints.iter_mut().for_each(|endpoint| endpoint.priority = last - endpoint.priority);
    });
}

fn nearest_two(model: &mut Model, _: &Model) {
    each_endpoint(model, |endpoint| endpoint.priority = endpoint.priority.saturating_sub(1));
}

fn first_only(model: &mut Model, _: &Model) {
    each(model, |backend| backend.endpoints.truncate(1));
}

fn last_lost(model: &mut Model, _: &Model) {
    each(model, |backend| drop(backend.endpoints.pop()));
}

fn number_dialled(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let number = backend.id.port;
        backend.endpoints.iter_mut().for_each(|endpoint| endpoint.port = number);
    });
}

fn same_place(one: &Endpoint, other: &Endpoint) -> bool {
    (&one.address, one.port) == (&other.address, other.port)
}

fn removed_kept(model: &mut Model, before: &Model) {
    each(model, |backend| {
        let had = before.backend(&backend.id).into_iter().flat_map(|before| &before.endpoints);
        let gone = |endpoint: &&Endpoint| !backend.endpoints.iter().any(|other| same_place(other, endpoint));
        let kept: Vec<_> = had.filter(gone).cloned().collect();
        backend.endpoints.extend(kept);
    });
}

fn new_missed(model: &mut Model, before: &Model) {
    each(model, |backend| {
        if let Some(before) = before.backend(&backend.id) {
            backend.endpoints.retain(|endpoint| before.endpoints.iter().any(|other| same_place(other, endpoint)));
        }
    });
}

fn locality_lost(model: &mut Model, _: &Model) {
    each_endpoint(model, |endpoint| endpoint.locality = Arc::default());
}

fn unlocated_starved(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let located = |endpoint: &Endpoint| *endpoint.locality != Locality::default();
        if backend.endpoints.iter().any(located) {
            backend.endpoints.retain(located);
        }
    });
}

fn http1_always(model: &mut Model, _: &Model) {
    each(model, |backend| backend.upstream = UpstreamHttp::Http1);
}

fn http2_always(model: &mut Model, _: &Model) {
    each(model, |backend| backend.upstream = UpstreamHttp::Http2);
}

fn first_record(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.discovery == Discovery::Dns {
            backend.discovery = Discovery::LogicalDns;
        }
    });
}

fn every_record(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.discovery == Discovery::LogicalDns {
            backend.discovery = Discovery::Dns;
        }
    });
}

fn ipv6_dropped(model: &mut Model, _: &Model) {
    let ipv6 = |address: &EndpointAddress| matches!(address, EndpointAddress::Ip(ip) if ip.is_ipv6());
    each(model, |backend| backend.endpoints.retain(|endpoint| !ipv6(&endpoint.address)));
}

fn names_dropped(model: &mut Model, _: &Model) {
    let name = |address: &EndpointAddress| matches!(address, EndpointAddress::Name(_));
    each(model, |backend| backend.endpoints.retain(|endpoint| !name(&endpoint.address)));
}

fn name_spoils(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.excluded.iter().any(|excluded| excluded.reason == ExclusionReason::NotAnIPAddress) {
            backend.endpoints.clear();
        }
    });
}

fn merged(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let mut seen = Vec::new();
        backend.endpoints.retain(|endpoint| {
            let new = !seen.contains(&endpoint.address);
            seen.push(endpoint.address.clone());
            new
        });
    });
}
