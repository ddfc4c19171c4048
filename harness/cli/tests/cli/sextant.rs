//! The built command as a child process.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A command that runs. It is killed when dropped.
pub(crate) struct Sextant {
    child: Child,
    lines: mpsc::Receiver<(Stream, String)>,
    stdout: String,
    stderr: String,
}

/// A command that ended.
pub(crate) struct Ended {
    /// Exit status; `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    /// All of standard output.
    pub(crate) stdout: String,
    /// All of standard error.
    pub(crate) stderr: String,
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// How long any command of these tests may take before it counts as hanging.
const LONGEST: Duration = Duration::from_secs(60);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sextant"));
    command.args(arguments);
    command
}

impl Sextant {
    /// Runs to the end.
    pub(crate) fn run(arguments: &[&str]) -> Ended {
        Self::start(arguments).wait(LONGEST)
    }

    /// Runs to the end with `text` on standard input.
    pub(crate) fn run_on(text: &str, arguments: &[&str]) -> Ended {
        let mut running = Self::spawn(&mut command(arguments), Stdio::piped());
        let mut input = running.child.stdin.take().expect("it is piped");
        input.write_all(text.as_bytes()).expect("the command reads its standard input");
        drop(input);
        running.wait(LONGEST)
    }

    /// Starts in the root of the checkout, without a terminal.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut command(arguments), Stdio::null())
    }

    /// The same below a parent that ignores Ctrl-C, as background jobs of a script do: what is not awaited is lost.
    pub(crate) fn start_in_background(arguments: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' INT; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_sextant")]).args(arguments);
        Self::spawn(&mut shell, Stdio::null())
    }

    fn spawn(command: &mut Command, input: Stdio) -> Self {
        let mut child = command
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let (send, lines) = mpsc::channel();
        read(child.stdout.take().expect("it is piped"), Stream::Out, send.clone());
        read(child.stderr.take().expect("it is piped"), Stream::Err, send);
        Self { child, lines, stdout: String::new(), stderr: String::new() }
    }

    /// Waits for a line that contains `text` and returns it.
    pub(crate) fn wait_for_line(&mut self, text: &str, within: Duration) -> String {
        let deadline = Instant::now() + within;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.keep(&line);
                    if line.1.contains(text) {
                        return line.1;
                    }
                }
                Err(error) => panic!("no line with `{text}` ({error}):\n{}{}", self.stdout, self.stderr),
            }
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self, within: Duration) -> Ended {
        let deadline = Instant::now() + within;
        // Both streams end when the process does.
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.keep(&line),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    panic!("did not end within {within:?}:\n{}{}", self.stdout, self.stderr)
                }
            }
        }
        let status = self.child.wait().expect("it is our child").code();
        Ended { status, stdout: std::mem::take(&mut self.stdout), stderr: std::mem::take(&mut self.stderr) }
    }

    fn keep(&mut self, (stream, line): &(Stream, String)) {
        let kept = match stream {
            Stream::Out => &mut self.stdout,
            Stream::Err => &mut self.stderr,
        };
        kept.push_str(line);
        kept.push('\n');
    }
}

impl Drop for Sextant {
    fn drop(&mut self) {
        // Ended already, in most cases.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stream: impl Read + Send + 'static, which: Stream, send: mpsc::Sender<(Stream, String)>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if send.send((which, line)).is_err() {
                return;
            }
        }
    });
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {:?}\n--- stdout\n{}--- stderr\n{}", self.status, self.stdout, self.stderr)
    }
}

/// The path of a fixture.
pub(crate) fn fixture(name: &str) -> String {
    format!("{}/../../fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A scenario around `steps`: the documented Gateway and static path.
pub(crate) fn scenario_with(steps: &str) -> String {
    let page = fixture("documented/service-entry.md");
    format!(
        "apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: under-test
title: A scenario of the command line's own tests
why: The command line must tell what is wrong.
rules: [K-137]
manifests:
  - file: {page}#the-common-components-k-gateway-and-httproute
  - file: {page}#1-static-endpoints
steps:
{steps}"
    )
}

/// Whether this program is there; the reason on standard error when it is not. With SEXTANT_DEMAND_PEERS in the
/// environment, as in CI, its absence fails the test.
pub(crate) fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|done| done.status.success());
    if !found {
        assert!(std::env::var_os("SEXTANT_DEMAND_PEERS").is_none(), "SEXTANT_DEMAND_PEERS is set, but no {program}");
        eprintln!("skipped: there is no {program}");
    }
    found
}
