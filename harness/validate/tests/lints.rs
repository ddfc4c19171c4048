//! Every trap: an input that falls into it, and the nearest that does not.

use std::collections::BTreeSet;

use sextant_resources::{load_paths, load_text};
use sextant_routing::{Options, Profile};
use sextant_validate::{ValidateOptions, validate};

/// Trap, profile, path, manifests that fall into it, and those that do not. `SE(…)` is a ServiceEntry `a` of namespace
/// `ns` with this spec, `WE(…)` a WorkloadEntry `w` there with labels `app: a`, `ROUTE(…)` a served HTTPRoute to this backendRef, `ROUTE2(…)` one to these
/// hosts, `GRPC(…)` a GRPCRoute, `TCP(…)` a TCPRoute, `SNI(…)` a TLSRoute that no listener takes,
/// `TLS(…)` a BackendTLSPolicy of this namespace for this target, `SVC(…)` a Service of this name, `SICK(…)` a WorkloadEntry whose
/// health is checked if this says so, `NEAR(…)` a ServiceEntry and `NS(…)` a Namespace with this traffic distribution.
const CASES: &[(&str, Profile, &str, &str, &str)] = &[
    ("L-001", K, "spec.address", "SE({$W}) WE({network: n1})", "SE({$W}) WE({address: 1.1.1.1})"),
    ("L-002", K, "spec.workloadSelector", "SE({$W})", "SE({$W}) WE({address: 1.1.1.1})"),
    ("L-003", K, "spec.workloadSelector", "SE({$W}) OTHER({address: 1.1.1.1})", "SE({$W}) WE({address: 1.1.1.1})"),
    (
        "L-004",
        K,
        "spec.ports",
        "SE({$W}) WE({address: 1.1.1.1, ports: {web: 1}})",
        "SE({$W}) WE({address: 1.1.1.1, ports: {http: 1}})",
    ),
    ("L-005", K, "spec.hosts[0]", "SE({$S}) B({$S})", "SE({$S})"),
    (
        "L-006",
        K,
        "spec.workloadSelector",
        "SE({$H, resolution: DNS, workloadSelector: {labels: {app: a}}})",
        "SE({$W}) WE({address: 1.1.1.1})",
    ),
    (
        "L-007",
        I,
        "spec.rules[0].backendRefs[0]",
        "SE({$H}) ROUTE(kind: Hostname, name: a.com, port: 80)",
        "SE({$S}) ROUTE(kind: Hostname, name: a.com, port: 80)",
    ),
    (
        "L-007",
        K,
        "spec.rules[0].backendRefs[0]",
        "SE({$H}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
    ),
    ("L-008", K, "status", "SE({$W}) POD('False')", "SE({$W}) POD('True')"),
    (
        "L-009",
        K,
        "spec.rules[0].backendRefs[0]",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 81)",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
    ),
    (
        "L-010",
        K,
        "spec.rules[0].backendRefs[0]",
        "SE({$S}) ROUTE(kind: ServiceEntry, namespace: other, name: a, port: 80)",
        "SE({$S}) ROUTE(kind: ServiceEntry, namespace: ns, name: a, port: 80)",
    ),
    (
        "L-011",
        K,
        "spec.parentRefs[0]",
        "SE({$S}) LOST(kind: ServiceEntry, name: a, port: 80)",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
    ),
    (
        "L-012",
        K,
        "spec.ports[0].protocol",
        "SE({hosts: [a.com], ports: [{number: 443, name: a, protocol: HTTPS}], resolution: DNS})",
        "SE({$H, resolution: DNS})",
    ),
    ("L-013", K, "spec.exportTo", "SE({$S, exportTo: [.]})", "SE({$S, exportTo: ['*']})"),
    ("L-014", K, "spec.host", "SE({$S}) DR(b.com)", "SE({$S}) DR(a.com)"),
    (
        "L-015",
        K,
        "spec.endpoints[0].weight",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1, weight: 0}]})",
        "SE({$S})",
    ),
    (
        "L-015",
        K,
        "spec.weight",
        "SE({$W}) WE({address: 1.1.1.1, weight: 0})",
        "SE({$W}) WE({address: 1.1.1.1, weight: 1})",
    ),
    (
        "L-016",
        K,
        "spec.endpoints[0].address",
        "SE({$H, resolution: STATIC, endpoints: [{address: b.com}]})",
        "SE({$H, resolution: DNS, endpoints: [{address: b.com}]})",
    ),
    ("L-017", K, "spec.resolution", "SE({$H, resolution: STATIC})", "SE({$S})"),
    (
        "L-018",
        K,
        "spec.hosts[0]",
        "SE({hosts: ['*.a.com'], $P, resolution: DNS})",
        "SE({hosts: ['*.a.com'], $P, resolution: DNS, endpoints: [{address: b.com}]})",
    ),
    ("L-019", K, "spec.ports", "SE({hosts: [a.com], resolution: DNS})", "SE({$H, resolution: DNS})"),
    (
        "L-020",
        K,
        "spec.trafficPolicy.outlierDetection",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {maxEjectionPercent: 99}})",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {maxEjectionPercent: 100}})",
    ),
    (
        "L-020",
        I,
        "spec.trafficPolicy.portLevelSettings[0].outlierDetection",
        "SE({$S}) DR(a.com, trafficPolicy: {portLevelSettings: [{port: {number: 80}, outlierDetection: {}}]})",
        "SE({$S}) DR(a.com, trafficPolicy: {portLevelSettings: [{port: {number: 81}, outlierDetection: {}}]})",
    ),
    (
        "L-020",
        K,
        "spec.trafficPolicy.outlierDetection",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.2}]}) DR(a.com, trafficPolicy: {outlierDetection: {maxEjectionPercent: 49}})",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.2}]}) DR(a.com, trafficPolicy: {outlierDetection: {maxEjectionPercent: 50}})",
    ),
    (
        "L-021",
        I,
        "spec.trafficPolicy.loadBalancer.localityLbSetting",
        "SE({$S}) DR(a.com, trafficPolicy: {loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}})",
        "SE({$S}) DR(a.com, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {'*': 100}}]}}})",
    ),
    (
        "L-022",
        K,
        "spec.trafficPolicy.loadBalancer.localityLbSetting",
        "SE({$S}) DR(a.com, trafficPolicy: {loadBalancer: {localityLbSetting: {enabled: true}}})",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {maxEjectionPercent: 100}, loadBalancer: {localityLbSetting: {enabled: true}}})",
    ),
    (
        "L-022",
        K,
        "spec.trafficPolicy.portLevelSettings[0].loadBalancer.localityLbSetting",
        "SE({$S}) DR(a.com, trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {localityLbSetting: {}}}]})",
        "SE({$S}) DR(a.com, trafficPolicy: {loadBalancer: {localityLbSetting: {enabled: false}}})",
    ),
    (
        "L-023",
        K,
        "spec.endpoints[1].address",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1}, {address: 1.1.1.2}]}) DR(a.com, trafficPolicy: {loadBalancer: {localityLbSetting: {enabled: true}}})",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1}, {address: 1.1.1.2}]})",
    ),
    (
        "L-024",
        K,
        "spec.targetRefs[0].name",
        "SE({$S}) TLS(other, ServiceEntry, a)",
        "SE({$S}) TLS(ns, ServiceEntry, a)",
    ),
    (
        "L-025",
        K,
        "spec.labels",
        "SE({$H, resolution: STATIC, workloadSelector: {labels: {app: a, tier: b}}}) WE({address: 1.1.1.1, labels: {tier: b}})",
        "SE({$W}) WE({address: 1.1.1.1, labels: {tier: b}})",
    ),
    (
        "L-026",
        I,
        "spec.exportTo",
        "SE({$S, exportTo: [other]}) ROUTE(kind: Hostname, name: a.com, port: 80)",
        "SE({$S, exportTo: [other, .]}) ROUTE(kind: Hostname, name: a.com, port: 80)",
    ),
    ("L-014", I, "spec.host", "SE({$S}) DR(a)", "SE({$S}) DR('*.com')"),
    (
        "L-027",
        K,
        "spec.exportTo",
        "SE({$S}) DR(a.com, exportTo: [other]) ROUTE(kind: ServiceEntry, name: a, port: 80)",
        "SE({$S}) DR(a.com, exportTo: [other, ns]) ROUTE(kind: ServiceEntry, name: a, port: 80)",
    ),
    (
        "L-027",
        I,
        "spec.exportTo",
        "SE({$S}) DR(a.com, exportTo: ['~']) ROUTE(kind: Hostname, name: a.com, port: 80)",
        "SE({$S}) DR(a.com, exportTo: [.]) ROUTE(kind: Hostname, name: a.com, port: 80)",
    ),
    ("L-028", K, "spec.host", "SE({$S}) DR('*.com')", "SE({$S}) DR(A.com)"),
    ("L-028", K, "spec.host", "SVC(a) DR(a)", "SVC(a) DR(a.ns.svc.cluster.local)"),
    (
        "L-029",
        K,
        "spec.host",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {}}) DR2(a.com, trafficPolicy: {outlierDetection: {}})",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {}}) DR2(b.com, trafficPolicy: {outlierDetection: {}})",
    ),
    (
        "L-029",
        I,
        "spec.host",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {}}) DR2(a.com, trafficPolicy: {outlierDetection: {}})",
        "SE({$S}) DR('*.com', trafficPolicy: {outlierDetection: {}}) DR2(a.com, trafficPolicy: {outlierDetection: {}})",
    ),
    (
        "L-030",
        K,
        "spec.trafficPolicy.tls",
        "SE({$S}) DR(a.com, trafficPolicy: {tls: {mode: SIMPLE}})",
        "SE({$S}) DR(a.com, trafficPolicy: {tls: {mode: DISABLE}})",
    ),
    (
        "L-030",
        K,
        "spec.trafficPolicy.portLevelSettings[0].loadBalancer.simple",
        "SE({$S}) DR(a.com, trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]})",
        "SE({$S}) DR(a.com, trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: ROUND_ROBIN}}]})",
    ),
    (
        "L-030",
        K,
        "spec.trafficPolicy.connectionPool.http",
        "SE({$S}) DR(a.com, trafficPolicy: {connectionPool: {http: {http1MaxPendingRequests: 1}}})",
        "SE({$S}) DR(a.com, trafficPolicy: {connectionPool: {tcp: {tcpKeepalive: {probes: 1}}}})",
    ),
    ("L-030", K, "spec.subsets", "SE({$S}) DR(a.com, subsets: [{name: v1}])", "SE({$S}) DR(a.com, subsets: null)"),
    (
        "L-031",
        I,
        "metadata.namespace",
        "SE({$S}) DR-AWAY(a.com, trafficPolicy: {outlierDetection: {}}) ROUTE(kind: Hostname, name: a.com, port: 80)",
        "SE({$S}) DR(a.com, trafficPolicy: {outlierDetection: {}}) ROUTE(kind: Hostname, name: a.com, port: 80)",
    ),
    (
        "L-032",
        K,
        "spec.rules[0].backendRefs",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 80, weight: 0)",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 80, weight: 1)",
    ),
    (
        "L-032",
        I,
        "spec.rules[0].backendRefs",
        "SE({$S}) ROUTE(kind: Hostname, name: a.com, port: 80, weight: 0)",
        "SE({$S}) ROUTE(kind: Hostname, name: a.com, port: 80)",
    ),
    (
        "L-033",
        I,
        "spec.rules[0].backendRefs[0]",
        "SE-AWAY({$S}) ROUTE(kind: Hostname, name: a.com, port: 80)",
        "SE({$S}) ROUTE(kind: Hostname, name: a.com, port: 80)",
    ),
    (
        "L-034",
        I,
        "spec.rules[0].backendRefs[0]",
        "SE({hosts: ['*.a.com'], $P, resolution: DYNAMIC_DNS}) ROUTE(kind: Hostname, name: '*.a.com', port: 80)",
        "SE({hosts: ['*.a.com'], $P, resolution: STATIC, endpoints: [{address: 1.1.1.1}]}) ROUTE(kind: Hostname, name: '*.a.com', port: 80)",
    ),
    (
        "L-034",
        K,
        "spec.rules[0].backendRefs[0]",
        "SE({hosts: ['*.a.com'], $P, resolution: DYNAMIC_DNS}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
        "SE({$H, resolution: DNS}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
    ),
    (
        "L-035",
        K,
        "spec.rules[0].backendRefs[0]",
        "SE({$S}) GRPC(kind: ServiceEntry, name: a, port: 80)",
        "SE({$S}) ROUTE(kind: ServiceEntry, name: a, port: 80)",
    ),
    (
        "L-035",
        I,
        "spec.rules[0].backendRefs[0]",
        "SE({hosts: [a.com], ports: [{number: 80, name: grpc, protocol: TCP}], resolution: DNS}) GRPC(kind: Hostname, name: a.com, port: 80)",
        "SE({hosts: [a.com], ports: [{number: 80, name: a, protocol: grpc}], resolution: DNS}) GRPC(kind: Hostname, name: a.com, port: 80)",
    ),
    ("L-036", K, "spec.address", "SE({$W}) WE({address: vm.com})", "SE({$W}) WE({address: 1.1.1.1})"),
    (
        "L-036",
        I,
        "spec.address",
        "SE({$W}) WE({address: vm.com})",
        "SE({$H, resolution: DNS, workloadSelector: {labels: {app: a}}}) WE({address: vm.com})",
    ),
    (
        "L-037",
        K,
        "metadata.annotations[\"proxy.istio.io/health-checks-enabled\"]",
        "SE({$W}) SICK('True')",
        "SE({$W}) SICK('false')",
    ),
    (
        "L-038",
        K,
        "spec.endpoints[0].labels[\"istio-locality\"]",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1, labels: {istio-locality: r.z}}]})",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r/z, labels: {istio-locality: r.z}}]})",
    ),
    (
        "L-038",
        K,
        "spec.labels[\"topology.istio.io/locality\"]",
        "SE({$W}) WE({address: 1.1.1.1, labels: {topology.istio.io/locality: r.z}})",
        "SE({$W}) WE({address: 1.1.1.1, labels: {topology.kubernetes.io/region: r}})",
    ),
    (
        "L-039",
        I,
        "spec.labels[\"topology.kubernetes.io/zone\"]",
        "SE({$W}) WE({address: 1.1.1.1, labels: {topology.kubernetes.io/zone: z}}) DR(a.com, trafficPolicy: {outlierDetection: {}})",
        "SE({$W}) WE({address: 1.1.1.1, labels: {topology.kubernetes.io/zone: z}}) DR(a.com, trafficPolicy: {})",
    ),
    (
        "L-040",
        K,
        "spec.endpoints[1].address",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.1}]})",
        "SE({$H, resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.1, ports: {http: 81}}]})",
    ),
    (
        "L-041",
        K,
        "spec.workloadSelector",
        "SE({$W}) WE({address: 1.1.1.2, weight: 2}) POD('True')",
        "SE({$W}) WE({address: 1.1.1.2, weight: 1}) POD('True')",
    ),
    (
        "L-042",
        K,
        "spec.hosts[1]",
        "SE({hosts: [a.com, b.com], $P, resolution: DNS})",
        "SE({hosts: [a.com, b.com], $P, resolution: DNS, endpoints: [{address: c.com}]})",
    ),
    (
        "L-043",
        K,
        "spec.hosts[1]",
        "SE({hosts: [a.com, b.com], $P, resolution: DNS_ROUND_ROBIN})",
        "SE({hosts: [a.com, A.com], $P, resolution: DNS_ROUND_ROBIN})",
    ),
    (
        "L-044",
        I,
        "spec.hosts[0]",
        "SVC(web) SE({hosts: [web.ns.svc.cluster.local], $P, resolution: DNS})",
        "SVC(web) SE({hosts: [web.other.svc.cluster.local], $P, resolution: DNS})",
    ),
    (
        "L-045",
        I,
        "metadata.annotations[\"networking.istio.io/traffic-distribution\"]",
        "NEAR(PreferNetwork)",
        "NEAR(preferclose)",
    ),
    (
        "L-045",
        K,
        "metadata.annotations[\"networking.istio.io/traffic-distribution\"]",
        "NEAR(PreferNear)",
        "NEAR(PreferNetwork)",
    ),
    (
        "L-046",
        K,
        "metadata.annotations[\"networking.istio.io/traffic-distribution\"]",
        "SE({$S}) NS(PreferClose)",
        "NEAR(PreferClose) NS(PreferClose)",
    ),
];

const K: Profile = Profile::Kgateway;
const I: Profile = Profile::Istio;

fn manifests(text: &str) -> String {
    let istio = |kind: &str, name: &str, namespace: &str, spec: &str| {
        let meta = format!("metadata: {{name: {name}, namespace: {namespace}, labels: {{app: a}}}}");
        format!("apiVersion: networking.istio.io/v1\nkind: {kind}\n{meta}\nspec: {spec}\n---\n")
    };
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: ns}\n\
                   spec: {gatewayClassName: x, listeners: [{name: http, port: 80, protocol: HTTP, hostname: '*.com'}, \
                   {name: tcp, port: 81, protocol: TCP}]}\n---\n";
    let route = |kind: &str, host: &str, reference: &str| {
        let references: Vec<_> =
            reference.split("; ").map(|reference| format!("{{group: networking.istio.io, {reference}}}")).collect();
        let references = references.join(", ");
        format!(
            "{gateway}apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: r, namespace: ns}}\n\
             spec: {{parentRefs: [{{name: gw}}], {host}rules: [{{backendRefs: [{references}]}}]}}\n---\n"
        )
    };
    let one = |part: &str| {
        let (word, rest) = part.split_once('(').expect("a word and its argument");
        let argument = rest.trim_end().strip_suffix(')').expect("a closing parenthesis");
        match word {
            "SE" => istio("ServiceEntry", "a", "ns", argument),
            "SE-AWAY" => istio("ServiceEntry", "a", "away", argument),
            "B" => istio("ServiceEntry", "b", "ns", argument),
            "WE" => istio("WorkloadEntry", "w", "ns", argument),
            "OTHER" => istio("WorkloadEntry", "w", "other", argument),
            "DR" => istio("DestinationRule", "d", "ns", &format!("{{host: {argument}}}")),
            "DR2" => istio("DestinationRule", "d2", "ns", &format!("{{host: {argument}}}")),
            "DR-AWAY" => istio("DestinationRule", "d", "away", &format!("{{host: {argument}}}")),
            "TLS" => {
                let [namespace, kind, name] = argument.split(", ").collect::<Vec<_>>()[..] else {
                    panic!("three words")
                };
                format!(
                    "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\n\
                     metadata: {{name: t, namespace: {namespace}}}\nspec: {{targetRefs: [{{group: networking.istio.io, \
                     kind: {kind}, name: {name}}}], validation: {{hostname: a.com, wellKnownCACertificates: System}}}}\n---\n"
                )
            }
            "POD" => format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: ns, labels: {{app: a}}}}\n\
                 status: {{podIP: 1.1.1.1, conditions: [{{type: Ready, status: {argument}}}]}}\n---\n"
            ),
            "ROUTE" => route("HTTPRoute", "hostnames: [r.com], ", argument),
            "LOST" => route("HTTPRoute", "hostnames: [r.org], ", argument),
            "GRPC" => route("GRPCRoute", "hostnames: [r.com], ", argument),
            "ROUTE2" => {
                let references = argument.replace("name:", "kind: Hostname, name:");
                route("HTTPRoute", "hostnames: [r.com], ", &references)
            }
            "TCP" => route("TCPRoute", "", argument),
            "SNI" => route("TLSRoute", "hostnames: [r.com], ", argument),
            "SICK" => {
                let annotations =
                    format!("labels: {{app: a}}, annotations: {{proxy.istio.io/health-checks-enabled: {argument}}}");
                istio("WorkloadEntry", "w", "ns", "{address: 1.1.1.1}").replace("labels: {app: a}", &annotations)
            }
            "NEAR" => {
                let annotations = format!("annotations: {{networking.istio.io/traffic-distribution: {argument}}}");
                let spec = "{hosts: [a.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}";
                istio("ServiceEntry", "a", "ns", spec).replace("labels: {app: a}", &annotations)
            }
            "NS" => format!(
                "apiVersion: v1\nkind: Namespace\nmetadata: {{name: ns, annotations: \
                 {{networking.istio.io/traffic-distribution: {argument}}}}}\n---\n"
            ),
            "SVC" => format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: {argument}, namespace: ns}}\n\
                 spec: {{ports: [{{port: 80, name: http}}]}}\n---\n"
            ),
            other => panic!("no word {other}"),
        }
    };
    let text = text
        .replace("$W", "$H, resolution: STATIC, workloadSelector: {labels: {app: a}}")
        .replace("$S", "$H, resolution: STATIC, endpoints: [{address: 1.1.1.1}]")
        .replace("$H", "hosts: [a.com], $P")
        .replace("$P", "ports: [{number: 80, name: http, protocol: HTTP}]");
    text.split_inclusive(") ").map(one).collect()
}

fn found(text: &str, profile: Profile) -> Vec<(String, String)> {
    let loaded = load_text(&"in.yaml".into(), &manifests(text));
    assert!(!loaded.has_errors(), "{:#?}", loaded.diagnostics);
    let routing = Options { profile, ..Options::default() };
    let findings = validate(&loaded, &ValidateOptions { routing, ..ValidateOptions::default() });
    let traps = findings.into_iter().filter(|finding| finding.code.starts_with("L-"));
    traps.map(|finding| (finding.code.to_owned(), finding.path)).collect()
}

#[test]
fn every_trap_is_found_at_its_place_and_the_nearest_good_input_is_none() {
    for (code, profile, path, bad, good) in CASES {
        let at = ((*code).to_owned(), (*path).to_owned());
        assert!(found(bad, *profile).contains(&at), "{code}: {bad}: {:?}", found(bad, *profile));
        let told = found(good, *profile);
        assert!(told.iter().all(|(found, _)| found != code), "{code}: {good}: {told:?}");
    }
}

#[test]
fn every_trap_has_a_case() {
    let tested: BTreeSet<_> = CASES.iter().map(|case| case.0.to_owned()).collect();
    assert_eq!(sextant_catalogue::lints().map(|lint| lint.id.clone()).collect::<BTreeSet<_>>(), tested);
}

/// What kgateway alone ignores is no trap under Istio.
#[test]
fn a_trap_of_one_profile_is_none_under_the_other() {
    let dns = "SE({$H, resolution: DNS, workloadSelector: {labels: {app: a}}}) WE({address: 1.1.1.1})";
    let of = |profile| found(dns, profile).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!((of(K), of(I)), (vec!["L-006".to_owned()], vec![]));
}

/// The documentation's own examples: only the machine that it leaves without an address, and the pod that is not ready,
/// are worth a word; so are the pods that are not ready.
#[test]
fn the_documented_examples_hold_only_the_traps_they_are_about() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/four-paths");
    for (file, expected) in [("static", ""), ("dns", ""), ("workload-selector", "L-008"), ("workload-entry", "L-001")] {
        let loaded =
            load_paths(&["common", "pods", file].map(|name| folder.join(format!("{name}.yaml")))).expect("it is there");
        let findings = validate(&loaded, &ValidateOptions::default());
        let traps: BTreeSet<_> = findings.iter().map(|it| it.code).filter(|code| code.starts_with("L-")).collect();
        assert_eq!(traps.into_iter().collect::<Vec<_>>().join(" "), expected, "{file}: {findings:#?}");
    }
}
