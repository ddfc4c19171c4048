//! A small world of random manifests: every kind that routing reads, with few names and few values, so that objects meet,
//! shadow and miss each other; and the settings of a control plane to look at it with.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sextant_resources::{Hostname, LabelSelector, ObjectKey, ObjectRef, ResourceSet, load_text};
use sextant_routing::{EndpointAddress, GatewayIdentity, Locality, NetworkGateway, Options, Profile, Settings};

// What is sound comes more than once, so that what is odd does not keep objects apart.
const NAMESPACES: [&str; 5] = ["gwtest", "gwtest", "gwtest", "other", "third"];
const HOSTS: [&str; 9] = [
    "a.example.com",
    "a.example.com",
    "a.example.com",
    "A.Example.com.",
    "b.example.com",
    "'*.example.com'",
    "svc0.gwtest.svc.cluster.local",
    "10.9.9.9",
    "''",
];
const ADDRESSES: [&str; 11] = [
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.2",
    "10.0.0.3",
    "'fd00::1'",
    "vm.example.com",
    "'unix:///x'",
    "''",
    "'not an address'",
];
const LOCALITIES: [&str; 6] = ["''", "r1/z1", "r1/z1/s1", "r1/z2", "r2/z3/s1", "///"];
const NETWORKS: [&str; 4] = ["''", "''", "far", "home"];
const PORTS: [&str; 11] = [
    "number: 80, name: http, protocol: HTTP",
    "number: 80, name: http, protocol: HTTP",
    "number: 80, name: http, protocol: HTTP",
    "number: 80, name: http, protocol: HTTP, targetPort: 8080",
    "number: 80, name: other",
    "number: 443, name: https, protocol: HTTPS",
    "number: 8080, name: grpc, protocol: GRPC, targetPort: 70000",
    "number: 8080, name: http",
    "number: 0, name: zero",
    "number: 70000, name: big",
    "number: 4294967295",
];
const OVERRIDES: [&str; 5] = ["", "", "http: 9090", "http: 0, https: 9443", "grpc: 70000"];
const AGES: [&str; 3] =
    ["", "creationTimestamp: '2026-01-01T00:00:00Z', ", "creationTimestamp: '2026-02-02T00:00:00Z', "];
const EXPORTS: [&str; 7] = ["", "", "", "'*'", ".", "gwtest", "'~'"];
const DISTRIBUTIONS: [&str; 6] = ["''", "''", "PreferClose", "PreferSameNode", "PreferNetwork", "nonsense"];
const REFERENCES: [&str; 14] = [
    "group: networking.istio.io, kind: ServiceEntry, name: se0, port: 80",
    "group: networking.istio.io, kind: ServiceEntry, name: se1, port: 443",
    "group: networking.istio.io, kind: ServiceEntry, name: se1, namespace: other, port: 80",
    "group: networking.istio.io, kind: Hostname, name: a.example.com, port: 80",
    "group: networking.istio.io, kind: Hostname, name: A.Example.com., port: 80, weight: 0",
    "group: networking.istio.io, kind: Hostname, name: b.example.com, port: 8080, weight: 3",
    "group: networking.istio.io, kind: Hostname, name: b.example.com, namespace: other, port: 80",
    "group: networking.istio.io, kind: Hostname, name: svc0.gwtest.svc.cluster.local, port: 80",
    "group: networking.istio.io, kind: Hostname, name: a.example.com",
    "name: svc0, port: 80",
    "name: svc1, port: 80, weight: 2",
    "name: svc0, namespace: other, port: 8080",
    "kind: Nonsense, name: se0, port: 80",
    "group: networking.istio.io, kind: ServiceEntry, name: nowhere, port: 4294967295, weight: 4294967295",
];
const RULE_HOSTS: [&str; 6] =
    ["a.example.com", "b.example.com", "'*.example.com'", "'*'", "svc0", "svc0.gwtest.svc.cluster.local"];
const TRAFFIC_POLICIES: [&str; 9] = [
    "",
    "outlierDetection: {}",
    "outlierDetection: {consecutive5xxErrors: 1}, loadBalancer: {localityLbSetting: {enabled: true}}",
    "outlierDetection: {}, loadBalancer: {localityLbSetting: {failover: [{from: r1, to: r2}]}}",
    "outlierDetection: {}, loadBalancer: {localityLbSetting: {failoverPriority: [app, version=b]}}",
    "loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {'r1/*': 70, 'r2/*': 30}}]}}",
    "tls: {mode: SIMPLE}",
    "tls: {mode: MUTUAL, credentialName: nowhere}",
    "portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE, subjectAltNames: [x.test]}}]",
];
const TLS_TARGETS: [&str; 4] = [
    "group: networking.istio.io, kind: ServiceEntry, name: se0",
    "group: networking.istio.io, kind: ServiceEntry, name: se1, sectionName: https",
    "group: networking.istio.io, kind: Hostname, name: a.example.com",
    "group: '', kind: Service, name: svc0",
];

/// One object, as a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) object: ObjectRef,
    pub(crate) text: String,
}

impl Document {
    /// `meta` and `rest` are insides of flow mappings, `meta` with a comma at its end.
    fn new(api: &str, kind: &str, (namespace, name): (&str, String), meta: &str, rest: &str) -> Self {
        let place = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
        let text = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{{meta}name: {name}{place}}}\n{rest}\n");
        Self { object: ObjectRef { kind: kind.to_owned(), key: ObjectKey::new(namespace, name) }, text }
    }
}

/// What can be read of `documents`: odd input may be refused in part.
pub(crate) fn lenient(documents: &[Document]) -> ResourceSet {
    let texts: Vec<_> = documents.iter().map(|document| document.text.as_str()).collect();
    load_text(&"test.yaml".into(), &texts.join("---\n")).resources
}

fn from<T: Clone + std::fmt::Debug + 'static>(list: &'static [T]) -> impl Strategy<Value = T> {
    select(list)
}

fn namespace() -> impl Strategy<Value = &'static str> {
    from(&NAMESPACES)
}

/// Comma-separated flow items from `list`.
fn some(list: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    vec(from(list), 0..=most).prop_map(|items| items.join(", "))
}

/// As [`some`], each the inside of a flow mapping.
fn maps(list: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    vec(from(list), 0..=most).prop_map(|items| items.iter().map(|item| format!("{{{item}}}, ")).collect())
}

fn labels() -> impl Strategy<Value = &'static str> {
    from(&["app: a, ", "app: a, ", "app: a, ", "app: a, version: b, ", "version: b, ", "app: b, ", "'': '', ", ""])
}

/// The fields of a workload that inline endpoints have too.
fn endpoint() -> impl Strategy<Value = String> {
    let account = from(&["''", "''", "runner"]);
    let weight = from(&["0", "1", "3", "4294967295"]);
    let places = (from(&LOCALITIES), from(&NETWORKS));
    (from(&ADDRESSES), from(&OVERRIDES), weight, labels(), places, account).prop_map(
        |(address, ports, weight, labels, (locality, network), account)| {
            format!(
                "address: {address}, ports: {{{ports}}}, weight: {weight}, labels: {{{labels}}}, \
                 locality: {locality}, network: {network}, serviceAccount: {account}"
            )
        },
    )
}

fn service_entry() -> impl Strategy<Value = Document> {
    let resolution = from(&["STATIC", "STATIC", "STATIC", "STATIC", "DNS", "DNS_ROUND_ROBIN", "NONE", "DYNAMIC_DNS"]);
    let mutual = from(&["", "", "", "kgateway.dev/disable-istio-auto-mtls: perhaps"]);
    let meta = (namespace(), 0..3_usize, from(&AGES), from(&DISTRIBUTIONS), mutual, from(&["", "team: x"]));
    let hosts = vec(from(&HOSTS), 1..4).prop_map(|hosts| hosts.join(", "));
    let endpoints = vec(endpoint(), 0..3);
    let spec =
        (hosts, maps(&PORTS, 3), resolution, endpoints, prop::option::weighted(0.7, labels()), some(&EXPORTS, 1));
    (meta, spec).prop_map(|((namespace, name, age, distribution, mutual, team), spec)| {
        let (hosts, ports, resolution, endpoints, selector, exports) = spec;
        let annotations = format!("networking.istio.io/traffic-distribution: {distribution}, {mutual}");
        let endpoints: String = endpoints.iter().map(|endpoint| format!("{{{endpoint}}}, ")).collect();
        let selector = selector.map(|labels| format!(", workloadSelector: {{labels: {{{labels}}}}}"));
        let spec = format!(
            "spec: {{hosts: [{hosts}], ports: [{ports}], resolution: {resolution}, endpoints: [{endpoints}], \
             exportTo: [{exports}]{}}}",
            selector.unwrap_or_default()
        );
        let meta = format!("{age}labels: {{{team}}}, annotations: {{{annotations}}}, ");
        Document::new("networking.istio.io/v1", "ServiceEntry", (namespace, format!("se{name}")), &meta, &spec)
    })
}

fn workload_entry() -> impl Strategy<Value = Document> {
    let health = from(&["", "", "proxy.istio.io/health-checks-enabled: 'true'", "promoted: b"]);
    let status = from(&["", "{type: Healthy, status: 'True'}", "{type: Healthy, status: 'False'}"]);
    let label = from(&["", "", "", "ignore: me, "]);
    (namespace(), 0..3_usize, labels(), label, health, status, endpoint()).prop_map(
        |(namespace, name, labels, label, health, status, spec)| {
            let meta = format!("labels: {{{labels}{label}}}, annotations: {{{health}}}, ");
            let rest = format!("spec: {{{spec}}}\nstatus: {{conditions: [{status}]}}");
            Document::new("networking.istio.io/v1", "WorkloadEntry", (namespace, format!("we{name}")), &meta, &rest)
        },
    )
}

fn pod() -> impl Strategy<Value = Document> {
    let ready = from(&[
        "{type: Ready, status: 'True'}",
        "{type: Ready, status: 'True'}",
        "{type: Ready, status: 'True'}",
        "{type: Ready}",
        "",
    ]);
    let container = from(&["", "", "name: http, containerPort: 7070", "name: http, containerPort: 53, protocol: UDP"]);
    let deleted = from(&["", "", "", "deletionTimestamp: '2026-03-03T00:00:00Z', "]);
    let account = from(&["''", "runner"]);
    let meta = (namespace(), 0..3_usize, labels(), deleted);
    let status = (from(&ADDRESSES), ready, from(&["Running", "Running", "Succeeded"]));
    (meta, from(&["n1", "n1", "n2", "n3", "''"]), container, account, status).prop_map(
        |((namespace, name, labels, deleted), node, container, account, (ip, ready, phase))| {
            let containers = if container.is_empty() { String::new() } else { format!("{{ports: [{{{container}}}]}}") };
            let spec = format!("nodeName: {node}, serviceAccountName: {account}, containers: [{containers}]");
            let rest = format!("spec: {{{spec}}}\nstatus: {{podIP: {ip}, phase: {phase}, conditions: [{ready}]}}");
            let meta = format!("{deleted}labels: {{{labels}}}, ");
            Document::new("v1", "Pod", (namespace, format!("pod{name}")), &meta, &rest)
        },
    )
}

fn service() -> impl Strategy<Value = Document> {
    let port = from(&[
        "name: http, port: 80",
        "name: http, port: 80",
        "port: 8080, appProtocol: kubernetes.io/h2c",
        "name: grpc-x, port: 80",
    ]);
    let exports = from(&["", "", "networking.istio.io/exportTo: ., "]);
    let ports = vec(port, 0..3).prop_map(|ports| ports.iter().map(|port| format!("{{{port}}}, ")).collect::<String>());
    (namespace(), 0..2_usize, from(&AGES), exports, from(&DISTRIBUTIONS), ports).prop_map(
        |(namespace, name, age, exports, distribution, ports)| {
            let distribution = format!("networking.istio.io/traffic-distribution: {distribution}");
            let meta = format!("{age}annotations: {{{exports}{distribution}}}, ");
            Document::new(
                "v1",
                "Service",
                (namespace, format!("svc{name}")),
                &meta,
                &format!("spec: {{ports: [{ports}]}}"),
            )
        },
    )
}

fn endpoint_slice() -> impl Strategy<Value = Document> {
    let conditions = from(&["", "", "", "", "ready: false", "ready: false, terminating: true"]);
    let endpoint = (vec(from(&ADDRESSES), 1..3), conditions, from(&["n1", "''"]), from(&["z1", "''"])).prop_map(
        |(addresses, conditions, node, zone)| {
            let addresses = addresses.join(", ");
            format!("{{addresses: [{addresses}], conditions: {{{conditions}}}, nodeName: {node}, zone: {zone}}}, ")
        },
    );
    let port = from(&[
        "name: http, port: 8080",
        "name: http, port: 8080",
        "port: 9090",
        "name: http",
        "name: http, port: 53, protocol: UDP",
    ]);
    let of = from(&["svc0", "svc0", "svc0", "svc1", "nowhere"]);
    (namespace(), 0..3_usize, of, vec(endpoint, 0..3), port).prop_map(|(namespace, name, of, endpoints, port)| {
        let meta = format!("labels: {{kubernetes.io/service-name: {of}}}, ");
        let rest = format!("addressType: IPv4\nports: [{{{port}}}]\nendpoints: [{}]", endpoints.concat());
        Document::new("discovery.k8s.io/v1", "EndpointSlice", (namespace, format!("es{name}")), &meta, &rest)
    })
}

fn destination_rule() -> impl Strategy<Value = Document> {
    let selector = from(&["", "", "workloadSelector: {matchLabels: {app: a}}, "]);
    let spec = (from(&RULE_HOSTS), from(&TRAFFIC_POLICIES), some(&EXPORTS, 1), selector);
    (namespace(), 0..2_usize, from(&AGES), spec).prop_map(
        |(namespace, name, age, (host, policy, exports, selector))| {
            let rest = format!("spec: {{host: {host}, {selector}exportTo: [{exports}], trafficPolicy: {{{policy}}}}}");
            Document::new("networking.istio.io/v1", "DestinationRule", (namespace, format!("dr{name}")), age, &rest)
        },
    )
}

fn tls_policy() -> impl Strategy<Value = Document> {
    let trust =
        from(&["wellKnownCACertificates: System", "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]"]);
    (namespace(), 0..2_usize, from(&AGES), from(&TLS_TARGETS), trust).prop_map(
        |(namespace, name, age, target, trust)| {
            let rest = format!("spec: {{targetRefs: [{{{target}}}], validation: {{hostname: x.test, {trust}}}}}");
            Document::new(
                "gateway.networking.k8s.io/v1",
                "BackendTLSPolicy",
                (namespace, format!("tls{name}")),
                age,
                &rest,
            )
        },
    )
}

fn route() -> impl Strategy<Value = Document> {
    let kind = from(&["HTTPRoute", "HTTPRoute", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"]);
    let hostname = from(&["a.example.com", "'*.example.com'", "B.Example.com.", "b.example.com"]);
    let hostnames = vec(hostname, 0..3).prop_map(|hostnames| hostnames.join(", "));
    let parent = from(&["name: gw", "name: gw", "name: gw, namespace: gwtest", "name: gw, sectionName: http"]);
    let path = from(&["/", "/a", "/a/b", ""]);
    (namespace(), kind, 0..3_usize, parent, hostnames, path, maps(&REFERENCES, 3)).prop_map(
        |(namespace, kind, name, parent, hostnames, path, references)| {
            let matches = match kind {
                "HTTPRoute" => format!("matches: [{{path: {{value: '{path}'}}}}], "),
                "GRPCRoute" => format!("matches: [{{method: {{service: '{}'}}}}], ", path.trim_start_matches('/')),
                _ => String::new(),
            };
            let hostnames = if kind == "TCPRoute" { String::new() } else { format!("hostnames: [{hostnames}], ") };
            let rest = format!(
                "spec: {{parentRefs: [{{{parent}}}], {hostnames}rules: [{{{matches}backendRefs: [{references}]}}]}}"
            );
            Document::new("gateway.networking.k8s.io/v1", kind, (namespace, format!("r{name}")), "", &rest)
        },
    )
}

fn grant() -> impl Strategy<Value = Document> {
    let to = from(&["group: networking.istio.io, kind: ServiceEntry", "group: '', kind: Service, name: svc0"]);
    (namespace(), from(&["HTTPRoute", "TCPRoute"]), namespace(), to).prop_map(|(namespace, kind, other, to)| {
        let source = format!("group: gateway.networking.k8s.io, kind: {kind}, namespace: {other}");
        let rest = format!("spec: {{from: [{{{source}}}], to: [{{{to}}}]}}");
        Document::new("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", (namespace, "grant".to_owned()), "", &rest)
    })
}

fn namespace_object() -> impl Strategy<Value = Document> {
    let name = from(&["gwtest", "other", "third", "istio-system"]);
    let network = from(&["", "topology.istio.io/network: far, "]);
    (name, from(&["a", "b"]), network, from(&DISTRIBUTIONS)).prop_map(|(name, team, network, distribution)| {
        let annotations = format!("networking.istio.io/traffic-distribution: {distribution}");
        let meta = format!("labels: {{{network}team: {team}}}, annotations: {{{annotations}}}, ");
        Document::new("v1", "Namespace", ("", name.to_owned()), &meta, "")
    })
}

fn node() -> impl Strategy<Value = Document> {
    (from(&["n1", "n2"]), from(&["r1", "r2"]), from(&["z1", "z2"])).prop_map(|(name, region, zone)| {
        let labels = format!("topology.kubernetes.io/region: {region}, topology.kubernetes.io/zone: {zone}");
        Document::new("v1", "Node", ("", name.to_owned()), &format!("labels: {{{labels}}}, "), "")
    })
}

fn gateway() -> impl Strategy<Value = Document> {
    let listeners = "{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}, \
                     {name: x, port: 80, protocol: HTTP, hostname: '*.example.com'}, \
                     {name: tcp, port: 90, protocol: TCP, allowedRoutes: {namespaces: {from: All}}}, \
                     {name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}";
    from(&["gwtest", "gwtest", "other"]).prop_map(move |namespace| {
        let rest = format!("spec: {{gatewayClassName: kgateway, listeners: [{listeners}]}}");
        Document::new("gateway.networking.k8s.io/v1", "Gateway", (namespace, "gw".to_owned()), "", &rest)
    })
}

/// A WorkloadEntry or pod.
pub(crate) fn workload() -> impl Strategy<Value = Document> {
    prop_oneof![workload_entry(), pod()]
}

/// An object of any kind.
pub(crate) fn document() -> impl Strategy<Value = Document> {
    prop_oneof![
        8 => workload(),
        4 => service_entry(),
        1 => service(),
        2 => endpoint_slice(),
        1 => destination_rule(),
        1 => tls_policy(),
        2 => route(),
        1 => grant(),
        1 => namespace_object(),
        1 => node(),
        1 => gateway(),
    ]
}

/// A whole set of manifests, in which no two are of the same object.
pub(crate) fn documents() -> impl Strategy<Value = Vec<Document>> {
    let near = (gateway(), node(), vec(namespace_object(), 0..3));
    let declared = (vec(service_entry(), 1..6), vec(service(), 0..4), vec(endpoint_slice(), 0..4));
    let policies = (vec(destination_rule(), 0..3), vec(tls_policy(), 0..2));
    let routed = (vec(route(), 0..4), vec(grant(), 0..2));
    (near, declared, vec(workload(), 0..8), policies, routed).prop_map(
        |((gateway, node, namespaces), (entries, services, slices), workloads, (rules, tls), (routes, grants))| {
            let all = [gateway, node].into_iter().chain(namespaces).chain(entries).chain(services).chain(slices);
            let mut all: Vec<_> = all.chain(workloads).chain(rules).chain(tls).chain(routes).chain(grants).collect();
            all.sort_by(|a, b| a.object.cmp(&b.object));
            all.dedup_by(|a, b| a.object == b.object);
            all
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let gateway = |network: &str, address: &str| NetworkGateway {
        network: network.to_owned(),
        address: address.parse().map_or_else(|_| EndpointAddress::Name(Hostname::new(address)), EndpointAddress::Ip),
        port: 15443,
    };
    let selector = |key: &str, value: &str| LabelSelector {
        match_labels: [(key.to_owned(), value.to_owned())].into(),
        ..LabelSelector::default()
    };
    let rarely = || prop::bool::weighted(0.15);
    (rarely(), rarely(), rarely(), rarely(), prop::bool::ANY, prop::bool::weighted(0.3)).prop_map(
        move |(off, discovery, hidden, private, networks, labelled)| Settings {
            istio_integration: !off,
            discovery_selectors: discovery.then(|| selector("team", "a")).into_iter().collect(),
            service_entry_exclusions: hidden.then(|| selector("team", "x")).into_iter().collect(),
            default_export_to: private.then(|| ".".to_owned()).into_iter().collect(),
            network_gateways: match networks {
                true => vec![gateway("far", "10.8.8.8"), gateway("far", "gw.far.test"), gateway("third", "10.7.7.7")],
                false => Vec::new(),
            },
            workload_entry_exclusion_labels: labelled.then(|| "ignore".to_owned()).into_iter().collect(),
            promoted_annotations: labelled.then(|| "promoted".to_owned()).into_iter().collect(),
            ..Settings::default()
        },
    )
}

/// Whose semantics, for which gateway, with which settings.
pub(crate) fn options() -> impl Strategy<Value = Options> {
    let profile = from(&[Profile::Kgateway, Profile::Istio]);
    let identity = (from(&["", "gwtest"]), from(&["r1/z1/s1", ""]), from(&["", "home"]), prop::bool::ANY);
    (profile, identity, settings(), prop::bool::ANY, from(&[0, 1, 20])).prop_map(
        |(profile, (namespace, locality, network, labelled), settings, list_unmatched, list_foreign)| Options {
            profile,
            semantics: None,
            gateway: GatewayIdentity {
                namespace: namespace.to_owned(),
                labels: labelled.then(|| ("app".to_owned(), "a".to_owned())).into_iter().collect(),
                locality: Locality::parse(locality),
                network: network.to_owned(),
            },
            settings,
            list_unmatched,
            list_foreign,
        },
    )
}

proptest! {
    #[test]
    fn every_document_can_be_read(document in document()) {
        let read: Vec<_> = lenient(std::slice::from_ref(&document)).iter().map(|(object, _)| object).collect();
        prop_assert_eq!(read, vec![document.object]);
    }
}
