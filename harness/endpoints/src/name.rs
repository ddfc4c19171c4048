//! What the name of a cluster says.

use serde::Serialize;
use sextant_explain::Declaration;
use sextant_resources::ObjectKey;

/// What a cluster stands for, as far as its name and metadata say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backend {
    /// Host; of kgateway's clusters for Services `name.namespace.svc`.
    pub host: String,
    /// The port that references name.
    pub port: u16,
    /// Subset of a DestinationRule; empty for all endpoints.
    pub subset: String,
    /// Namespace of what declares it; empty when unknown.
    pub namespace: String,
    /// `serviceEntry` or `service`; absent when the control plane does not tell, as istiod does not.
    #[serde(flatten)]
    pub declared_by: Option<Declaration>,
}

impl Backend {
    /// What `cluster` stands for; `None` for names that are no control plane's for ServiceEntries and Services.
    ///
    /// | name | whose |
    /// |---|---|
    /// | `outbound\|PORT\|SUBSET\|HOST` | Istio |
    /// | `outbound_.PORT_.SUBSET_.HOST` | Istio, for connections from other networks |
    /// | `istio-se_NAMESPACE_NAME_HOST_PORT` | kgateway (K-015) |
    /// | `kube_NAMESPACE_NAME_PORT` | kgateway, for Services |
    pub fn of(cluster: &str) -> Option<Self> {
        if let Some(rest) = cluster.strip_prefix("outbound|") {
            return istio(rest, "|");
        }
        if let Some(rest) = cluster.strip_prefix("outbound_.") {
            return istio(rest, "_.");
        }
        if let Some(rest) = cluster.strip_prefix("istio-se_") {
            // Names of objects have no underscores; hosts may.
            let (namespace, rest) = rest.split_once('_')?;
            let (name, rest) = rest.split_once('_')?;
            let (host, port) = rest.rsplit_once('_')?;
            return Some(Self {
                host: host.to_owned(),
                port: port.parse().ok()?,
                subset: String::new(),
                namespace: namespace.to_owned(),
                declared_by: Some(Declaration::ServiceEntry(ObjectKey::new(namespace, name))),
            });
        }
        let (namespace, rest) = cluster.strip_prefix("kube_")?.split_once('_')?;
        let (name, port) = rest.split_once('_')?;
        Some(Self {
            host: format!("{name}.{namespace}.svc"),
            port: port.parse().ok()?,
            subset: String::new(),
            namespace: namespace.to_owned(),
            declared_by: Some(Declaration::Service(ObjectKey::new(namespace, name))),
        })
    }

    /// Its host and port, and its subset if it has one: `se.example.com:80 subset v1`.
    pub fn to_text(&self) -> String {
        let subset = if self.subset.is_empty() { String::new() } else { format!(" subset {}", self.subset) };
        format!("{}:{}{subset}", self.host, self.port)
    }
}

/// `PORT SUBSET HOST` between `separator`s. Sextant's own server says behind another one which ServiceEntry it is when
/// several have the host.
fn istio(rest: &str, separator: &str) -> Option<Backend> {
    let (port, rest) = rest.split_once(separator)?;
    let (subset, host) = rest.split_once(separator)?;
    let (host, key) = host.split_once('|').map_or((host, None), |(host, key)| (host, key.split_once('/')));
    let declared_by = key.map(|(namespace, name)| Declaration::ServiceEntry(ObjectKey::new(namespace, name)));
    Some(Backend {
        host: Some(host).filter(|host| !host.is_empty())?.to_owned(),
        port: port.parse().ok()?,
        subset: subset.to_owned(),
        namespace: declared_by.as_ref().map(|by| by.key().namespace.to_string()).unwrap_or_default(),
        declared_by,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::istio("outbound|80||se.example.com", "se.example.com:80", "", None)]
    #[case::istio_subset("outbound|80|v1|se.example.com", "se.example.com:80 subset v1", "", None)]
    #[case::istio_wildcard("outbound|443||*.example.com", "*.example.com:443", "", None)]
    #[case::istio_other_networks("outbound_.80_.v1_.se.example.com", "se.example.com:80 subset v1", "", None)]
    #[case::sextant_second(
        "outbound|80||se.example.com|ns/two",
        "se.example.com:80",
        "ns",
        Some("ServiceEntry ns/two")
    )]
    #[case::k_015(
        "istio-se_ns_my-se.v1_se.example.com_80",
        "se.example.com:80",
        "ns",
        Some("ServiceEntry ns/my-se.v1")
    )]
    #[case::k_015_underscores(
        "istio-se_ns_se__sip._tcp.example.com_80",
        "_sip._tcp.example.com:80",
        "ns",
        Some("ServiceEntry ns/se")
    )]
    #[case::kgateway_service("kube_ns_web_8080", "web.ns.svc:8080", "ns", Some("Service ns/web"))]
    fn known_names(#[case] name: &str, #[case] text: &str, #[case] namespace: &str, #[case] by: Option<&str>) {
        let backend = Backend::of(name).expect("a known name");
        assert_eq!((backend.to_text().as_str(), backend.namespace.as_str()), (text, namespace));
        assert_eq!(backend.declared_by.map(|by| format!("{} {}", by.kind(), by.key())).as_deref(), by);
    }

    #[rstest]
    #[case::istio_inbound("inbound|8080||")]
    #[case::istio_port("outbound|http||se.example.com")]
    #[case::istio_no_host("outbound|80||")]
    #[case::black_hole("BlackHoleCluster")]
    #[case::envoy_gateway("httproute/gwtest/route/rule/0")]
    #[case::kgateway_port("istio-se_ns_se_se.example.com_99999")]
    #[case::kgateway_short("kube_ns")]
    fn other_names_say_nothing(#[case] name: &str) {
        assert_eq!(Backend::of(name), None);
    }
}
