//! Every row of the bad-input table: an object with that fault alone, and what each layer says of it.
use std::collections::BTreeSet;

use sextant_resources::{Loaded, Severity, load_text};
use sextant_validate::{Admission, ValidateOptions, validate};

/// What a layer says: nothing, a warning, or an error.
type Says = &'static str;

/// Row, kind, what the webhook and the CRD say, path, and the object beside its name. `$P` is a good list of ports, `$S`
/// the rest of a good STATIC ServiceEntry behind its hosts.
const CASES: &[(&str, &str, Says, Says, &str, &str)] = &[
    ("V-001", "ServiceEntry", "", "E", "spec", ""),
    ("V-002", "ServiceEntry", "E", "E", "spec.hosts", "spec: {$S}"),
    ("V-002", "ServiceEntry", "E", "E", "spec.hosts", "spec: {hosts: [], $S}"),
    ("V-003", "ServiceEntry", "E", "E", "spec.hosts[1]", "spec: {hosts: [a.com, '*'], $S}"),
    ("V-004", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: [a_b.com], $S}"),
    ("V-004", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: ['foo.*'], $S}"),
    ("V-004", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: ['-'], $S}"),
    ("V-004", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: [''], $S}"),
    // Of one host only its worst fault is told.
    ("V-003", "ServiceEntry", "E", "E", "spec.hosts[0]", "spec: {hosts: ['*'], resolution: DNS, ports: $P}"),
    ("V-004", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: [a_b.com], resolution: DNS, ports: $P}"),
    ("V-004", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: [a_b.com], resolution: DYNAMIC_DNS, ports: $P}"),
    ("V-005", "ServiceEntry", "W", "", "spec.hosts[0]", "spec: {hosts: ['*-foo.com'], $S}"),
    ("V-006", "ServiceEntry", "E", "", "spec.addresses[0]", "spec: {hosts: [a.com], addresses: [abc], $S}"),
    ("V-006", "ServiceEntry", "E", "", "spec.addresses[0]", "spec: {hosts: [a.com], addresses: [1.2.3.4/99], $S}"),
    (
        "V-007",
        "ServiceEntry",
        "E",
        "E",
        "spec.addresses[0]",
        "spec: {hosts: [a.com], addresses: [1.2.3.4/32], ports: $P, resolution: DNS}",
    ),
    (
        "V-008",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[1]",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}, null]}",
    ),
    (
        "V-009",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[1].name",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, name: a, protocol: HTTP}, {number: 81, name: a, protocol: HTTP}]}",
    ),
    (
        "V-010",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[1].number",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, name: a, protocol: HTTP}, {number: 80, name: b, protocol: HTTP}]}",
    ),
    (
        "V-011",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[0].number",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 0, name: a, protocol: HTTP}]}",
    ),
    (
        "V-011",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[0].number",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 65536, name: a, protocol: HTTP}]}",
    ),
    (
        "V-011",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[0].number",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{name: a, protocol: HTTP}]}",
    ),
    (
        "V-011",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[0].number",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: -1, name: a, protocol: HTTP}]}",
    ),
    (
        "V-012",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[0].targetPort",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, targetPort: 70000, name: a, protocol: HTTP}]}",
    ),
    (
        "V-013",
        "ServiceEntry",
        "",
        "E",
        "spec.ports[0].targetPort",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, targetPort: 0, name: a, protocol: HTTP}]}",
    ),
    (
        "V-014",
        "ServiceEntry",
        "E",
        "E",
        "spec.ports[0].name",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, protocol: HTTP}]}",
    ),
    (
        "V-014",
        "ServiceEntry",
        "E",
        "",
        "spec.ports[0].name",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, name: a_b, protocol: HTTP}]}",
    ),
    (
        "V-015",
        "ServiceEntry",
        "E",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, name: a, protocol: sctp}]}",
    ),
    (
        "V-016",
        "ServiceEntry",
        "W",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: [a.com], ports: [{number: 80, name: a, protocol: TCP}]}",
    ),
    (
        "V-016",
        "ServiceEntry",
        "W",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: [a.com], ports: [{number: 80, name: a}]}",
    ),
    (
        "V-017",
        "ServiceEntry",
        "E",
        "",
        "spec.workloadSelector.labels[\"\"]",
        "spec: {hosts: [a_b.com], resolution: STATIC, ports: $P, workloadSelector: {labels: {'': a}}}",
    ),
    (
        "V-018",
        "ServiceEntry",
        "E",
        "E",
        "spec.workloadSelector.labels.app",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, workloadSelector: {labels: {app: 'a*'}}}",
    ),
    (
        "V-018",
        "ServiceEntry",
        "E",
        "",
        "spec.workloadSelector.labels[\"a*\"]",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, workloadSelector: {labels: {'a*': a}}}",
    ),
    (
        "V-019",
        "ServiceEntry",
        "",
        "E",
        "spec.workloadSelector.labels.app",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, workloadSelector: {labels: {app: $64}}}",
    ),
    (
        "V-020",
        "ServiceEntry",
        "W",
        "",
        "spec.workloadSelector",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, workloadSelector: {}}",
    ),
    (
        "V-021",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints",
        "spec: {hosts: [a.com], workloadSelector: {labels: {app: a}}, $S}",
    ),
    (
        "V-021",
        "ServiceEntry",
        "",
        "E",
        "spec.endpoints",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, workloadSelector: {labels: {app: a}}, endpoints: []}",
    ),
    (
        "V-022",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints",
        "spec: {hosts: [a.com], ports: $P, endpoints: [{address: 1.1.1.1}]}",
    ),
    (
        "V-022",
        "ServiceEntry",
        "",
        "E",
        "spec.endpoints",
        "spec: {hosts: [a.com], resolution: NONE, ports: $P, endpoints: []}",
    ),
    (
        "V-023",
        "ServiceEntry",
        "W",
        "",
        "spec.workloadSelector",
        "spec: {hosts: [a.com], ports: $P, workloadSelector: {labels: {app: a}}}",
    ),
    (
        "V-024",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0]",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [null]}",
    ),
    (
        "V-025",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: b.com}]}",
    ),
    (
        "V-025",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: '1.2.3.4:80'}]}",
    ),
    (
        "V-026",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{locality: r1}]}",
    ),
    (
        "V-027",
        "ServiceEntry",
        "W",
        "",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{network: n1}]}",
    ),
    (
        "V-028",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].ports.web",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1, ports: {web: 8080}}]}",
    ),
    (
        "V-029",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].ports.http",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1, ports: {http: 0}}]}",
    ),
    (
        "V-030",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 'unix://a/b'}]}",
    ),
    (
        "V-030",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 'unix://'}]}",
    ),
    (
        "V-031",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 'unix:///a/'}]}",
    ),
    (
        "V-032",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].ports",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 'unix:///a', ports: {http: 80}}]}",
    ),
    (
        "V-033",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: STATIC, endpoints: [{address: 'unix:///a'}]}",
    ),
    (
        "V-034",
        "ServiceEntry",
        "E",
        "",
        "spec.hosts[0]",
        "spec: {hosts: ['*.a.com', '*.b.com'], resolution: DNS, ports: $P}",
    ),
    (
        "V-034",
        "ServiceEntry",
        "E",
        "",
        "spec.hosts[0]",
        "spec: {hosts: [1.2.3.4], resolution: DNS_ROUND_ROBIN, ports: $P, workloadSelector: {labels: {app: a}}}",
    ),
    (
        "V-035",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints",
        "spec: {hosts: [a.com], resolution: DNS_ROUND_ROBIN, ports: $P, endpoints: [{address: b.com}, {address: c.com}]}",
    ),
    (
        "V-036",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: DNS, ports: $P, endpoints: [{address: '*.b.com'}]}",
    ),
    (
        "V-036",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: DNS, ports: $P, endpoints: [{network: n1}]}",
    ),
    (
        "V-036",
        "ServiceEntry",
        "E",
        "E",
        "spec.endpoints[0].address",
        "spec: {hosts: [a.com], resolution: DNS, ports: $P, endpoints: [{locality: r1}]}",
    ),
    (
        "V-037",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints[0].labels.app",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1, labels: {app: 'a b'}}]}",
    ),
    (
        "V-038",
        "ServiceEntry",
        "W",
        "",
        "spec.addresses",
        "spec: {hosts: [a.com, b.com], addresses: [1.2.3.4], resolution: DNS, ports: [{number: 443, name: a, protocol: TLS}]}",
    ),
    (
        "V-039",
        "ServiceEntry",
        "E",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: [a.com, b.com], resolution: STATIC, ports: [{number: 80, name: a, protocol: Redis}]}",
    ),
    ("V-040", "ServiceEntry", "E", "", "spec.hosts[0]", "spec: {hosts: [a.com], resolution: DYNAMIC_DNS, ports: $P}"),
    (
        "V-041",
        "ServiceEntry",
        "E",
        "",
        "spec.addresses",
        "spec: {hosts: ['*.a.com'], addresses: [1.2.3.4], resolution: DYNAMIC_DNS, ports: $P}",
    ),
    (
        "V-042",
        "ServiceEntry",
        "E",
        "",
        "spec.endpoints",
        "spec: {hosts: ['*.a.com'], resolution: DYNAMIC_DNS, ports: $P, endpoints: [{address: 1.1.1.1}]}",
    ),
    (
        "V-043",
        "ServiceEntry",
        "E",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: ['*.a.com'], resolution: DYNAMIC_DNS, ports: [{number: 443, name: a, protocol: HTTPS}]}",
    ),
    (
        "V-015",
        "ServiceEntry",
        "E",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: ['*.a.com'], resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: sctp}]}",
    ),
    (
        "V-039",
        "ServiceEntry",
        "E",
        "",
        "spec.ports[0].protocol",
        "spec: {hosts: ['*.a.com', '*.b.com'], resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: Redis}]}",
    ),
    (
        "V-044",
        "ServiceEntry",
        "E",
        "",
        "metadata.labels[\"istio.io/use-waypoint\"]",
        "spec: {hosts: ['*.a.com'], location: MESH_INTERNAL, resolution: DYNAMIC_DNS, ports: $P}",
    ),
    ("V-045", "ServiceEntry", "E", "E", "spec.resolution", "spec: {hosts: [a.com], resolution: static, ports: $P}"),
    ("V-046", "ServiceEntry", "", "E", "spec.location", "spec: {hosts: [a.com], location: HERE, $S}"),
    (
        "V-046",
        "ServiceEntry",
        "E",
        "E",
        "spec.location",
        "spec: {hosts: ['*.a.com'], location: HERE, resolution: DYNAMIC_DNS, ports: $P}",
    ),
    ("V-047", "ServiceEntry", "E", "", "spec.exportTo[1]", "spec: {hosts: [a.com], exportTo: [., ns], $S}"),
    ("V-048", "ServiceEntry", "E", "", "spec.exportTo[0]", "spec: {hosts: [a.com], exportTo: [a.b], $S}"),
    ("V-049", "ServiceEntry", "E", "", "spec.exportTo[1]", "spec: {hosts: [a.com], exportTo: [a, '*'], $S}"),
    ("V-050", "ServiceEntry", "E", "", "spec.exportTo[0]", "spec: {hosts: [a.com], exportTo: ['~', a], $S}"),
    (
        "V-051",
        "ServiceEntry",
        "",
        "E",
        "spec.endpoints[0].serviceAccount",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1, serviceAccount: $254}]}",
    ),
    ("V-052", "WorkloadEntry", "", "E", "spec", ""),
    ("V-053", "WorkloadEntry", "E", "E", "spec.address", "spec: {locality: r1}"),
    ("V-053", "WorkloadEntry", "E", "", "spec.address", "spec: {address: ''}"),
    ("V-054", "WorkloadEntry", "W", "", "spec.address", "spec: {network: n1}"),
    ("V-055", "WorkloadEntry", "E", "", "spec.address", "spec: {address: 'host:9443'}"),
    ("V-055", "WorkloadEntry", "E", "", "spec.address", "spec: {address: 1.2.3}"),
    ("V-056", "WorkloadEntry", "E", "E", "spec.address", "spec: {address: 'unix://relative'}"),
    ("V-057", "WorkloadEntry", "E", "E", "spec.address", "spec: {address: 'unix:///dir/'}"),
    ("V-058", "WorkloadEntry", "E", "E", "spec.ports", "spec: {address: 'unix:///a', ports: {http: 80}}"),
    ("V-058", "WorkloadEntry", "", "E", "spec.ports", "spec: {address: 'unix:///a', ports: {}}"),
    ("V-059", "WorkloadEntry", "E", "E", "spec.ports[\"@\"]", "spec: {address: 1.1.1.1, ports: {'@': 80}}"),
    ("V-059", "WorkloadEntry", "", "E", "spec.ports.$63", "spec: {address: 1.1.1.1, ports: {$63: 80}}"),
    ("V-060", "WorkloadEntry", "E", "E", "spec.ports.http", "spec: {address: 1.1.1.1, ports: {http: 65536}}"),
    ("V-061", "WorkloadEntry", "E", "", "spec.labels.app", "spec: {address: 1.1.1.1, labels: {app: 'a b'}}"),
    ("V-062", "WorkloadEntry", "", "E", "spec.weight", "spec: {address: 1.1.1.1, weight: -1}"),
    ("V-062", "WorkloadEntry", "", "E", "spec.weight", "spec: {address: 1.1.1.1, weight: 4294967296}"),
    ("V-063", "WorkloadGroup", "E", "E", "spec.template", "spec: {}"),
    (
        "V-064",
        "WorkloadGroup",
        "E",
        "",
        "spec.metadata.labels.app",
        "spec: {template: {}, metadata: {labels: {app: 'a b'}}}",
    ),
    (
        "V-065",
        "WorkloadGroup",
        "E",
        "E",
        "spec.probe.periodSeconds",
        "spec: {template: {}, probe: {periodSeconds: -1, tcpSocket: {port: 80}}}",
    ),
    ("V-066", "WorkloadGroup", "E", "", "spec.probe", "spec: {template: {}, probe: {periodSeconds: 1}}"),
    (
        "V-066",
        "WorkloadGroup",
        "",
        "E",
        "spec.probe",
        "spec: {template: {}, probe: {tcpSocket: {port: 80}, exec: {command: [a]}}}",
    ),
    ("V-067", "WorkloadGroup", "E", "", "spec.probe.grpc", "spec: {template: {}, probe: {grpc: {port: 80}}}"),
    (
        "V-068",
        "WorkloadGroup",
        "E",
        "E",
        "spec.probe.httpGet.port",
        "spec: {template: {}, probe: {httpGet: {port: 0}}}",
    ),
    (
        "V-069",
        "WorkloadGroup",
        "E",
        "E",
        "spec.probe.httpGet.scheme",
        "spec: {template: {}, probe: {httpGet: {port: 80, scheme: FTP}}}",
    ),
    (
        "V-070",
        "WorkloadGroup",
        "E",
        "E",
        "spec.probe.httpGet.httpHeaders[0].name",
        "spec: {template: {}, probe: {httpGet: {port: 80, httpHeaders: [{name: '**', value: a}]}}}",
    ),
    ("V-071", "WorkloadGroup", "E", "E", "spec.probe.exec.command", "spec: {template: {}, probe: {exec: {}}}"),
    (
        "V-071",
        "WorkloadGroup",
        "E",
        "",
        "spec.probe.exec.command",
        "spec: {template: {}, probe: {exec: {command: []}}}",
    ),
];

/// Accepted in silence, though one might expect a complaint.
const ACCEPTED: &[(&str, &str)] = &[
    ("ServiceEntry", "spec: {hosts: [a.com], resolution: STATIC, endpoints: [{address: 1.1.1.1}]}"),
    ("ServiceEntry", "spec: {hosts: [a.com], resolution: STATIC, ports: $P}"),
    ("ServiceEntry", "spec: {hosts: [a.com], resolution: DNS, ports: $P, workloadSelector: {labels: {app: a}}}"),
    (
        "ServiceEntry",
        "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, targetPort: 8080, name: a, protocol: HTTP}, {number: 81, targetPort: 8080, name: b, protocol: HTTP}]}",
    ),
    ("ServiceEntry", "spec: {hosts: [short], $S}"),
    ("ServiceEntry", "spec: {hosts: ['*.a.com'], resolution: DNS, ports: $P, endpoints: [{address: b.com}]}"),
    ("ServiceEntry", "spec: {hosts: ['*.a.com'], ports: $P}"),
    ("ServiceEntry", "spec: {hosts: ['*.a.com'], $S}"),
    (
        "ServiceEntry",
        "spec: {hosts: [a.com], resolution: DNS, ports: $P, endpoints: [{address: 1.1.1.1}, {address: b.com}]}",
    ),
    (
        "ServiceEntry",
        "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1, weight: 0, locality: a/b/c/d/e}]}",
    ),
    (
        "ServiceEntry",
        "spec: {hosts: [a.com], location: MESH_EXTERNAL, resolution: STATIC, ports: $P, workloadSelector: {labels: {app: a}}}",
    ),
    (
        "ServiceEntry",
        "spec: {hosts: [a.com, a.com], addresses: [1.2.3.4, 1.2.3.4], resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.1}]}",
    ),
    ("ServiceEntry", "spec: {hosts: [a.com], subjectAltNames: ['', 'any thing'], $S}"),
    ("ServiceEntry", "spec: {hosts: [a.com], addresses: [1.2.3.4/32, 1.2.3.4/16], ports: $P}"),
    ("ServiceEntry", "spec: {hosts: [a.com], ports: [{number: 80, name: a, protocol: tcp}]}"),
    ("ServiceEntry", "spec: {hosts: [a.com], resolution: STATIC, ports: [{number: 80, name: HTTP, protocol: HTTP}]}"),
    ("ServiceEntry", "spec: {hosts: [a.com, b.com], resolution: DNS_ROUND_ROBIN, ports: $P}"),
    (
        "ServiceEntry",
        "spec: {hosts: ['*.a.com'], resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol: GRPC}]}",
    ),
    ("ServiceEntry", "spec: {hosts: [a.com], exportTo: [., other], $S}"),
    ("ServiceEntry", "spec: {hosts: [a.com], resolution: STATIC, ports: $P, endpoints: [{address: 'unix:///a'}]}"),
    (
        "WorkloadEntry",
        "spec: {address: vm.example.com, ports: {anything: 80}, serviceAccount: nobody, locality: x, weight: 0}",
    ),
    ("WorkloadEntry", "spec: {address: 'unix://@abstract'}"),
    (
        "WorkloadGroup",
        "spec: {template: {}, probe: {httpGet: {port: 80, scheme: HTTPS, httpHeaders: [{name: X-A, value: b}]}}}",
    ),
];

fn load(kind: &str, body: &str) -> Loaded {
    let ports = "[{number: 80, name: http, protocol: HTTP}]";
    let body = body
        .replace("$S", "resolution: STATIC, ports: $P, endpoints: [{address: 1.1.1.1}]")
        .replace("$P", ports)
        .replace("$254", &"a".repeat(254))
        .replace("$64", &"a".repeat(64))
        .replace("$63", &"a".repeat(63));
    let meta = "metadata: {name: a, namespace: ns, labels: {istio.io/use-waypoint: w}}";
    load_text(&"in.yaml".into(), &format!("apiVersion: networking.istio.io/v1\nkind: {kind}\n{meta}\n{body}\n"))
}

fn found(loaded: &Loaded, admission: Admission) -> Vec<(String, String, Says)> {
    let options = ValidateOptions { admission, ..ValidateOptions::default() };
    let of_table = validate(loaded, &options).into_iter().filter(|finding| !finding.code.starts_with("L-"));
    let says = |severity| if severity == Severity::Error { "E" } else { "W" };
    of_table.map(|finding| (finding.code.to_owned(), finding.path.clone(), says(finding.severity))).collect()
}

/// The rows spell out K-160, K-161 and K-162, and of Istio I-018, I-023, I-024, I-038, I-045 and I-152.
#[test]
fn every_row_is_found_at_its_place_by_the_layers_that_see_it() {
    for (code, kind, webhook, crd, path, body) in CASES {
        let loaded = load(kind, body);
        let path = path.replace("$63", &"a".repeat(63));
        // A field that no type could hold has the loader's finding where no row speaks.
        let of_row = |admission| -> Vec<_> {
            found(&loaded, admission).into_iter().filter(|(found, _, _)| found.starts_with("V-")).collect()
        };
        let expect = |says: Says| -> Vec<(String, String, Says)> {
            (!says.is_empty()).then(|| ((*code).to_owned(), path.clone(), says)).into_iter().collect()
        };
        assert_eq!(of_row(Admission::Webhook), expect(webhook), "{code} by the webhook: {body}");
        assert_eq!(of_row(Admission::Crd), expect(crd), "{code} by the CRD: {body}");
        let stricter = if *crd == "E" || *webhook == "E" { "E" } else { "W" };
        // V-017 stops the webhook, but not the CRD beside it.
        assert_eq!(of_row(Admission::Both), expect(stricter), "{code} by both: {body}");
        let advised = if *crd == "E" { "E" } else { "W" };
        assert_eq!(of_row(Admission::CrdAdvised), expect(advised), "{code} under kgateway: {body}");
    }
}

#[test]
fn no_fault_is_told_twice() {
    for (code, kind, _, _, path, body) in CASES {
        let path = path.replace("$63", &"a".repeat(63));
        let at_place: Vec<_> =
            found(&load(kind, body), Admission::Both).into_iter().filter(|(_, at, _)| *at == path).collect();
        assert_eq!(at_place.len(), 1, "{code}: {body}: {at_place:?}");
    }
}

#[test]
fn every_row_of_a_validator_has_a_case() {
    let tested: BTreeSet<_> = CASES.iter().map(|case| case.0.to_owned()).collect();
    let rows = sextant_catalogue::rows().filter(|row| row.object != "HTTPRoute").map(|row| row.id.clone());
    assert_eq!(rows.collect::<BTreeSet<_>>(), tested);
}

#[test]
fn what_is_accepted_is_accepted_in_silence() {
    for (kind, body) in ACCEPTED {
        let findings = found(&load(kind, body), Admission::Both);
        assert!(findings.iter().all(|(code, ..)| code == "R-012"), "{body}: {findings:?}");
    }
}

#[test]
fn a_selector_with_a_wildcard_stops_the_webhook() {
    let body = "spec: {hosts: ['foo.*'], resolution: STATIC, ports: $P, workloadSelector: {labels: {app: '*'}}}";
    let codes =
        |admission| found(&load("ServiceEntry", body), admission).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(codes(Admission::Webhook), ["V-018"]);
}

#[test]
fn a_finding_points_at_the_value_and_says_what_to_do() {
    let loaded =
        load("ServiceEntry", "spec:\n  hosts: [a.com]\n  resolution: STATIC\n  endpoints:\n  - address: b.com");
    let findings = validate(&loaded, &ValidateOptions { admission: Admission::Webhook, ..ValidateOptions::default() });
    let finding = findings.iter().find(|finding| finding.code == "V-025").unwrap();
    assert_eq!(finding.place.to_string(), "in.yaml:8:14");
    assert_eq!(finding.message, "a static endpoint address has to be an IP or a unix socket: `b.com`");
    assert_eq!(finding.help, "give an IP without port, or use resolution DNS for a name");
}

#[test]
fn a_message_is_one_line_however_odd_and_long_the_value() {
    let long = format!("spec: {{hosts: [\"a\\nb{}\"], $S}}", "x".repeat(1000));
    let findings = validate(&load("ServiceEntry", &long), &ValidateOptions::default());
    let finding = findings.iter().find(|finding| finding.code == "V-004").unwrap();
    assert!(finding.message.contains("`a\\nbxxx") && finding.message.chars().count() < 200, "{}", finding.message);
    assert_eq!(finding.to_string().lines().count(), 1);
}
