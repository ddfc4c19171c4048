//! Scenarios for these tests, and what it takes to run them.

use std::net::SocketAddr;
use std::sync::Arc;

use sextant_runner::{RunOptions, run};
use sextant_scenario::{LoadedScenario, load_text};
use sextant_verdict::{CheckRecord, RunEvent, RunRecord, ScenarioRecord, Verdict};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::proxy::{Conduct, Proxies};

/// A step that is kept by a good proxy with two endpoints.
pub(crate) const SEND: &str = r#"
  - name: shares
    send:
      request: { host: a.test }
      count: 60
      expect: { status: 200, shares: [{ of: { "10.0.0.1:80": 1, "10.0.0.2:80": 1 } }] }"#;

/// An inline ServiceEntry with these endpoints, as a source of manifests.
pub(crate) fn entry(endpoints: &[&str]) -> String {
    let endpoints: Vec<_> = endpoints.iter().map(|address| format!("{{ address: {address} }}")).collect();
    let text = format!(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{ name: a, namespace: ns }}\nspec:\n  \
         hosts: [a.test]\n  resolution: {}\n  endpoints: [{}]\n",
        if endpoints.is_empty() { "DNS" } else { "STATIC" },
        endpoints.join(", ")
    );
    format!("{{ inline: {} }}", serde_json::to_string(&text).unwrap())
}

/// A scenario with workloads 10.0.0.1:80 to 10.0.0.3:80, of which the first two are endpoints.
pub(crate) fn scenario(id: &str, steps: &str) -> LoadedScenario {
    scenario_with(id, "", &entry(&["10.0.0.1", "10.0.0.2"]), steps)
}

/// A scenario with more lines in its header and these manifests.
pub(crate) fn scenario_with(id: &str, header: &str, manifests: &str, steps: &str) -> LoadedScenario {
    let text = format!(
        r#"apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: {id}
title: A scenario for tests
why: The runner is tested with it.
rules: [K-080]
manifests: [{manifests}]
{header}
dns:
  a.test: [{{ records: [A 10.0.0.1] }}]
workloads:
  - {{ endpoint: "10.0.0.1:80", name: one, locality: r1/z1/sz1 }}
  - {{ endpoint: "10.0.0.2:80", name: two }}
  - {{ endpoint: "10.0.0.3:80", kind: Pod, namespace: ns, name: three }}
steps:{steps}
"#
    );
    let suite = load_text(&format!("{id}.yaml"), &text).unwrap_or_else(|error| panic!("{error}"));
    suite.scenarios.into_iter().next().unwrap()
}

pub(crate) async fn run_all(
    scenarios: Vec<LoadedScenario>,
    proxies: Proxies,
    options: RunOptions,
) -> (RunRecord, Vec<RunEvent>) {
    let (events, mut received) = unbounded_channel();
    let record = run(scenarios, vec![Arc::new(proxies)], options, events, CancellationToken::new()).await;
    let mut told = Vec::new();
    while let Some(event) = received.recv().await {
        told.push(event);
    }
    (record, told)
}

/// Runs one scenario on a proxy of this conduct.
pub(crate) async fn run_one(scenario: LoadedScenario, conduct: Conduct) -> ScenarioRecord {
    run_under(scenario, conduct, RunOptions::default()).await
}

/// The same with other options.
pub(crate) async fn run_under(scenario: LoadedScenario, conduct: Conduct, options: RunOptions) -> ScenarioRecord {
    let (record, _) = run_all(vec![scenario], Proxies::new(conduct), options).await;
    let [scenario] = record.scenarios.try_into().unwrap();
    scenario
}

/// The checks that did not pass.
pub(crate) fn broken(record: &ScenarioRecord) -> Vec<&CheckRecord> {
    record.checks.iter().filter(|check| check.verdict != Verdict::Pass).collect()
}

/// The only check that did not pass, with what was observed.
#[track_caller]
pub(crate) fn only_broken(record: &ScenarioRecord) -> (&CheckRecord, &str) {
    let broken = broken(record);
    assert_eq!(broken.len(), 1, "{record:#?}");
    let observed = broken[0].mismatch.as_ref().map(|mismatch| mismatch.observed.as_str()).unwrap_or_default();
    (broken[0], observed)
}

/// Nobody listens there any more.
pub(crate) async fn is_free(address: SocketAddr) -> bool {
    tokio::net::TcpStream::connect(address).await.is_err()
}
