//! Why the gateway answered a request itself, and with what.

use std::fmt;

use http::StatusCode;
use sextant_routing::{INVALID_ROUTE_BODY, NO_UPSTREAM_BODY};

/// Why a request was answered by the gateway and not by an endpoint. Each reason fixes status and body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// No listener, hostname or match fits: 404 (K-137). A connection is closed.
    NoRoute,
    /// A client of a TLS listener sent something else; its connection is closed, so that the 400 is never seen.
    NotTls,
    /// `CONNECT` is not offered, so no route takes it: 404.
    ConnectMethod,
    /// HTTP/1.1 without `Host`: 400 (RFC 9112, section 3.2).
    MissingHost,
    /// More than one `Host`, or one that is no authority: 400 (RFC 9112, section 3.2).
    InvalidHost,
    /// The backendRef whose turn it was is unresolved: 500 with an empty body (K-130, K-131).
    UnresolvedTarget,
    /// The rule has no backendRef with a weight above 0: 500 (K-132, K-135).
    NoTargets,
    /// The rule has a fault, such as a filter that cannot be executed; ignoring it would be worse: 500 (K-135).
    RuleFault,
    /// The control plane withholds the backend, for a fault or, under some profiles, for having no endpoint: 500 with
    /// an empty body (K-134).
    BackendWithheld,
    /// The backend has no hosts: 503 (K-133).
    NoHosts,
    /// Outlier detection has all hosts that may serve out of service: 503 (K-092).
    NoHealthyHosts,
    /// The backend's names have not been answered yet: 503 (K-133).
    NoDnsAnswer,
    /// The host of the request is none that the backend stands for: 503 (I-107).
    NameNotCovered,
    /// The host of the request has no address: 503 (I-107).
    NoSuchName,
    /// Too many hosts of requests are followed already: 503 (I-107).
    TooManyNames,
    /// The backend's names cannot be looked up because no DNS server is configured: 503 (K-133).
    NoResolver,
    /// The address plan refuses the endpoint: 503.
    DialRefused,
    /// The endpoint refused the connection: 503 (K-136).
    ConnectRefused,
    /// The endpoint did not accept in time: 503 (K-016).
    ConnectTimeout,
    /// The connection failed in another way: 503 (K-136).
    ConnectFailed,
    /// No TLS was agreed on, perhaps because the endpoint's certificate is not one to trust: 503 (K-101).
    TlsFailed,
    /// The endpoint closed or reset the connection or stream before the response: 503.
    UpstreamReset,
    /// The endpoint's answer is not HTTP: 502.
    UpstreamProtocol,
    /// The endpoint was removed while the request waited for a connection, again and again: 503.
    EndpointRemoved,
    /// The rule's time limit passed before the response: 504.
    RequestTimeout,
}

impl Reason {
    /// Every reason, in the order of the enum.
    pub const ALL: [Self; 25] = [
        Self::NoRoute,
        Self::NotTls,
        Self::ConnectMethod,
        Self::MissingHost,
        Self::InvalidHost,
        Self::UnresolvedTarget,
        Self::NoTargets,
        Self::RuleFault,
        Self::BackendWithheld,
        Self::NoHosts,
        Self::NoHealthyHosts,
        Self::NoDnsAnswer,
        Self::NameNotCovered,
        Self::NoSuchName,
        Self::TooManyNames,
        Self::NoResolver,
        Self::DialRefused,
        Self::ConnectRefused,
        Self::ConnectTimeout,
        Self::ConnectFailed,
        Self::TlsFailed,
        Self::UpstreamReset,
        Self::UpstreamProtocol,
        Self::EndpointRemoved,
        Self::RequestTimeout,
    ];

    /// The kebab-case word of `x-sextant-reason` and of the statistics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRoute => "no-route",
            Self::NotTls => "not-tls",
            Self::ConnectMethod => "connect-method",
            Self::MissingHost => "missing-host",
            Self::InvalidHost => "invalid-host",
            Self::UnresolvedTarget => "unresolved-target",
            Self::NoTargets => "no-targets",
            Self::RuleFault => "rule-fault",
            Self::BackendWithheld => "backend-withheld",
            Self::NoHosts => "no-hosts",
            Self::NoHealthyHosts => "no-healthy-hosts",
            Self::NoDnsAnswer => "no-dns-answer",
            Self::NameNotCovered => "name-not-covered",
            Self::NoSuchName => "no-such-name",
            Self::TooManyNames => "too-many-names",
            Self::NoResolver => "no-resolver",
            Self::DialRefused => "dial-refused",
            Self::ConnectRefused => "connect-refused",
            Self::ConnectTimeout => "connect-timeout",
            Self::ConnectFailed => "connect-failed",
            Self::TlsFailed => "tls-failed",
            Self::UpstreamReset => "upstream-reset",
            Self::UpstreamProtocol => "upstream-protocol",
            Self::EndpointRemoved => "endpoint-removed",
            Self::RequestTimeout => "request-timeout",
        }
    }

    /// Status of the reply.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NoRoute | Self::ConnectMethod => StatusCode::NOT_FOUND,
            Self::NotTls | Self::MissingHost | Self::InvalidHost => StatusCode::BAD_REQUEST,
            Self::UnresolvedTarget | Self::NoTargets | Self::RuleFault | Self::BackendWithheld => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::NoHosts
            | Self::NoHealthyHosts
            | Self::NoDnsAnswer
            | Self::NameNotCovered
            | Self::NoSuchName
            | Self::TooManyNames
            | Self::NoResolver
            | Self::DialRefused
            | Self::ConnectRefused
            | Self::ConnectTimeout
            | Self::ConnectFailed
            | Self::TlsFailed
            | Self::UpstreamReset
            | Self::EndpointRemoved => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamProtocol => StatusCode::BAD_GATEWAY,
            Self::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// Body of the reply, in the words clients of Envoy know; empty for most.
    pub fn body(self) -> &'static str {
        match self {
            Self::NoRoute
            | Self::NotTls
            | Self::ConnectMethod
            | Self::MissingHost
            | Self::InvalidHost
            | Self::UnresolvedTarget
            | Self::BackendWithheld => "",
            Self::NoTargets | Self::RuleFault => INVALID_ROUTE_BODY,
            Self::NoHosts
            | Self::NoHealthyHosts
            | Self::NoDnsAnswer
            | Self::NameNotCovered
            | Self::NoResolver
            | Self::EndpointRemoved => NO_UPSTREAM_BODY,
            Self::NoSuchName => "DNS resolution failure",
            Self::TooManyNames => "DNS cache overflow",
            Self::DialRefused | Self::ConnectRefused | Self::ConnectFailed | Self::TlsFailed => {
                "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure"
            }
            Self::ConnectTimeout => {
                "upstream connect error or disconnect/reset before headers. reset reason: connection timeout"
            }
            Self::UpstreamReset => {
                "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
            }
            Self::UpstreamProtocol => {
                "upstream connect error or disconnect/reset before headers. reset reason: protocol error"
            }
            Self::RequestTimeout => "upstream request timeout",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
