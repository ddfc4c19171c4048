//! Traps of the names that ServiceEntries declare, and of what is said of them in annotations.

use std::collections::{BTreeMap, BTreeSet};

use sextant_resources::{Hostname, Object, ObjectKey, ObjectRef, Resolution, ServiceEntry};

use super::{Traps, World};

/// Which endpoints nearby are preferred.
const DISTRIBUTION: &str = "networking.istio.io/traffic-distribution";

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    let services = services(world);
    for entry in world.resources.service_entries.values() {
        several_names(entry, traps);
        distribution(world, entry, traps);
        for (index, host) in entry.body.spec.hosts.iter().enumerate() {
            if let Some(service) = services.get(&Hostname::new(host)) {
                let path = format!("spec.hosts[{index}]");
                traps.add("L-044", entry.reference(), &entry.origin, &path, &service.to_string());
            }
        }
    }
    of_namespaces(world, traps);
}

/// Services by their names in the cluster, without those that not everybody sees.
fn services(world: &World<'_>) -> BTreeMap<Hostname, ObjectRef> {
    let domain = &world.options.settings.cluster_domain;
    let services = world.resources.services.values();
    let public = services.filter(|service| !service.meta.annotations.contains_key("networking.istio.io/exportTo"));
    public
        .map(|service| {
            let ObjectKey { namespace, name } = &service.key;
            (Hostname::new(&format!("{name}.{namespace}.svc.{domain}")), service.reference())
        })
        .collect()
}

/// Several hosts that are all looked up for each of them.
fn several_names(entry: &Object<ServiceEntry>, traps: &mut Traps) {
    let spec = &entry.body.spec;
    let code = match spec.resolution {
        Resolution::Dns => "L-042",
        Resolution::DnsRoundRobin => "L-043",
        _ => return,
    };
    let names: BTreeSet<_> = spec.hosts.iter().map(|host| Hostname::new(host)).collect();
    if spec.endpoints.is_empty() && names.len() > 1 {
        traps.add(code, entry.reference(), &entry.origin, "spec.hosts[1]", "");
    }
}

/// A traffic distribution that means nothing.
fn distribution(world: &World<'_>, entry: &Object<ServiceEntry>, traps: &mut Traps) {
    let Some(written) = entry.meta.annotations.get(DISTRIBUTION) else { return };
    let known = ["PreferClose", "PreferSameZone", "PreferSameNode"].iter().any(|it| it.eq_ignore_ascii_case(written));
    let network = world.options.semantics().prefer_network && written.eq_ignore_ascii_case("PreferNetwork");
    if !known && !network {
        let path = format!("metadata.annotations[{DISTRIBUTION:?}]");
        traps.add("L-045", entry.reference(), &entry.origin, &path, written);
    }
}

/// A traffic distribution of a namespace whose ServiceEntries have none.
fn of_namespaces(world: &World<'_>, traps: &mut Traps) {
    let mut without: BTreeMap<&str, &ObjectKey> = BTreeMap::new();
    for entry in world.resources.service_entries.values() {
        if !entry.meta.annotations.contains_key(DISTRIBUTION) {
            without.entry(&entry.key.namespace).or_insert(&entry.key);
        }
    }
    for namespace in world.resources.namespaces.values() {
        let entry = without.get(&*namespace.key.name);
        if let Some(entry) = entry.filter(|_| namespace.meta.annotations.contains_key(DISTRIBUTION)) {
            let path = format!("metadata.annotations[{DISTRIBUTION:?}]");
            let detail = format!("{entry} has none of its own");
            traps.add("L-046", namespace.reference(), &namespace.origin, &path, &detail);
        }
    }
}
