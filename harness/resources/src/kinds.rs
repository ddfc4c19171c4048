//! The kinds Sextant reads. Each type is the object's content beside `metadata`; unknown kinds are noted by the loader.

mod backend_tls_policy;
mod config;
mod core;
mod destination_rule;
pub(crate) mod fields;
mod gateway;
mod grpc_route;
mod http_route;
mod kind;
mod l4_route;
mod reference_grant;
mod service_entry;

pub use self::core::{
    Condition, Container, ContainerPort, Endpoint, EndpointConditions, EndpointPort, EndpointSlice, Namespace, Node,
    Pod, PodIp, PodSpec, PodStatus, Service, ServicePort, ServiceSpec, TargetPort,
};
pub use backend_tls_policy::{
    BackendTlsPolicy, BackendTlsPolicySpec, BackendTlsValidation, LocalObjectRef, PolicyTargetRef, SubjectAltName,
    SubjectAltNameType,
};
pub use config::{ConfigMap, Secret, SecretText, SecretValue};
pub use destination_rule::{
    ClientTlsSettings, DestinationRule, DestinationRuleSpec, LoadBalancerSettings, LocalityDistribution,
    LocalityFailover, LocalityLbSetting, OutlierDetectionSettings, PolicyPort, PortTrafficPolicy, ProxySelector,
    TrafficPolicy,
};
pub use gateway::{
    AllowedRoutes, FromNamespaces, Gateway, GatewayListener, GatewaySpec, LabelSelector, LabelSelectorRequirement,
    ListenerTls, RouteGroupKind, RouteNamespaces, TlsMode,
};
pub use grpc_route::{GrpcMethodMatch, GrpcMethodMatchType, GrpcRoute, GrpcRouteMatch, GrpcRouteRule, GrpcRouteSpec};
pub use http_route::{
    BackendRef, HeaderMatch, HttpRoute, HttpRouteFilter, HttpRouteMatch, HttpRouteRule, HttpRouteSpec,
    HttpRouteTimeouts, ParentRef, PathMatch, PathMatchType, QueryParamMatch, ValueMatchType,
};
pub use kind::Kind;
pub(crate) use kind::every_kind;
pub use l4_route::{L4BackendRef, L4RouteRule, TcpRoute, TcpRouteSpec, TlsRoute, TlsRouteSpec};
pub use reference_grant::{ReferenceGrant, ReferenceGrantFrom, ReferenceGrantSpec, ReferenceGrantTo};
pub use service_entry::{
    Location, Resolution, ServiceEntry, ServiceEntryPort, ServiceEntrySpec, WorkloadEntry, WorkloadEntrySpec,
    WorkloadEntryStatus, WorkloadSelector,
};
