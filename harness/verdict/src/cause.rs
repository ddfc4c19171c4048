//! Why a promise was broken: classes of causes, and what speaks for and against them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of mistake a gateway made. The order is that in which a request meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Another listener, route or rule took the request, or none did.
    Matching,
    /// What a rule does beside routing is missing or wrong.
    Filters,
    /// A reference of a route was resolved, refused or weighed as another kind of outcome than it should.
    Reference,
    /// What belongs to several hosts or declarations was mixed, merged, or taken from the wrong one.
    HostIdentity,
    /// A workload or an endpoint is in that should be out, or out that should be in.
    Selection,
    /// The right machine was dialled at another port.
    Port,
    /// The records of an answer were used wrongly: which, how many, which family.
    DnsAnswer,
    /// Names were looked up at the wrong time, or what failing and changed answers mean was taken wrongly.
    DnsLife,
    /// Something that was changed or removed is still in force.
    Stale,
    /// Requests are shared out by other weights than those that are written.
    Weight,
    /// Near and far endpoints are not told apart as they should be.
    Locality,
    /// Requests stick to a place, or do not stick where they should.
    Stickiness,
    /// An endpoint is spoken to in the wrong way: HTTP version, TLS, server name, certificates.
    Protocol,
    /// What a policy says of traffic is ignored or done otherwise: ejection, time limits, health.
    Policy,
    /// Requests may be served rightly, but what is reported of routes and policies is wrong.
    Status,
}

impl Cause {
    /// Every class, in order.
    pub const ALL: [Self; 15] = [
        Self::Matching,
        Self::Filters,
        Self::Reference,
        Self::HostIdentity,
        Self::Selection,
        Self::Port,
        Self::DnsAnswer,
        Self::DnsLife,
        Self::Stale,
        Self::Weight,
        Self::Locality,
        Self::Stickiness,
        Self::Protocol,
        Self::Policy,
        Self::Status,
    ];

    /// The word as it is written in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Matching => "matching",
            Self::Filters => "filters",
            Self::Reference => "reference",
            Self::HostIdentity => "host-identity",
            Self::Selection => "selection",
            Self::Port => "port",
            Self::DnsAnswer => "dns-answer",
            Self::DnsLife => "dns-life",
            Self::Stale => "stale",
            Self::Weight => "weight",
            Self::Locality => "locality",
            Self::Stickiness => "stickiness",
            Self::Protocol => "protocol",
            Self::Policy => "policy",
            Self::Status => "status",
        }
    }

    /// What the gateway got wrong, in one line.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Matching => "another listener, route or rule took the request, or none did",
            Self::Filters => "what a rule does beside routing is missing or wrong",
            Self::Reference => "a reference of a route was resolved or refused wrongly",
            Self::HostIdentity => "hosts, ports or declarations of a host were mixed up",
            Self::Selection => "a workload or endpoint is in that should be out, or out that should be in",
            Self::Port => "the right machine was dialled at another port",
            Self::DnsAnswer => "records of a DNS answer were used wrongly",
            Self::DnsLife => "names were looked up too early, too late, or failing lookups were taken wrongly",
            Self::Stale => "what was changed or removed is still in force",
            Self::Weight => "requests are shared out by other weights than those written",
            Self::Locality => "near and far endpoints are not told apart as they should be",
            Self::Stickiness => "requests stick to a place, or do not where they should",
            Self::Protocol => "an endpoint is spoken to in the wrong way",
            Self::Policy => "what a policy says of traffic is ignored or done otherwise",
            Self::Status => "what is reported of routes and policies is wrong",
        }
    }

    /// What is typically seen.
    pub fn typically(self) -> &'static str {
        match self {
            Self::Matching => "404, or a reply by the backends of another rule",
            Self::Filters => "headers, paths, redirects or copies that are not as written",
            Self::Reference => "500, 503 or 404 in place of one another, or a reply where a grant is missing",
            Self::HostIdentity => "endpoints that belong to another host answer",
            Self::Selection => "an endpoint never answers, or one answers that no selector takes",
            Self::Port => "the promised address answers at a port that was not promised, or refuses",
            Self::DnsAnswer => "of the addresses of a name some never answer, or too many do",
            Self::DnsLife => {
                "addresses of an earlier answer, or none after a failed lookup; too few or too many queries"
            }
            Self::Stale => "an endpoint answers that was promised in an earlier step only, or a new one never does",
            Self::Weight => "all the promised endpoints answer, with other shares",
            Self::Locality => "shares move between localities; a far endpoint answers while a near one is healthy",
            Self::Stickiness => "one of several endpoints of equal weight answers everything",
            Self::Protocol => "the workload saw another protocol, server name or certificate, or the handshake failed",
            Self::Policy => "an ejected endpoint answers, or one is ejected that should not be; 504 too late or never",
            Self::Status => "a condition has another status or reason",
        }
    }

    /// Where to look next.
    pub fn look_next(self) -> &'static str {
        match self {
            Self::Matching => "the route table: hostnames, matches, order of precedence, parentRefs",
            Self::Filters => "the filters of the route and the request that the workload saw (promise `seen`)",
            Self::Reference => "backendRefs, ReferenceGrants and the ResolvedRefs condition",
            Self::HostIdentity => "which ServiceEntry the host belongs to: `sextant explain`, creation times, exportTo",
            Self::Selection => "the endpoint list and what it leaves out: `sextant explain`, labels, readiness",
            Self::Port => "targetPort, and the ports map of the endpoint by the name of the port",
            Self::DnsAnswer => "the cluster's discovery type, and the answers in the DNS journal",
            Self::DnsLife => "refresh time, TTLs and response codes in the DNS journal",
            Self::Stale => "whether the update reached the data plane: generation, ACK, endpoint list",
            Self::Weight => "weights of endpoints and backendRefs as the data plane has them",
            Self::Locality => "locality of the gateway and of each endpoint, priorities, traffic distribution",
            Self::Stickiness => "the balancing policy, and how many endpoints it knows",
            Self::Protocol => "protocol and appProtocol of the port, TLS settings, SNI",
            Self::Policy => "DestinationRule and route rule as the data plane has them",
            Self::Status => "the controller that writes conditions",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A class and the fact that speaks for it, or against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CauseRecord {
    /// The class.
    pub class: Cause,
    /// The fact that was seen, in one sentence without full stop.
    pub because: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_same_in_print_and_in_json_and_no_class_is_listed_twice() {
        for cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.to_string());
        }
        assert!(Cause::ALL.is_sorted_by(|one, other| one < other));
    }
}
