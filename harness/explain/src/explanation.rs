//! The document of `sextant explain`. Other programs read it: fields may be added, none is renamed, retyped or dropped.

use std::collections::BTreeMap;

use serde::Serialize;
use sextant_resources::{Diagnostic, ObjectKey, Resolution};
use sextant_routing::{Locality, Profile};

/// `apiVersion` of every document of this crate.
pub const API_VERSION: &str = "sextant.dev/v1alpha1";

/// Where the traffic of every backend and route goes, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// [`API_VERSION`].
    pub api_version: &'static str,
    /// `Explanation`.
    pub kind: &'static str,
    /// Whose semantics.
    pub profile: Profile,
    /// The gateway that endpoints are ranked for.
    pub gateway: Gateway,
    /// One for each ServiceEntry × host × port that the profile turns into a backend; ordered by namespace, name, host and
    /// port number.
    pub backends: Vec<Backend>,
    /// The same for each Service × port.
    pub services: Vec<Backend>,
    /// ServiceEntries that make no backend, ordered by namespace and name.
    pub without_backend: Vec<WithoutBackend>,
    /// Pods and WorkloadEntries that no ServiceEntry looks at although some ServiceEntry of their namespace has a
    /// workloadSelector; ordered by source.
    pub unselected: Vec<Unselected>,
    /// Every listener of every Gateway, ordered by Gateway and place in it.
    pub listeners: Vec<Listener>,
    /// Ordered by kind, namespace and name.
    pub routes: Vec<Route>,
    /// Findings about the input, in the order of files and lines. No notes: what is listed calls for a look.
    pub diagnostics: Vec<Diagnostic>,
}

/// Who the gateway is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gateway {
    /// Where it runs.
    pub locality: Locality,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its network; empty means the default one.
    pub network: String,
}

/// One ServiceEntry × host × port, or one Service × port.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backend {
    /// `serviceEntry` or `service`.
    #[serde(flatten)]
    pub declared_by: Declaration,
    /// The host; of a Service its name in the cluster.
    pub host: String,
    /// The port that references name.
    pub port: Port,
    /// As written; `STATIC` for a Service.
    pub resolution: Resolution,
    /// How endpoints are found: `inline`, `workloads`, `endpoint-slices`, `dns` (every answer is an endpoint), `logical-dns`
    /// (one answer for each new connection), `dynamic-dns`, `passthrough` or `none`.
    pub discovery: &'static str,
    /// The labels of its workloadSelector as written, whether or not they count; `null` when it has none.
    pub selector: Option<BTreeMap<String, String>>,
    /// What is spoken to endpoints: `HTTP/1.1` or `HTTP/2`.
    pub upstream: &'static str,
    /// Whether TLS is.
    pub tls: bool,
    /// The DestinationRule that shapes it; `null` when none does.
    pub destination_rule: Option<ObjectKey>,
    /// Whether errors take endpoints out for a while. Without that, only what is gone is replaced by a later priority.
    pub outlier_detection: bool,
    /// Why the proxy never gets this backend, so that its requests get 500; `null` when all is well.
    pub fault: Option<Fault>,
    /// What the control plane hands to the proxy, names not looked up; ordered by priority, locality, address and port.
    pub endpoints: Vec<Endpoint>,
    /// What was looked at and is no endpoint, ordered by source.
    pub excluded: Vec<Excluded>,
    /// What requests for it get: `forward`, `503` (nobody to send to) or `500` (withheld from the proxy).
    pub outcome: String,
    /// Why there is no endpoint, and what to do; empty when there is one.
    pub message: String,
}

/// A ServiceEntry that makes no backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WithoutBackend {
    /// The ServiceEntry.
    pub service_entry: ObjectKey,
    /// The rule that says so.
    pub rule: &'static str,
    /// Why, and what to do.
    pub message: String,
}

/// A workload that no ServiceEntry looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unselected {
    /// The workload.
    pub source: Source,
    /// The ServiceEntry of its namespace whose selector comes nearest; `null` when none comes near.
    pub nearest: Option<ObjectKey>,
    /// How its labels differ from that selector; empty when none comes near.
    pub message: String,
}

/// A listener with its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// Its name in the Gateway.
    pub name: String,
    /// Its port as written.
    pub port: u32,
    /// Its protocol as written.
    pub protocol: String,
    /// Routes attached.
    pub attached_routes: usize,
    /// As the control plane would write them.
    pub conditions: Vec<Condition>,
}

/// The object that makes a backend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Declaration {
    /// A ServiceEntry.
    ServiceEntry(ObjectKey),
    /// A Service.
    Service(ObjectKey),
}

/// A port of a ServiceEntry or Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Number.
    pub number: u16,
    /// Name; empty when unset.
    pub name: String,
    /// Protocol as written; empty when unset.
    pub protocol: String,
}

/// Why a backend is withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Rule id.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// An address, or a name to look up, that a backend sends requests to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// IP address, DNS name or `unix://` path.
    pub address: String,
    /// Port; 0 for a unix socket.
    pub port: u16,
    /// Where it runs; unknown parts are empty.
    pub locality: Locality,
    /// Load-balancing weight, 1 or more.
    pub weight: u32,
    /// 0 is preferred.
    pub priority: u32,
    /// Network; empty means the default one.
    pub network: String,
    /// Part of the backend's requests that it gets while every endpoint is healthy and every name has an answer, from 0 to 1.
    /// `null` when that depends on how many addresses DNS answers with.
    pub share: Option<f64>,
    /// Where it comes from.
    pub source: Source,
}

/// The object that an endpoint, or something that is none, comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// `Endpoint` (inline), `Host`, `WorkloadEntry`, `Pod`, `EndpointSlice` or `NetworkGateway`.
    pub kind: &'static str,
    /// Namespace; empty for `Host` and `NetworkGateway`.
    pub namespace: String,
    /// Name: of the ServiceEntry for `Endpoint`, the host for `Host`, the network for `NetworkGateway`.
    pub name: String,
    /// Place in `spec.endpoints` for `Endpoint`, in `endpoints` for `EndpointSlice`; absent for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
}

/// A candidate that is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// The candidate.
    pub source: Source,
    /// Why, as a CamelCase word.
    pub reason: String,
    /// The rule that says so.
    pub rule: &'static str,
    /// Why, as a sentence.
    pub message: String,
}

/// A route with its status and what each of its shares gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// Kind, namespace and name.
    pub route: RouteName,
    /// As written; empty means every hostname of the listener.
    pub hostnames: Vec<String>,
    /// One for each type, ordered by type: the first that is False at any parent, otherwise that of the first parent. Empty
    /// without parentRefs.
    pub conditions: Vec<Condition>,
    /// The conditions at each parent, in the order of parentRefs.
    pub parents: Vec<Parent>,
    /// The listeners that send it requests, ordered by Gateway and place in it. Empty means that no request ever comes.
    pub listeners: Vec<ListenerName>,
    /// In the order written.
    pub rules: Vec<Rule>,
}

/// Identity of a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RouteName {
    /// `HTTPRoute` and the like.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// Identity of a listener.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ListenerName {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// Its name in the Gateway.
    pub name: String,
    /// Its port.
    pub port: u16,
}

/// Status of a route at one parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parent {
    /// Kind; `Gateway` unless written otherwise.
    pub kind: String,
    /// Namespace; the route's unless written otherwise.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Listener name; empty means every listener.
    pub section_name: String,
    /// Listener port; `null` means every port.
    pub port: Option<u32>,
    /// Ordered by type.
    pub conditions: Vec<Condition>,
}

/// A status condition as the control plane would write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// `Accepted`, `ResolvedRefs`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `True` or `False`.
    pub status: &'static str,
    /// CamelCase cause.
    pub reason: &'static str,
    /// Sentence for people; empty when all is well.
    pub message: String,
}

/// One rule of a route.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its name; empty when unset.
    pub name: String,
    /// Or-ed, in short form: `PathPrefix /api`, `GET Exact /info, header x-env=dev`.
    pub matches: Vec<String>,
    /// What its requests get: `forward` when the backendRefs share them, otherwise the status that all of them get.
    pub outcome: String,
    /// Why [`Self::outcome`] is none of `forward`; empty otherwise.
    pub message: String,
    /// In the order written.
    pub backend_refs: Vec<BackendRef>,
}

/// One backendRef with what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackendRef {
    /// As written, with its defaults.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// Weight among the rule's backendRefs; 0 means no requests.
    pub weight: u32,
    /// Part of the rule's requests, from 0 to 1.
    pub share: f64,
    /// What it resolves to; `null` when it does not.
    pub backend: Option<BackendName>,
    /// What its requests get: `forward`, or a status: `500` (not resolved, or withheld from the proxy), `503` (nobody to send
    /// to), `404` (the route was withdrawn), `302` and the like (the rule redirects). Connections of a TCPRoute or TLSRoute
    /// that are not forwarded are `closed`.
    pub outcome: String,
    /// Why it is not `forward`, and what to do; empty otherwise.
    pub message: String,
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reference {
    /// API group; empty for core.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for a `Hostname` without one.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Port; `null` when not given.
    pub port: Option<u32>,
}

/// Identity of a backend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct BackendName {
    /// `ServiceEntry` or `Service`.
    pub kind: &'static str,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Host.
    pub host: String,
    /// Port number.
    pub port: u16,
}

impl Declaration {
    /// `ServiceEntry` or `Service`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ServiceEntry(_) => "ServiceEntry",
            Self::Service(_) => "Service",
        }
    }

    /// Namespace and name.
    pub fn key(&self) -> &ObjectKey {
        match self {
            Self::ServiceEntry(key) | Self::Service(key) => key,
        }
    }
}

impl Backend {
    /// Its identity, as backendRefs name it.
    pub fn name(&self) -> BackendName {
        let key = self.declared_by.key();
        BackendName {
            kind: self.declared_by.kind(),
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            host: self.host.clone(),
            port: self.port.number,
        }
    }
}
