//! `sextant run --keep`: the testbed stays up, says where it is, and goes when it is told to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rstest::rstest;
use tempfile::TempDir;

use crate::sextant::{Sextant, scenario_with};

/// K-137: no route for the host, so that the gateway answers 404.
const FAILS: &str = "  - send: { request: { host: other.example.com }, expect: { status: 200 } }\n";
const PASSES: &str = "  - send: { request: { host: other.example.com }, expect: { status: 404 } }\n";

const SOON: Duration = Duration::from_secs(60);

/// A folder of scenarios of these ids.
fn folder(scenarios: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (id, steps) in scenarios {
        let workload = "workloads: [{ endpoint: \"1.1.1.1:80\", name: first }]\n";
        let text = (scenario_with(steps) + workload).replace("id: under-test", &format!("id: {id}"));
        std::fs::write(folder.path().join(format!("{id}.yaml")), text).expect("the folder can be written");
    }
    folder
}

/// The last address in a line of the table: the real one.
fn address(line: &str) -> SocketAddr {
    line.split_whitespace().rev().find_map(|word| word.parse().ok()).expect("the line names an address")
}

#[rstest]
#[case(PASSES, 0)]
#[case(FAILS, 1)]
fn a_testbed_is_kept_until_ctrl_c(#[case] steps: &str, #[case] status: i32) {
    let folder = folder(&[("only", steps)]);
    let mut running = Sextant::start(&["run", folder.path().to_str().expect("a plain path"), "--keep"]);
    running.wait_for_line("kept: only on reference", SOON);
    let listener = address(&running.wait_for_line("listener 8080", SOON));
    running.wait_for_line("admin", SOON);
    running.wait_for_line("the fake DNS", SOON);
    let vm = address(&running.wait_for_line("1.1.1.1:80", SOON));
    running.wait_for_line("curl -i -H 'Host: ", SOON);
    running.wait_for_line("it stays up until Ctrl-C", SOON);

    assert!(get(listener, "other.example.com").starts_with("HTTP/1.1 404"));
    assert!(get(vm, "other.example.com").contains("1.1.1.1:80"), "the real address is the documented one's");

    running.interrupt();
    let ended = running.wait(SOON);
    assert_eq!(ended.status, Some(status), "{ended}");
    assert!(TcpStream::connect(listener).is_err(), "nothing is left");
}

fn get(address: SocketAddr, host: &str) -> String {
    let mut connection = TcpStream::connect_timeout(&address, SOON).expect("it listens");
    connection.set_read_timeout(Some(SOON)).expect("a time limit");
    write!(connection, "GET /a HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it takes a request");
    let mut reply = String::new();
    connection.read_to_string(&mut reply).expect("it replies");
    reply
}

/// Of several the first that does not pass is kept; what comes later is skipped, with the reason.
#[test]
fn of_several_the_first_that_fails_is_kept() {
    let folder = folder(&[("a-passes", PASSES), ("b-fails", FAILS), ("c-later", &FAILS.replace("other", "a-third"))]);
    let ended = Sextant::run(&["run", folder.path().to_str().expect("a plain path"), "--keep=10ms"]);
    assert_eq!(ended.status, Some(1), "{ended}");
    assert!(ended.stderr.contains("kept: b-fails on reference (fail)"), "{ended}");
    assert_eq!(ended.stderr.matches("kept: ").count(), 1, "{ended}");
    assert!(ended.stdout.contains("1 passed, 1 failed, 1 skipped"), "{ended}");
}

#[test]
fn of_several_that_pass_none_is_kept() {
    let folder = folder(&[("a-passes", PASSES), ("b-passes", &PASSES.replace("other", "a-third"))]);
    let ended = Sextant::run(&["run", folder.path().to_str().expect("a plain path"), "--keep"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(!ended.stderr.contains("kept: "), "{ended}");
}

#[test]
fn a_time_that_is_none_exits_with_2() {
    let ended = Sextant::run(&["run", "--keep=soon"]);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains("`soon` is not a time such as 100ms, 5s or 1m"), "{ended}");
}
