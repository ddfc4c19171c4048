//! What was seen. Times are microseconds since the start of the scenario, on one clock for every journal.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything one step of a scenario saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Observations {
    /// Replies to the requests that the step sent, in the order sent.
    pub replies: Vec<Reply>,
    /// Queries that reached the fake DNS.
    pub dns: Vec<DnsQuery>,
    /// Requests that reached fake workloads.
    pub workloads: Vec<WorkloadRequest>,
    /// What the subject said of its endpoints and routes, when it was asked.
    pub listing: Option<Listing>,
}

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Number of the request within its step, from 0.
    pub number: u64,
    /// Connection of the probe that carried it, from 0.
    pub connection: u32,
    /// When the request was sent.
    pub sent_at: u64,
    /// When the outcome was known.
    pub done_at: u64,
    /// What came of it.
    pub outcome: ReplyOutcome,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReplyOutcome {
    /// A whole response.
    Response {
        /// HTTP status.
        status: u16,
        /// The workload that answered; `None` when the gateway answered by itself.
        source: Option<Source>,
        /// Why the gateway answered by itself, when it says so.
        reason: Option<String>,
        /// Header fields by name in lower case, and those of the trailers; several values of one name are joined by
        /// `, `. The reply to a gRPC call has its outcome under `grpc-status`, wherever that came.
        headers: BTreeMap<String, String>,
        /// Beginning of the body, for evidence; of the reply to a gRPC call the message, without its length.
        body: String,
    },
    /// Bytes came back for bytes that were sent without a protocol, until both sides had ended the connection.
    Bytes {
        /// The workload that said who it is; `None` when nobody did.
        source: Option<Source>,
        /// Beginning of what came back, without what the workload said of itself.
        body: String,
    },
    /// The gateway accepted the connection, and closed or reset it before anything came back.
    Closed,
    /// No response, or not a whole one.
    Failed(Failure),
}

/// A request that got no whole response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Whose fault it is.
    pub side: FailureSide,
    /// What happened, for people.
    pub message: String,
}

/// Whose fault a failure is: a gateway that failed must not be mixed up with a harness that did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailureSide {
    /// The probe could not do its part.
    Harness,
    /// The gateway refused, broke or never answered the connection.
    Gateway,
}

/// Who answered, in the documented addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Documented address and port.
    pub endpoint: SocketAddr,
    /// Kind, namespace and name, such as `WorkloadEntry gwtest/reviews-1`.
    pub workload: String,
    /// `region/zone/subzone`; empty when unknown.
    pub locality: String,
    /// Network; empty means the default one.
    pub network: String,
}

/// One query at the fake DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DnsQuery {
    /// When it was answered (or dropped).
    pub at: u64,
    /// Name in lower case without trailing dot.
    pub name: String,
    /// `A`, `AAAA`, …
    pub record_type: String,
    /// `NOERROR`, `NXDOMAIN`, …; `None` when it was dropped.
    pub rcode: Option<String>,
    /// Records of the answer as text.
    pub answers: Vec<String>,
}

/// What came of asking the fake DNS directly, as `nslookup` would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LookupAnswer {
    /// When the answer came, or was given up.
    pub at: u64,
    /// `NOERROR`, `NXDOMAIN`, …; `None` when no answer came.
    pub rcode: Option<String>,
    /// Addresses of the answer, whatever names they were found under.
    pub addresses: Vec<IpAddr>,
    /// Records of the answer as text, in their order.
    pub records: Vec<String>,
}

/// One request at a fake workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRequest {
    /// When it was read.
    pub at: u64,
    /// Documented address and port that it came to.
    pub endpoint: SocketAddr,
    /// Method; empty for a connection of bytes, as are host and path.
    pub method: String,
    /// Host header or `:authority`.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// `HTTP/1.1`, `HTTP/2`, or `TCP` for a connection of bytes.
    pub protocol: String,
    /// Header fields by name in lower case; several values of one name are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// TLS on the connection; absent on a plaintext connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<WorkloadTls>,
}

/// TLS as a fake workload saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadTls {
    /// Server name that was sent (SNI); null when none was.
    pub server_name: Option<String>,
    /// Protocol agreed on by ALPN; null when none was offered.
    pub alpn: Option<String>,
    /// Whether the gateway showed a certificate.
    pub client_certificate: bool,
}

/// What a subject says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Listing {
    /// Endpoints of every backend.
    pub endpoints: Vec<ListedEndpoint>,
    /// Candidates that were left out; empty when the subject cannot say.
    pub excluded: Vec<ListedExclusion>,
    /// Status conditions of routes; empty when the subject has none.
    pub conditions: Vec<RouteCondition>,
}

/// An endpoint in a subject's list, as `istioctl proxy-config endpoints` would show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedEndpoint {
    /// ServiceEntry as `namespace/name`.
    pub service_entry: String,
    /// Host of the backend.
    pub host: String,
    /// Port of the backend.
    pub port: u16,
    /// Documented address and port to dial.
    pub endpoint: SocketAddr,
    /// `region/zone/subzone`; empty when unknown.
    pub locality: String,
    /// Load-balancing weight.
    pub weight: u32,
    /// Priority, 0 first.
    pub priority: u32,
    /// Object that it comes from, such as `WorkloadEntry gwtest/reviews-1`; empty when the subject cannot say.
    pub source: String,
}

/// A candidate that a subject left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedExclusion {
    /// ServiceEntry as `namespace/name`.
    pub service_entry: String,
    /// Object that was left out.
    pub source: String,
    /// CamelCase reason.
    pub reason: String,
    /// Rule id.
    pub rule: String,
    /// Sentence for people.
    pub message: String,
}

/// A status condition of a route at one parent, of a policy at one ancestor, or of a listener.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteCondition {
    /// Route as `HTTPRoute namespace/name`, policy as `BackendTLSPolicy namespace/name`, listener as
    /// `Gateway namespace/name listener listener-name`.
    pub route: String,
    /// Parent or ancestor as `namespace/name`; of a listener its Gateway.
    pub parent: String,
    /// Condition type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True` or `False`.
    pub status: String,
    /// CamelCase reason.
    pub reason: String,
    /// Sentence for people; may be empty.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observations_survive_being_written_and_read() {
        let source = Source {
            endpoint: "[2001:db8::1]:80".parse().unwrap(),
            workload: "Pod gwtest/reviews-1".into(),
            locality: "r1/z1".into(),
            network: String::new(),
        };
        let response = ReplyOutcome::Response {
            status: 200,
            source: Some(source),
            reason: None,
            headers: BTreeMap::from([("location".into(), "/there".into())]),
            body: "hello".into(),
        };
        let failed = ReplyOutcome::Failed(Failure { side: FailureSide::Gateway, message: "reset".into() });
        let reply = |number, outcome| Reply { number, connection: 0, sent_at: 1, done_at: 2, outcome };
        let seen = Observations {
            replies: vec![reply(0, response), reply(1, failed)],
            listing: Some(Listing::default()),
            ..Observations::default()
        };
        let text = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<Observations>(&text).unwrap(), seen);
        assert!(text.contains("\"side\":\"gateway\"") && text.contains("\"sentAt\":1"), "{text}");
        assert_eq!(serde_json::from_str::<Observations>("{}").unwrap(), Observations::default());
    }
}
