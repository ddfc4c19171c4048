use rstest::rstest;

use super::*;
use crate::{CODES, ObjectKey, load_paths};

fn load(text: &str) -> Loaded {
    load_text(&"in.yaml".into(), text)
}

fn found(loaded: &Loaded) -> Vec<String> {
    let plain = |found: &Diagnostic| {
        format!("{}:{} {} {} {}", found.place.line, found.place.column, found.code, found.path, found.message)
    };
    loaded.diagnostics.iter().map(plain).collect()
}

fn names(loaded: &Loaded) -> Vec<String> {
    loaded.resources.iter().map(|(object, _)| object.to_string()).collect()
}

const ENTRY: &str = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\n";

/// `fields` under the head of a ServiceEntry, which takes three lines.
fn entry(fields: &str) -> Loaded {
    load(&format!("{ENTRY}{fields}"))
}

// The bad-input table of reading: text, and line:column code path message of all that is found.
#[rstest]
#[case::tab("spec:\n\thosts: [a]\n", "5:2 R-002  a tab stands where YAML wants spaces")]
#[case::bad_indentation("spec: x\n  hosts: []\n", "5:8 R-002  mapping values are not allowed in this context")]
#[case::open_bracket("spec: {hosts: [a\n", "4:15 R-002  the bracket `[` is never closed")]
#[case::open_quote("spec: {hosts: ['a]}\n", "4:16 R-002  unclosed quote")]
#[case::twice("spec:\n  hosts: [a]\n  hosts: [b]\n", "6:3 R-003  the key `hosts` stands twice in this mapping")]
#[case::loops("spec: &a [*a]\n", "4:11 R-004  this alias stands inside the value it repeats")]
#[case::unknown_anchor("spec: *a\n", "4:7 R-002  this alias repeats an anchor that was not defined before it")]
#[case::number_in_quotes(
    "spec: {ports: [{number: \"80\"}]}\n",
    "4:25 R-009 spec.ports[0].number `spec.ports[0].number` must be a whole number, but is the string \"80\""
)]
#[case::string_without_quotes(
    "spec: {hosts: [80]}\n",
    "4:16 R-009 spec.hosts[0] `spec.hosts[0]` must be a string, but is the number 80"
)]
#[case::norway(
    "spec: {endpoints: [{labels: {country: no}}]}\n",
    "4:39 R-009 spec.endpoints[0].labels.country `spec.endpoints[0].labels.country` must be a string, but is the \
     boolean false"
)]
#[case::negative(
    "spec: {endpoints: [{weight: -1}]}\n",
    "4:29 R-010 spec.endpoints[0].weight `spec.endpoints[0].weight` must be a whole number from 0 to 4294967295, but is \
     the number -1"
)]
#[case::fraction(
    "spec: {ports: [{number: 80.5}]}\n",
    "4:25 R-009 spec.ports[0].number `spec.ports[0].number` must be a whole number, but is the number 80.5"
)]
#[case::list_for_mapping("spec: [a]\n", "4:7 R-009 spec `spec` must be a mapping, but is a list")]
#[case::mapping_for_list(
    "spec: {hosts: {a: b}}\n",
    "4:15 R-009 spec.hosts `spec.hosts` must be a list, but is a mapping"
)]
#[case::string_for_list(
    "spec: {hosts: a}\n",
    "4:15 R-009 spec.hosts `spec.hosts` must be a list, but is the string \"a\""
)]
#[case::empty_item(
    "spec: {hosts: [a, ~]}\n",
    "4:19 R-009 spec.hosts[1] `spec.hosts[1]` must be a string, but is empty (null)"
)]
#[case::unknown_word(
    "spec: {resolution: static}\n",
    "4:20 R-010 spec.resolution `spec.resolution` must be one of NONE, STATIC, DNS, DNS_ROUND_ROBIN, DYNAMIC_DNS, but \
     is \"static\""
)]
#[case::word_of_wrong_type(
    "spec: {resolution: 1}\n",
    "4:20 R-009 spec.resolution `spec.resolution` must be one of NONE, STATIC, DNS, DNS_ROUND_ROBIN, DYNAMIC_DNS, but \
     is the number 1"
)]
#[case::unknown_field("spec: {endpoint: []}\n", "4:8 R-012 spec.endpoint unknown field `spec.endpoint`")]
#[case::dotted_key(
    "spec: {workloadSelector: {labels: {app.kubernetes.io/name: 1}}}\n",
    "4:60 R-009 spec.workloadSelector.labels[\"app.kubernetes.io/name\"] \
     `spec.workloadSelector.labels[\"app.kubernetes.io/name\"]` must be a string, but is the number 1"
)]
fn a_bad_service_entry_is_reported_at_its_place(#[case] fields: &str, #[case] expected: &str) {
    assert_eq!(found(&entry(fields)), [expected]);
}

#[rstest]
#[case::prose(
    "just some words\n",
    "1:1 R-005  a manifest must be a mapping, but this is the string \"just some words\""
)]
#[case::list("- a\n", "1:1 R-005  a manifest must be a mapping, but this is a list")]
#[case::nothing_of_a_manifest("a: 1\n", "1:1 R-006  apiVersion and kind are missing")]
#[case::no_kind("apiVersion: v1\n", "1:1 R-006  kind is missing")]
#[case::kind_is_null("apiVersion: v1\nkind:\n", "1:1 R-006  kind is missing")]
#[case::kind_is_a_number("apiVersion: v1\nkind: 5\n", "2:7 R-009 kind `kind` must be a string, but is the number 5")]
#[case::no_metadata("apiVersion: v1\nkind: Pod\n", "1:1 R-007 metadata.name metadata.name is missing")]
#[case::no_name(
    "apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: x\n",
    "3:1 R-007 metadata.name metadata.name is missing"
)]
#[case::empty_name(
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ''\n",
    "4:9 R-007 metadata.name metadata.name is missing"
)]
#[case::number_as_name(
    "apiVersion: v1\nkind: Pod\nmetadata: {name: 12}\n",
    "3:18 R-009 metadata.name `metadata.name` must be a string, but is the number 12"
)]
#[case::metadata_is_a_list(
    "apiVersion: v1\nkind: Pod\nmetadata: [a]\n",
    "3:11 R-009 metadata `metadata` must be a mapping, but is a list"
)]
#[case::generated_name(
    "apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: a-\n",
    "4:17 R-008 metadata.generateName generateName needs an API server to choose the name"
)]
#[case::bad_time(
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, uidd: x}\n",
    "3:21 R-012 metadata.uidd unknown field `metadata.uidd`"
)]
#[case::unread_version(
    "apiVersion: networking.istio.io/v2\nkind: ServiceEntry\nmetadata: {name: a}\n",
    "1:13 R-011 apiVersion Sextant does not read ServiceEntry of `networking.istio.io/v2`"
)]
#[case::unknown_kind(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n",
    "2:7 R-013 kind Sextant does not read Deployment of `apps/v1`; it was skipped"
)]
#[case::items_of_wrong_type(
    "apiVersion: v1\nkind: List\nitems: {a: b}\n",
    "3:8 R-009 items `items` must be a list, but is a mapping"
)]
#[case::truncated_json("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"na", "1:50 R-002  unclosed quote")]
#[case::empty("", "1:1 R-017  no manifest was found")]
#[case::comments("# nothing\n---\n# here\n", "1:1 R-017  no manifest was found")]
fn a_bad_document_is_reported_at_its_place(#[case] text: &str, #[case] expected: &str) {
    let loaded = load(text);
    assert_eq!(found(&loaded), [expected]);
}

const POLICY: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {name: a}\n";
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[rstest]
#[case::target_is_no_list(
    POLICY,
    "spec: {targetRefs: {kind: Service}}\n",
    "4:20 R-009 spec.targetRefs `spec.targetRefs` must be a list, but is a mapping"
)]
#[case::namespace_of_a_target(
    POLICY,
    "spec: {targetRefs: [{kind: Service, name: a, namespace: b}]}\n",
    "4:46 R-012 spec.targetRefs[0].namespace unknown field `spec.targetRefs[0].namespace`"
)]
#[case::well_known_misspelt(
    POLICY,
    "spec: {validation: {wellKnownCaCertificates: System}}\n",
    "4:21 R-012 spec.validation.wellKnownCaCertificates unknown field `spec.validation.wellKnownCaCertificates`"
)]
#[case::unknown_name_type(
    POLICY,
    "spec: {validation: {subjectAltNames: [{type: DNS}]}}\n",
    "4:46 R-010 spec.validation.subjectAltNames[0].type `spec.validation.subjectAltNames[0].type` must be one of \
     Hostname, URI, but is \"DNS\""
)]
#[case::no_base64(
    SECRET,
    "data: {tls.crt: '-----BEGIN'}\n",
    "4:17 R-010 data[\"tls.crt\"] `data[\"tls.crt\"]` cannot be read: it is not base64; plain text belongs under \
     `stringData`"
)]
#[case::secret_with_spec(SECRET, "spec: {}\n", "4:1 R-012 spec unknown field `spec`")]
#[case::number_in_config_map(
    CONFIG_MAP,
    "data: {ca.crt: 1}\n",
    "4:16 R-009 data[\"ca.crt\"] `data[\"ca.crt\"]` must be a string, but is the number 1"
)]
#[case::config_map_misspelt(CONFIG_MAP, "date: {}\n", "4:1 R-012 date unknown field `date`")]
fn what_tls_needs_is_reported_at_its_place(#[case] head: &str, #[case] fields: &str, #[case] expected: &str) {
    assert_eq!(found(&load(&format!("{head}{fields}"))), [expected]);
}

#[test]
fn a_backend_tls_policy_is_read_in_both_of_its_versions() {
    let spec = "spec:\n  targetRefs: [{group: networking.istio.io, kind: Hostname, name: a.test, sectionName: https}]\n  \
                validation:\n    hostname: b.test\n    caCertificateRefs: [{kind: ConfigMap, name: ca}]\n    \
                wellKnownCACertificates: System\n    subjectAltNames: [{type: URI, uri: 'spiffe://c'}]\n";
    for version in ["v1", "v1alpha3"] {
        let loaded = load(&format!("{}{spec}", POLICY.replace("/v1\n", &format!("/{version}\n"))));
        assert_eq!(found(&loaded), [""; 0]);
        let policy = loaded.resources.backend_tls_policies.values().next().expect("the policy");
        let (target, validation) = (&policy.body.spec.target_refs[0], &policy.body.spec.validation);
        assert_eq!((target.kind.as_str(), target.name.as_str()), ("Hostname", "a.test"));
        assert_eq!(target.section_name.as_deref(), Some("https"));
        assert_eq!((validation.hostname.as_str(), validation.ca_certificate_refs[0].name.as_str()), ("b.test", "ca"));
        assert_eq!(validation.well_known_ca_certificates.as_deref(), Some("System"));
        assert_eq!(validation.subject_alt_names[0].uri, "spiffe://c");
    }
}

#[test]
fn a_secret_gives_text_from_base64_and_from_plain_text_and_shows_neither() {
    let loaded = load(&format!("{SECRET}data: {{a: 'b25l\n  Cg==', b: dHdv}}\nstringData: {{b: three}}\n"));
    assert_eq!(found(&loaded), [""; 0]);
    let secret = &loaded.resources.secrets.values().next().expect("the secret").body;
    assert_eq!(secret.text("a").as_deref(), Some("one\n"));
    assert_eq!(secret.text("b").as_deref(), Some("three"), "stringData goes first");
    assert_eq!(secret.text("c"), None);
    let shown = format!("{secret:?}");
    assert!(!shown.contains("three") && !shown.contains("111"), "{shown}");
}

#[rstest]
#[case("spec: {ports: [{number: \"80\"}]}\n", "write it without quotes: 80")]
#[case("spec: {hosts: [80]}\n", "put it in quotes")]
#[case("spec: {hosts: [n]}\n", "put it in quotes: plain yes, no, on, off, y and n are booleans")]
#[case("spec: {resolution: STATC}\n", "did you mean STATIC?")]
#[case("spec: {workloadselector: {}}\n", "did you mean `workloadSelector`?")]
#[case(
    "spec: {endpoints: [{colour: red}]}\n",
    "known here: address, ports, labels, network, locality, weight, serviceAccount"
)]
fn advice_names_the_next_step(#[case] fields: &str, #[case] help: &str) {
    assert_eq!(entry(fields).diagnostics[0].help, help);
}

#[test]
fn one_run_finds_every_wrong_value() {
    let loaded = entry("spec:\n  hosts: [1, a, 2]\n  ports:\n  - {number: x, name: 7}\n  locaton: here\n");
    let places: Vec<_> = loaded.diagnostics.iter().map(|found| (found.code, found.path.as_str())).collect();
    assert_eq!(
        places,
        [
            ("R-009", "spec.hosts[0]"),
            ("R-009", "spec.hosts[2]"),
            ("R-009", "spec.ports[0].number"),
            ("R-009", "spec.ports[0].name"),
            ("R-012", "spec.locaton"),
        ]
    );
    assert!(loaded.resources.is_empty(), "an object with wrong values is not admitted");
    assert!(loaded.has_errors());
}

#[test]
fn an_alias_is_wrong_once_for_each_place_it_is_used_at() {
    let loaded = entry("spec:\n  hosts: [&n 5, a, *n]\n");
    let paths: Vec<_> = loaded.diagnostics.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["spec.hosts[0]", "spec.hosts[2]"]);
}

#[test]
fn a_broken_document_hides_no_other() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: first}\n---\nkind: [\n---\napiVersion: v1\nkind: Pod\n\
                metadata: {name: last}\n--- # and a comment\n\tx\n";
    let loaded = load(text);
    assert_eq!(names(&loaded), ["Pod default/first", "Pod default/last"]);
    let lines: Vec<_> = loaded.diagnostics.iter().map(|found| (found.code, found.place.line)).collect();
    assert_eq!(lines, [("R-002", 5), ("R-005", 11)]);
}

#[test]
fn a_bad_item_hides_no_other_item() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- 5\n- kind: Pod\n\
                - apiVersion: v1\n  kind: Pod\n  metadata: {name: 7}\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: b}\n";
    let loaded = load(text);
    assert_eq!(names(&loaded), ["Pod default/a", "Pod default/b"]);
    assert_eq!(
        found(&loaded),
        [
            "7:3 R-005 items[1] a manifest must be a mapping, but this is the number 5",
            "8:3 R-006 items[2] apiVersion is missing",
            "11:20 R-009 items[3].metadata.name `metadata.name` must be a string, but is the number 7",
        ]
    );
    let (_, last) = loaded.resources.iter().last().expect("b");
    assert_eq!(last.place("metadata.name").to_string(), "in.yaml:14:20");
}

#[test]
fn items_of_a_typed_list_need_no_kind() {
    let loaded = load(
        "{\"apiVersion\": \"networking.istio.io/v1\", \"kind\": \"ServiceEntryList\", \"items\": [{\"metadata\": \
         {\"name\": \"a\", \"namespace\": \"n\"}, \"spec\": {\"hosts\": [\"h\"]}}]}",
    );
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.resources.service_entries[&ObjectKey::new("n", "a")].body.spec.hosts, ["h"]);
}

#[test]
fn lists_may_hold_lists() {
    let loaded = load(
        "kind: List\napiVersion: v1\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - {kind: Pod, apiVersion: v1, \
         metadata: {name: a}}\n",
    );
    assert_eq!(names(&loaded), ["Pod default/a"]);
    let (_, origin) = loaded.resources.iter().next().expect("a");
    assert_eq!(origin.place("metadata.name").to_string(), "in.yaml:7:50");
}

#[test]
fn null_means_absent() {
    let loaded = entry("spec:\n  hosts: [a]\n  ports:\n  endpoints: ~\n  workloadSelector: null\nstatus:\n");
    assert_eq!(loaded.diagnostics, []);
    let entry = loaded.resources.service_entries.values().next().expect("the entry");
    assert_eq!((entry.body.spec.ports.len(), &entry.body.spec.workload_selector), (0, &None));
}

#[test]
fn fields_that_only_an_api_server_reads_are_known() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: g\n  uid: x\n  resourceVersion: '1'\n\
                \x20 generation: 2\n  creationTimestamp: null\n  ownerReferences: [{kind: X}]\n  managedFields: []\n\
                \x20 finalizers: [f]\nspec:\n  gatewayClassName: c\n  addresses: [{value: 1.1.1.1}]\n  infrastructure: {}\n\
                \x20 listeners:\n  - {name: https, port: 443, protocol: HTTPS, tls: {mode: Terminate}}\nstatus: {listeners: []}\n";
    assert_eq!(found(&load(text)), [""; 0]);
}

#[test]
fn fields_of_kinds_that_are_read_in_part_are_not_judged() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  restartPolicy: Never\n  containers:\n\
               \x20 - {name: c, image: i, whatever: 1}\nstatus: {hostIP: 1.1.1.1}\n";
    assert_eq!(found(&load(pod)), [""; 0]);
}

#[test]
fn a_whole_float_is_a_whole_number() {
    let loaded = entry("spec: {ports: [{number: 80.0, name: http}, {number: 1e3, name: b}]}\n");
    let entry = loaded.resources.service_entries.values().next().expect("the entry");
    let numbers: Vec<_> = entry.body.spec.ports.iter().map(|port| port.number).collect();
    assert_eq!(numbers, [80, 1000]);
}

#[test]
fn what_the_type_can_hold_is_left_to_validation() {
    let loaded = entry("spec: {ports: [{number: 70000}], endpoints: [{weight: 0}]}\n");
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.resources.service_entries.values().next().expect("it").body.spec.ports[0].number, 70_000);
}

#[test]
fn namespaces_default_and_cluster_scoped_kinds_have_none() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: q, namespace: ''}\n---\n\
                apiVersion: v1\nkind: Node\nmetadata: {name: node, namespace: x}\n---\napiVersion: v1\nkind: Namespace\n\
                metadata: {name: ns}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: gc}\n";
    let loaded = load(text);
    assert_eq!(names(&loaded), ["Pod default/p", "Pod default/q", "Node node", "Namespace ns"]);
    assert_eq!(loaded.resources.unknown[0].object.to_string(), "GatewayClass gc");
}

#[rstest]
#[case("networking.istio.io/v1", "ServiceEntries", "did you mean ServiceEntry?", Severity::Note)]
#[case("networking.istio.io/v1", "Serviceentry", "did you mean ServiceEntry?", Severity::Warning)]
#[case("gateway.networking.k8s.io/v1", "UDPRoute", "nothing; it takes no part in routing", Severity::Note)]
#[case(
    "networking.istio.io/v1",
    "Gateway",
    "the Gateway that it reads is of `gateway.networking.k8s.io/v1`",
    Severity::Note
)]
#[case(
    "networking.k8s.io/v1",
    "ServiceEntry",
    "the ServiceEntry that it reads is of `networking.istio.io/v1`",
    Severity::Note
)]
fn a_kind_that_looks_misspelt_is_a_warning(
    #[case] api_version: &str,
    #[case] kind: &str,
    #[case] help: &str,
    #[case] severity: Severity,
) {
    let loaded = load(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n"));
    let diagnostic = &loaded.diagnostics[0];
    let is_far = kind == "ServiceEntries";
    assert_eq!(diagnostic.severity, severity);
    assert_eq!(diagnostic.help == help, !is_far, "{}", diagnostic.help);
    assert_eq!(loaded.resources.unknown.len(), 1);
}

#[test]
fn the_later_of_two_counts_and_both_places_are_named() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: '2026-01-01T00:00:00Z'}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {v: two}}\n";
    let loaded = load(text);
    assert_eq!(found(&loaded), ["5:1 R-014  this Pod default/a replaces the one at in.yaml:1:1"]);
    let pod = loaded.resources.pods.values().next().expect("the pod");
    assert_eq!(pod.meta.labels["v"], "two");
    // As `kubectl apply` would leave it.
    assert!(pod.meta.creation_timestamp.is_some());
}

#[test]
fn what_is_read_later_is_added() {
    let mut all = load_text(&"a.yaml".into(), "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    all.extend(load_text(
        &"b.yaml".into(),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n---\n\
         apiVersion: x/v1\nkind: X\n",
    ));
    assert_eq!(names(&all), ["Pod default/a", "Pod default/b"]);
    let codes: Vec<_> = all.diagnostics.iter().map(|found| (found.code, found.place.to_string())).collect();
    assert_eq!(codes, [("R-014", "b.yaml:1:1".to_owned()), ("R-013", "b.yaml:10:7".to_owned())]);
    assert_eq!(all.resources.unknown.len(), 1);
}

#[rstest]
#[case::crlf(
    "apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: b\r\n"
)]
#[case::byte_order_mark(
    "\u{feff}apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n"
)]
#[case::json_in_a_row(
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\
     \"metadata\":{\"name\":\"b\"}}"
)]
#[case::json_with_tabs(
    "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"List\",\n\t\"items\": [\n\t\t{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \
     \"metadata\": {\"name\": \"a\"}},\n\t\t{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"b\"}}\n\t]\n}\n"
)]
#[case::directive_and_end_marker(
    "%YAML 1.2\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n...\n%YAML 1.2\n---\napiVersion: v1\nkind: Pod\n\
     metadata: {name: b}\n...\n"
)]
#[case::content_behind_the_marker(
    "--- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n--- # b\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n---\n"
)]
fn texts_as_people_have_them_are_understood(#[case] text: &str) {
    let loaded = load(text);
    assert_eq!(found(&loaded), [""; 0]);
    assert_eq!(names(&loaded), ["Pod default/a", "Pod default/b"]);
}

#[test]
fn columns_and_lines_of_crlf_and_byte_order_marks_are_those_of_an_editor() {
    let loaded = load("\u{feff}apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n");
    let (_, origin) = loaded.resources.iter().next().expect("a");
    assert_eq!(origin.place("apiVersion").to_string(), "in.yaml:1:13");
    assert_eq!(origin.place("metadata.name").to_string(), "in.yaml:4:9");
}

#[test]
fn utf_16_is_read() {
    let text = "\u{feff}apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        assert_eq!(names(&load_bytes(&"in.yaml".into(), &bytes)), ["Pod default/a"]);
    }
}

#[test]
fn bytes_that_are_no_text_spoil_their_document_only() {
    let mut bytes = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nkind: \"".to_vec();
    bytes.extend([0xff, 0xfe]);
    bytes.extend(b"\"\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n");
    let loaded = load_bytes(&"in.yaml".into(), &bytes);
    assert_eq!(names(&loaded), ["Pod default/a", "Pod default/b"]);
    assert_eq!(found(&loaded), ["5:8 R-001  the document holds bytes that are not UTF-8"]);
}

#[test]
fn a_binary_file_is_one_error() {
    let loaded = load_bytes(&"in.yaml".into(), b"\x7fELF\x02\x01\0\0\xff\xfe---\nkind: [\n---\n");
    assert_eq!(found(&loaded), ["1:1 R-001  the file is binary"]);
}

#[test]
fn many_documents_and_large_ones_are_read() {
    let entry = |index: usize| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {{name: w{index}}}\nspec: {{address: 10.0.0.1}}\n---\n"
        )
    };
    let stream: String = (0..3_000).map(entry).collect();
    let loaded = load(&stream);
    assert_eq!((loaded.resources.workload_entries.len(), loaded.diagnostics.len()), (3_000, 0));

    let endpoints: String = (0..20_000).map(|index| format!("  - {{address: 10.0.0.1, weight: {index}}}\n")).collect();
    let loaded = self::entry(&format!("spec:\n  endpoints:\n{endpoints}"));
    assert_eq!(loaded.resources.service_entries.values().next().expect("it").body.spec.endpoints.len(), 20_000);
}

#[test]
fn nesting_that_is_allowed_fits_on_a_small_stack() {
    // Tests run on threads with 2 MiB, as tokio's workers do.
    let open = "{a: [".repeat(48);
    let close = "]}".repeat(48);
    let text = format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: a}}\nspec: {{trafficPolicy: {open}1{close}}}\n"
    );
    let loaded = load(&text);
    assert_eq!((found(&loaded), loaded.resources.destination_rules.len()), (vec![], 1));
    let list = format!("{}kind: Pod{}", "{apiVersion: v1, kind: List, items: [{".repeat(30), "}]}".repeat(30));
    assert_eq!(load(&list).diagnostics.len(), 1);
}

#[test]
fn every_code_that_is_no_remark_about_shells_comes_up_in_these_tests() {
    let tests =
        concat!(include_str!("tests.rs"), include_str!("../text/tests.rs"), include_str!("../diagnostic/tests.rs"));
    for code in CODES {
        assert!(tests.contains(code.id), "{} has no test", code.id);
    }
}

#[test]
fn folders_are_read_in_order_and_only_their_manifests() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writable");
    std::fs::create_dir(folder.path().join("b")).expect("writable");
    let pod = |label: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p, labels: {{from: {label}}}}}\n");
    write("a.yaml", &pod("a"));
    write("b/c.yml", &pod("c"));
    write("d.JSON", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"j\"}}");
    write("page.md", "not read");
    write("z.txt", "not read");
    let loaded = load_paths(&[folder.path().to_owned()]).expect("readable");
    assert_eq!(names(&loaded), ["Pod default/j", "Pod default/p"]);
    assert_eq!(loaded.resources.pods[&ObjectKey::new("default", "p")].meta.labels["from"], "c");
    assert_eq!(loaded.diagnostics.len(), 1);
    assert!(loaded.diagnostics[0].place.file.ends_with("c.yml"));
}

#[test]
fn a_folder_without_manifests_and_a_missing_file_are_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = load_paths(&[folder.path().to_owned()]).expect_err("empty");
    assert!(matches!(empty, LoadError::Empty { .. }));
    let missing = load_paths(&[folder.path().join("missing.yaml")]).expect_err("missing");
    assert!(matches!(missing, LoadError::Unreadable { .. }));
    assert!(missing.to_string().ends_with("missing.yaml"));
}

#[test]
fn objects_that_cannot_be_read_whole_are_set_aside_with_their_text() {
    let text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a, namespace: ns}\nspec: {resolution: ODD}\n\
                ---\napiVersion: networking.istio.io/v1\nkind: WorkloadGroup\nmetadata: {name: g}\nspec: {template: {}}\n\
                ---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: good}\n";
    let loaded = load_text(&"in.yaml".into(), text);
    let aside: Vec<_> = loaded.set_aside.iter().map(|it| (it.object.to_string(), it.api_version.as_str())).collect();
    let version = "networking.istio.io/v1";
    assert_eq!(aside, [("ServiceEntry ns/a".into(), version), ("WorkloadGroup default/g".into(), version)]);
    let spec = loaded.set_aside[0].origin.tree().and_then(|tree| tree.get("spec")).unwrap();
    assert_eq!(spec.get("resolution").and_then(crate::yaml::Node::as_str), Some("ODD"));
    assert_eq!(loaded.set_aside[1].origin.place("spec.template").line, 9);
    assert_eq!(loaded.resources.service_entries.len(), 1);
}
