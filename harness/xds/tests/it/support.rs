//! Models from manifests in short form, and a world in which every address stands for itself.

use std::net::SocketAddr;
use std::time::Duration;

use envoy_types::pb::envoy::config::cluster::v3::Cluster;
use envoy_types::pb::envoy::config::endpoint::v3::ClusterLoadAssignment;
use envoy_types::pb::envoy::config::route::v3::{Route, RouteConfiguration};
use prost::Message;
use sextant_resources::{Severity, load_text};
use sextant_routing::{Model, Options, Profile, resolve};
use sextant_xds::{DnsSettings, Kind, Snapshot, Translation, Untranslatable, World, translate};

pub(crate) const DNS: DnsSettings = DnsSettings {
    refresh: Duration::from_millis(250),
    respect_ttl: false,
    timeout: Duration::from_secs(1),
    falls_back_to_ipv6: true,
    maps_ipv6: true,
};

/// Endpoints are 100 ports up; listeners at their own port of 127.0.0.1.
pub(crate) struct Here;

impl World for Here {
    fn endpoint(&self, documented: SocketAddr) -> SocketAddr {
        SocketAddr::new(documented.ip(), documented.port() + 100)
    }

    fn resolver(&self, _: &str) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 5353))
    }

    fn listener(&self, port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn mark(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 15_001))
    }
}

pub(crate) fn model(profile: Profile, text: &str) -> Model {
    let loaded = load_text(&"test.yaml".into(), text);
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    resolve(&loaded.resources, &Options { profile, ..Options::default() })
}

/// A Gateway on port 8080, a route with these rules (a flow sequence), and a ServiceEntry for se.example.com with this
/// spec (the inside of a flow mapping).
pub(crate) fn manifests(rules: &str, service_entry: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{ name: gw, namespace: gwtest }}
spec: {{ gatewayClassName: kgateway, listeners: [{{ name: http, protocol: HTTP, port: 8080 }}] }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{ name: route, namespace: gwtest }}
spec: {{ parentRefs: [{{ name: gw }}], hostnames: [se.example.com], rules: {rules} }}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{ name: example-se, namespace: gwtest }}
spec: {{ hosts: [se.example.com], ports: [{{ number: 80, name: http, protocol: HTTP }}], {service_entry} }}
"
    )
}

/// A reference to the ServiceEntry of [`manifests`], perhaps with more fields.
pub(crate) fn to_example(more: &str) -> String {
    format!("{{ group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80{more} }}")
}

pub(crate) fn translated(model: &Model) -> Result<Translation, Untranslatable> {
    translate(model, &Here, DNS, 7)
}

pub(crate) fn snapshot(profile: Profile, text: &str) -> Snapshot {
    translated(&model(profile, text)).unwrap_or_else(|error| panic!("{error}")).snapshot
}

pub(crate) fn cluster(snapshot: &Snapshot, name: &str) -> Cluster {
    decoded(snapshot, Kind::Cluster, name)
}

pub(crate) fn endpoints(snapshot: &Snapshot, name: &str) -> ClusterLoadAssignment {
    decoded(snapshot, Kind::Endpoints, name)
}

/// The routes of the virtual host of se.example.com.
pub(crate) fn routes(snapshot: &Snapshot) -> Vec<Route> {
    let configuration: RouteConfiguration = decoded(snapshot, Kind::Routes, "port-8080");
    let host = configuration.virtual_hosts.into_iter().find(|host| host.name == "se.example.com");
    host.unwrap_or_else(|| panic!("no virtual host se.example.com")).routes
}

fn decoded<M: Message + Default>(snapshot: &Snapshot, kind: Kind, name: &str) -> M {
    let body = snapshot.get(kind, name).unwrap_or_else(|| panic!("no {kind:?} {name}"));
    M::decode(body.value.as_slice()).unwrap_or_else(|error| panic!("{error}"))
}
