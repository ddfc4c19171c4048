//! EndpointSlices by Service, and the pods that their addresses belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use sextant_resources::{EndpointSlice, Object, ObjectKey, ResourceSet};

use crate::resolve::candidate::{Address, Written};
use crate::resolve::declarers::{DeclarerId, Declarers};
use crate::resolve::workloads::{Workload, WorkloadId, Workloads};

/// The label of an EndpointSlice that names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The EndpointSlices of every Service, with the pods behind them.
#[derive(Default)]
pub(crate) struct Slices {
    /// Ordered by name of the slice.
    by_service: HashMap<ObjectKey, Vec<Arc<Object<EndpointSlice>>>>,
    /// By namespace and address: those that some slice has.
    addresses: HashMap<Arc<str>, HashMap<IpAddr, Use>>,
}

/// Who has an address.
#[derive(Default)]
struct Use {
    services: BTreeSet<DeclarerId>,
    /// By name.
    pods: BTreeMap<Arc<str>, Arc<Workload>>,
}

impl Slices {
    pub(crate) fn new(resources: &ResourceSet, declarers: &Declarers, workloads: &Workloads) -> Self {
        let mut index = Self::default();
        for slice in resources.endpoint_slices.values() {
            let Some(name) = slice.meta.labels.get(SERVICE_NAME) else { continue };
            let service = ObjectKey::new(Arc::clone(&slice.key.namespace), name.as_str());
            let declarer = declarers.service(&service);
            let here = index.addresses.entry(Arc::clone(&slice.key.namespace)).or_default();
            let addresses = slice.body.endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
            for address in addresses.filter_map(|text| text.parse().ok()) {
                here.entry(address).or_default().services.extend(declarer);
            }
            index.by_service.entry(service).or_default().push(Arc::clone(slice));
        }
        if !index.addresses.is_empty() {
            for workload in workloads.all() {
                index.put(&workload.id, None, Some(workload));
            }
        }
        index
    }

    /// The slices of `service`, ordered by name.
    pub(crate) fn of(&self, service: &ObjectKey) -> &[Arc<Object<EndpointSlice>>] {
        self.by_service.get(service).map_or(&[], Vec::as_slice)
    }

    /// The pod with this address, which some slice of `namespace` has; of several the last.
    pub(crate) fn pod(&self, namespace: &str, address: IpAddr) -> Option<&Workload> {
        let (_, pod) = self.addresses.get(namespace)?.get(&address)?.pods.last_key_value()?;
        Some(pod)
    }

    /// Takes note that the workload of this identity was `before` and is `after`. Returns the Services whose endpoints
    /// may differ.
    pub(crate) fn put(
        &mut self,
        id: &WorkloadId,
        before: Option<&Arc<Workload>>,
        after: Option<&Arc<Workload>>,
    ) -> BTreeSet<DeclarerId> {
        let mut affected = BTreeSet::new();
        let Some(here) = self.addresses.get_mut(&id.namespace) else { return affected };
        if let Some(place) = before.and_then(|pod| here.get_mut(&pod_address(pod)?)) {
            place.pods.remove(&id.name);
            affected.extend(&place.services);
        }
        if let Some((pod, place)) = after.and_then(|pod| Some((pod, here.get_mut(&pod_address(pod)?)?))) {
            place.pods.insert(Arc::clone(&id.name), Arc::clone(pod));
            affected.extend(&place.services);
        }
        affected
    }
}

/// The address of a pod; `None` for one without, and for what is no pod.
fn pod_address(workload: &Workload) -> Option<IpAddr> {
    match (&workload.candidate.written, &workload.candidate.address) {
        (Written::Pod(_), Address::Ip(address)) => Some(*address),
        _ => None,
    }
}
