//! Kubernetes Services to backends, one for each TCP port, with the endpoints of their EndpointSlices and, in some profiles,
//! the WorkloadEntries that they select.

mod slices;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use sextant_resources::{
    Endpoint as SliceEndpoint, EndpointPort, EndpointSlice, Hostname, Object, ObjectKey, Resolution, Service,
    ServiceEntryPort, ServicePort, TargetPort,
};

use super::backends::{endpoint_order, upstream};
use super::candidate::{Accepts, Barrier, Candidate, Written, weight};
use super::given::Given;
use super::networks::Networks;
use super::placement::Placement;
use super::workloads::Workloads;
use crate::{
    Backend, BackendFault, BackendId, BackendKind, BackendPort, Discovery, Endpoint, EndpointAddress, EndpointSource,
    Excluded, ExclusionReason, Policy, UpstreamHttp,
};

pub(crate) use slices::Slices;

/// What keeps an ExternalName Service from the proxy.
pub(crate) const EXTERNAL_NAME: &str = "P-048";

/// The name of the Service `key` in a cluster of this domain.
pub(crate) fn service_host(key: &ObjectKey, domain: &str) -> Hostname {
    Hostname::new(&format!("{}.{}.svc.{domain}", key.name, key.namespace))
}

/// Builds the backends of Services.
pub(crate) struct Services<'a> {
    given: Given<'a>,
    slices: &'a Slices,
    workloads: &'a Workloads,
}

impl<'a> Services<'a> {
    pub(crate) fn new(given: Given<'a>, slices: &'a Slices, workloads: &'a Workloads) -> Self {
        Self { given, slices, workloads }
    }

    /// The backends of `service`, ordered by port. A port of another protocol than TCP makes none.
    pub(crate) fn backends(&self, service: &Object<Service>, networks: &Networks<'_>) -> Vec<Backend> {
        let mut ports: BTreeMap<u16, &ServicePort> = BTreeMap::new();
        for port in &service.body.spec.ports {
            let number = u16::try_from(port.port).ok().filter(|number| *number > 0);
            if let (Some(number), "" | "TCP") = (number, port.protocol.as_str()) {
                ports.entry(number).or_insert(port);
            }
        }
        ports.into_iter().map(|(number, port)| self.backend(service, number, port, networks)).collect()
    }

    fn backend(&self, service: &Object<Service>, number: u16, port: &ServicePort, networks: &Networks<'_>) -> Backend {
        let protocol = if port.app_protocol.is_empty() { &port.protocol } else { &port.app_protocol };
        let mut backend = Backend {
            id: BackendId {
                kind: BackendKind::Service,
                service_entry: service.key.clone(),
                host: service_host(&service.key, &self.given.options.settings.cluster_domain),
                port: number,
            },
            port: BackendPort { number, name: port.name.clone(), protocol: protocol.clone() },
            resolution: Resolution::Static,
            discovery: Discovery::EndpointSlices,
            upstream: self.upstream(port),
            endpoints: Vec::new(),
            excluded: Vec::new(),
            policy: Policy::default(),
            fault: self.alias(service),
        };
        let lone = service.body.spec.ports.len() == 1 && self.given.semantics.lone_port_any_name;
        for slice in self.slices.of(&service.key) {
            let dialled = serving_port(&slice.body, port, lone);
            for (index, endpoint) in slice.body.endpoints.iter().enumerate() {
                let source = EndpointSource::EndpointSlice { slice: slice.key.clone(), index };
                match self.endpoints(slice, endpoint, &dialled, &source) {
                    Ok(endpoints) => backend.endpoints.extend(endpoints),
                    Err(barrier) => backend.excluded.push(barrier.on(&source)),
                }
            }
        }
        backend.endpoints.sort_by(endpoint_order);
        // While an endpoint moves from one slice to another it is in both.
        backend.endpoints.dedup_by(|b, a| (&a.address, a.port) == (&b.address, b.port));
        for entry in self.workload_entries(service) {
            match self.machines(entry, number, port, networks) {
                Ok(endpoints) => backend.endpoints.extend(endpoints),
                Err(excluded) => backend.excluded.push(excluded),
            }
        }
        backend
    }

    /// P-048: what is only another name for a host has no cluster.
    fn alias(&self, service: &Object<Service>) -> Option<BackendFault> {
        let alias = self.given.semantics.external_name_is_missing && service.body.spec.kind == "ExternalName";
        alias.then(|| BackendFault {
            rule: EXTERNAL_NAME,
            message: "an ExternalName Service is only another name for a host, and the gateway has no cluster for it; \
                      declare that host in a ServiceEntry"
                .to_owned(),
        })
    }

    /// The WorkloadEntries that `service` selects (I-057).
    fn workload_entries(&self, service: &Object<Service>) -> impl Iterator<Item = &Candidate> {
        let own = service.key.namespace.clone();
        let labels = Some(&service.body.spec.selector);
        let labels =
            labels.filter(|labels| self.given.semantics.services_select_workload_entries && !labels.is_empty());
        let matches = labels.and_then(|labels| self.workloads.matching(labels));
        let near = matches.into_iter().flat_map(move |matches| matches.near(&own).collect::<Vec<_>>());
        near.map(|workload| &workload.candidate).filter(|it| matches!(it.written, Written::WorkloadEntry(_)))
    }

    /// The endpoint of a WorkloadEntry behind `port`, or the gateways of its network (I-127). A target port by name is
    /// what the entry's own `ports` call so (I-058); otherwise the port is found as that of a ServiceEntry is.
    fn machines(
        &self,
        entry: &Candidate,
        number: u16,
        port: &ServicePort,
        networks: &Networks<'_>,
    ) -> Result<Vec<Endpoint>, Excluded> {
        let (name, target_port) = match &port.target_port {
            Some(TargetPort::Name(name)) if !entry.overrides(name) => {
                let message = format!("the Service dials the port `{name}`, and its `ports` have none of that name");
                return Err(Barrier::new(ExclusionReason::InvalidPort, "I-058", message).on(&entry.written.source()));
            }
            Some(TargetPort::Name(name)) => (name, 0),
            Some(TargetPort::Number(number)) => (&port.name, *number),
            None => (&port.name, 0),
        };
        if entry.barrier.is_none() && networks.is_remote(&entry.placement.network) {
            return networks.through(entry, Accepts::Ip).map_err(|barrier| barrier.on(&entry.written.source()));
        }
        let port = ServiceEntryPort { name: name.clone(), number: number.into(), target_port, ..Default::default() };
        Ok(vec![entry.endpoint(&port, Accepts::Ip, self.given.semantics)?])
    }

    /// HTTP version by `appProtocol`, else in some profiles by the part of the port's name before its first dash (I-025).
    fn upstream(&self, port: &ServicePort) -> UpstreamHttp {
        match port.app_protocol.as_str() {
            "" if self.given.semantics.service_port_names => {
                let name = port.name.strip_prefix("grpc-web").map_or(port.name.as_str(), |_| "grpc-web");
                upstream(if name == "grpc-web" { name } else { name.split('-').next().unwrap_or(name) }, false)
            }
            protocol => upstream(protocol, true),
        }
    }

    /// The endpoints that one entry of a slice stands for: one for each of its addresses.
    fn endpoints(
        &self,
        slice: &Object<EndpointSlice>,
        endpoint: &SliceEndpoint,
        dialled: &Result<u16, Barrier>,
        source: &EndpointSource,
    ) -> Result<Vec<Endpoint>, Barrier> {
        readiness(endpoint)?;
        let port = dialled.clone()?;
        let addresses = endpoint.addresses.iter().map(|text| text.parse().map_err(|_| not_an_address(text)));
        let addresses = addresses.collect::<Result<Vec<IpAddr>, _>>()?;
        if addresses.is_empty() {
            return Err(Barrier::new(ExclusionReason::NoAddress, "K-048", "the slice gives it no address"));
        }
        let place = |ip: IpAddr| {
            let placement = self.placement(&slice.key.namespace, ip, endpoint);
            Endpoint {
                address: EndpointAddress::Ip(ip),
                port,
                locality: placement.locality,
                weight: weight(1),
                priority: 0,
                network: placement.network,
                labels: placement.labels,
                source: source.clone(),
            }
        };
        Ok(addresses.into_iter().map(place).collect())
    }

    /// Labels, locality and network of the pod with this address; without one, what the node and the slice know.
    fn placement(&self, namespace: &str, ip: IpAddr, endpoint: &SliceEndpoint) -> Placement {
        let node = endpoint.node_name.as_str();
        let pod = self.slices.pod(namespace, ip).map(|pod| pod.candidate.placement.clone());
        let mut placement =
            pod.unwrap_or_else(|| self.given.placer.pod(BTreeMap::new(), node, self.given.node_labels(node)));
        if placement.locality.is_empty() {
            Arc::make_mut(&mut placement.locality).zone = endpoint.zone.clone();
        }
        placement
    }
}

/// Whether `endpoint` takes requests: an absent `ready` means that it does. What it still serves while it terminates does
/// not count, and an endpoint that is published before it is ready says `ready` itself.
fn readiness(endpoint: &SliceEndpoint) -> Result<(), Barrier> {
    let conditions = &endpoint.conditions;
    if conditions.ready.unwrap_or(true) {
        return Ok(());
    }
    if conditions.terminating != Some(true) {
        return Err(Barrier::new(ExclusionReason::NotReady, "K-075", "the slice says ready: false"));
    }
    Err(Barrier::new(
        ExclusionReason::Terminating,
        "K-075",
        match conditions.serving {
            Some(true) => "it is terminating: it still serves, but takes no new requests",
            _ => "it is terminating",
        },
    ))
}

fn not_an_address(text: &str) -> Barrier {
    let message = format!("`{text}` is not an IP address, and names in an EndpointSlice are not looked up");
    Barrier::new(ExclusionReason::NotAnIPAddress, "K-047", message)
}

/// The number that `slice` has for the Service port `port`: the slice port of that name, or of any name when `lone`.
fn serving_port(slice: &EndpointSlice, port: &ServicePort, lone: bool) -> Result<u16, Barrier> {
    let tcp = |candidate: &&EndpointPort| matches!(candidate.protocol.as_str(), "" | "TCP");
    let mut named = slice.ports.iter().filter(tcp).filter(|candidate| lone || candidate.name == port.name);
    let number = named.find_map(|candidate| candidate.port);
    let missing = || {
        let message = format!("its slice has no TCP port named `{}` with a number", port.name);
        Barrier::new(ExclusionReason::InvalidPort, "K-051", message)
    };
    let number = number.ok_or_else(missing)?;
    u16::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| {
        let message = format!("port {number} for `{}` is not between 1 and 65535", port.name);
        Barrier::new(ExclusionReason::InvalidPort, "K-051", message)
    })
}
