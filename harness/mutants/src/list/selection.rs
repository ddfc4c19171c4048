//! Selection that takes too many or too few, and what a ServiceEntry says that is not heard.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sextant_catalogue::Profile;
use sextant_resources::{Kind, Object, ObjectMap, ResourceSet};
use sextant_verdict::Cause;

use super::flaw::Flaw;
use super::workloads::each;
use crate::Change::Resources as Read;

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "selects-everywhere",
        Cause::Selection,
        "a selector reaches into other namespaces",
        "K-071 I-046",
        Read(selects_everywhere),
    )
    .reported("P-106"),
    Flaw::new(
        "any-label-selects",
        Cause::Selection,
        "one label of a selector is enough",
        "K-070 I-049",
        Read(any_label),
    ),
    Flaw::new("selects-no-pods", Cause::Selection, "a selector takes no pods", "K-070 K-074 I-047", Read(no_pods))
        .reported("P-099"),
    Flaw::new(
        "selects-no-entries",
        Cause::Selection,
        "a selector takes no WorkloadEntries",
        "K-070 K-074 I-047",
        Read(no_entries),
    )
    .reported("P-202"),
    Flaw::new(
        "label-changes-missed",
        Cause::Stale,
        "a label that changes does nothing",
        "K-150 K-070",
        Read(labels_stay),
    )
    .reported("P-101"),
    Flaw::new(
        "annotation-changes-missed",
        Cause::Stale,
        "an annotation that changes does nothing",
        "K-150 K-080",
        Read(annotations_stay),
    )
    .reported("P-209"),
    Flaw::new("first-host-only", Cause::HostIdentity, "a ServiceEntry has one host", "K-010 K-045", Read(first_host)),
    Flaw::new(
        "first-declared-port-only",
        Cause::Reference,
        "a ServiceEntry has one port",
        "K-010 K-053",
        Read(first_declared_port),
    ),
    Flaw::new(
        "age-inverted",
        Cause::HostIdentity,
        "the younger object goes before the older one",
        "K-116 K-114 I-081",
        Read(age_inverted),
    )
    .reported("P-094"),
    Flaw::new(
        "export-to-ignored",
        Cause::Reference,
        "everybody sees every ServiceEntry",
        "I-093 I-078 I-186",
        Read(exported_to_all),
    )
    .reported("P-142")
    .only(Profile::Istio, "kgateway never reads exportTo of a ServiceEntry (K-012)"),
    Flaw::new(
        "references-case-sensitive",
        Cause::Reference,
        "hosts are compared letter for letter",
        "K-111 I-173",
        Read(case_sensitive),
    ),
    Flaw::new(
        "own-namespace-only",
        Cause::Reference,
        "a route finds what is in its own namespace",
        "K-111 I-174",
        Read(own_namespace),
    ),
    Flaw::new(
        "traffic-distribution-ignored",
        Cause::Locality,
        "nobody asks for near endpoints",
        "K-082 I-012 I-149",
        Read(distribution_ignored),
    ),
    Flaw::new(
        "protocols-ignored",
        Cause::Protocol,
        "the protocol of a port does nothing",
        "K-017 I-026",
        Read(protocols_ignored),
    ),
    Flaw::new(
        "alternative-names-ignored",
        Cause::Protocol,
        "subjectAltNames do nothing",
        "I-112",
        Read(alternative_names_ignored),
    )
    .reported("P-146")
    .only(Profile::Istio, "kgateway never reads subjectAltNames (K-101)"),
];

/// Copies workloads, so that selectors find them where and as `copy` says.
fn copies<T: Kind + Clone>(
    objects: &mut ObjectMap<T>,
    selectors: &[(Arc<str>, BTreeMap<String, String>)],
    matches: impl Fn(&Object<T>, &str, &BTreeMap<String, String>) -> bool,
) {
    let mut more = Vec::new();
    for (place, (namespace, labels)) in selectors.iter().enumerate() {
        for object in objects.values().filter(|object| matches(object, namespace, labels)) {
            let mut copy = Object::clone(object);
            copy.key.name = format!("{}~{}~{place}", copy.key.name, copy.key.namespace).into();
            copy.key.namespace = namespace.clone();
            copy.meta.labels.extend(labels.clone());
            more.push(copy);
        }
    }
    objects.extend(more.into_iter().map(|copy| (copy.key.clone(), Arc::new(copy))));
}

/// The namespaces and labels of all selectors that have labels.
fn selectors(resources: &ResourceSet) -> Vec<(Arc<str>, BTreeMap<String, String>)> {
    let entries = resources.service_entries.values();
    let selectors = entries.filter_map(|entry| {
        let labels = &entry.body.spec.workload_selector.as_ref()?.labels;
        (!labels.is_empty()).then(|| (entry.key.namespace.clone(), labels.clone()))
    });
    selectors.collect()
}

fn has(labels: &BTreeMap<String, String>, (key, value): (&String, &String)) -> bool {
    labels.get(key) == Some(value)
}

fn selects_everywhere(resources: &mut ResourceSet, _: &ResourceSet) {
    fn foreign<T>(object: &Object<T>, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        *object.key.namespace != *namespace && labels.iter().all(|label| has(&object.meta.labels, label))
    }
    let selectors = selectors(resources);
    copies(&mut resources.workload_entries, &selectors, foreign);
    copies(&mut resources.pods, &selectors, foreign);
}

fn any_label(resources: &mut ResourceSet, _: &ResourceSet) {
    fn some<T>(object: &Object<T>, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        let held = labels.iter().filter(|label| has(&object.meta.labels, *label)).count();
        *object.key.namespace == *namespace && (1..labels.len()).contains(&held)
    }
    let selectors = selectors(resources);
    copies(&mut resources.workload_entries, &selectors, some);
    copies(&mut resources.pods, &selectors, some);
}

fn no_pods(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.pods.clear();
}

fn no_entries(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.workload_entries.clear();
}

/// Gives objects that were there before the metadata that `stays` picks from what they had.
fn stay<T: Kind + Clone>(
    objects: &mut ObjectMap<T>,
    before: &ObjectMap<T>,
    stays: fn(&mut sextant_resources::ObjectMeta) -> &mut BTreeMap<String, String>,
) {
    each(objects, |object| {
        let Some(before) = before.get(&object.key) else { return false };
        let had = stays(&mut before.meta.clone()).clone();
        let has = stays(&mut object.meta);
        let changed = *has != had;
        *has = had;
        changed
    });
}

fn labels_stay(resources: &mut ResourceSet, before: &ResourceSet) {
    stay(&mut resources.workload_entries, &before.workload_entries, |meta| &mut meta.labels);
    stay(&mut resources.pods, &before.pods, |meta| &mut meta.labels);
    stay(&mut resources.nodes, &before.nodes, |meta| &mut meta.labels);
}

fn annotations_stay(resources: &mut ResourceSet, before: &ResourceSet) {
    stay(&mut resources.service_entries, &before.service_entries, |meta| &mut meta.annotations);
    stay(&mut resources.workload_entries, &before.workload_entries, |meta| &mut meta.annotations);
}

fn first_host(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |entry| {
        let several = entry.body.spec.hosts.len() > 1;
        entry.body.spec.hosts.truncate(1);
        several
    });
}

fn first_declared_port(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |entry| {
        let several = entry.body.spec.ports.len() > 1;
        entry.body.spec.ports.truncate(1);
        several
    });
}

/// Times are mirrored at the epoch.
fn inverted(created: &mut Option<jiff::Timestamp>) -> bool {
    let mirrored = created.and_then(|time| jiff::Timestamp::from_second(-time.as_second()).ok());
    *created = mirrored;
    mirrored.is_some()
}

fn age_inverted(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |object| inverted(&mut object.meta.creation_timestamp));
    each(&mut resources.http_routes, |object| inverted(&mut object.meta.creation_timestamp));
    each(&mut resources.destination_rules, |object| inverted(&mut object.meta.creation_timestamp));
}

fn exported_to_all(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |entry| {
        let limited = !entry.body.spec.export_to.is_empty();
        entry.body.spec.export_to.clear();
        limited
    });
}

/// ServiceEntries of namespaces without routes are not there.
fn own_namespace(resources: &mut ResourceSet, _: &ResourceSet) {
    let mut own: Vec<Arc<str>> = resources.http_routes.keys().map(|key| key.namespace.clone()).collect();
    own.extend(resources.grpc_routes.keys().map(|key| key.namespace.clone()));
    resources.service_entries.retain(|key, _| own.contains(&key.namespace));
}

/// References whose host is written otherwise in the ServiceEntry lead nowhere.
fn case_sensitive(resources: &mut ResourceSet, _: &ResourceSet) {
    let entries = resources.service_entries.values();
    let hosts: BTreeSet<String> = entries.flat_map(|entry| entry.body.spec.hosts.clone()).collect();
    let otherwise = |name: &str| !hosts.contains(name) && hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
    each(&mut resources.http_routes, |route| {
        let references = route.body.spec.rules.iter_mut().flat_map(|rule| &mut rule.backend_refs);
        let missed = references.filter(|reference| otherwise(&reference.name));
        missed.map(|reference| reference.name = "nobody.invalid".to_owned()).count() > 0
    });
}

fn distribution_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    const ANNOTATION: &str = "networking.istio.io/traffic-distribution";
    each(&mut resources.service_entries, |entry| entry.meta.annotations.remove(ANNOTATION).is_some());
    each(&mut resources.namespaces, |namespace| namespace.meta.annotations.remove(ANNOTATION).is_some());
    each(&mut resources.services, |service| {
        service.body.spec.traffic_distribution.clear();
        service.meta.annotations.remove(ANNOTATION);
        true
    });
}

fn protocols_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |entry| {
        entry.body.spec.ports.iter_mut().for_each(|port| port.protocol = "HTTP".to_owned());
        true
    });
}

fn alternative_names_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.service_entries, |entry| {
        let named = !entry.body.spec.subject_alt_names.is_empty();
        entry.body.spec.subject_alt_names.clear();
        named
    });
}
