//! Manifests in short form, and models in a form that tests can compare.

use sextant_resources::{ResourceSet, Severity, load_text};
use sextant_routing::{Backend, Condition, Model, Options, ParentStatus, Profile, Route, resolve};

/// Resources from YAML that must be free of errors.
pub(crate) fn load(text: &str) -> ResourceSet {
    let loaded = load_text(&"test.yaml".into(), text);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    loaded.resources
}

/// The model of YAML documents under kgateway.
pub(crate) fn model(documents: &[String]) -> Model {
    with(documents, &Options::default())
}

/// The model of YAML documents under Istio.
pub(crate) fn istio(documents: &[String]) -> Model {
    with(documents, &Options { profile: Profile::Istio, ..Options::default() })
}

pub(crate) fn with(documents: &[String], options: &Options) -> Model {
    resolve(&load(&documents.join("---\n")), options)
}

/// A document in namespace `gwtest`; `spec` is the inside of a flow mapping.
fn object(api: &str, kind: &str, meta: &str, spec: &str) -> String {
    let namespace = if meta.contains("namespace:") { "" } else { ", namespace: gwtest" };
    format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {meta}{namespace}}}\nspec: {{{spec}}}\n")
}

/// A ServiceEntry. `meta` is its name, perhaps followed by more of its metadata.
pub(crate) fn service_entry(meta: &str, spec: &str) -> String {
    object("networking.istio.io/v1", "ServiceEntry", meta, spec)
}

/// A ServiceEntry for se.example.com:80, port name http.
pub(crate) fn example(spec: &str) -> String {
    service_entry(
        "example-se",
        &format!("hosts: [se.example.com], ports: [{{number: 80, name: http, protocol: HTTP}}], {spec}"),
    )
}

pub(crate) fn workload_entry(meta: &str, spec: &str) -> String {
    object("networking.istio.io/v1", "WorkloadEntry", meta, spec)
}

/// A ready pod on `node`.
pub(crate) fn pod(meta: &str, ip: &str, node: &str) -> String {
    pod_with(meta, node, &format!("podIP: {ip}, conditions: [{{type: Ready, status: 'True'}}]"))
}

pub(crate) fn pod_with(meta: &str, node: &str, status: &str) -> String {
    format!("{}status: {{{status}}}\n", object("v1", "Pod", meta, &format!("nodeName: '{node}'")))
}

pub(crate) fn node(name: &str, labels: &str) -> String {
    format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n")
}

pub(crate) fn namespace(name: &str, meta: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, {meta}}}\n")
}

/// Gateway `gw` with these listeners, each the inside of a flow mapping.
pub(crate) fn gateway(listeners: &[&str]) -> String {
    gateway_in("gw", listeners)
}

pub(crate) fn gateway_in(meta: &str, listeners: &[&str]) -> String {
    let listeners: Vec<_> = listeners.iter().map(|listener| format!("{{{listener}}}")).collect();
    let spec = format!("gatewayClassName: kgateway, listeners: [{}]", listeners.join(", "));
    object("gateway.networking.k8s.io/v1", "Gateway", meta, &spec)
}

pub(crate) fn http_route(meta: &str, spec: &str) -> String {
    object("gateway.networking.k8s.io/v1", "HTTPRoute", meta, spec)
}

pub(crate) fn grpc_route(meta: &str, spec: &str) -> String {
    object("gateway.networking.k8s.io/v1", "GRPCRoute", meta, spec)
}

/// A route of this kind.
pub(crate) fn route_of_kind(kind: &str, meta: &str, spec: &str) -> String {
    object("gateway.networking.k8s.io/v1", kind, meta, spec)
}

/// An HTTPRoute at Gateway `gw` with one rule that has this one backendRef.
pub(crate) fn route_to(meta: &str, reference: &str) -> String {
    http_route(meta, &format!("parentRefs: [{{name: gw}}], rules: [{{backendRefs: [{{{reference}}}]}}]"))
}

pub(crate) fn reference_grant(meta: &str, from: &str, to: &str) -> String {
    object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", meta, &format!("from: [{{{from}}}], to: [{{{to}}}]"))
}

/// `gwtest/example-se se.example.com:80`, for every backend.
pub(crate) fn backends(model: &Model) -> Vec<String> {
    model.backends.iter().map(|backend| backend.id.to_string()).collect()
}

/// The only backend.
pub(crate) fn only(model: &Model) -> &Backend {
    assert_eq!(model.backends.len(), 1, "{:?}", backends(model));
    &model.backends[0]
}

/// `1.1.1.1:80`, for every endpoint in order.
pub(crate) fn addresses(backend: &Backend) -> Vec<String> {
    backend.endpoints.iter().map(|endpoint| format!("{}:{}", endpoint.address, endpoint.port)).collect()
}

/// `1.1.1.1 p0`, for every endpoint in order.
pub(crate) fn priorities(backend: &Backend) -> Vec<String> {
    backend.endpoints.iter().map(|endpoint| format!("{} p{}", endpoint.address, endpoint.priority)).collect()
}

/// `reviews-1 NotReady K-075` or `#0 NoAddress K-048`, for every candidate left out, in order.
pub(crate) fn excluded(backend: &Backend) -> Vec<String> {
    use sextant_routing::EndpointSource::{EndpointSlice, Host, Inline, NetworkGateway, Pod, WorkloadEntry};
    let line = |excluded: &sextant_routing::Excluded| {
        let source = match &excluded.source {
            Inline { index, .. } => format!("#{index}"),
            Host(host) => host.to_string(),
            NetworkGateway { network } => network.clone(),
            EndpointSlice { slice, index } => format!("{}#{index}", slice.name),
            WorkloadEntry(key) | Pod(key) if &*key.namespace == "gwtest" => key.name.to_string(),
            WorkloadEntry(key) | Pod(key) => key.to_string(),
        };
        assert!(!excluded.message.is_empty(), "{source} says nothing");
        format!("{source} {} {}", excluded.reason, excluded.rule)
    };
    backend.excluded.iter().map(line).collect()
}

/// `Accepted=True Accepted`, with the message if there is one, of the first parent of `route`.
pub(crate) fn conditions(route: &Route) -> Vec<String> {
    conditions_of(&route.parents)
}

/// As [`conditions`], of the first of `parents`.
pub(crate) fn conditions_of(parents: &[ParentStatus]) -> Vec<String> {
    parents[0].conditions.iter().map(condition_line).collect()
}

/// `Accepted=True Accepted`, with the message if there is one.
pub(crate) fn condition_line(condition: &Condition) -> String {
    let status = if condition.status { "True" } else { "False" };
    let line = format!("{}={status} {}: {}", condition.kind, condition.reason, condition.message);
    line.trim_end_matches(": ").to_owned()
}
