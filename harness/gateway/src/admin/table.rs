//! The endpoint list as `istioctl proxy-config endpoints` prints it.

use tabled::builder::Builder;
use tabled::settings::{Padding, Style};

use crate::status::{BackendStatus, Health};

/// One line per host: address, health, outlier check, cluster.
pub(super) fn endpoints(backends: &[BackendStatus]) -> String {
    let mut table = Builder::default();
    table.push_record(["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"]);
    for endpoint in backends.iter().flat_map(|backend| &backend.endpoints) {
        // Nothing checks endpoints, so none is known to be ill; who is out has failed the outlier check.
        let outlier_check = match endpoint.health {
            Health::Healthy => "OK",
            Health::Ejected => "FAILED",
        };
        let address = std::net::SocketAddr::new(endpoint.address, endpoint.port);
        table.push_record([&address.to_string(), "HEALTHY", outlier_check, &endpoint.cluster]);
    }
    let mut table = table.build();
    table.with(Style::empty()).with(Padding::new(0, 5, 0, 0));
    let lines = table.to_string();
    lines.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{EndpointOrigin, EndpointStatus, ObjectName};
    use sextant_routing::Locality;

    fn backend(addresses: &[&str]) -> BackendStatus {
        let service_entry = ObjectName { namespace: "gwtest".into(), name: "example-se".into() };
        let cluster = "istio-se_gwtest_example-se_se.example.com_80";
        let endpoint = |address: &&str| EndpointStatus {
            cluster: cluster.into(),
            service_entry: service_entry.clone(),
            host: "se.example.com".into(),
            service_port: 80,
            address: address.parse().unwrap(),
            port: 8080,
            name: None,
            locality: Locality::default(),
            weight: 1,
            priority: 0,
            serving: true,
            health: Health::Healthy,
            source: EndpointOrigin { kind: "Host".into(), namespace: String::new(), name: "x".into(), index: None },
        };
        BackendStatus {
            cluster: cluster.into(),
            service_entry: service_entry.clone(),
            host: "se.example.com".into(),
            port: 80,
            discovery: "inline".into(),
            endpoints: addresses.iter().map(endpoint).collect(),
            tls: None,
            fault: None,
            dns: Vec::new(),
        }
    }

    #[test]
    fn columns_as_istioctl_has_them() {
        insta::assert_snapshot!(endpoints(&[backend(&["1.1.1.1", "2001:db8::1"])]), @r"
        ENDPOINT               STATUS      OUTLIER CHECK     CLUSTER
        1.1.1.1:8080           HEALTHY     OK                istio-se_gwtest_example-se_se.example.com_80
        [2001:db8::1]:8080     HEALTHY     OK                istio-se_gwtest_example-se_se.example.com_80
        ");
    }

    #[test]
    fn without_endpoints_the_header_is_alone() {
        assert_eq!(endpoints(&[backend(&[])]).lines().count(), 1);
    }
}
