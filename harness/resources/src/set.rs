//! All objects that are in force at one moment, each kind sorted by namespace and name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    DestinationRule, EndpointSlice, Gateway, HttpRoute, Namespace, Node, Object, ObjectKey, ObjectRef, Place, Pod,
    ReferenceGrant, Service, ServiceEntry, WorkloadEntry,
};

/// Objects of one kind. Shared, so that a changed set is cheap to make from the last one.
pub type ObjectMap<T> = BTreeMap<ObjectKey, Arc<Object<T>>>;

/// What an API server would hold.
#[derive(Clone, Debug, Default)]
pub struct ResourceSet {
    /// Gateways.
    pub gateways: ObjectMap<Gateway>,
    /// HTTPRoutes.
    pub http_routes: ObjectMap<HttpRoute>,
    /// ServiceEntries.
    pub service_entries: ObjectMap<ServiceEntry>,
    /// WorkloadEntries.
    pub workload_entries: ObjectMap<WorkloadEntry>,
    /// Pods.
    pub pods: ObjectMap<Pod>,
    /// Nodes (empty namespace).
    pub nodes: ObjectMap<Node>,
    /// Namespaces (empty namespace).
    pub namespaces: ObjectMap<Namespace>,
    /// Services.
    pub services: ObjectMap<Service>,
    /// EndpointSlices.
    pub endpoint_slices: ObjectMap<EndpointSlice>,
    /// ReferenceGrants.
    pub reference_grants: ObjectMap<ReferenceGrant>,
    /// DestinationRules.
    pub destination_rules: ObjectMap<DestinationRule>,
    /// Objects of kinds Sextant does not read, in the order they came.
    pub unknown: Vec<UnknownObject>,
}

/// An object of a kind that Sextant does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownObject {
    /// `apiVersion` as written.
    pub api_version: String,
    /// Kind and key.
    pub object: ObjectRef,
    /// Where it starts.
    pub place: Place,
}
