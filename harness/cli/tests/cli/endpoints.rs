//! `sextant endpoints`: exit statuses, and what is printed, about the dumps of a real Envoy.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use rstest::rstest;

use crate::sextant::{Ended, Sextant};

const DUMP: &str = include_str!("../../../endpoints/tests/data/config-dump.json");
const CLUSTERS: &str = include_str!("../../../endpoints/tests/data/clusters.json");
const MANIFESTS: &str = include_str!("../../../endpoints/tests/data/two-hosts.yaml");

/// An admin interface that answers the two questions of one reader, and ends.
fn admin() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for _ in 0..2 {
            let (mut socket, _) = listener.accept().expect("a reader");
            let mut question = Vec::new();
            let mut byte = [0];
            while !question.ends_with(b"\r\n\r\n") && socket.read(&mut byte).expect("a question") == 1 {
                question.push(byte[0]);
            }
            let body = if question.starts_with(b"GET /config_dump?include_eds ") { DUMP } else { CLUSTERS };
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            socket.write_all((head + body).as_bytes()).expect("it reads");
        }
    });
    at
}

fn of_envoy(manifests: &str, arguments: &[&str]) -> Ended {
    let at = admin().to_string();
    Sextant::run_on(manifests, &[&["endpoints", "--envoy-admin", &at], arguments].concat())
}

#[test]
fn what_an_envoy_has_is_printed() {
    let ended = of_envoy("", &[]);
    assert_eq!(ended.status, Some(0), "{ended}");
    for text in
        ["node gw.gwtest", "EDS, outbound|80||se.example.com", "  1.1.1.1:8080       3  healthy", "  5.5.5.5:80"]
    {
        assert!(ended.stdout.contains(text), "{text} is not there:\n{ended}");
    }
    assert!(ended.stdout.ends_with("3 clusters (1 of no known backend), 4 endpoints\n"), "{ended}");
}

#[test]
fn json_is_the_document() {
    let ended = of_envoy("", &["-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["apiVersion"], &document["kind"]), (&"sextant.dev/v1alpha1".into(), &"Endpoints".into()));
    let cluster = &document["clusters"][1];
    assert_eq!((&cluster["type"], &cluster["backend"]["host"]), (&"EDS".into(), &"se.example.com".into()));
    assert_eq!(cluster["endpoints"][0]["locality"]["region"], "r1");
    assert_eq!(cluster["routes"][1]["weight"], 3);
}

#[rstest]
#[case::equal(MANIFESTS.to_owned(), 0, "no difference: 2 backends by the rules of Istio")]
#[case::different(MANIFESTS.replace("weight: 3 }\n", "weight: 4 }\n"), 1, "1 difference: 2 backends by the rules of Istio")]
#[case::unreadable("kind: [".to_owned(), 2, "")]
fn a_diff_ends_with_its_status(#[case] manifests: String, #[case] status: i32, #[case] last: &str) {
    let ended = of_envoy(&manifests, &["--diff", "-f", "-", "--profile", "istio"]);
    assert_eq!(ended.status, Some(status), "{ended}");
    assert!(ended.stdout.trim_end().ends_with(last), "{ended}");
}

#[rstest]
#[case::kept("se.example.com=1.1.1.1:8080,2.2.2.2:8080", 0)]
#[case::looked_up("db.example.com=5.5.5.5:80,6.6.6.6:80", 0)]
#[case::not_kept("se.example.com=1.1.1.1:8080", 1)]
fn an_expectation_is_an_assertion(#[case] expectation: &str, #[case] status: i32) {
    let ended = of_envoy("", &["--expect", expectation]);
    assert_eq!(ended.status, Some(status), "{ended}");
}

#[rstest]
#[case::no_url(&["--envoy-admin"], "a value is required")]
#[case::no_source(&[], "--ads <HOST:PORT>|--envoy-admin <URL>")]
#[case::no_port(&["--ads", "127.0.0.1", "--node", "gw"], "the port is missing")]
#[case::no_node(&["--ads", "127.0.0.1:15010"], "--node <ID>")]
#[case::both(&["--ads", "127.0.0.1:15010", "--node", "gw", "--envoy-admin", "x"], "cannot be used with")]
#[case::no_manifests(&["--envoy-admin", "x", "--diff"], "--filename <PATH>")]
#[case::metadata(&["--ads", "127.0.0.1:15010", "--node", "gw", "--metadata", "LABELS={"], "the value of LABELS is not JSON")]
#[case::expectation(&["--envoy-admin", "x", "--expect", "se.example.com=1.1.1.1"], "`1.1.1.1` is not an endpoint")]
fn arguments_that_cannot_be_used(#[case] arguments: &[&str], #[case] told: &str) {
    let ended = Sextant::run(&[&["endpoints"], arguments].concat());
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains(told), "{ended}");
}

#[rstest]
#[case(&["--envoy-admin"])]
#[case(&["--node", "gw", "--ads"])]
fn nobody_there_is_no_verdict(#[case] arguments: &[&str]) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = free.local_addr().unwrap().to_string();
    drop(free);
    let ended = Sextant::run(&[&["endpoints"], arguments, &[&at]].concat());
    assert_eq!(ended.status, Some(3), "{ended}");
    assert!(ended.stderr.contains(&at), "{ended}");
}
