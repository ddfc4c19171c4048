//! Programs as subjects: the shipped example, and adapters that do something wrong.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rstest::rstest;
use sextant_runner::{AddressMode, RunOptions, SubjectFactory, run};
use sextant_subjects::ExecFactory;
use sextant_verdict::{ScenarioRecord, Verdict};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

const STATIC_ENDPOINTS: &str = "../../scenarios/documented/static-endpoints.yaml";

/// Whether there is a Python to run adapters with; the reason on standard error when there is none.
fn python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|done| done.status.success());
    if !found {
        assert!(
            std::env::var_os("SEXTANT_DEMAND_PEERS").is_none(),
            "SEXTANT_DEMAND_PEERS is set, but there is no python3"
        );
        eprintln!("skipped: there is no python3");
    }
    found
}

async fn run_on(adapter: &Path, scenario: &str) -> ScenarioRecord {
    let suite = sextant_scenario::load(&[PathBuf::from(scenario)]).unwrap_or_else(|error| panic!("{error}"));
    let factory = ExecFactory::read(adapter).unwrap_or_else(|error| panic!("{error}"));
    let subjects: Vec<Arc<dyn SubjectFactory>> = vec![Arc::new(factory)];
    let (events, _) = unbounded_channel();
    let options = RunOptions { addresses: AddressMode::Rewrite, ..RunOptions::default() };
    let mut record = run(suite.scenarios, subjects, options, events, CancellationToken::new()).await;
    record.scenarios.remove(0)
}

/// An adapter of these lines of Python, run for the documented static endpoints.
async fn run_script(script: &str) -> ScenarioRecord {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "import json, sys, os, subprocess, time\nPROTOCOL = 'sextant.dev/adapter/v1alpha1'\n\
                def say(**reply): print(json.dumps(reply), flush=True)\n";
    std::fs::write(folder.path().join("adapter.py"), format!("{head}{script}")).expect("a file");
    let file = folder.path().join("adapter.yaml");
    let text = "apiVersion: sextant.dev/v1alpha1\nkind: Adapter\nname: scripted\ncommand: [python3, adapter.py]\n\
                deadlines: { start: 2s, apply: 1s, stop: 500ms }\n";
    std::fs::write(&file, text).expect("a file");
    run_on(&file, STATIC_ENDPOINTS).await
}

#[rstest]
#[case(STATIC_ENDPOINTS)]
#[case("../../scenarios/references/unresolved-share.yaml")]
#[case("../../scenarios/rollouts/weights-shift.yaml")]
#[tokio::test(flavor = "multi_thread")]
async fn the_example_in_python_passes_what_it_can(#[case] scenario: &str) {
    if !python() {
        return;
    }
    let record = run_on(Path::new("adapters/python/adapter.yaml"), scenario).await;
    assert_eq!(record.verdict, Verdict::Pass, "{record:#?}");
    assert!(record.requests > 0);
    assert!(record.repeat.contains("--subject exec:adapters/python/adapter.yaml"), "{}", record.repeat);
}

/// What it cannot do is skipped with its own words, never passed.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_example_cannot_do_is_skipped_with_its_reason() {
    if !python() {
        return;
    }
    let file = Path::new("adapters/python/adapter.yaml");
    let record = run_on(file, "../../scenarios/documented/workload-selector.yaml").await;
    assert_eq!((record.verdict, record.requests), (Verdict::Skipped, 0), "{record:#?}");
    assert!(record.reason.contains("python cannot do that"), "{}", record.reason);
}

const HELLO: &str = "m = json.loads(input())\nsay(id=m['id'], protocol=PROTOCOL)\n";

#[rstest]
#[case::ends_at_once("sys.exit('no licence')", Verdict::Error, "no licence")]
#[case::garbage("print('hello', flush=True); input()", Verdict::Error, "no reply of the protocol")]
#[case::another_protocol(
    "m = json.loads(input()); say(id=m['id'], protocol='v9'); input()",
    Verdict::Error,
    "speaks `v9`"
)]
#[case::another_id(
    "m = json.loads(input()); say(id=7, protocol=PROTOCOL); input()",
    Verdict::Error,
    "the id 7 instead of 1"
)]
#[case::silent("time.sleep(60)", Verdict::Error, "did not answer `hello` within 2s")]
#[case::unknown_feature(
    "m = json.loads(input()); say(id=m['id'], protocol=PROTOCOL, features=['magic']); input()",
    Verdict::Error,
    "there is no feature `magic`"
)]
#[case::endless_line(
    "sys.stdout.write('x' * (17 << 20)); sys.stdout.flush(); input()",
    Verdict::Error,
    "a line of more than"
)]
#[case::other_profile(
    "m = json.loads(input()); say(id=m['id'], protocol=PROTOCOL, profiles=['istio']); input()",
    Verdict::Skipped,
    "does not follow the rules of this profile"
)]
#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_starts_wrong_is_told_of(#[case] script: &str, #[case] verdict: Verdict, #[case] says: &str) {
    if !python() {
        return;
    }
    let record = run_script(script).await;
    assert_eq!(record.verdict, verdict, "{record:#?}");
    assert!(record.reason.contains(says), "{}", record.reason);
}

#[rstest]
#[case::refuses("say(id=m['id'], error='no such class')", Verdict::Inconclusive, "refused `ready`: no such class")]
#[case::another_generation("say(id=m['id'], generation=9)", Verdict::Error, "generation 9 serves, and was asked for 1")]
#[case::elsewhere(
    "say(id=m['id'], generation=1, listeners={'80': '192.0.2.1:80'})",
    Verdict::Error,
    "is not a loopback address"
)]
#[case::crashes("print('out of memory', file=sys.stderr, flush=True); os._exit(3)", Verdict::Error, "out of memory")]
#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_that_goes_wrong_later_is_told_of(
    #[case] ready: &str,
    #[case] verdict: Verdict,
    #[case] says: &str,
) {
    if !python() {
        return;
    }
    let obey = "for line in sys.stdin:\n  m = json.loads(line)\n  if m['type'] != 'ready': say(id=m['id'])\n  else: ";
    let record = run_script(&format!("{HELLO}{obey}{ready}\n")).await;
    assert_eq!(record.verdict, verdict, "{record:#?}");
    let told: Vec<_> =
        record.checks.iter().filter_map(|check| Some(check.mismatch.as_ref()?.observed.as_str())).collect();
    assert!(told.iter().any(|observed| observed.contains(says)), "{told:?}");
}

/// What an adapter started goes with it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_an_adapter_started_is_left_behind() {
    if !python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!(
        "child = subprocess.Popen(['sleep', '600'])\nopen({:?}, 'w').write(str(child.pid))\nsys.exit('enough')",
        pid.display().to_string()
    );
    let record = run_script(&script).await;
    assert_eq!(record.verdict, Verdict::Error);
    let child = std::fs::read_to_string(&pid).unwrap();
    let gone = || {
        // A killed child of nobody is a zombie until the system collects it.
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !gone() && std::time::Instant::now() < deadline {
        tokio::task::yield_now().await;
    }
    assert!(gone(), "process {child} still runs");
}
