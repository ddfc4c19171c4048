//! What is said about bad scenarios: the example with one thing changed, for every kind of fault.
//!
//! The snapshots are read by people. `INSTA_UPDATE=always cargo test -p sextant-scenario --test diagnostics` writes
//! them anew.

use rstest::{Context, rstest};
use sextant_scenario::{LoadError, Severity, load_text};

const EXAMPLE: &str = include_str!("data/example.yaml");

/// The example's workloads, to be put in again with something changed.
const SECOND: &str = "  - endpoint: \"2.2.2.2:80\"\n    locality: r2/z2\n";

#[rstest]
#[case::unknown_field("title:", "titel:")]
#[case::unknown_field_without_a_guess("profiles:", "whatever:")]
#[case::unknown_field_deep("concurrency: 4", "concurency: 4")]
#[case::missing_field("      within: 2s\n", "")]
#[case::missing_several_fields(
    "    delete: { kind: ServiceEntry, namespace: gwtest, name: example-se }",
    "    delete: {}"
)]
#[case::wrong_type("count: 300", "count: many")]
#[case::wrong_type_unquoted("{ x-user: anna }", "{ x-user: 7 }")]
#[case::wrong_type_list("rules: [K-031]\n", "rules: K-031\n")]
#[case::number_out_of_range("port: 8080", "port: 80800")]
#[case::unknown_value("kind: WorkloadEntry", "kind: workloadentry")]
#[case::unknown_value_of_shares("by: locality", "by: localities")]
#[case::bad_address("endpoint: \"2.2.2.2:80\" }", "endpoint: 2.2.2.2 }")]
#[case::bad_status("status: 2xx", "status: 2yy")]
#[case::bad_duration("within: 2s", "within: soon")]
#[case::duplicate_key("      count: 300\n", "      count: 300\n      count: 30\n")]
#[case::syntax("connections: 4", "connections: [4")]
#[case::tab("      connections: 4", "\tconnections: 4")]
#[case::other_kind("kind: Scenario", "kind: ServiceEntry")]
#[case::no_kind("kind: Scenario", "")]
#[case::no_map(EXAMPLE, "- a list\n")]
#[case::empty(EXAMPLE, "# only a comment\n")]
#[case::other_version("v1alpha1\nkind", "v1\nkind")]
#[case::bad_id("id: example", "id: Example_1")]
#[case::empty_title("title: Two machines share the traffic until one of them is withdrawn", "title: ' '")]
#[case::no_rules("rules: [K-031, I-204, E-003, D-05, GW-HTTPRouteMatch]", "rules: []")]
#[case::unknown_rule("rules: [K-031]\n", "rules: [K-999]\n")]
#[case::bad_rule("rules: [K-031]\n", "rules: [K-31, K-031, K-031]\n")]
#[case::empty_manifest("inline: \"kind: HTTPRoute\"", "inline: ''")]
#[case::no_action("    delete: { kind: ServiceEntry, namespace: gwtest, name: example-se }\n", "")]
#[case::several_actions("  - name: the entry is deleted\n    delete", "    delete")]
#[case::duplicate_workload(SECOND, &format!("  - endpoint: \"1.1.1.1:80\"\n{SECOND}"))]
#[case::port_0(SECOND, &format!("  - endpoint: \"3.3.3.3:0\"\n{SECOND}"))]
#[case::unknown_workload("workload: { endpoint: \"2.2.2.2:80\"", "workload: { endpoint: \"2.2.2.2:81\"")]
#[case::unknown_source("expect: { sources: [\"1.1.1.1:80\"] }", "expect: { sources: [\"1.1.1.1:8080\"] }")]
#[case::unknown_never("never: [\"2.2.2.2:80\"]", "never: [\"3.3.3.3:80\"]")]
#[case::unknown_share_endpoint("{ \"1.1.1.1:80\": 70,", "{ \"1.1.1.1:90\": 70,")]
#[case::unknown_share_workload("VM 2.2.2.2: 1", "VM 2.2.2.3: 1")]
#[case::unknown_share_locality("r2/z2: 1 }", "r2/z2/sz2: 1 }")]
#[case::bad_share("{ \"1.1.1.1:80\": 70,", "{ one: 70,")]
#[case::doubled_source("sources: [\"1.1.1.1:80\"]", "sources: [\"1.1.1.1:80\", \"1.1.1.1:80\"]")]
#[case::zero_weights("{ \"1.1.1.1:80\": 70, \"2.2.2.2:80\": 30 }", "{ \"1.1.1.1:80\": 0, \"2.2.2.2:80\": 0 }")]
#[case::no_weights("{ \"1.1.1.1:80\": 70, \"2.2.2.2:80\": 30 }", "{}")]
#[case::count_0("count: 300", "count: 0")]
#[case::more_connections_than_requests("connections: 4", "connections: 400")]
#[case::in_a_row_0("inARow: 3", "inARow: 0")]
#[case::no_time("for: 300ms", "for: 0s")]
#[case::partial_cycle("count: 300", "count: 301")]
#[case::small_sample(
    "request: { host: random.example.com }",
    "request: { host: random.example.com }\n      count: 500"
)]
#[case::tiny_sample("request: { host: random.example.com }", "request: { host: random.example.com }\n      count: 5")]
#[case::large_alpha("alpha: 1.0e-7", "alpha: 0.05")]
#[case::never_and_sources("body: Response", "never: [\"1.1.1.1:80\"]")]
#[case::shares_against_sources("sources: [\"1.1.1.1:80\", \"2.2.2.2:80\"]", "sources: [\"1.1.1.1:80\"]")]
#[case::more_sources_than_requests("count: 300\n      connections: 4\n      concurrency: 4", "count: 1")]
#[case::shares_of_a_single_reply(
    "expect: { sources: [\"1.1.1.1:80\"] }",
    "expect: { shares: [{ of: { \"1.1.1.1:80\": 1 } }] }"
)]
#[case::empty_hold("expect: { status: 2xx, never: [\"2.2.2.2:80\"] }", "expect: {}")]
#[case::empty_until("expect: { sources: [\"1.1.1.1:80\"] }", "expect: {}")]
#[case::nobody_saw("reason: UnresolvedBackend", "seen: { path: / }")]
#[case::seen_nothing(
    "seen:\n          { host: se.example.com, method: POST, path: /info/1, protocol: HTTP/2, headers: { x-user: anna } }",
    "seen: {}"
)]
#[case::header_name("x-internal: null", "x internal: null")]
#[case::header_twice("x-internal: null", "Content-Type: null")]
#[case::under_without_a_change(
    "delete: { kind: ServiceEntry, namespace: gwtest, name: example-se }",
    "lookup: { name: se.example.com }"
)]
#[case::under_without_a_promise(
    "expect: { never: [\"2.2.2.2:80\"] }\n\n  - name: the gateway",
    "expect: {}\n\n  - name: the gateway"
)]
#[case::under_with_shares(
    "expect: { never: [\"2.2.2.2:80\"] }\n\n  - name: the gateway",
    "expect: { shares: [{ of: { \"1.1.1.1:80\": 1 } }] }\n\n  - name: the gateway"
)]
#[case::since_a_later_step("since: its record goes", "since: the host was looked up, another one never")]
#[case::at_most_less_than_at_least("atMost: 9", "atMost: 1")]
#[case::at_most_of_what_may_not_be(
    "mustNot: [{ name: other.example.com }]",
    "mustNot: [{ name: other.example.com, atMost: 1 }]"
)]
#[case::bad_protocol("protocol: HTTP/2", "protocol: h2c")]
#[case::bad_alpn("protocol: HTTP/2", "alpn: http2")]
#[case::server_name_without_tls("protocol: HTTP/2", "tls: false, serverName: se.example.com")]
#[case::relative_path("path: /info/1\n        method", "path: info\n        method")]
#[case::lookup_type("type: A, rcode", "type: MX, rcode")]
#[case::lookup_family("type: A, rcode", "type: AAAA, rcode")]
#[case::lookup_of_nothing_with_addresses("rcode: NOERROR", "rcode: NXDOMAIN")]
#[case::condition_status("status: \"True\"", "status: \"true\"")]
#[case::condition_unquoted("status: \"True\"", "status: True")]
#[case::no_query(
    "\n      since: its record goes # leave it out for the whole scenario\n      must: [{ name: se.example.com, type: A, atLeast: 2, atMost: 9 }]\n      mustNot: [{ name: other.example.com }]",
    " {}"
)]
#[case::query_wanted_and_not("mustNot: [{ name: other.example.com }]", "mustNot: [{ name: SE.example.com. }]")]
#[case::at_least_0("atLeast: 2", "atLeast: 0")]
#[case::check_needs_a_known_word("{ statistical: { alpha: 1.0e-7 } }", "statistic")]
#[case::two_sources_of_a_manifest(
    "  - inline: |\n      apiVersion",
    "  - file: a.yaml\n    inline: |\n      apiVersion"
)]
#[case::call_without_a_method("grpc: shop.v1.Cart/Add", "grpc: shop.v1.Cart")]
#[case::call_with_a_path("grpc: shop.v1.Cart/Add", "grpc: shop.v1.Cart/Add, path: /, http2: true")]
#[case::bad_grpc_status("grpc: OK", "grpc: Ok")]
#[case::bad_grpc_number("grpc: OK", "grpc: 17")]
#[case::grpc_status_of_a_request("expect: { status: 2xx, never", "expect: { grpc: OK, never")]
#[case::bytes_with_a_head(
    "bytes: ping, port: 9443, tls: { serverName: db.example.com }",
    "bytes: ping, host: a.test, method: GET"
)]
#[case::bytes_without_a_name("tls: { serverName: db.example.com }", "tls: { serverName: '' }")]
#[case::status_of_bytes("body: ping }", "status: 200 }")]
#[case::closed_plain("tls: {} }", "path: / }")]
#[case::closed_and_answered("closed: true }", "closed: true, body: '', sources: [\"1.1.1.1:80\"] }")]
#[case::no_host("request: { host: random.example.com }", "request: {}")]
#[case::share_of_no_status("UNAVAILABLE: 1", "Unavailable: 1")]
#[case::several_at_once("count: 300\n      connections: 4", "count: none\n      conections: 4\n      header: {}")]
#[case::one_bad_element_shifts_nothing(
    "        - { endpoint: \"1.1.1.1:80\", locality: r1/z1/sz1, weight: 1, priority: 0 }",
    "        - { endpoint: x }\n        - { endpoint: \"1.1.1.1:80\", weight: many }"
)]
fn faults_are_shown_with_their_place_and_what_to_do(#[context] context: Context, #[case] from: &str, #[case] to: &str) {
    assert!(EXAMPLE.contains(from), "the case changes nothing");
    let text = EXAMPLE.replacen(from, to, 1);
    let findings = match load_text("example.yaml", &text) {
        Err(LoadError::Faulty(findings)) => findings,
        Ok(suite) => suite.warnings,
        Err(other) => panic!("{other}"),
    };
    assert!(!findings.is_empty(), "nothing was found");
    let name = context.description.unwrap_or_default();
    insta::assert_snapshot!(name, findings.render(false));
}

#[test]
fn a_scenario_that_never_expects_anything_cannot_fail() {
    let (head, _) = EXAMPLE.split_once("steps:\n").unwrap();
    let text = format!("{head}steps:\n  - send: {{ request: {{ host: a.example.com }}, expect: {{}} }}\n");
    let Err(LoadError::Faulty(findings)) = load_text("example.yaml", &text) else { panic!("it loads") };
    assert_eq!(findings.all.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["no-promise"]);
    let text = format!("{head}steps: []\n");
    let Err(LoadError::Faulty(findings)) = load_text("example.yaml", &text) else { panic!("it loads") };
    assert_eq!(
        findings.all[0].to_string(),
        format!("example.yaml:{}:1: error[no-promise]: {}", findings.all[0].place.line, findings.all[0].message)
    );
}

#[test]
fn warnings_do_not_keep_a_scenario_from_loading() {
    let suite = load_text("example.yaml", &EXAMPLE.replace("count: 300", "count: 301")).unwrap();
    assert_eq!(suite.scenarios.len(), 1);
    assert!(suite.warnings.all.iter().all(|finding| finding.severity == Severity::Warning));
    assert!(!suite.warnings.has_errors() && !suite.warnings.is_empty());
}

#[test]
fn colour_is_only_there_when_it_is_asked_for() {
    let Err(LoadError::Faulty(findings)) = load_text("example.yaml", &EXAMPLE.replace("title:", "titel:")) else {
        panic!("it loads")
    };
    assert!(findings.render(true).contains('\u{1b}') && !findings.render(false).contains('\u{1b}'));
    assert_eq!(findings.to_string(), findings.render(false));
}
