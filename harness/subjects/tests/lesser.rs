//! What can be tested without the protocol: a gateway that reads a folder of manifests, and one that runs at a URL.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rstest::rstest;
use sextant_runner::{AddressMode, RunOptions, SubjectFactory, run};
use sextant_subjects::{CheckOutcome, ExecFactory, UrlFactory, certify};
use sextant_verdict::{ScenarioRecord, Verdict};
use tempfile::TempDir;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

const STATIC_ENDPOINTS: &str = "documented/static-endpoints";
const DNS_RESOLUTION: &str = "documented/dns-resolution";
const BY_HTTP: &str = "{ http: \"http://{listen}:19000/ready?generation={generation}\" }";
const BY_COMMAND: &str = "{ command: [sh, -c, \"kill -0 $SEXTANT_PID && exec python3 files.py ready\"] }";

/// Whether there is a Python; the reason on standard error when there is none.
fn python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|done| done.status.success());
    if !found {
        let demanded = std::env::var_os("SEXTANT_DEMAND_PEERS").is_some();
        assert!(!demanded, "SEXTANT_DEMAND_PEERS is set, but there is no python3");
        eprintln!("skipped: there is no python3");
    }
    found
}

async fn run_on(factory: Arc<dyn SubjectFactory>, scenarios: &[&str]) -> Vec<ScenarioRecord> {
    let file = |scenario: &&str| Path::new("../../scenarios").join(scenario).with_extension("yaml");
    let files: Vec<_> = scenarios.iter().map(file).collect();
    let suite = sextant_scenario::load(&files).unwrap_or_else(|error| panic!("{error}"));
    let (events, _) = unbounded_channel();
    let options = RunOptions { addresses: AddressMode::Rewrite, ..RunOptions::default() };
    run(suite.scenarios, vec![factory], options, events, CancellationToken::new()).await.scenarios
}

/// An adapter file for the gateway that reads files, with this program and this probe.
fn adapter(command: &str, ready: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy("tests/data/files.py", folder.path().join("files.py")).expect("it is there");
    let file = folder.path().join("adapter.yaml");
    let text = format!(
        "apiVersion: sextant.dev/v1alpha1\nkind: Adapter\nname: files\ncommand: {command}\n\
         manifests: {{ ready: {ready}, profiles: [kgateway] }}\ndeadlines: {{ apply: 2s }}\n"
    );
    std::fs::write(&file, text).expect("a file");
    (folder, file)
}

#[rstest]
#[case::probed_by_http(BY_HTTP)]
#[case::probed_by_a_command(BY_COMMAND)]
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_reads_files_is_tested(#[case] ready: &str) {
    if !python() {
        return;
    }
    let (_folder, file) = adapter("[python3, files.py, serve]", ready);
    let factory = Arc::new(ExecFactory::read(&file).unwrap());
    // The second has endpoints that come, the third objects that go.
    let scenarios = [STATIC_ENDPOINTS, "updates/endpoint-added", "updates/deleted-and-recreated", DNS_RESOLUTION];
    let records = run_on(factory, &scenarios).await;
    for record in &records {
        match record.id.as_str() {
            "documented-static-endpoints" | "updates-endpoint-added" => {
                assert_eq!(record.verdict, Verdict::Pass, "{record:#?}");
                assert!(record.requests > 0);
            }
            "documented-dns-resolution" => {
                assert_eq!(record.verdict, Verdict::Skipped, "{record:#?}");
                assert!(record.reason.contains("files cannot do that: resolution DNS"), "{}", record.reason);
            }
            // It says 404 where a route has nobody left: found, as with any other subject.
            other => {
                assert_eq!((other, record.verdict), ("updates-deleted-and-recreated", Verdict::Fail), "{record:#?}")
            }
        }
    }
    assert_eq!(records.len(), 4);
}

#[rstest]
#[case(BY_HTTP)]
#[case(BY_COMMAND)]
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_reads_files_is_certified(#[case] ready: &str) {
    if !python() {
        return;
    }
    let (_folder, file) = adapter("[python3, files.py, serve]", ready);
    let certificate = certify(&file).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(certificate.is_good(), "{certificate:#?}");
    let ok = certificate.checks.iter().filter(|check| check.outcome == CheckOutcome::Ok).count();
    assert_eq!(ok, 11, "{certificate:#?}");
}

/// A probe that always says yes says so too early.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_says_yes_too_early_is_found() {
    if !python() {
        return;
    }
    let (_folder, file) = adapter("[python3, files.py, serve]", "{ command: [\"true\"] }");
    let certificate = certify(&file).await.unwrap_or_else(|error| panic!("{error}"));
    let wrong = certificate.checks.iter().find(|check| check.outcome == CheckOutcome::Wrong).expect("it is early");
    assert_eq!(wrong.check, "serves at once after ready", "{certificate:#?}");
}

#[rstest]
#[case::ends("[sh, -c, \"echo no licence >&2; exit 9\"]", BY_COMMAND, "no licence")]
#[case::never_ready("[sleep, \"60\"]", "{ command: [sh, -c, \"echo not today >&2; exit 1\"] }", "not today")]
#[case::no_probe("[sleep, \"60\"]", "{ command: [no-such-program-here] }", "`no-such-program-here` cannot be run")]
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_never_ready_is_told_of(#[case] command: &str, #[case] ready: &str, #[case] says: &str) {
    if !python() {
        return;
    }
    let (_folder, file) = adapter(command, ready);
    let certificate = certify(&file).await.unwrap_or_else(|error| panic!("{error}"));
    let wrong = certificate.checks.iter().find(|check| check.outcome == CheckOutcome::Wrong).expect("it is wrong");
    assert_eq!(wrong.check, "ready", "{certificate:#?}");
    assert!(wrong.saw.contains(says), "{}", wrong.saw);
}

/// A gateway that runs already; it ends when this is dropped.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    fn start() -> Self {
        let mut child = Command::new("python3")
            .args(["tests/data/files.py", "serve-alone"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a Python");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("it says its port");
        Self { child, port: line.trim().parse().expect("a port") }
    }

    fn factory(&self, command: &str) -> Arc<dyn SubjectFactory> {
        let url = format!("http://127.0.0.1:{}", self.port);
        Arc::new(UrlFactory::new(&url, command).unwrap_or_else(|error| panic!("{error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Scenarios have the one gateway in turn, and each begins with what it is about alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_at_a_url_is_tested() {
    if !python() {
        return;
    }
    let gateway = Running::start();
    let factory = gateway.factory(&format!("python3 tests/data/files.py apply {}", gateway.port));
    let scenarios = [STATIC_ENDPOINTS, "updates/endpoint-added", "updates/endpoints-replaced", DNS_RESOLUTION];
    for record in run_on(factory, &scenarios).await {
        if record.id == "documented-dns-resolution" {
            assert_eq!(record.verdict, Verdict::Skipped, "{record:#?}");
            assert!(record.reason.contains("url cannot do that: resolution DNS"), "{}", record.reason);
        } else {
            assert_eq!(record.verdict, Verdict::Pass, "{record:#?}");
            assert!(record.repeat.contains(" --apply-command 'python3 "), "{}", record.repeat);
        }
    }
}

#[rstest]
#[case::refuses("echo no such class >&2; exit 1", "no such class")]
#[case::files(
    "grep -q example-se \"$SEXTANT_MANIFESTS\"/serviceentry.*.yaml && echo $SEXTANT_GENERATION seen >&2; exit 1",
    "1 seen"
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_says_is_told(#[case] command: &str, #[case] says: &str) {
    let factory: Arc<dyn SubjectFactory> = Arc::new(UrlFactory::new("http://127.0.0.1:9", command).unwrap());
    let record = run_on(factory, &[STATIC_ENDPOINTS]).await.remove(0);
    assert_eq!(record.verdict, Verdict::Inconclusive, "{record:#?}");
    let told: Vec<_> =
        record.checks.iter().filter_map(|check| Some(check.mismatch.as_ref()?.observed.as_str())).collect();
    assert!(told.iter().any(|observed| observed.contains(says)), "{told:?}");
}
