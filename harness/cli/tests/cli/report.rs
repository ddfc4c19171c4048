//! Stored records: written, shown again, verified.

use std::fs;

use crate::sextant::{Ended, Sextant, scenario_with};
use rstest::rstest;
use tempfile::TempDir;

/// A folder with what a test stores.
struct Store(TempDir);

impl Store {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder can be made"))
    }

    /// Path of the file `name`.
    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("its name is text").to_owned()
    }

    /// Runs a scenario around `steps` and stores its record as `name`.
    fn run(&self, steps: &str, name: &str, more: &[&str]) -> Ended {
        let scenario = self.path("under-test.yaml");
        fs::write(&scenario, scenario_with(&format!("{steps}{WORKLOADS}"))).expect("it can be written");
        let report = format!("json={}", self.path(name));
        Sextant::run(&[&["run", &scenario, "--quiet", "--report", &report], more].concat())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("it was written")
    }
}

const WORKLOADS: &str = r#"workloads:
  - { endpoint: "1.1.1.1:80" }
  - { endpoint: "2.2.2.2:80" }
  - { endpoint: "3.3.3.3:80" }
"#;

const GOOD: &str = "  - send: { request: { host: se.example.com }, count: 6, expect: { status: 200 } }\n";

/// Three promises that nobody keeps: a status, shares over several connections, and a list.
const BROKEN: &str = r#"  - send: { request: { host: se.example.com }, count: 40, connections: 4, concurrency: 4, expect: { status: 418 } }
  - send:
      request: { host: se.example.com }
      count: 60
      connections: 4
      concurrency: 4
      expect:
        sources: ["1.1.1.1:80", "2.2.2.2:80"]
        shares: [{ by: endpoint, of: { "1.1.1.1:80": 1, "2.2.2.2:80": 9 } }]
  - listed: { serviceEntry: gwtest/example-se, endpoints: [{ endpoint: "9.9.9.9:80" }] }
"#;

/// Invariant 5, for records of failing scenarios too: which journal entries are near a failure is a matter of time.
#[test]
fn equal_runs_give_equal_canonical_bytes_also_when_they_fail() {
    let store = Store::new();
    for name in ["a.json", "b.json", "c.json"] {
        let ended = store.run(BROKEN, name, &["--canonical"]);
        assert_eq!(ended.status, Some(1), "{ended}");
    }
    assert_eq!(store.read("a.json"), store.read("b.json"));
    assert_eq!(store.read("a.json"), store.read("c.json"));
    store.run(BROKEN, "full.json", &[]);
    assert!(store.read("full.json").contains("\"journal\": \"reply\""), "evidence is told all the same");
    let again = Sextant::run(&["report", "show", &store.path("full.json"), "-o", "json", "--canonical"]);
    assert_eq!(again.stdout.trim_end(), store.read("a.json"), "the canonical form can be had later");
}

#[test]
fn a_record_is_as_written_until_somebody_changes_it() {
    let store = Store::new();
    let run = store.run(GOOD, "run.json", &[]);
    assert_eq!(run.status, Some(0), "{run}");
    let good = Sextant::run(&["report", "verify", &store.path("run.json")]);
    assert_eq!(good.status, Some(0), "{good}");
    assert!(good.stdout.starts_with("as written  ") && good.stdout.contains("1 scenario, sha256:"), "{good}");

    let run = store.read("run.json");
    fs::write(store.path("changed.json"), run.replace("\"requests\": 6", "\"requests\": 7")).unwrap();
    fs::write(store.path("spaced.json"), run.replacen("{\n", "{\n\n", 1)).unwrap();
    fs::write(store.path("torn.json"), &run[..run.len() / 2]).unwrap();
    let changed = Sextant::run(&["report", "verify", &store.path("run.json"), &store.path("changed.json")]);
    assert_eq!(changed.status, Some(1), "{changed}");
    assert!(changed.stdout.contains("changed.json: a verdict, promise, share or count was changed"), "{changed}");

    let spaced = Sextant::run(&["report", "verify", &store.path("spaced.json")]);
    assert_eq!(spaced.status, Some(1), "{spaced}");
    assert!(spaced.stdout.contains("the content is as written, the bytes are not: line 2, column 1"), "{spaced}");
    let content = Sextant::run(&["report", "verify", "--content", &store.path("spaced.json")]);
    assert_eq!(content.status, Some(0), "{content}");

    let torn = Sextant::run(&["report", "verify", &store.path("torn.json"), &store.path("run.json")]);
    assert_eq!(torn.status, Some(2), "{torn}");
    assert!(torn.stdout.contains("this is not JSON: EOF") && torn.stdout.contains("as written"), "{torn}");
}

#[test]
fn a_stored_record_is_shown_as_the_run_showed_it() {
    let store = Store::new();
    let markdown = format!("markdown={}", store.path("run.md"));
    let table = format!("table={}", store.path("run.txt"));
    store.run(BROKEN, "run.json", &["--report", &markdown, "--report", &table]);
    let show = |more: &[&str]| Sextant::run(&[&["report", "show", &store.path("run.json")], more].concat());
    assert_eq!(show(&["-o", "markdown"]).stdout, store.read("run.md"));
    assert_eq!(show(&["-q"]).stdout, store.read("run.txt"));
    assert_eq!(show(&["-o", "json"]).stdout, store.read("run.json"));
    assert!(show(&["-o", "junit"]).stdout.contains("<testsuites"), "JUnit");
    assert_eq!(show(&[]).status, Some(0), "that the run failed is not the fault of showing it");
    let piped = Sextant::run_on(&store.read("run.json"), &["report", "show", "-", "-q"]);
    assert_eq!(piped.stdout, store.read("run.txt"));
}

#[rstest]
#[case::absent(&["report", "show", "nowhere.json"], "cannot read nowhere.json")]
#[case::no_record(&["report", "show", "Cargo.toml"], "Cargo.toml:1:2: this is not JSON")]
#[case::twice_stdin(&["report", "diff", "-", "-"], "both records are standard input")]
#[case::factor(&["report", "diff", "a", "b", "--slower", "0.5"], "0.5 is not 1 or more")]
#[case::seed(&["run", "--seed", "9007199254740992"], "9007199254740991")]
fn what_cannot_be_read_is_told(#[case] arguments: &[&str], #[case] told: &str) {
    let ended = Sextant::run(arguments);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains(told), "{ended}");
}

#[test]
fn two_records_are_compared_and_the_exit_status_says_how() {
    let store = Store::new();
    store.run(GOOD, "good.json", &[]);
    store.run(BROKEN, "broken.json", &[]);
    let diff = |before: &str, after: &str, more: &[&str]| {
        Sextant::run(&[&["report", "diff", &store.path(before), &store.path(after)], more].concat())
    };
    let worse = diff("good.json", "broken.json", &[]);
    assert_eq!(worse.status, Some(1), "{worse}");
    assert!(worse.stdout.contains("1 broken; 0 scenarios as before"), "{worse}");
    let better = diff("broken.json", "good.json", &["--strict"]);
    assert_eq!(better.status, Some(0), "{better}");
    assert!(better.stdout.contains("1 fixed; 0 scenarios as before"), "{better}");
    let same = diff("good.json", "good.json", &["--strict", "-o", "markdown"]);
    assert_eq!(same.status, Some(0), "{same}");
    assert!(same.stdout.starts_with("## Sextant: nothing changed; 1 scenario as before"), "{same}");
    let json = diff("good.json", "broken.json", &["-o", "json"]);
    assert!(json.stdout.contains("\"change\": \"broken\""), "{json}");
    fs::write(store.path("torn.json"), "{").unwrap();
    let torn = diff("good.json", "torn.json", &[]);
    assert_eq!(torn.status, Some(2), "{torn}");
    assert!(torn.stderr.contains("torn.json:1:1: this is not JSON"), "{torn}");
}

#[test]
fn a_conformance_report_names_who_made_the_gateway() {
    let store = Store::new();
    let conformance = format!("conformance={}", store.path("report.yaml"));
    let run = store.run(GOOD, "run.json", &["--report", &conformance]);
    assert_eq!(run.status, Some(0), "{run}");
    let report = store.read("report.yaml");
    for line in ["kind: ConformanceReport", "name: SERVICEENTRY-KGATEWAY", "result: success", "Passed: 1"] {
        assert!(report.contains(line), "{line} is not in\n{report}");
    }
    let who = ["--implementation", "org=acme,version=v9", "--implementation", "contact=@a,contact=@b"];
    let shown = Sextant::run(&[&["report", "show", &store.path("run.json"), "-o", "conformance"], &who[..]].concat());
    for line in ["organization: acme", "version: v9", "- \"@a\"", "- \"@b\"", "project: sextant"] {
        let unquoted = line.replace('"', "");
        assert!(shown.stdout.contains(line) || shown.stdout.contains(&unquoted), "{line} is not in\n{shown}");
    }
}

/// What a report would lack is told before the run, not after it.
#[test]
fn a_conformance_report_of_several_subjects_is_refused() {
    let two = Sextant::run(&["run", "--subject", "reference,reference", "--report", "conformance=x.yaml"]);
    assert_eq!(two.status, Some(2), "{two}");
    assert!(two.stderr.contains("is about one gateway, and this run has reference, reference"), "{two}");
    let key = Sextant::run(&["run", "--implementation", "colour=red"]);
    assert!(key.status == Some(2) && key.stderr.contains("`colour` is not org, project, url"), "{key}");
}

#[test]
fn many_records_make_one_table() {
    let store = Store::new();
    store.run(GOOD, "good.json", &[]);
    store.run(BROKEN, "broken.json", &[]);
    let (good, broken) = (store.path("good.json"), store.path("broken.json"));
    let json = Sextant::run(&["report", "matrix", &good, &broken, "--by", "rule", "-o", "json"]);
    assert_eq!(json.status, Some(0), "{json}");
    assert!(json.stdout.contains("\"name\": \"K-137\"") && json.stdout.contains("\"failed\": 1"), "{json}");
    let markdown = Sextant::run(&["report", "matrix", &good, "--by", "scenario", "-o", "markdown"]);
    assert!(markdown.stdout.starts_with("| Scenario | reference |\n| :-- | --: |\n| under-test | 1/1 |"), "{markdown}");
    let absent = Sextant::run(&["report", "matrix", &good, "nowhere.json"]);
    assert_eq!(absent.status, Some(2), "{absent}");
}

#[test]
fn a_run_is_a_page_that_tells_a_failure_in_full() {
    let store = Store::new();
    store.run(BROKEN, "broken.json", &[]);
    let page = Sextant::run(&["report", "show", &store.path("broken.json"), "-o", "html"]);
    assert_eq!(page.status, Some(0), "{page}");
    assert!(page.stdout.starts_with("<!doctype html>") && page.stdout.ends_with("</html>\n"), "{page}");
    for label in ["expected", "observed", "causes", "look at", "ruled out", "evidence", "repeat"] {
        assert!(page.stdout.contains(&format!("<dt>{label}</dt>")), "{label}: {page}");
    }
}
