//! What the loader must know of a kind to read it: names, versions, scope, and its place in a [`ResourceSet`].

use serde::de::DeserializeOwned;

use super::{
    BackendTlsPolicy, ConfigMap, DestinationRule, EndpointSlice, Gateway, GrpcRoute, HttpRoute, Namespace, Node, Pod,
    ReferenceGrant, Secret, Service, ServiceEntry, TcpRoute, TlsRoute, WorkloadEntry,
};
use crate::{ObjectMap, ResourceSet};

/// A kind that Sextant reads.
pub trait Kind: Clone + DeserializeOwned + 'static {
    /// Kind, such as `ServiceEntry`.
    const KIND: &'static str;
    /// API group; empty for core.
    const GROUP: &'static str;
    /// Versions that share this type's shape, the preferred one first.
    const VERSIONS: &'static [&'static str];
    /// Whether objects of the kind live in no namespace.
    const CLUSTER_SCOPED: bool;

    /// The objects of this kind.
    fn objects(set: &ResourceSet) -> &ObjectMap<Self>;

    /// The objects of this kind, to change.
    fn objects_mut(set: &mut ResourceSet) -> &mut ObjectMap<Self>;
}

/// Hands every kind with its field of [`ResourceSet`] to the macro `$then`.
macro_rules! every_kind {
    ($then:ident) => {
        $then! {
            Gateway gateways,
            HttpRoute http_routes,
            GrpcRoute grpc_routes,
            TcpRoute tcp_routes,
            TlsRoute tls_routes,
            ServiceEntry service_entries,
            WorkloadEntry workload_entries,
            Pod pods,
            Node nodes,
            Namespace namespaces,
            Service services,
            EndpointSlice endpoint_slices,
            ReferenceGrant reference_grants,
            DestinationRule destination_rules,
            BackendTlsPolicy backend_tls_policies,
            ConfigMap config_maps,
            Secret secrets,
        }
    };
}
pub(crate) use every_kind;

macro_rules! kind {
    ($type:ident, $field:ident, $kind:literal, $group:literal, $versions:expr, cluster_scoped: $scope:literal) => {
        impl Kind for $type {
            const KIND: &'static str = $kind;
            const GROUP: &'static str = $group;
            const VERSIONS: &'static [&'static str] = $versions;
            const CLUSTER_SCOPED: bool = $scope;

            fn objects(set: &ResourceSet) -> &ObjectMap<Self> {
                &set.$field
            }

            fn objects_mut(set: &mut ResourceSet) -> &mut ObjectMap<Self> {
                &mut set.$field
            }
        }
    };
}

const ISTIO: &[&str] = &["v1", "v1beta1", "v1alpha3"];

kind!(Gateway, gateways, "Gateway", "gateway.networking.k8s.io", &["v1", "v1beta1"], cluster_scoped: false);
kind!(HttpRoute, http_routes, "HTTPRoute", "gateway.networking.k8s.io", &["v1", "v1beta1"], cluster_scoped: false);
kind!(GrpcRoute, grpc_routes, "GRPCRoute", "gateway.networking.k8s.io", &["v1", "v1alpha2"], cluster_scoped: false);
kind!(TcpRoute, tcp_routes, "TCPRoute", "gateway.networking.k8s.io", &["v1", "v1alpha2"], cluster_scoped: false);
kind!(
    TlsRoute,
    tls_routes,
    "TLSRoute",
    "gateway.networking.k8s.io",
    &["v1", "v1alpha3", "v1alpha2"],
    cluster_scoped: false
);
kind!(
    ReferenceGrant,
    reference_grants,
    "ReferenceGrant",
    "gateway.networking.k8s.io",
    &["v1", "v1beta1", "v1alpha2"],
    cluster_scoped: false
);
kind!(
    BackendTlsPolicy,
    backend_tls_policies,
    "BackendTLSPolicy",
    "gateway.networking.k8s.io",
    &["v1", "v1alpha3"],
    cluster_scoped: false
);
kind!(ServiceEntry, service_entries, "ServiceEntry", "networking.istio.io", ISTIO, cluster_scoped: false);
kind!(WorkloadEntry, workload_entries, "WorkloadEntry", "networking.istio.io", ISTIO, cluster_scoped: false);
kind!(DestinationRule, destination_rules, "DestinationRule", "networking.istio.io", ISTIO, cluster_scoped: false);
kind!(Pod, pods, "Pod", "", &["v1"], cluster_scoped: false);
kind!(Node, nodes, "Node", "", &["v1"], cluster_scoped: true);
kind!(Namespace, namespaces, "Namespace", "", &["v1"], cluster_scoped: true);
kind!(ConfigMap, config_maps, "ConfigMap", "", &["v1"], cluster_scoped: false);
kind!(Secret, secrets, "Secret", "", &["v1"], cluster_scoped: false);
kind!(Service, services, "Service", "", &["v1"], cluster_scoped: false);
kind!(EndpointSlice, endpoint_slices, "EndpointSlice", "discovery.k8s.io", &["v1"], cluster_scoped: false);
