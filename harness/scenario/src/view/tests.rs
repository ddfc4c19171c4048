use rstest::rstest;

use super::*;
use crate::{Scenario, load_text};

const EXAMPLE: &str = include_str!("../../tests/data/example.yaml");

fn example() -> Scenario {
    load_text("example.yaml", EXAMPLE).unwrap().scenarios.remove(0).scenario
}

/// One list of words serves the schema and the messages; it must be that of the steps.
#[test]
fn the_words_of_actions_are_those_of_steps() {
    let mut all = Step::default();
    for step in example().steps {
        all.apply = all.apply.or(step.apply);
        all.delete = all.delete.or(step.delete);
        all.dns = all.dns.or(step.dns);
        all.workload = all.workload.or(step.workload);
        all.send = all.send.or(step.send);
        all.hold = all.hold.or(step.hold);
        all.until = all.until.or(step.until);
        all.lookup = all.lookup.or(step.lookup);
        all.listed = all.listed.or(step.listed);
        all.status = all.status.or(step.status);
        all.queries = all.queries.or(step.queries);
    }
    let words: Vec<_> = all.actions().iter().map(Action::word).collect();
    assert_eq!(words, Action::WORDS);
    let fields = serde_json::to_value(&all).unwrap();
    let others = ["name", "rules", "under"];
    let fields: Vec<_> =
        fields.as_object().unwrap().keys().filter(|field| !others.contains(&field.as_str())).cloned().collect();
    assert_eq!(fields, Action::WORDS, "and every field of a step but its name, rules and traffic is an action");
}

#[test]
fn a_scenario_survives_being_written_and_read() {
    let scenario = example();
    let text = serde_json::to_string(&scenario).unwrap();
    // JSON is YAML, and goes through the loader.
    assert_eq!(load_text("example.json", &text).unwrap().scenarios[0].scenario, scenario);
}

#[rstest]
#[case(WorkloadKind::Vm, "", None, "VM 1.1.1.1")]
#[case(WorkloadKind::Vm, "", Some("legacy-1"), "VM legacy-1")]
#[case(WorkloadKind::Pod, "gwtest", Some("reviews-1"), "Pod gwtest/reviews-1")]
#[case(WorkloadKind::WorkloadEntry, "gwtest", None, "WorkloadEntry gwtest/1.1.1.1")]
fn workloads_are_called_by_kind_namespace_and_name(
    #[case] kind: WorkloadKind,
    #[case] namespace: &str,
    #[case] name: Option<&str>,
    #[case] label: &str,
) {
    let workload = ScenarioWorkload {
        kind,
        namespace: namespace.into(),
        name: name.map(Into::into),
        ..example().workloads.remove(0)
    };
    let workload = ScenarioWorkload { endpoint: "1.1.1.1:8080".parse().unwrap(), ..workload };
    assert_eq!(workload.label(), label);
    let source = workload.source();
    assert_eq!((source.workload.as_str(), source.endpoint), (label, workload.endpoint));
    assert_eq!((source.locality.as_str(), source.network.as_str()), ("r1/z1/sz1", "network-1"));
}

#[rstest]
#[case("scenarios/a/one.yaml", "../../fixtures/x.yaml", "scenarios/a/../../fixtures/x.yaml", None)]
#[case("one.yaml", "x.md#heading", "x.md", Some("heading"))]
#[case("a/one.yaml", "/abs/x.yaml", "/abs/x.yaml", None)]
fn manifests_are_relative_to_the_file(
    #[case] file: &str,
    #[case] given: &str,
    #[case] path: &str,
    #[case] heading: Option<&str>,
) {
    assert_eq!(manifest_path(file, given), (PathBuf::from(path), heading));
}
