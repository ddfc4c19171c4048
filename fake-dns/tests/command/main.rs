//! The program `sextant-dns` as people and scripts run it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RecordType};
use serde_json::Value;

const DEADLINE: Duration = Duration::from_secs(10);

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sextant-dns"))
}

fn fails(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// The running program; killed when dropped.
struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    fn start(zone: &Path, arguments: &[&str]) -> Self {
        let mut command = program();
        command.arg(zone).args(["--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, stdout, stderr }
    }

    fn line(&self) -> String {
        self.stdout.recv_timeout(DEADLINE).expect("a line on stdout within the deadline")
    }

    fn note(&self) -> String {
        self.stderr.recv_timeout(DEADLINE).expect("a line on stderr within the deadline")
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn zone_file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let file = folder.path().join("test.zone.yaml");
    std::fs::write(&file, text).unwrap();
    file
}

/// The addresses that the server gives for a name.
fn ask(server: &str, name: &str) -> Vec<String> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    socket.send_to(&message.to_vec().unwrap(), server).unwrap();
    let mut octets = [0; 512];
    let length = socket.recv(&mut octets).unwrap();
    let reply = Message::from_vec(&octets[..length]).unwrap();
    reply.answers.iter().map(|record| record.data.to_string()).collect()
}

#[test]
fn it_says_where_it_listens_and_prints_every_query() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&zone_file(&folder, "a.example: [{records: [A 1.1.1.1]}]"), &[]);
    let first = running.line();
    let server = first.strip_prefix("listening on ").unwrap().split(' ').next().unwrap().to_owned();
    assert!(running.line().contains("RCODE"));
    assert_eq!(ask(&server, "a.example."), ["1.1.1.1"]);
    let words: Vec<String> = running.line().split_whitespace().skip(1).map(str::to_owned).collect();
    assert_eq!(words.join(" "), "udp A a.example NOERROR a.example 5 A 1.1.1.1");
}

#[test]
fn json_is_one_object_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&zone_file(&folder, "a.example: [{records: [A 1.1.1.1]}]"), &["-o", "json"]);
    let first: Value = serde_json::from_str(&running.line()).unwrap();
    let server = first["listening"].as_str().unwrap();
    ask(server, "a.example.");
    ask(server, "b.example.");
    let found: Value = serde_json::from_str(&running.line()).unwrap();
    let missing: Value = serde_json::from_str(&running.line()).unwrap();
    assert_eq!(
        (&found["name"], &found["type"], &found["rcode"]),
        (&"a.example".into(), &"A".into(), &"NOERROR".into())
    );
    assert_eq!(found["answers"], serde_json::json!(["a.example 5 A 1.1.1.1"]));
    assert_eq!((&missing["seq"], &missing["rcode"]), (&1.into(), &"NXDOMAIN".into()));
}

#[test]
fn hangup_reads_the_zone_again_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = zone_file(&folder, "a.example: [{records: [A 1.1.1.1]}]");
    let running = Running::start(&file, &["-o", "json"]);
    let first: Value = serde_json::from_str(&running.line()).unwrap();
    let server = first["listening"].as_str().unwrap();

    zone_file(&folder, "a.example: [{records: [A 2.2.2.2]}]");
    running.signal("-HUP");
    assert_eq!(running.note(), format!("read {} again: revision 1", file.display()));
    assert_eq!(ask(server, "a.example."), ["2.2.2.2"]);

    zone_file(&folder, "a.example: [{records: [A 3.3.3]}]");
    running.signal("-HUP");
    let notes: Vec<String> =
        std::iter::repeat_with(|| running.note()).take_while(|note| note != "the zone stays as it was").collect();
    assert!(notes.join("\n").contains("test.zone.yaml:1:24"), "{notes:?}");
    assert_eq!(ask(server, "a.example."), ["2.2.2.2"]);
}

#[test]
fn interrupt_is_a_good_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start(&zone_file(&folder, ""), &[]);
    running.line();
    running.signal("-INT");
    // Both streams end with the program, so this waits for its end.
    while running.stdout.recv_timeout(DEADLINE).is_ok() {}
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_bad_zone_file_is_exit_2_with_place_and_excerpt() {
    let folder = tempfile::tempdir().unwrap();
    let file = zone_file(&folder, "a.example:\n  - records: [A 1.1.1.1]\n    querys: 3\n");
    let output = fails(&[file.to_str().unwrap()]);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.starts_with("error: "), "{shown}");
    assert!(shown.contains(&format!("{}:3:5", file.display())), "{shown}");
    assert!(shown.contains("    querys: 3"), "{shown}");
}

#[test]
fn a_missing_zone_file_is_exit_2() {
    let output = fails(&["/nonexistent/zone.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("cannot read /nonexistent/zone.yaml: No such file"), "{shown}");
}

#[test]
fn an_address_that_others_reach_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = fails(&[zone_file(&folder, "").to_str().unwrap(), "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_taken_address_is_exit_3_and_named() {
    let folder = tempfile::tempdir().unwrap();
    // A loopback address that only this process uses: nobody else takes the TCP port of the same number.
    let [.., high, low] = std::process::id().to_be_bytes();
    let taken = UdpSocket::bind(std::net::SocketAddr::from(([127, 54, high, low], 0))).unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = fails(&[zone_file(&folder, "").to_str().unwrap(), "--listen", &addr]);
    assert_eq!(output.status.code(), Some(3));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains(&format!("cannot bind udp {addr}")), "{shown}");
}

#[test]
fn help_has_examples_and_exit_codes() {
    let output = fails(&["--help"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for part in ["nslookup -port=5353", "Exit status:", "--authoritative", "SIGHUP"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
}
