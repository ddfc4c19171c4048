//! Loading from disk and from text.

use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;
use sextant_scenario::{Action, Check, LoadError, ManifestSource, Suite, load, load_text};

const EXAMPLE: &str = include_str!("data/example.yaml");

fn example_as(id: &str) -> String {
    // The order of the endpoints makes the scenario another one.
    EXAMPLE.replace("id: example", &format!("id: {id}")).replace("path: /info/1", &format!("path: /{id}"))
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder is ours");
    fs::write(path, text).expect("the folder is ours");
}

fn ids(suite: &Suite) -> Vec<&str> {
    suite.scenarios.iter().map(|loaded| loaded.scenario.id.as_str()).collect()
}

fn codes(result: Result<Suite, LoadError>) -> Vec<&'static str> {
    match result {
        Err(LoadError::Faulty(findings)) => findings.all.iter().map(|finding| finding.code).collect(),
        other => panic!("expected faults, got {other:?}"),
    }
}

#[test]
fn the_example_loads_without_a_word_and_uses_every_action() {
    let suite = load(&[PathBuf::from("tests/data/example.yaml")]).unwrap();
    assert_eq!(ids(&suite), ["example"]);
    assert!(suite.warnings.is_empty(), "{}", suite.warnings);
    let loaded = &suite.scenarios[0];
    let mut words: Vec<_> = loaded.steps().map(|step| step.action.word()).collect();
    words.sort_unstable();
    words.dedup();
    let mut all = Action::WORDS.to_vec();
    all.sort_unstable();
    assert_eq!(words, all);
}

#[test]
fn every_step_and_promise_knows_its_place() {
    let suite = load_text("example.yaml", EXAMPLE).unwrap();
    let line_of = |text: &str| EXAMPLE.lines().position(|line| line.contains(text)).unwrap() + 1;
    let step = suite.scenarios[0].steps().nth(3).unwrap();
    assert_eq!(step.name(), "send #4");
    assert_eq!((step.place("").line, step.place("").column), (line_of("- send:"), 5));
    let shares = step.place("expect.shares[1]");
    assert_eq!((shares.line, shares.column), (line_of("by: workload"), 13));
    let key = step.place("expect.shares[0].of[\"2.2.2.2:80\"]");
    assert_eq!((key.line, key.file.as_str()), (line_of("by: endpoint"), "example.yaml"));
    // What is absent stands where it would be.
    assert_eq!(step.place("expect.never"), step.place("expect"));
    assert_eq!(suite.scenarios[0].place().line, line_of("apiVersion"));
}

#[test]
fn values_arrive_as_they_are_written() {
    let suite = load_text("example.yaml", EXAMPLE).unwrap();
    let scenario = &suite.scenarios[0].scenario;
    assert_eq!(scenario.settings.dns_refresh, Some(std::time::Duration::from_millis(100)));
    assert!(matches!(&scenario.manifests[0], ManifestSource::Inline(text) if text.contains("example-se")));
    assert_eq!(scenario.workloads[1].label(), "VM 2.2.2.2");
    let step = suite.scenarios[0].steps().nth(4).unwrap();
    let Action::Send(send) = step.action else { panic!("{step:?}") };
    assert_eq!(send.expect.shares[0].check, Check::Statistical { alpha: Some(1e-7) });
    assert_eq!(send.requests(), sextant_scenario::DEFAULT_SAMPLE);
}

#[test]
fn a_folder_is_read_in_the_order_of_names_without_zones_and_known_failures() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "b/two.yml", &example_as("two"));
    write(folder.path(), "a.yaml", &example_as("one"));
    write(folder.path(), "b/world.zone.yaml", "not: [a scenario");
    write(folder.path(), "known-failures/envoy.yaml", "not: a scenario");
    write(folder.path(), "scenario.schema.json", "{}");
    let suite = load(&[folder.path().to_owned(), folder.path().join("a.yaml")]).unwrap();
    assert_eq!(ids(&suite), ["one", "two"], "and a file that is reached twice is read once");
}

#[test]
fn several_documents_in_one_file_are_several_scenarios() {
    let text = format!("# first\n---\n{}---\n# nothing here\n---\n{}", example_as("one"), example_as("two"));
    let suite = load_text("both.yaml", &text).unwrap();
    assert_eq!(ids(&suite), ["one", "two"]);
    let second = suite.scenarios[1].places.place("id");
    assert_eq!(text.lines().nth(second.line - 1), Some("id: two"));
}

#[test]
fn a_missing_path_and_an_empty_folder_have_errors_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.yaml");
    assert!(matches!(load(std::slice::from_ref(&missing)), Err(LoadError::Unreadable { path, .. }) if path == missing));
    let error = load(&[folder.path().to_owned()]).unwrap_err();
    assert!(matches!(&error, LoadError::Empty { path } if path == folder.path()), "{error:?}");
    fs::write(&missing, [0xff, 0xfe, 0x00]).unwrap();
    assert!(matches!(load(std::slice::from_ref(&missing)), Err(LoadError::Unreadable { .. })), "not UTF-8");
}

#[test]
fn manifest_files_are_looked_for_beside_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let text = EXAMPLE
        .replace("  - inline: |\n      apiVersion", "  - file: ../page.md#heading\n  - inline: |\n      apiVersion");
    write(folder.path(), "scenarios/one.yaml", &text);
    assert_eq!(codes(load(&[folder.path().join("scenarios")])), ["no-manifest"]);
    write(folder.path(), "page.md", "");
    let suite = load(&[folder.path().join("scenarios")]).unwrap();
    let (path, heading) = suite.scenarios[0].manifest_path("../page.md#heading");
    assert!(path.ends_with("scenarios/../page.md") && heading == Some("heading"));
}

#[test]
fn every_fault_of_every_file_is_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.yaml", &EXAMPLE.replace("title:", "titel:"));
    write(folder.path(), "b.yaml", "kind: Scenario\n  nonsense: [");
    write(folder.path(), "c.yaml", "kind: Gateway\nmetadata: {}\n");
    write(folder.path(), "d.yaml", "# nothing\n");
    write(folder.path(), "e.yaml", &EXAMPLE.replace("count: 300", "count: many"));
    let result = load(&[folder.path().to_owned()]);
    assert_eq!(
        codes(result),
        ["missing-field", "unknown-field", "yaml-syntax", "not-a-scenario", "empty-file", "duplicate-id", "wrong-type"]
    );
}

#[test]
fn two_scenarios_that_differ_only_in_words_for_people_are_one_too_many() {
    let twin = EXAMPLE.replace("id: example", "id: other").replace("Two machines", "2 machines");
    let text = format!("{EXAMPLE}---\n{twin}");
    assert_eq!(codes(load_text("twins.yaml", &text)), ["twin"]);
    let text = format!("{EXAMPLE}---\n{}", twin.replace("count: 300", "count: 400"));
    assert_eq!(load_text("siblings.yaml", &text).unwrap().scenarios.len(), 2);
    let text = format!("{EXAMPLE}---\n{}", EXAMPLE.replace("count: 300", "count: 400"));
    assert_eq!(codes(load_text("ids.yaml", &text)), ["duplicate-id"]);
}

#[rstest]
#[case::statistical_by_word("{ statistical: { alpha: 1.0e-7 } }", "statistical", None)]
#[case::statistical_without_alpha("{ statistical: { alpha: 1.0e-7 } }", "{ statistical: {} }", None)]
fn a_check_may_be_given_by_its_word(#[case] from: &str, #[case] to: &str, #[case] alpha: Option<f64>) {
    let suite = load_text("example.yaml", &EXAMPLE.replace(from, to)).unwrap();
    let step = suite.scenarios[0].steps().nth(4).unwrap();
    assert_eq!(step.action.expect().unwrap().shares[0].check, Check::Statistical { alpha });
}

#[test]
fn the_rules_and_endpoints_of_steps_count_for_the_scenario() {
    let text = EXAMPLE.replace("rules: [K-031]\n", "rules: [K-094]\n");
    let suite = load_text("example.yaml", &text).unwrap();
    let loaded = &suite.scenarios[0];
    assert!(loaded.scenario.all_rules().contains("K-094") && loaded.scenario.all_rules().contains("I-204"));
    let steps: Vec<_> = loaded.steps().collect();
    assert_eq!(steps[1].rules(), ["K-094"]);
    assert_eq!(steps[0].rules(), loaded.scenario.rules);
    let endpoints: Vec<_> = loaded.scenario.endpoints().iter().map(ToString::to_string).collect();
    assert_eq!(endpoints, ["1.1.1.1:80", "2.2.2.2:80"]);
}
