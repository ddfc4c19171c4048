//! Istio's `DestinationRule`, as far as a gateway's traffic depends on it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A DestinationRule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationRule {
    /// What the user wrote.
    pub spec: DestinationRuleSpec,
}

/// `DestinationRule.spec`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DestinationRuleSpec {
    /// Host the rule is for; may be a wildcard or, in Istio, the short name of a Service.
    pub host: String,
    /// Namespaces that see it; empty means all.
    pub export_to: Vec<String>,
    /// Policy for all ports; `None` when the rule has only subsets.
    pub traffic_policy: Option<TrafficPolicy>,
    /// Named subsets; a backendRef cannot name one, so they stay untyped.
    pub subsets: serde_json::Value,
    /// Proxies the rule is for; `None` means all.
    pub workload_selector: Option<ProxySelector>,
}

/// Selects proxies by label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxySelector {
    /// Every pair must be equal in the proxy's labels.
    pub match_labels: BTreeMap<String, String>,
}

/// `spec.trafficPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrafficPolicy {
    /// Load balancing.
    pub load_balancer: Option<LoadBalancerSettings>,
    /// Which errors take an endpoint out for a while.
    pub outlier_detection: Option<OutlierDetectionSettings>,
    /// TLS towards the endpoints.
    pub tls: Option<ClientTlsSettings>,
    /// Policies of single ports. Each replaces all of the above for its port (K-091).
    pub port_level_settings: Vec<PortTrafficPolicy>,
}

/// `trafficPolicy.portLevelSettings[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PortTrafficPolicy {
    /// The port of the service.
    pub port: PolicyPort,
    /// Load balancing.
    pub load_balancer: Option<LoadBalancerSettings>,
    /// Which errors take an endpoint out for a while.
    pub outlier_detection: Option<OutlierDetectionSettings>,
    /// TLS towards the endpoints.
    pub tls: Option<ClientTlsSettings>,
}

/// The port that a [`PortTrafficPolicy`] is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyPort {
    /// Its number.
    pub number: u32,
}

/// `trafficPolicy.loadBalancer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancerSettings {
    /// `ROUND_ROBIN`, `LEAST_REQUEST`, `RANDOM`, `PASSTHROUGH`; empty when unset.
    pub simple: String,
    /// Preference for endpoints nearby. `None` leaves it to other settings, which differs from an empty one.
    pub locality_lb_setting: Option<LocalityLbSetting>,
}

/// `loadBalancer.localityLbSetting`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LocalityLbSetting {
    /// `None` means enabled.
    pub enabled: Option<bool>,
    /// Shares of the endpoints' localities, by the client's locality.
    pub distribute: Vec<LocalityDistribution>,
    /// Which region takes over for which.
    pub failover: Vec<LocalityFailover>,
    /// Labels, or `label=value`, in falling order of importance.
    pub failover_priority: Vec<String>,
}

/// `localityLbSetting.distribute[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalityDistribution {
    /// The client's locality; missing parts and `*` match anything.
    pub from: String,
    /// Shares by locality of the endpoints; they add up to 100 in valid input.
    pub to: BTreeMap<String, u32>,
}

/// `localityLbSetting.failover[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LocalityFailover {
    /// The client's region.
    pub from: String,
    /// The region that takes over.
    pub to: String,
}

/// `trafficPolicy.outlierDetection`. Durations are as written, such as `30s`; empty means the proxy's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OutlierDetectionSettings {
    /// Replies with a 5xx in a row that eject; 0 means never, `None` the proxy's default.
    #[serde(rename = "consecutive5xxErrors")]
    pub consecutive_5xx_errors: Option<u32>,
    /// Replies with 502, 503 or 504 in a row that eject; 0 and `None` mean never.
    pub consecutive_gateway_errors: Option<u32>,
    /// Whether failures to connect are counted apart from replies.
    pub split_external_local_origin_errors: bool,
    /// Failures to connect in a row that eject, when they are counted apart.
    pub consecutive_local_origin_failures: Option<u32>,
    /// Time between two looks.
    pub interval: String,
    /// Time of the first ejection.
    pub base_ejection_time: String,
    /// Share of endpoints that may be out at once; 0 means the proxy's default.
    pub max_ejection_percent: i32,
    /// Share of healthy endpoints below which health no longer counts.
    pub min_health_percent: i32,
}

/// `trafficPolicy.tls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientTlsSettings {
    /// `DISABLE`, `SIMPLE`, `MUTUAL` or `ISTIO_MUTUAL`; empty means `DISABLE`.
    pub mode: String,
    /// Server name to send; empty means the host of the request.
    pub sni: String,
    /// Names accepted in the endpoint's certificate; empty means the ServiceEntry's.
    pub subject_alt_names: Vec<String>,
    /// File with the accepted authorities; empty and `system` mean those of the proxy's system.
    pub ca_certificates: String,
    /// File with the certificate that `MUTUAL` shows, when no [`Self::credential_name`] says where it is.
    pub client_certificate: String,
    /// File with its key.
    pub private_key: String,
    /// Secret with the authorities and, for `MUTUAL`, the client's certificate.
    pub credential_name: String,
    /// Whether the endpoint's certificate is taken unchecked.
    pub insecure_skip_verify: bool,
}
