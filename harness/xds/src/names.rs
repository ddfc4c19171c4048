//! Names of Envoy's resources.

use std::collections::HashSet;

use sextant_routing::{Backend, BackendKind, Model, Profile};

/// A cluster that never exists: where requests go whose reference is unresolved (K-130).
pub const BLACKHOLE: &str = "blackhole-cluster";

/// Name of the listener and route configuration that only say which configuration serves.
pub const MARK: &str = "sextant-mark";

/// The cluster of each backend, in the order of the model. No two have one name: where a profile would call two backends
/// alike, the later ones have their ServiceEntry behind it.
pub(crate) fn clusters(model: &Model) -> Vec<String> {
    let mut taken = HashSet::with_capacity(model.backends.len());
    let name = |backend: &Backend| {
        let mut name = cluster(model.profile, backend);
        if !taken.insert(name.clone()) {
            name = format!("{name}|{}", backend.id.service_entry);
            taken.insert(name.clone());
        }
        name
    };
    model.backends.iter().map(name).collect()
}

/// K-015; Istio: direction, port, subset and host.
fn cluster(profile: Profile, backend: &Backend) -> String {
    let id = &backend.id;
    let (namespace, name) = (&id.service_entry.namespace, &id.service_entry.name);
    match (profile, id.kind) {
        (Profile::Istio, _) => format!("outbound|{}||{}", id.port, id.host),
        (Profile::Kgateway, BackendKind::ServiceEntry) => {
            format!("istio-se_{namespace}_{name}_{}_{}", id.host, id.port)
        }
        (Profile::Kgateway, BackendKind::Service) => format!("kube_{namespace}_{name}_{}", id.port),
    }
}

/// The listener of a Gateway port, and its route configuration.
pub(crate) fn listener(port: u16) -> String {
    format!("port-{port}")
}
