//! The adapters that are shipped, on the real programs. Without one of these the tests say so; with SEXTANT_DEMAND_PEERS in
//! the environment, as in CI, they fail then.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rstest::rstest;
use sextant_runner::{AddressMode, RunOptions, SubjectFactory, run};
use sextant_subjects::ExecFactory;
use sextant_verdict::{ScenarioRecord, Verdict};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

/// Most lines that an adapter, and each file that adapters share, may have.
const MOST_LINES: usize = 99;

/// Whether all that the adapter of this name starts is there; the reason on standard error when it is not.
fn is_there(adapter: &str) -> bool {
    let programs: &[[&str; 2]] = match adapter {
        "nginx" => &[["python3", "--version"], ["nginx", "-v"]],
        "haproxy" => &[["python3", "--version"], ["haproxy", "-v"]],
        _ => &[["python3", "--version"]],
    };
    let runs = |[program, argument]: &&[&str; 2]| {
        Command::new(program).arg(argument).output().is_ok_and(|done| done.status.success())
    };
    let Some([absent, _]) = programs.iter().find(|program| !runs(program)) else { return true };
    let demanded = std::env::var_os("SEXTANT_DEMAND_PEERS").is_some();
    assert!(!demanded, "SEXTANT_DEMAND_PEERS is set, but there is no {absent}");
    eprintln!("skipped: there is no {absent}");
    false
}

async fn run_on(adapter: &str, scenario: &str) -> ScenarioRecord {
    let file = Path::new("../../scenarios").join(scenario).with_extension("yaml");
    let suite = sextant_scenario::load(&[file]).unwrap_or_else(|error| panic!("{error}"));
    let file: PathBuf = ["adapters", adapter, "adapter.yaml"].iter().collect();
    let factory = ExecFactory::read(&file).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(factory.name(), adapter);
    let subjects: Vec<Arc<dyn SubjectFactory>> = vec![Arc::new(factory)];
    let (events, _) = unbounded_channel();
    let options = RunOptions { addresses: AddressMode::Rewrite, ..RunOptions::default() };
    let mut record = run(suite.scenarios, subjects, options, events, CancellationToken::new()).await;
    record.scenarios.remove(0)
}

/// What they can do: endpoints, weights, statuses, and changes of each under traffic. No rule is named here: what passes on
/// a peer holds nothing of ours.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_passes_on_a_shipped_adapter(
    #[values("nginx", "haproxy", "python")] adapter: &str,
    #[values(
        "documented/static-endpoints",
        "endpoints/port-precedence",
        "references/weights-default",
        "references/not-found",
        "rollouts/weights-shift",
        "rollouts/all-endpoints-replaced",
        "updates/endpoint-added",
        "updates/deleted-and-recreated"
    )]
    scenario: &str,
) {
    if !is_there(adapter) {
        return;
    }
    let record = run_on(adapter, scenario).await;
    assert_eq!(record.verdict, Verdict::Pass, "{record:#?}");
    assert!(record.requests > 0);
}

/// What they cannot do is skipped with the reason, never passed and never failed.
#[rstest]
#[case("documented/dns-resolution", "DNS")]
#[case("documented/workload-selector", "workloadSelector")]
#[case("documented/workload-entry", "workloadSelector")]
#[case("matching/headers", "headers")]
#[case("updates/bad-neighbour", "annotations")]
#[case("routes/service-entry-parent", "parent")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_shipped_adapter_cannot_do_is_skipped(
    #[values("nginx", "haproxy", "python")] adapter: &str,
    #[case] scenario: &str,
    #[case] says: &str,
) {
    if !is_there(adapter) {
        return;
    }
    let record = run_on(adapter, scenario).await;
    assert_eq!(record.verdict, Verdict::Skipped, "{record:#?}");
    let because = format!("{adapter} cannot do that: ");
    assert!(record.reason.starts_with(&because) && record.reason.contains(says), "{}", record.reason);
}

/// They are examples: whoever reads one should have read it in a minute.
#[test]
fn every_file_of_the_adapters_is_short() {
    let mut folders = vec![PathBuf::from("adapters")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py" || extension == "yaml") {
                let lines = std::fs::read_to_string(&path).expect("it is text").lines().count();
                assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "only {seen} files were looked at");
}
