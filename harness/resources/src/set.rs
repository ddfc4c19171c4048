//! All objects that are in force at one moment, each kind sorted by namespace and name.

mod documents;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::documents::{document, document_of_unknown};
use crate::kinds::every_kind;
use crate::{
    BackendTlsPolicy, ConfigMap, DestinationRule, EndpointSlice, Gateway, GrpcRoute, HttpRoute, Kind, Namespace, Node,
    Object, ObjectKey, ObjectRef, Origin, Place, Pod, ReferenceGrant, Secret, Service, ServiceEntry, TcpRoute,
    TlsRoute, WorkloadEntry,
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
    /// GRPCRoutes.
    pub grpc_routes: ObjectMap<GrpcRoute>,
    /// TCPRoutes.
    pub tcp_routes: ObjectMap<TcpRoute>,
    /// TLSRoutes.
    pub tls_routes: ObjectMap<TlsRoute>,
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
    /// BackendTLSPolicies.
    pub backend_tls_policies: ObjectMap<BackendTlsPolicy>,
    /// ConfigMaps.
    pub config_maps: ObjectMap<ConfigMap>,
    /// Secrets.
    pub secrets: ObjectMap<Secret>,
    /// Objects of kinds Sextant does not read, in the order they came.
    pub unknown: Vec<UnknownObject>,
}

/// An object of a kind that Sextant does not read. Two are equal when they have one version, kind, key and place.
#[derive(Clone, Debug)]
pub struct UnknownObject {
    /// `apiVersion` as written.
    pub api_version: String,
    /// Kind and key.
    pub object: ObjectRef,
    /// Where it starts.
    pub place: Place,
    /// The text it came from.
    pub origin: Arc<Origin>,
}

impl PartialEq for UnknownObject {
    fn eq(&self, other: &Self) -> bool {
        (&self.api_version, &self.object, &self.place) == (&other.api_version, &other.object, &other.place)
    }
}

impl Eq for UnknownObject {}

/// Operations that treat every kind alike.
macro_rules! operations {
    ($($kind:ident $field:ident,)*) => {
        /// Puts every object of `other` in, as `kubectl apply` does: an object with the same kind and key replaces the
        /// old one, and keeps its creation time when its own manifest names none.
        pub fn apply(&mut self, other: &Self) {
            $(apply_objects(&mut self.$field, &other.$field);)*
            apply_unknown(&mut self.unknown, &other.unknown);
        }

        /// Takes an object out; false when there is none of this kind and key. A kind that Sextant does not read is
        /// looked up among [`Self::unknown`].
        pub fn delete(&mut self, object: &ObjectRef) -> bool {
            let known = match object.kind.as_str() {
                $(<$kind as Kind>::KIND => self.$field.remove(&object.key).is_some(),)*
                _ => false,
            };
            if known {
                return true;
            }
            let before = self.unknown.len();
            self.unknown.retain(|unknown| unknown.object != *object);
            self.unknown.len() < before
        }

        /// The objects, of the kinds that Sextant reads, that the two sets do not share: there is another or none in
        /// `other`, or it is only there. Kind by kind in a fixed order, each by namespace and name. Contents are not
        /// compared: an equal copy counts as another object.
        pub fn differing(&self, other: &Self) -> Vec<ObjectRef> {
            let mut found = Vec::new();
            $(differing_objects(&self.$field, &other.$field, &mut found);)*
            found
        }

        /// How many objects there are of the kinds that Sextant reads.
        pub fn len(&self) -> usize {
            [$(self.$field.len()),*].iter().sum()
        }

        /// Every object as a manifest for a program that reads manifests: all that its text says, also what Sextant does
        /// not read, with `apiVersion`, `kind` and `metadata.name`, and with the namespace and the creation time that it
        /// has here. Kind by kind in a fixed order, each by namespace and name; objects of unknown kinds come last.
        pub fn documents(&self) -> Vec<serde_json::Value> {
            let mut documents = Vec::with_capacity(self.len() + self.unknown.len());
            $(documents.extend(self.$field.values().map(|object| document(object)));)*
            documents.extend(self.unknown.iter().map(document_of_unknown));
            documents
        }

        /// Every object of the kinds that Sextant reads with where it came from, kind by kind in a fixed order.
        pub fn iter(&self) -> impl Iterator<Item = (ObjectRef, &Arc<Origin>)> {
            std::iter::empty()$(.chain(self.$field.values().map(listed)))*
        }
    };
}

impl ResourceSet {
    every_kind!(operations);

    /// Whether there is no object of the kinds that Sextant reads.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts `object` in, and gives back the one it replaces.
    pub fn insert<T: Kind>(&mut self, object: Object<T>) -> Option<Arc<Object<T>>> {
        T::objects_mut(self).insert(object.key.clone(), Arc::new(object))
    }
}

impl<T: Kind> Object<T> {
    /// Kind and key, as diagnostics name the object.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef { kind: T::KIND.to_owned(), key: self.key.clone() }
    }
}

fn listed<T: Kind>(object: &Arc<Object<T>>) -> (ObjectRef, &Arc<Origin>) {
    (object.reference(), &object.origin)
}

fn apply_objects<T: Kind>(old: &mut ObjectMap<T>, new: &ObjectMap<T>) {
    for object in new.values() {
        replace(old, object);
    }
}

fn differing_objects<T: Kind>(ours: &ObjectMap<T>, theirs: &ObjectMap<T>, found: &mut Vec<ObjectRef>) {
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    loop {
        let order = match (ours.peek(), theirs.peek()) {
            // Most are shared: their keys need not be compared.
            (Some((_, our)), Some((_, their))) if Arc::ptr_eq(our, their) => Ordering::Equal,
            (Some((our, _)), Some((their, _))) => our.cmp(their),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        match (ours.next_if(|_| order.is_le()), theirs.next_if(|_| order.is_ge())) {
            (Some((_, our)), Some((_, their))) if Arc::ptr_eq(our, their) => {}
            (Some((key, _)), _) | (None, Some((key, _))) => {
                found.push(ObjectRef { kind: T::KIND.to_owned(), key: key.clone() });
            }
            (None, None) => {}
        }
    }
}

/// Puts `object` in as `kubectl apply` does, and gives back the one it replaces.
pub(crate) fn replace<T: Kind>(objects: &mut ObjectMap<T>, object: &Arc<Object<T>>) -> Option<Arc<Object<T>>> {
    let created = objects.get(&object.key).and_then(|before| before.meta.creation_timestamp);
    let object = match (created, object.meta.creation_timestamp) {
        (Some(created), None) => {
            let mut object = Object::clone(object);
            object.meta.creation_timestamp = Some(created);
            Arc::new(object)
        }
        _ => Arc::clone(object),
    };
    objects.insert(object.key.clone(), object)
}

fn apply_unknown(old: &mut Vec<UnknownObject>, new: &[UnknownObject]) {
    let identity = |unknown: &UnknownObject| (unknown.api_version.clone(), unknown.object.clone());
    let mut positions: HashMap<_, _> = old.iter().enumerate().map(|(at, unknown)| (identity(unknown), at)).collect();
    for unknown in new {
        match positions.get(&identity(unknown)) {
            Some(&at) => old[at] = unknown.clone(),
            None => {
                positions.insert(identity(unknown), old.len());
                old.push(unknown.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
