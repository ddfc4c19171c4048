//! Gateway API's `Gateway` (gateway.networking.k8s.io v1 and v1beta1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gateway {
    /// What the user wrote.
    pub spec: GatewaySpec,
}

/// `Gateway.spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySpec {
    /// Class; the reference serves every class, since it is the only gateway here.
    pub gateway_class_name: String,
    /// Listeners, unique by name.
    pub listeners: Vec<GatewayListener>,
}

/// One listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayListener {
    /// Name, the target of `parentRefs[].sectionName`.
    pub name: String,
    /// Hostname or wildcard; `None` and empty match every host.
    pub hostname: Option<String>,
    /// Port to listen on.
    pub port: u32,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`.
    pub protocol: String,
    /// What happens to TLS; `None` unless the protocol is `HTTPS` or `TLS`.
    pub tls: Option<ListenerTls>,
    /// Which routes may attach; `None` means routes of the Gateway's own namespace.
    pub allowed_routes: Option<AllowedRoutes>,
}

/// TLS of a listener. Certificates are not read: only passthrough is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerTls {
    /// Where TLS ends.
    pub mode: TlsMode,
}

/// Where TLS ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsMode {
    /// At the gateway; the default.
    #[default]
    Terminate,
    /// At the endpoint: the gateway reads the server name and passes everything on.
    Passthrough,
}

/// Which routes may attach to a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AllowedRoutes {
    /// Namespaces of the routes; `None` means the Gateway's own.
    pub namespaces: Option<RouteNamespaces>,
    /// Kinds of the routes; empty means what the protocol allows.
    pub kinds: Vec<RouteGroupKind>,
}

/// A kind of route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteGroupKind {
    /// API group; `None` means gateway.networking.k8s.io.
    pub group: Option<String>,
    /// Kind.
    pub kind: String,
}

/// Namespaces from which routes may attach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteNamespaces {
    /// Which ones.
    pub from: FromNamespaces,
    /// Labels of the namespace, with [`FromNamespaces::Selector`].
    pub selector: Option<LabelSelector>,
}

/// `allowedRoutes.namespaces.from`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromNamespaces {
    /// Every namespace.
    All,
    /// The Gateway's own; the default.
    #[default]
    Same,
    /// Those whose labels match the selector.
    Selector,
    /// None at all.
    None,
}

/// A Kubernetes label selector; all terms must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Pairs that must be equal.
    pub match_labels: BTreeMap<String, String>,
    /// Expressions that must hold.
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

/// One expression of a [`LabelSelector`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelectorRequirement {
    /// Label key.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// Values for `In` and `NotIn`.
    pub values: Vec<String>,
}
