//! Traps of ServiceEntries.

use std::collections::{BTreeMap, HashMap};

use sextant_resources::{Hostname, Object, ObjectKey, Resolution, ServiceEntry};
use sextant_routing::{Backend, BackendKind, ExclusionReason};

use super::{Traps, World, visibility};

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    let mut backends: HashMap<&ObjectKey, Vec<&Backend>> = HashMap::new();
    for backend in world.model.backends.iter().filter(|backend| backend.id.kind == BackendKind::ServiceEntry) {
        backends.entry(&backend.id.service_entry).or_default().push(backend);
    }
    for entry in world.resources.service_entries.values() {
        form(entry, traps);
        let backends = backends.get(&entry.key).map_or(&[][..], Vec::as_slice);
        selection(entry, backends, traps);
        plaintext(entry, backends, traps);
        hidden(world, entry, traps);
    }
    twice(world, traps);
}

/// What the object itself shows.
fn form(entry: &Object<ServiceEntry>, traps: &mut Traps) {
    let spec = &entry.body.spec;
    let mut add = |code, path: &str, detail: &str| traps.add(code, entry.reference(), &entry.origin, path, detail);
    let looked_up = matches!(spec.resolution, Resolution::Dns | Resolution::DnsRoundRobin);
    let selects = spec.workload_selector.as_ref().is_some_and(|selector| !selector.labels.is_empty());
    if looked_up && selects {
        add("L-006", "spec.workloadSelector", "");
    }
    if !spec.export_to.is_empty() && !spec.export_to.iter().any(|namespace| namespace == "*") {
        add("L-013", "spec.exportTo", "");
    }
    if spec.resolution == Resolution::Static && spec.endpoints.is_empty() && spec.workload_selector.is_none() {
        add("L-017", "spec.resolution", "");
    }
    let wildcard = spec.hosts.iter().position(|host| host.starts_with('*'));
    if let Some(index) = wildcard.filter(|_| looked_up && spec.endpoints.is_empty()) {
        add("L-018", &format!("spec.hosts[{index}]"), &spec.hosts[index]);
    }
    if spec.ports.is_empty() {
        add("L-019", "spec.ports", "");
    }
    for (index, endpoint) in spec.endpoints.iter().enumerate() {
        let path = format!("spec.endpoints[{index}].weight");
        let written = entry.origin.tree().and_then(|tree| tree.at(&sextant_resources::yaml::parse_path(&path)));
        if endpoint.weight == 0 && written.is_some_and(|weight| !weight.is_null()) {
            add("L-015", &path, "");
        }
    }
}

/// A selector that selects nothing, and names where addresses are wanted.
fn selection(entry: &Object<ServiceEntry>, backends: &[&Backend], traps: &mut Traps) {
    let by_name = backends.iter().flat_map(|backend| &backend.excluded);
    for excluded in by_name.filter(|excluded| excluded.reason == ExclusionReason::NotAnIPAddress) {
        if let sextant_routing::EndpointSource::Inline { index, .. } = &excluded.source {
            let path = format!("spec.endpoints[{index}].address");
            traps.add("L-016", entry.reference(), &entry.origin, &path, "");
        }
    }
    let selects = entry.body.spec.workload_selector.is_some() && entry.body.spec.resolution == Resolution::Static;
    let Some(backend) = backends.first().filter(|backend| selects && backend.endpoints.is_empty()) else { return };
    let foreign = |reason| reason == ExclusionReason::OtherNamespace;
    let unmatched = |reason| foreign(reason) || reason == ExclusionReason::LabelsDoNotMatch;
    if !backend.excluded.iter().all(|excluded| unmatched(excluded.reason)) {
        return;
    }
    let code = if backend.excluded.iter().any(|excluded| foreign(excluded.reason)) { "L-003" } else { "L-002" };
    traps.add(code, entry.reference(), &entry.origin, "spec.workloadSelector", "");
}

/// A service that no Gateway's namespace sees.
fn hidden(world: &World<'_>, entry: &Object<ServiceEntry>, traps: &mut Traps) {
    if visibility::hidden(world, &entry.body.spec.export_to, &entry.key.namespace) {
        traps.add("L-026", entry.reference(), &entry.origin, "spec.exportTo", "");
    }
}

/// A port whose protocol promises TLS that nobody originates.
fn plaintext(entry: &Object<ServiceEntry>, backends: &[&Backend], traps: &mut Traps) {
    for backend in backends.iter().filter(|backend| backend.policy.tls.is_none()) {
        let of_number = |port: &sextant_resources::ServiceEntryPort| port.number == u32::from(backend.id.port);
        let Some(index) = entry.body.spec.ports.iter().position(of_number) else { continue };
        let protocol = &entry.body.spec.ports[index].protocol;
        if ["HTTPS", "TLS"].iter().any(|tls| tls.eq_ignore_ascii_case(protocol)) {
            let path = format!("spec.ports[{index}].protocol");
            traps.add("L-012", entry.reference(), &entry.origin, &path, protocol);
        }
    }
}

/// A host and port that several ServiceEntries declare: the later ones are told.
fn twice(world: &World<'_>, traps: &mut Traps) {
    let mut first: BTreeMap<(Hostname, u32), &Object<ServiceEntry>> = BTreeMap::new();
    for entry in world.resources.service_entries.values() {
        for (index, host) in entry.body.spec.hosts.iter().enumerate() {
            for port in &entry.body.spec.ports {
                let other = first.entry((Hostname::new(host), port.number)).or_insert(entry);
                if other.key != entry.key {
                    let detail = format!("{} declares {host}:{} too", other.reference(), port.number);
                    let path = format!("spec.hosts[{index}]");
                    traps.add("L-005", entry.reference(), &entry.origin, &path, &detail);
                }
            }
        }
    }
}
