//! Backends with their endpoints, and what was left out.

use sextant_resources::{ObjectKey, ResourceSet};
use sextant_routing as routing;
use sextant_routing::{BackendId, BackendIndex, BackendKind, EndpointSource, Model, Options, UpstreamHttp};

use super::{empty, targets};
use crate::explanation::{Backend, BackendName, Declaration, Endpoint, Excluded, Fault, Port, Source};
use crate::shares::shares;

/// The backend of `model` at `index`.
pub(crate) fn backend(model: &Model, index: BackendIndex, resources: &ResourceSet, options: &Options) -> Backend {
    let backend = &model[index];
    let shares = shares(backend);
    let key = backend.id.service_entry.clone();
    let entry = resources.service_entries.get(&key).filter(|_| backend.id.kind == BackendKind::ServiceEntry);
    let selector = entry.and_then(|entry| entry.body.spec.workload_selector.as_ref());
    Backend {
        declared_by: match backend.id.kind {
            BackendKind::ServiceEntry => Declaration::ServiceEntry(key),
            BackendKind::Service => Declaration::Service(key),
        },
        host: backend.id.host.to_string(),
        port: Port {
            number: backend.port.number,
            name: backend.port.name.clone(),
            protocol: backend.port.protocol.clone(),
        },
        resolution: backend.resolution,
        discovery: backend.discovery.as_str(),
        selector: selector.map(|selector| selector.labels.clone()),
        upstream: match backend.upstream {
            UpstreamHttp::Http1 => "HTTP/1.1",
            UpstreamHttp::Http2 => "HTTP/2",
        },
        tls: backend.policy.tls.is_some(),
        destination_rule: backend.policy.rule.clone(),
        outlier_detection: backend.policy.outlier_detection.is_some(),
        fault: backend.fault.as_ref().map(|fault| Fault { rule: fault.rule, message: fault.message.clone() }),
        endpoints: backend.endpoints.iter().zip(shares).map(|(e, share)| endpoint(e, share)).collect(),
        excluded: backend.excluded.iter().map(excluded).collect(),
        outcome: targets::of_backend(model, index).outcome,
        message: empty::why(backend, resources, options),
    }
}

fn endpoint(endpoint: &routing::Endpoint, share: Option<f64>) -> Endpoint {
    Endpoint {
        address: endpoint.address.to_string(),
        port: endpoint.port,
        locality: routing::Locality::clone(&endpoint.locality),
        weight: endpoint.weight.get(),
        priority: endpoint.priority,
        network: endpoint.network.clone(),
        share,
        source: source(&endpoint.source),
    }
}

fn excluded(excluded: &routing::Excluded) -> Excluded {
    Excluded {
        source: source(&excluded.source),
        reason: excluded.reason.to_string(),
        rule: excluded.rule,
        message: excluded.message.clone(),
    }
}

/// `source` as the contract names it.
pub(crate) fn source(source: &EndpointSource) -> Source {
    let of = |kind, key: &ObjectKey, index| Source {
        kind,
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        index,
    };
    let alone = |kind, name: String| Source { kind, namespace: String::new(), name, index: None };
    match source {
        EndpointSource::Inline { service_entry, index } => of("Endpoint", service_entry, Some(*index)),
        EndpointSource::Host(host) => alone("Host", host.to_string()),
        EndpointSource::WorkloadEntry(key) => of("WorkloadEntry", key, None),
        EndpointSource::Pod(key) => of("Pod", key, None),
        EndpointSource::EndpointSlice { slice, index } => of("EndpointSlice", slice, Some(*index)),
        EndpointSource::NetworkGateway { network } => alone("NetworkGateway", network.clone()),
    }
}

/// `id` as the contract names it.
pub(super) fn name(id: &BackendId) -> BackendName {
    BackendName {
        kind: match id.kind {
            BackendKind::ServiceEntry => "ServiceEntry",
            BackendKind::Service => "Service",
        },
        namespace: id.service_entry.namespace.to_string(),
        name: id.service_entry.name.to_string(),
        host: id.host.to_string(),
        port: id.port,
    }
}
