//! Bad input and bad luck, as a user meets them: a clear message, the right exit status, nothing left running.

use std::net::TcpListener;
use std::time::Duration;

use crate::sextant::{self, Sextant, scenario_with};
use rstest::rstest;
use tempfile::TempDir;

#[rstest]
#[case::no_such_file(&["run", "nowhere/at-all.yaml"], &["nowhere/at-all.yaml"])]
#[case::no_such_id(&["run", "documented-dns-resolutoin"], &["neither a file nor the id", "did you mean `documented-dns-resolution`?"])]
#[case::bad_filter(&["run", "-E", "rule(K-031"], &["expected `)`", "column 11"])]
#[case::unknown_term(&["list", "-E", "rule(K-031) xor id(a)"], &["expected `and`, `or` or the end at column 13"])]
#[case::nothing_selected(&["list", "-E", "id(no-such-*)"], &["no scenario is selected"])]
#[case::bad_report(&["run", "--report", "pdf=x"], &["`pdf` is not table, json, markdown"])]
#[case::bad_time(&["run", "--timeout", "soon"], &["`soon` is not a time such as 100ms, 5s or 1m"])]
#[case::no_manifest(&["gateway", "-f", "nowhere.yaml"], &["nowhere.yaml"])]
#[case::bad_address(&["vm", "1.1.1.1"], &["1.1.1.1"])]
fn unusable_arguments_exit_with_2(#[case] arguments: &[&str], #[case] told: &[&str]) {
    let ended = Sextant::run(arguments);
    assert_eq!(ended.status, Some(2), "{ended}");
    for text in told {
        assert!(ended.stderr.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn every_fault_of_a_scenario_is_told_with_its_place() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("faulty.yaml");
    let text = scenario_with("  - send: { request: { hots: se.example.com }, count: 0, expect: { status: 999 } }\n");
    std::fs::write(&file, &text).unwrap();
    let line = text.lines().position(|line| line.contains("hots")).unwrap() + 1;

    let ended = Sextant::run(&["run", file.to_str().unwrap()]);

    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains(&format!("faulty.yaml:{line}:")), "{ended}");
    for text in ["hots", "host", "999"] {
        assert!(ended.stderr.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn a_broken_manifest_is_told_with_its_place_and_nothing_is_started() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("broken.yaml");
    std::fs::write(
        &file,
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: a, namespace: b }\nspec:\n  hosts: [a.example.com]\n  ports:\n  - number: eighty\n",
    )
    .unwrap();

    let ended = Sextant::run(&["gateway", "-f", file.to_str().unwrap()]);

    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains("broken.yaml:7:13"), "{ended}");
    assert!(ended.stderr.contains("nothing was started"), "{ended}");
}

#[test]
fn a_promise_that_is_broken_exits_with_1_and_tells_all() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("wrong.yaml");
    // K-137: no route for the host, so a promise of 200 must fail.
    std::fs::write(
        &file,
        scenario_with("  - send: { request: { host: other.example.com }, expect: { status: 200 } }\n"),
    )
    .unwrap();

    let ended = Sextant::run(&["run", file.to_str().unwrap()]);

    assert_eq!(ended.status, Some(1), "{ended}");
    for text in ["wrong.yaml:", "K-137", "expected", "200", "observed", "404", "sextant run"] {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn a_taken_port_is_told_with_its_listener_and_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let page = sextant::fixture("four-paths/common.yaml");

    let ended = Sextant::run(&["gateway", "-f", &page, "--admin", "127.0.0.1:0", "--port", &format!("8080={port}")]);

    assert_eq!(ended.status, Some(3), "{ended}");
    for text in ["gwtest/http-gw-for-test", &format!("127.0.0.1:{port}"), "stop what listens there"] {
        assert!(ended.stderr.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn nothing_outside_loopback_is_listened_on() {
    let page = sextant::fixture("four-paths/common.yaml");
    let ended = Sextant::run(&["gateway", "-f", &page, "--listen", "0.0.0.0", "--admin", "127.0.0.1:0"]);
    assert_ne!(ended.status, Some(0), "{ended}");
    assert!(ended.stderr.contains("not a loopback address"), "{ended}");
}

#[test]
fn ctrl_c_ends_a_run_in_order_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("long.yaml");
    let step = "  - hold: { request: { host: other.example.com }, for: 60s, expect: { status: 404 } }\n";
    std::fs::write(&file, scenario_with(step)).unwrap();

    let mut running = Sextant::start(&["run", file.to_str().unwrap(), "--timeout", "120s"]);
    // Its plain log says when the scenario is under way.
    running.wait_for_line("to run", Duration::from_secs(20));
    running.interrupt();
    let ended = running.wait(Duration::from_secs(20));

    assert_eq!(ended.status, Some(130), "{ended}");
}

#[test]
fn ctrl_c_ends_the_gateway_and_frees_its_port() {
    let page = sextant::fixture("four-paths/common.yaml");
    let mut running = Sextant::start(&["gateway", "-f", &page, "--port", "8080=0", "--admin", "127.0.0.1:0"]);
    let line = running.wait_for_line("listener http on http://", Duration::from_secs(20));
    let address = line.rsplit("http://").next().unwrap().trim().to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok(), "{line}");

    running.interrupt();
    let ended = running.wait(Duration::from_secs(20));

    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(TcpListener::bind(&address).is_ok(), "{address} is still taken");
}

/// Whoever reads the first word may end it at once. A signal that comes before the command listens for it is lost below
/// such a parent; a few tries found that before.
#[rstest]
#[case::gateway(&["gateway", "-f", "fixtures/four-paths/common.yaml", "--port", "8080=0", "--admin", "127.0.0.1:0"])]
#[case::vm(&["vm", "1.1.1.1:8080"])]
#[case::dns(&["dns", "fixtures/dns/documented.zone.yaml", "--listen", "127.0.0.1:0"])]
fn ctrl_c_at_the_first_word_is_not_lost(#[case] arguments: &[&str]) {
    for _ in 0..20 {
        let mut running = Sextant::start_in_background(arguments);
        running.wait_for_line("", Duration::from_secs(20));
        running.interrupt();
        let ended = running.wait(Duration::from_secs(20));
        assert_eq!(ended.status, Some(0), "{ended}");
    }
}

fn gateway_with(listeners: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let gateway = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{ name: edge, namespace: data }}\n\
         spec: {{ gatewayClassName: kgateway, listeners: [{listeners}] }}\n"
    );
    std::fs::write(folder.path().join("gateway.yaml"), gateway).expect("a file");
    folder
}

#[test]
fn listeners_of_connections_are_told_and_so_are_those_that_do_not_serve() {
    let folder = gateway_with(
        "{ name: db, port: 5432, protocol: TCP }, { name: web, port: 443, protocol: HTTPS }, \
         { name: tls, port: 8443, protocol: TLS, tls: { mode: Passthrough } }",
    );
    let files = folder.path().to_str().unwrap();
    let ports = ["--port", "5432=0", "--port", "8443=0", "--admin", "127.0.0.1:0"];
    let mut running = Sextant::start(&[&["gateway", "-f", files][..], &ports].concat());
    let line = running.wait_for_line("listener db on 127.0.0.1:", Duration::from_secs(20));
    assert!(line.ends_with("(TCP)"), "{line}");
    let line = running.wait_for_line("listener tls on 127.0.0.1:", Duration::from_secs(20));
    assert!(line.ends_with("(TLS)"), "{line}");
    let line = running.wait_for_line("listener web", Duration::from_secs(20));
    assert!(line.contains("Accepted=False, UnsupportedProtocol: protocol `HTTPS` is not served"), "{line}");
    running.interrupt();
    assert_eq!(running.wait(Duration::from_secs(20)).status, Some(0));
}

#[test]
fn a_gateway_without_a_listener_that_serves_says_why() {
    let folder = gateway_with("{ name: web, port: 443, protocol: HTTPS }");
    let ended = Sextant::run(&["gateway", "-f", folder.path().to_str().unwrap()]);
    assert_eq!(ended.status, Some(2), "{ended}");
    for text in ["nothing would listen", "listener web: Accepted=False, UnsupportedProtocol"] {
        assert!(ended.stderr.contains(text), "`{text}` is not told:\n{ended}");
    }
}
