//! Gateway API's `HTTPRoute` (gateway.networking.k8s.io v1 and v1beta1).

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// An HTTPRoute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpRoute {
    /// What the user wrote.
    pub spec: HttpRouteSpec,
}

/// `HTTPRoute.spec`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteSpec {
    /// Gateways the route wants to attach to.
    pub parent_refs: Vec<ParentRef>,
    /// Hostnames; empty means every hostname of the listener.
    pub hostnames: Vec<String>,
    /// Rules; empty means one rule that matches everything and has no backend.
    pub rules: Vec<HttpRouteRule>,
}

/// A Gateway (or one listener of it) that a route attaches to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ParentRef {
    /// API group; `None` means gateway.networking.k8s.io.
    pub group: Option<String>,
    /// Kind; `None` means Gateway.
    pub kind: Option<String>,
    /// Namespace; `None` means the route's.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Listener name; `None` means every listener.
    pub section_name: Option<String>,
    /// Listener port; `None` means every port.
    pub port: Option<u32>,
}

/// One rule: it applies when any of its matches does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteRule {
    /// Name, for status and reports.
    pub name: Option<String>,
    /// Matches, or-ed; empty means the path prefix `/`.
    pub matches: Vec<HttpRouteMatch>,
    /// Filters applied to every request of the rule.
    pub filters: Vec<HttpRouteFilter>,
    /// Where requests go, by weight.
    pub backend_refs: Vec<BackendRef>,
    /// Time limits.
    pub timeouts: Option<HttpRouteTimeouts>,
}

/// Conditions on a request; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteMatch {
    /// Path; `None` means the prefix `/`.
    pub path: Option<PathMatch>,
    /// Headers, and-ed; of several with one name only the first counts.
    pub headers: Vec<HeaderMatch>,
    /// Query parameters, and-ed.
    pub query_params: Vec<QueryParamMatch>,
    /// Method.
    pub method: Option<String>,
}

/// A condition on the path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PathMatch {
    /// How to compare.
    #[serde(rename = "type")]
    pub kind: PathMatchType,
    /// What to compare with; `None` means `/`.
    pub value: Option<String>,
}

/// How a path is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathMatchType {
    /// Element-wise prefix; the default.
    #[default]
    PathPrefix,
    /// The whole path.
    Exact,
    /// RE2-like expression over the whole path.
    RegularExpression,
}

/// How a header or query value is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueMatchType {
    /// The whole value; the default.
    #[default]
    Exact,
    /// RE2-like expression over the whole value.
    RegularExpression,
}

/// A condition on a header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HeaderMatch {
    /// How to compare.
    #[serde(rename = "type")]
    pub kind: ValueMatchType,
    /// Header name, in any case.
    pub name: String,
    /// What to compare with.
    pub value: String,
}

/// A condition on a query parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QueryParamMatch {
    /// How to compare.
    #[serde(rename = "type")]
    pub kind: ValueMatchType,
    /// Parameter name, case-sensitive.
    pub name: String,
    /// What to compare with.
    pub value: String,
}

/// A filter of a rule or of a backendRef, of an HTTPRoute or a GRPCRoute. The setting stays untyped until a rule reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteFilter {
    /// `RequestHeaderModifier`, `ResponseHeaderModifier`, `RequestMirror`, `RequestRedirect`, `URLRewrite`, `CORS`,
    /// `ExternalAuth` or `ExtensionRef`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The member named after the type, and any other, as written.
    #[serde(flatten)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// Written out, since `flatten` would read everything into a buffer first and lose the place of a wrong `type`.
impl<'de> Deserialize<'de> for HttpRouteFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FilterVisitor;

        impl<'de> Visitor<'de> for FilterVisitor {
            type Value = HttpRouteFilter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HttpRouteFilter, A::Error> {
                let mut filter = HttpRouteFilter::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "type" {
                        filter.kind = map.next_value()?;
                    } else {
                        filter.settings.insert(key, map.next_value()?);
                    }
                }
                Ok(filter)
            }
        }

        deserializer.deserialize_map(FilterVisitor)
    }
}

/// One destination of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendRef {
    /// API group; `None` and empty mean core.
    pub group: Option<String>,
    /// Kind; `None` means Service.
    pub kind: Option<String>,
    /// Name (for kind `Hostname`, the host).
    pub name: String,
    /// Namespace; `None` means the route's.
    pub namespace: Option<String>,
    /// Port number; required in effect (K-113).
    pub port: Option<u32>,
    /// Share of the rule's requests; `None` means 1.
    pub weight: Option<u32>,
    /// Filters for requests that go to this destination.
    pub filters: Vec<HttpRouteFilter>,
}

/// Time limits of a rule, in Gateway API's duration format (`10s`, `1h30m`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpRouteTimeouts {
    /// From the whole request read to the whole response sent; `0s` disables it.
    pub request: Option<String>,
    /// One attempt at a backend; `0s` disables it.
    pub backend_request: Option<String>,
}
