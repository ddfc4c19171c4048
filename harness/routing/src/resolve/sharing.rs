//! The same host declared more than once, and out of sight, as a gateway meets it (I-078 to I-086, I-093; D-05, D-12).
//!
//! One declaration of each host serves. What others of its namespace declare joins in; the rest is kept as backends that
//! the proxy never gets, so that their owners can be told why.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use sextant_resources::{Hostname, Object, ObjectKey, ResourceSet, ServiceEntry};

use super::candidate::Barrier;
use super::visibility::{exported, exported_to_all, gateway_namespace};
use crate::{
    Backend, BackendFault, BackendKind, Discovery, Endpoint, EndpointAddress, EndpointSource, ExclusionReason, Options,
};

/// An annotation of a Service that stands for `exportTo`, with commas.
const EXPORT_TO: &str = "networking.istio.io/exportTo";

/// All backends of one object for one host.
struct Declaration<'a> {
    kind: BackendKind,
    key: ObjectKey,
    /// Absent for a Service.
    entry: Option<&'a Object<ServiceEntry>>,
    created: Option<jiff::Timestamp>,
    /// Whether the gateway's namespace sees it, and whether that is by name.
    visible: bool,
    by_name: bool,
    /// Places of its backends.
    places: Range<usize>,
}

/// Settles for every host who serves it. `backends` are ordered by identity, and their endpoints as they were found.
pub(crate) fn share(backends: &mut [Backend], resources: &ResourceSet, options: &Options) {
    backends.iter_mut().for_each(keep_first);
    for declarations in declarations(backends, resources, options).into_values() {
        settle(backends, &declarations);
    }
}

fn declarations<'a>(
    backends: &[Backend],
    resources: &'a ResourceSet,
    options: &Options,
) -> HashMap<Hostname, Vec<Declaration<'a>>> {
    let to = gateway_namespace(resources, options);
    let mut by_host: HashMap<Hostname, Vec<Declaration<'a>>> = HashMap::new();
    let mut start = 0;
    let same = |a: &Backend, b: &Backend| {
        (a.id.kind, &a.id.service_entry, &a.id.host) == (b.id.kind, &b.id.service_entry, &b.id.host)
    };
    for chunk in backends.chunk_by(same) {
        let places = start..start + chunk.len();
        start = places.end;
        let id = &chunk[0].id;
        let key = id.service_entry.clone();
        let entry = resources.service_entries.get(&key).filter(|_| id.kind == BackendKind::ServiceEntry);
        let service = resources.services.get(&key).filter(|_| id.kind == BackendKind::Service);
        let written: Vec<&str> = match (entry, service) {
            (Some(entry), _) => entry.body.spec.export_to.iter().map(String::as_str).collect(),
            (None, Some(service)) => {
                let text = service.meta.annotations.get(EXPORT_TO).map_or("", String::as_str);
                text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect()
            }
            (None, None) => Vec::new(),
        };
        let default = || options.settings.default_export_to.iter().map(String::as_str).collect();
        let export_to: Vec<&str> = if written.is_empty() { default() } else { written };
        let meta = entry.map(|entry| &entry.meta).or_else(|| service.map(|service| &service.meta));
        by_host.entry(id.host.clone()).or_default().push(Declaration {
            kind: id.kind,
            visible: exported(&export_to, &key.namespace, to),
            by_name: !exported_to_all(&export_to),
            entry: entry.map(|entry| &**entry),
            created: meta.and_then(|meta| meta.creation_timestamp),
            key,
            places,
        });
    }
    by_host
}

/// Oldest first; what was never applied has no age and comes last (I-081).
fn age<'d>(declaration: &'d Declaration<'_>) -> impl Ord + 'd {
    (declaration.created.is_none(), declaration.created, &declaration.key)
}

fn settle(backends: &mut [Backend], declarations: &[Declaration<'_>]) {
    // I-082: a Service first; I-086: then what is exported to the gateway by name.
    let rank = |d: &&Declaration<'_>| (d.kind != BackendKind::Service, !d.by_name);
    let visible = declarations.iter().filter(|declaration| declaration.visible);
    let winner = visible.min_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| age(a).cmp(&age(b))));
    let Some(winner) = winner else {
        return declarations.iter().for_each(|d| withhold(&mut backends[d.places.clone()], &invisible(&d.key)));
    };
    if declarations.len() == 1 {
        return;
    }
    let (mut near, far): (Vec<_>, Vec<_>) =
        declarations.iter().partition(|declaration| declaration.key.namespace == winner.key.namespace);
    near.sort_by(|a, b| age(a).cmp(&age(b)));
    let serving = serving(backends, winner, &near);
    pool(backends, &serving, &near);
    for declaration in far {
        let fault = if declaration.visible { shadowed("I-086", &winner.key) } else { invisible(&declaration.key) };
        withhold(&mut backends[declaration.places.clone()], &fault);
    }
    for place in near.iter().flat_map(|declaration| declaration.places.clone()) {
        if !serving.contains(&place) {
            withhold(&mut backends[place..=place], &shadowed("I-083", &winner.key));
        }
    }
}

/// The winner's backends, and those that equal declarations add for further ports (I-083).
fn serving(backends: &[Backend], winner: &Declaration<'_>, near: &[&Declaration<'_>]) -> BTreeSet<usize> {
    let mut serving: BTreeSet<usize> = winner.places.clone().collect();
    let mut ports: BTreeSet<u16> = winner.places.clone().map(|place| backends[place].id.port).collect();
    let Some(own) = winner.entry else { return serving };
    let equal = |other: &Object<ServiceEntry>| {
        let (a, b) = (&own.body.spec, &other.body.spec);
        let spec =
            (a.resolution, &a.workload_selector, &a.export_to) == (b.resolution, &b.workload_selector, &b.export_to);
        spec && own.meta.labels == other.meta.labels
    };
    for sibling in near.iter().filter(|sibling| sibling.entry.is_some_and(equal)) {
        serving.extend(sibling.places.clone().filter(|place| ports.insert(backends[*place].id.port)));
    }
    serving
}

/// I-078, I-080: endpoints of every declaration in the winner's namespace, for looked-up names by port number and
/// otherwise by port name (I-033).
fn pool(backends: &mut [Backend], serving: &BTreeSet<usize>, near: &[&Declaration<'_>]) {
    let found: Vec<_> = serving.iter().map(|place| (*place, pooled(backends, *place, near))).collect();
    for (place, endpoints) in found {
        let backend = &mut backends[place];
        let (kept, dropped): (Vec<_>, _) = endpoints.into_iter().partition(|e| looked_up(backend) || is_dialled(e));
        backend.endpoints = kept;
        let barrier = Barrier::new(
            ExclusionReason::NotAnIPAddress,
            "I-036",
            "it is a name, and the declaration that owns the host looks up none",
        );
        exclude(backend, &dropped, &barrier);
        keep_first(backend);
    }
}

fn pooled(backends: &[Backend], place: usize, near: &[&Declaration<'_>]) -> Vec<Endpoint> {
    let backend = &backends[place];
    let by_number = looked_up(backend);
    let joins = |other: &&Backend| match by_number {
        true => other.port.number == backend.port.number,
        false => other.port.name == backend.port.name,
    };
    let joining = near.iter().flat_map(|declaration| &backends[declaration.places.clone()]).filter(joins);
    let mut endpoints: Vec<&Endpoint> = joining.flat_map(|other| &other.endpoints).collect();
    // A workload that several of them select for one port is one endpoint. What else has an equal address and port stays,
    // as in any list: the proxy collapses it (I-078).
    let mut seen = HashSet::new();
    endpoints.retain(|endpoint| seen.insert((&endpoint.source, &endpoint.address, endpoint.port)));
    endpoints.into_iter().cloned().collect()
}

fn looked_up(backend: &Backend) -> bool {
    matches!(backend.discovery, Discovery::Dns | Discovery::LogicalDns)
}

fn is_dialled(endpoint: &Endpoint) -> bool {
    !matches!(endpoint.address, EndpointAddress::Name(_))
}

/// I-043: under DNS_ROUND_ROBIN a port has one endpoint, the first; pods come before WorkloadEntries (I-053).
fn keep_first(backend: &mut Backend) {
    if backend.discovery != Discovery::LogicalDns || backend.endpoints.len() < 2 {
        return;
    }
    backend.endpoints.sort_by_key(|endpoint| matches!(endpoint.source, EndpointSource::WorkloadEntry(_)));
    let barrier = Barrier::new(
        ExclusionReason::Shadowed,
        "I-043",
        "DNS_ROUND_ROBIN takes one endpoint for each port, and another one is first; use DNS for several",
    );
    let others = backend.endpoints.split_off(1);
    exclude(backend, &others, &barrier);
}

/// Lists the workloads of `endpoints` as left out, each once, as several gateways may stand for one (I-127); not those
/// that `backend` still reaches.
fn exclude(backend: &mut Backend, endpoints: &[Endpoint], barrier: &Barrier) {
    if endpoints.is_empty() {
        return;
    }
    let mut seen: HashSet<_> = backend.endpoints.iter().map(|endpoint| &endpoint.source).collect();
    let first = endpoints.iter().filter(|endpoint| seen.insert(&endpoint.source));
    backend.excluded.extend(first.map(|endpoint| barrier.on(&endpoint.source)));
}

fn shadowed(rule: &'static str, winner: &ObjectKey) -> BackendFault {
    let message = format!("{winner} declares the same host and serves it; give the host to one of them only");
    BackendFault { rule, message }
}

fn invisible(key: &ObjectKey) -> BackendFault {
    let message =
        format!("{key} is not exported to the gateway's namespace; add that namespace or `*` to its exportTo");
    BackendFault { rule: "I-093", message }
}

/// Keeps `backends` from the proxy: their endpoints become exclusions.
fn withhold(backends: &mut [Backend], fault: &BackendFault) {
    let barrier = Barrier::new(ExclusionReason::Shadowed, fault.rule, fault.message.clone());
    for backend in backends {
        let endpoints = std::mem::take(&mut backend.endpoints);
        exclude(backend, &endpoints, &barrier);
        backend.fault = Some(fault.clone());
    }
}
