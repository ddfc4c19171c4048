//! Invariants over random manifests.

use std::collections::BTreeMap;

use http::{HeaderMap, Method};
use proptest::prelude::*;
use sextant_resources::{Hostname, ResourceSet};
use sextant_routing::{EndpointSource, L4Table, Model, Options, Profile, RouteTable, absent, expand, resolve};

use crate::support::*;

const RESOLUTIONS: [&str; 5] = ["STATIC", "DNS", "DNS_ROUND_ROBIN", "NONE", "DYNAMIC_DNS"];
const ADDRESSES: [&str; 6] = ["1.1.1.1", "fd00::1", "vm.example.com", "unix:///x", "''", "not an address"];
const NUMBERS: [u32; 7] = [0, 1, 80, 8080, 65_535, 70_000, u32::MAX];
const NAMESPACES: [&str; 2] = ["gwtest", "other"];
const KINDS: [&str; 5] = ["HTTPRoute", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"];

fn from<T: Clone + std::fmt::Debug + 'static>(list: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(list)
}

fn labels() -> impl Strategy<Value = String> {
    let label = (from(&["app", "version", "''"]), from(&["a", "b", "''"]));
    prop::collection::btree_map(label.prop_map(|(k, _)| k), from(&["a", "b", "''"]), 0..3)
        .prop_map(|map: BTreeMap<_, _>| map.iter().map(|(k, v)| format!("{k}: {v}")).collect::<Vec<_>>().join(", "))
}

fn endpoint() -> impl Strategy<Value = String> {
    (from(&ADDRESSES), from(&NUMBERS), from(&NUMBERS), labels(), from(&["", "r1/z1", "///", "n"])).prop_map(
        |(address, port, weight, labels, locality)| {
            format!(
                "address: {}, ports: {{http: {port}}}, weight: {weight}, labels: {{{labels}}}, locality: '{locality}'",
                quoted(address)
            )
        },
    )
}

fn quoted(text: &str) -> String {
    if text.starts_with('\'') { text.to_owned() } else { format!("'{text}'") }
}

fn entry(name: usize) -> impl Strategy<Value = String> {
    let hosts = prop::collection::vec(from(&["a.example.com", "B.example.com.", "*.example.com", "''"]), 1..3);
    let ports = prop::collection::vec((from(&NUMBERS), from(&NUMBERS)), 0..3);
    let endpoints = prop::collection::vec(endpoint(), 0..4);
    let selector = prop::option::of(labels());
    let distribution = from(&["", "PreferClose", "PreferSameNode", "PreferNetwork"]);
    (from(&NAMESPACES), hosts, ports, from(&RESOLUTIONS), endpoints, selector, distribution).prop_map(
        move |(namespace, hosts, ports, resolution, endpoints, selector, distribution)| {
            let hosts: Vec<_> = hosts.into_iter().map(quoted).collect();
            let ports: Vec<_> = ports.iter().map(|(n, t)| format!("{{number: {n}, targetPort: {t}, name: http}}")).collect();
            let endpoints: Vec<_> = endpoints.iter().map(|endpoint| format!("{{{endpoint}}}")).collect();
            let selector = selector.map(|labels| format!(", workloadSelector: {{labels: {{{labels}}}}}")).unwrap_or_default();
            let meta = format!(
                "se{name}, namespace: {namespace}, annotations: {{networking.istio.io/traffic-distribution: '{distribution}'}}"
            );
            let spec = format!(
                "hosts: [{}], ports: [{}], resolution: {resolution}, endpoints: [{}]{selector}",
                hosts.join(", "), ports.join(", "), endpoints.join(", ")
            );
            service_entry(&meta, &spec)
        },
    )
}

fn workload(name: usize) -> impl Strategy<Value = String> {
    let entry = (from(&NAMESPACES), labels(), endpoint()).prop_map(move |(namespace, labels, endpoint)| {
        workload_entry(&format!("we{name}, namespace: {namespace}, labels: {{{labels}}}"), &endpoint)
    });
    let pod = (from(&NAMESPACES), labels(), from(&["True", "False"]), from(&["10.0.0.1", "''", "x"])).prop_map(
        move |(namespace, labels, ready, ip)| {
            let meta = format!("pod{name}, namespace: {namespace}, labels: {{{labels}}}");
            pod_with(&meta, "n1", &format!("podIP: {}, conditions: [{{type: Ready, status: '{ready}'}}]", quoted(ip)))
        },
    );
    prop_oneof![entry, pod]
}

fn route(name: usize) -> impl Strategy<Value = String> {
    let reference =
        (from(&["ServiceEntry", "Hostname", "Service", "Nonsense"]), 0_usize..4, from(&NUMBERS), from(&NUMBERS))
            .prop_map(|(kind, target, port, weight)| {
                let name = if kind == "Hostname" { "a.example.com".to_owned() } else { format!("se{target}") };
                format!("{{group: networking.istio.io, kind: {kind}, name: {name}, port: {port}, weight: {weight}}}")
            });
    let hostname = from(&["a.example.com", "'*.example.com'", "B.Example.com."]);
    let references = prop::collection::vec(reference, 0..3);
    let hostnames = prop::collection::vec(hostname, 0..3);
    (references, hostnames, from(&["/", "/a", "/a/b", ""]), from(&KINDS)).prop_map(
        move |(references, hostnames, path, kind)| {
            let matches = match kind {
                "HTTPRoute" => format!("matches: [{{path: {{value: '{path}'}}}}], "),
                "GRPCRoute" => format!("matches: [{{method: {{service: '{}'}}}}], ", path.trim_start_matches('/')),
                _ => String::new(),
            };
            let hostnames =
                if kind == "TCPRoute" { String::new() } else { format!("hostnames: [{}], ", hostnames.join(", ")) };
            let rules = format!("rules: [{{{matches}backendRefs: [{}]}}]", references.join(", "));
            route_of_kind(kind, &format!("r{name}"), &format!("parentRefs: [{{name: gw}}], {hostnames}{rules}"))
        },
    )
}

fn documents() -> impl Strategy<Value = Vec<String>> {
    let entries = (0..4_usize).map(entry).collect::<Vec<_>>();
    let workloads = (0..6_usize).map(workload).collect::<Vec<_>>();
    let routes = (0..3_usize).map(route).collect::<Vec<_>>();
    (entries, workloads, routes).prop_map(|(entries, workloads, routes)| {
        let fixed = [
            gateway(&[
                "name: http, port: 80, protocol: HTTP",
                "name: x, port: 80, protocol: HTTP, hostname: '*.example.com'",
                "name: tcp, port: 90, protocol: TCP",
                "name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}",
            ]),
            node("n1", "topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1"),
        ];
        fixed.into_iter().chain(entries).chain(workloads).chain(routes).collect()
    })
}

/// Like [`load`], but odd input may be refused in part.
fn lenient(documents: &[String]) -> ResourceSet {
    sextant_resources::load_text(&"test.yaml".into(), &documents.join("---\n")).resources
}

fn profiles() -> [Options; 2] {
    [Profile::Kgateway, Profile::Istio].map(|profile| Options { profile, list_unmatched: true, ..Options::default() })
}

/// Asks every table for a few requests, and expands every backend: nothing may panic.
fn exercise(model: &Model) -> Vec<String> {
    let table = RouteTable::new(model, 80);
    let mut log = Vec::new();
    for host in ["a.example.com", "", "b.example.com:80", "zzz", "[::1]:80", "."] {
        for path in ["/", "/a/b?c=%zz&d", "*"] {
            let uri = path.parse().unwrap();
            let decision = table.decide(host, &Method::GET, &uri, &HeaderMap::new());
            let trace = table.trace(&model.routes, host, &Method::GET, &uri, &HeaderMap::new());
            assert_eq!(trace.decision(), decision, "{host}{path}");
            log.push(format!("{:?}", model.answer(decision)));
        }
        let taken = [90, 443].map(|port| L4Table::new(model, port).and_then(|table| table.decide(Some(host))));
        log.push(format!("{taken:?}"));
    }
    for backend in &model.backends {
        log.push(format!("{:?}", expand(backend, &Default::default())));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_documents_never_matters(documents in documents(), seed: u64) {
        let mut shuffled = documents.clone();
        let count = shuffled.len();
        for (place, step) in (0..count).zip(0_u64..) {
            shuffled.swap(place, (seed.rotate_left(step as u32 * 7) % count as u64) as usize);
        }
        for options in profiles() {
            let (one, two) = (resolve(&lenient(&documents), &options), resolve(&lenient(&shuffled), &options));
            prop_assert_eq!(exercise(&one), exercise(&two));
            prop_assert_eq!(one, two);
        }
    }

    #[test]
    fn host_case_and_trailing_dot_never_matter(documents in documents()) {
        let changed: Vec<_> = documents.iter().map(|d| d.replace("a.example.com", "A.eXample.COM.")).collect();
        let (one, two) = (resolve(&lenient(&documents), &Options::default()), resolve(&lenient(&changed), &Options::default()));
        prop_assert_eq!(&one.backends, &two.backends);
        for host in ["a.example.com", "A.EXAMPLE.com", "a.example.com.", "a.example.com:80", "A.Example.com.:8080"] {
            let ask = |model: &Model| RouteTable::new(model, 80).decide(host, &Method::GET, &"/a".parse().unwrap(), &HeaderMap::new());
            prop_assert_eq!(ask(&one), ask(&two));
            let plain = RouteTable::new(&one, 80).decide("a.example.com", &Method::GET, &"/a".parse().unwrap(), &HeaderMap::new());
            prop_assert_eq!(ask(&one), plain);
        }
    }

    #[test]
    fn an_unreferenced_object_changes_nothing(documents in documents()) {
        for options in profiles() {
            let mut more = documents.clone();
            more.push(workload_entry("lonely, namespace: far, labels: {nobody: asks}", "address: 9.9.9.9"));
            more.push(service_entry("lonely, namespace: far", "hosts: [lonely.test], ports: [{number: 80}], resolution: STATIC"));
            let (one, two) = (resolve(&lenient(&documents), &options), resolve(&lenient(&more), &options));
            prop_assert_eq!(exercise(&one).len() + 1, exercise(&two).len());
            let near: Vec<_> = two.backends.iter().filter(|backend| &*backend.id.service_entry.namespace != "far").collect();
            prop_assert_eq!(one.backends.iter().collect::<Vec<_>>(), near);
            prop_assert_eq!(&one.listeners, &two.listeners);
        }
    }

    #[test]
    fn every_service_entry_makes_a_backend_or_says_why_not(documents in documents()) {
        let resources = lenient(&documents);
        for options in profiles() {
            let model = resolve(&resources, &options);
            let mut told: Vec<_> = absent(&resources, &options).into_iter().map(|absent| absent.service_entry).collect();
            told.extend(model.backends.iter().map(|backend| backend.id.service_entry.clone()));
            told.sort();
            told.dedup();
            prop_assert_eq!(told, resources.service_entries.keys().cloned().collect::<Vec<_>>());
        }
    }

    #[test]
    fn endpoints_and_exclusions_partition_the_candidates(documents in documents()) {
        for options in profiles() {
            let resources = lenient(&documents);
            let declares = |host: &Hostname| resources.service_entries.values().filter(|entry| {
                entry.body.spec.hosts.iter().any(|name| Hostname::new(name) == *host)
            }).count();
            for backend in &resolve(&resources, &options).backends {
                // I-078: declarations of one host pool their endpoints.
                if options.profile == Profile::Istio && declares(&backend.id.host) > 1 {
                    continue;
                }
                let sources = backend.endpoints.iter().map(|e| &e.source).chain(backend.excluded.iter().map(|e| &e.source));
                let mut seen: Vec<_> = sources.collect();
                seen.sort();
                let count = seen.len();
                seen.dedup();
                prop_assert_eq!(seen.len(), count, "nothing is listed twice");
                let entry = &resources.service_entries[&backend.id.service_entry].body.spec;
                let inline = seen.iter().filter(|s| matches!(s, EndpointSource::Inline { .. })).count();
                prop_assert_eq!(inline, entry.endpoints.len(), "every inline endpoint is told of");
                let own = |key: &sextant_resources::ObjectKey| key.namespace == backend.id.service_entry.namespace;
                let listed = seen.iter().filter(|s| matches!(s, EndpointSource::Pod(k) | EndpointSource::WorkloadEntry(k) if own(k))).count();
                let there = resources.pods.keys().chain(resources.workload_entries.keys()).filter(|k| own(k)).count();
                let selects = entry.workload_selector.as_ref().is_some_and(|s| !s.labels.is_empty() || options.profile == Profile::Istio);
                prop_assert_eq!(listed, if selects { there } else { 0 }, "with --all every workload of the namespace is told of");
            }
        }
    }
}
