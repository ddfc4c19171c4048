//! Steps. A step does exactly one thing; after a change the runner waits until the subject serves it (invariant 3), so
//! scenarios never sleep.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::fmt::serde::unsigned_duration::friendly::compact::required as duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sextant_fake_dns::Zone;
use sextant_fake_vms::Behaviour;

use crate::{Expect, ManifestSource};

/// One step: an optional name and exactly one of the actions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Step {
    /// Name, for reports; absent means the action and the number of the step from 1, such as `send #3`.
    pub name: Option<String>,
    /// Rules that this step's promises come from; empty means those of the scenario.
    pub rules: Vec<String>,
    /// Applies manifests, as `kubectl apply` would.
    pub apply: Option<Apply>,
    /// Deletes objects.
    pub delete: Option<Delete>,
    /// Replaces what the fake DNS answers for the named names; the script of each starts anew.
    pub dns: Option<Zone>,
    /// Changes how a workload behaves.
    pub workload: Option<WorkloadChange>,
    /// Sends requests and judges the replies.
    pub send: Option<Send>,
    /// Sends the same requests again and again for a time; every reply must keep the promises.
    pub hold: Option<Hold>,
    /// Sends the same request until its reply keeps the promises.
    pub until: Option<Until>,
    /// Asks the fake DNS directly, as `nslookup` would.
    pub lookup: Option<Lookup>,
    /// Judges the endpoint list of the subject.
    pub listed: Option<ListedStep>,
    /// Judges the status conditions that the subject reports for a route.
    pub status: Option<StatusStep>,
    /// Judges the journal of the fake DNS.
    pub queries: Option<QueriesStep>,
    /// Traffic while a change is made: only beside `apply`, `delete`, `dns` or `workload`.
    pub under: Option<Traffic>,
}

/// Manifests to apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Apply {
    /// In order.
    pub manifests: Vec<ManifestSource>,
}

/// An object to delete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delete {
    /// Kind, such as `ServiceEntry`.
    pub kind: String,
    /// Namespace; empty for cluster-scoped kinds.
    #[serde(default)]
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// A new behaviour for a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadChange {
    /// Documented address and port.
    pub endpoint: SocketAddr,
    /// From now on; `{}` means well again.
    pub behaviour: Behaviour,
}

/// What is sent: an HTTP request (`host`), a gRPC call (`host` and `grpc`), or bytes without a protocol (`bytes`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// Host header, sent as it stands here. A port in it says nothing about the listener, which `port` chooses. Only
    /// bytes have none.
    pub host: String,
    /// Port of the Gateway's listener. Absent means the only one there is.
    pub port: Option<u16>,
    /// Path and query; absent means `/`.
    pub path: Option<String>,
    /// Method; absent means GET.
    pub method: Option<String>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Body; empty means none.
    pub body: String,
    /// HTTP/2 with prior knowledge instead of HTTP/1.1; behind TLS by ALPN.
    pub http2: bool,
    /// A unary gRPC call of this `service/method`: a POST over HTTP/2 whose only message is `body`.
    pub grpc: Option<String>,
    /// Bytes to send without a protocol, each time over a connection of its own: the client ends its side behind them and
    /// reads until the other side has ended too.
    pub bytes: Option<String>,
    /// TLS with whoever is behind the gateway, which must show a certificate of the fixture authority; absent for none.
    pub tls: Option<ClientTls>,
}

/// TLS of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClientTls {
    /// Server name (SNI) to send, which the certificate must be for; absent means the host without its port. Empty sends
    /// none; the certificate must be for the host then.
    pub server_name: Option<String>,
}

/// Requests and what their replies must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Send {
    /// What to send.
    pub request: Request,
    /// How often. Absent means once; with shares that are checked statistically, as often as that check needs (2500).
    #[serde(default)]
    pub count: Option<u32>,
    /// Spread over so many connections, in turn; absent means one. Not more than requests.
    #[serde(default)]
    pub connections: Option<u32>,
    /// So many at a time; absent means one after the other. Not more than requests.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// Promises.
    pub expect: Expect,
}

/// Requests sent for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hold {
    /// What to send.
    pub request: Request,
    /// For how long, in real time.
    #[serde(rename = "for", with = "duration")]
    #[schemars(with = "String")]
    pub duration: Duration,
    /// Promises; every reply of the time counts.
    pub expect: Expect,
}

/// Traffic during a change: the same request over one connection, some before the change, then until the subject serves
/// the change, and some after. Every reply must keep the promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Traffic {
    /// What to send.
    pub request: Request,
    /// Promises; how often each endpoint answers is a matter of timing, so shares have no meaning.
    pub expect: Expect,
}

/// A request sent until its reply keeps the promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Until {
    /// What to send.
    pub request: Request,
    /// Deadline; missing it is a failure that shows the last reply.
    #[serde(with = "duration")]
    #[schemars(with = "String")]
    pub within: Duration,
    /// So many replies in a row must keep the promises; absent means 1.
    #[serde(default)]
    pub in_a_row: Option<u32>,
    /// Promises about each single reply: under `sources` it comes from one of those named, and shares have no meaning.
    pub expect: Expect,
}

/// A lookup at the fake DNS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lookup {
    /// Name.
    pub name: String,
    /// `A` (when absent) or `AAAA`.
    #[serde(rename = "type", default)]
    pub record_type: Option<String>,
    /// Response code that must come; absent means `NOERROR`.
    #[serde(default)]
    pub rcode: Option<String>,
    /// Addresses that must come, in any order; absent means any.
    #[serde(default)]
    pub addresses: Option<Vec<IpAddr>>,
}

/// What the subject must list for one backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListedStep {
    /// ServiceEntry as `namespace/name`.
    pub service_entry: String,
    /// Host, when the ServiceEntry has several.
    #[serde(default)]
    pub host: Option<String>,
    /// Port, when the ServiceEntry has several.
    #[serde(default)]
    pub port: Option<u16>,
    /// Exactly these endpoints, in any order.
    pub endpoints: Vec<ListedEndpointExpectation>,
    /// At least these exclusions. Not judged on a subject that cannot list exclusions.
    #[serde(default)]
    pub excluded: Vec<ListedExclusionExpectation>,
}

/// An endpoint that must be listed; absent fields are not judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListedEndpointExpectation {
    /// Documented address and port.
    pub endpoint: SocketAddr,
    /// `region/zone/subzone`.
    #[serde(default)]
    pub locality: Option<String>,
    /// Weight.
    #[serde(default)]
    pub weight: Option<u32>,
    /// Priority.
    #[serde(default)]
    pub priority: Option<u32>,
}

/// A candidate that must be listed as left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListedExclusionExpectation {
    /// Object, such as `WorkloadEntry gwtest/reviews-2`.
    pub source: String,
    /// CamelCase reason, such as `NoAddress`.
    pub reason: String,
}

/// Conditions that the subject must report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusStep {
    /// Route, such as `HTTPRoute gwtest/route-to-upstream`, policy, such as `BackendTLSPolicy gwtest/upstream`, or
    /// listener, such as `Gateway gwtest/edge listener http`.
    pub route: String,
    /// At least these conditions. Where a route has several parents, each that reports the type must report it so.
    pub conditions: Vec<ConditionExpectation>,
}

/// A condition that must be reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionExpectation {
    /// `Accepted`, `ResolvedRefs`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `"True"` or `"False"`.
    pub status: String,
    /// Reason; absent means any.
    #[serde(default)]
    pub reason: Option<String>,
    /// Message; absent means any.
    #[serde(default)]
    pub message: Option<String>,
}

/// What the journal of the fake DNS must and must not hold, from the start of the scenario (or of a step) to now. The scenario's own
/// `lookup` steps do not count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct QueriesStep {
    /// Name of an earlier step: only what was asked since that step began counts. Absent means since the start.
    pub since: Option<String>,
    /// Queries that must be there.
    pub must: Vec<QueryExpectation>,
    /// Queries that must not be there.
    pub must_not: Vec<QueryExpectation>,
}

/// A query to look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryExpectation {
    /// Name.
    pub name: String,
    /// Type; absent means any.
    #[serde(rename = "type", default)]
    pub record_type: Option<String>,
    /// At least so many; absent means 1. Only under `must`.
    #[serde(default)]
    pub at_least: Option<u32>,
    /// At most so many; absent means any number. Only under `must`.
    #[serde(default)]
    pub at_most: Option<u32>,
}
