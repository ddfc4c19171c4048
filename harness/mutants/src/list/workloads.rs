//! Workloads that are misread: ready or not, on which port, where, and for whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use sextant_catalogue::Profile;
use sextant_resources::{
    Kind, Object, ObjectMap, Pod, Resolution, ResourceSet, ServiceEntry, WorkloadEntry, WorkloadEntrySpec,
};
use sextant_verdict::Cause;

use super::flaw::Flaw;
use crate::Change::Resources as Read;

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "unready-pods-serve",
        Cause::Selection,
        "a pod serves whether it is ready or not",
        "K-075 I-047",
        Read(unready_serve),
    )
    .reported("P-204"),
    Flaw::new(
        "terminating-pods-serve",
        Cause::Selection,
        "a pod that is being deleted serves on",
        "K-075 I-047",
        Read(terminating_serve),
    )
    .reported("P-205"),
    Flaw::new(
        "ports-of-entries-ignored",
        Cause::Port,
        "ports of WorkloadEntries and endpoints do nothing",
        "K-051 I-028",
        Read(ports_ignored),
    )
    .reported("P-229"),
    Flaw::new(
        "ports-of-entries-by-number",
        Cause::Port,
        "ports of WorkloadEntries and endpoints are read by number",
        "K-052 I-028",
        Read(ports_by_number),
    )
    .reported("P-229"),
    Flaw::new(
        "entry-without-address-taken",
        Cause::Selection,
        "a workload without address is an endpoint",
        "K-048 I-076",
        Read(addresses_invented),
    )
    .reported("P-121"),
    Flaw::new(
        "unweighted-entries-drained",
        Cause::Weight,
        "without weight an endpoint gets nothing beside others",
        "K-055 I-062",
        Read(unweighted_drained),
    )
    .reported("P-132"),
    Flaw::new("nodes-ignored", Cause::Locality, "pods are nowhere", "K-065 I-072", Read(nodes_ignored)),
    Flaw::new(
        "namespace-labels-ignored",
        Cause::Matching,
        "labels of namespaces do nothing",
        "GW-AllowedRoutes K-066",
        Read(namespace_labels_ignored),
    ),
    Flaw::new(
        "namespace-annotations-ignored",
        Cause::Locality,
        "annotations of namespaces do nothing",
        "D-24 I-012",
        Read(namespace_annotations_ignored),
    )
    .only(Profile::Istio, "kgateway reads no annotation of a namespace (D-24)"),
    Flaw::new(
        "networks-ignored",
        Cause::Locality,
        "every workload is in the default network",
        "K-066 I-125 I-127",
        Read(networks_ignored),
    )
    .reported("P-122"),
    Flaw::new(
        "second-address-used",
        Cause::Selection,
        "a pod is reached at its last address",
        "K-077",
        Read(last_pod_address),
    ),
    Flaw::new(
        "spec-labels-lost",
        Cause::Selection,
        "labels of a WorkloadEntry's spec do nothing",
        "K-061 D-06 I-059",
        Read(spec_labels_lost),
    ),
    Flaw::new(
        "inline-beside-selector",
        Cause::Selection,
        "inline endpoints serve although there is a selector",
        "K-031",
        Read(inline_too),
    ),
    Flaw::new(
        "none-is-looked-up",
        Cause::Reference,
        "resolution NONE looks the host up",
        "K-011 I-100",
        Read(none_is_dns),
    )
    .reported("P-030"),
    Flaw::new(
        "round-robin-is-dns",
        Cause::DnsAnswer,
        "DNS_ROUND_ROBIN is DNS",
        "K-034 I-106",
        Read(round_robin_is_dns),
    )
    .reported("P-014"),
    Flaw::new(
        "endpoints-of-dns-ignored",
        Cause::Selection,
        "under DNS the host is looked up whatever the endpoints",
        "K-046 I-102",
        Read(endpoints_of_dns_lost),
    ),
];

/// Changes every object of a kind for which `change` says that it did.
pub(super) fn each<T: Kind + Clone>(objects: &mut ObjectMap<T>, change: impl Fn(&mut Object<T>) -> bool) {
    for object in objects.values_mut() {
        let mut changed = Object::clone(object);
        if change(&mut changed) {
            *object = Arc::new(changed);
        }
    }
}

/// Changes everything that says where a workload is, in a ServiceEntry or on its own.
fn each_workload(resources: &mut ResourceSet, change: impl Fn(&mut WorkloadEntrySpec)) {
    each(&mut resources.workload_entries, |entry| changed(&mut entry.body.spec, &change));
    each(&mut resources.service_entries, |entry| {
        entry
            .body
            .spec
            .endpoints
            .iter_mut()
            .map(|endpoint| changed(endpoint, &change))
            .fold(false, |any, one| any | one)
    });
}

fn changed<T: Clone + PartialEq>(value: &mut T, change: impl Fn(&mut T)) -> bool {
    let before = value.clone();
    change(value);
    *value != before
}

fn unready_serve(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.pods, |pod: &mut Object<Pod>| {
        changed(&mut pod.body.status.conditions, |conditions| {
            conditions.retain(|condition| condition.kind != "Ready");
            let ready =
                sextant_resources::Condition { kind: "Ready".into(), status: "True".into(), ..Default::default() };
            conditions.push(ready);
        })
    });
}

fn terminating_serve(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.pods, |pod| pod.meta.deletion_timestamp.take().is_some());
}

fn ports_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each_workload(resources, |workload| workload.ports.clear());
}

/// A name that is a number now stands for the ports of that number, under all the names that they have.
fn ports_by_number(resources: &mut ResourceSet, _: &ResourceSet) {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for port in resources.service_entries.values().flat_map(|entry| &entry.body.spec.ports) {
        names.entry(port.number.to_string()).or_default().push(port.name.clone());
    }
    each_workload(resources, |workload| {
        let written = std::mem::take(&mut workload.ports);
        for (number, port) in written {
            workload.ports.extend(names.get(&number).into_iter().flatten().map(|name| (name.clone(), port)));
        }
    });
}

fn addresses_invented(resources: &mut ResourceSet, _: &ResourceSet) {
    each_workload(resources, |workload| {
        if workload.address.is_empty() {
            workload.address = "192.0.2.254".to_owned();
        }
    });
}

fn unweighted_drained(resources: &mut ResourceSet, _: &ResourceSet) {
    let weighs = |workload: &WorkloadEntrySpec| workload.weight > 0;
    each(&mut resources.service_entries, |entry: &mut Object<ServiceEntry>| {
        let any = entry.body.spec.endpoints.iter().any(weighs);
        any && changed(&mut entry.body.spec.endpoints, |endpoints| endpoints.retain(weighs))
    });
    if resources.workload_entries.values().any(|entry| weighs(&entry.body.spec)) {
        resources.workload_entries.retain(|_, entry| weighs(&entry.body.spec));
    }
}

fn nodes_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.nodes.clear();
}

fn namespace_labels_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.namespaces, |namespace| changed(&mut namespace.meta.labels, BTreeMap::clear));
}

fn namespace_annotations_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.namespaces, |namespace| changed(&mut namespace.meta.annotations, BTreeMap::clear));
}

fn networks_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each_workload(resources, |workload| workload.network.clear());
}

fn last_pod_address(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.pods, |pod| {
        pod.body.status.pod_ips.reverse();
        pod.body.status.pod_ips.len() > 1
    });
}

fn spec_labels_lost(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.workload_entries, |entry: &mut Object<WorkloadEntry>| {
        changed(&mut entry.body.spec.labels, BTreeMap::clear)
    });
}

/// They serve as WorkloadEntries that the selector selects.
fn inline_too(resources: &mut ResourceSet, _: &ResourceSet) {
    let mut more = Vec::new();
    for entry in resources.service_entries.values() {
        let Some(selector) = &entry.body.spec.workload_selector else { continue };
        for (place, endpoint) in entry.body.spec.endpoints.iter().enumerate() {
            let mut key = entry.key.clone();
            key.name = format!("{}~{place}", key.name).into();
            let mut meta = entry.meta.clone();
            meta.labels.clone_from(&selector.labels);
            let body = WorkloadEntry { spec: endpoint.clone(), ..WorkloadEntry::default() };
            more.push(Object { key, meta, body, origin: entry.origin.clone() });
        }
    }
    more.into_iter().for_each(|object| drop(resources.insert(object)));
}

/// Takes one resolution for another.
fn resolutions(resources: &mut ResourceSet, from: Resolution, to: Resolution) {
    each(&mut resources.service_entries, |entry| {
        let is = entry.body.spec.resolution == from;
        if is {
            entry.body.spec.resolution = to;
        }
        is
    });
}

fn none_is_dns(resources: &mut ResourceSet, _: &ResourceSet) {
    resolutions(resources, Resolution::None, Resolution::Dns);
}

fn round_robin_is_dns(resources: &mut ResourceSet, _: &ResourceSet) {
    resolutions(resources, Resolution::DnsRoundRobin, Resolution::Dns);
}

fn endpoints_of_dns_lost(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |entry| {
        let by_name = matches!(entry.body.spec.resolution, Resolution::Dns | Resolution::DnsRoundRobin);
        by_name && changed(&mut entry.body.spec.endpoints, Vec::clear)
    });
}
