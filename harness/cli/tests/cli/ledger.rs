//! Ledgers of known failures: what they excuse, and how a run ends.

use rstest::rstest;
use tempfile::TempDir;

use crate::sextant::{Ended, Sextant, is_there, scenario_with};

/// K-137: no route for the host, so that the gateway answers 404.
const FAILS: &str = "  - send: { request: { host: other.example.com }, expect: { status: 200 } }\n";
const PASSES: &str = "  - send: { request: { host: other.example.com }, expect: { status: 404 } }\n";
/// There is no such object: trouble of the harness, no broken promise.
const CANNOT_BE_DONE: &str = "  - delete: { kind: ServiceEntry, namespace: a, name: nobody }\n  - send: { request: { host: \
                              other.example.com }, expect: { status: 404 } }\n";

/// A scenario in a folder, and ledgers beside it.
struct World {
    folder: TempDir,
}

impl World {
    fn new(steps: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("one.yaml"), scenario_with(steps)).expect("the folder can be written");
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a plain path").to_owned()
    }

    /// Adds another scenario.
    fn with(self, id: &str, steps: &str) -> Self {
        let text = scenario_with(steps).replace("id: under-test", &format!("id: {id}"));
        std::fs::write(self.path(&format!("{id}.yaml")), text).expect("the folder can be written");
        self
    }

    /// Runs everything with `ledger` on a day in 2027.
    fn run(&self, ledger: &str, more: &[&str]) -> Ended {
        let file = self.path("ledger.known");
        std::fs::write(&file, ledger).expect("the folder can be written");
        let folder = self.folder.path().to_str().expect("a plain path");
        let arguments = ["run", folder, "--known-failures", &file, "--today", "2027-01-01"];
        Sextant::run(&[&arguments, more].concat())
    }
}

/// A ledger of the reference with an entry for each of `entries`: what it names, and its last day.
fn ledger(entries: &[(&str, &str)]) -> String {
    let entries = entries.iter().map(|(names, until)| {
        format!(
            "  - {names}\n    reason: It is on its way.\n    link: https://example.com/issues/7\n    owner: ann\n    \
             expires: {until}\n"
        )
    });
    format!("subject: reference\nentries:\n{}", entries.collect::<String>())
}

#[rstest]
#[case::by_id("scenario: under-test")]
#[case::by_glob("scenario: under-*")]
#[case::by_rule("rule: K-137")]
fn a_known_failure_is_told_and_passes(#[case] names: &str) {
    let ended = World::new(FAILS).run(&ledger(&[(names, "2027-01-01")]), &[]);
    assert_eq!(ended.status, Some(0), "{ended}");
    for text in
        ["known fail", "It is on its way.", "https://example.com/issues/7", "ann", "2027-01-01", "1 of them known"]
    {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn a_known_harness_error_passes_too() {
    let world = World::new(CANNOT_BE_DONE);
    let unknown = world.run("subject: reference\nentries: []\n", &[]);
    assert_eq!(unknown.status, Some(3), "{unknown}");
    let known = world.run(&ledger(&[("scenario: under-test", "2027-06-30")]), &[]);
    assert_eq!(known.status, Some(0), "{known}");
    assert!(known.stdout.contains("known error"), "{known}");
}

#[test]
fn an_unexpected_pass_exits_with_4_and_says_what_to_delete() {
    let world = World::new(PASSES);
    let ended = world.run(&ledger(&[("scenario: under-test", "2027-06-30")]), &["--color", "never"]);
    assert_eq!(ended.status, Some(4), "{ended}");
    for text in ["unexpected pass", "under-test", "delete the entry at", "ledger.known:3"] {
        let found = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(found.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[rstest]
#[case::still_needed(FAILS, "have ann mend")]
#[case::no_longer_needed(PASSES, "no longer needed")]
fn an_expired_entry_exits_with_5(#[case] steps: &str, #[case] advice: &str) {
    let ended = World::new(steps).run(&ledger(&[("scenario: under-test", "2026-12-31")]), &["-o", "markdown"]);
    assert_eq!(ended.status, Some(5), "{ended}");
    for text in ["it expired on 2026", advice, "ledger.known:3"] {
        assert!(ended.stdout.replace('\\', "").contains(text), "`{text}` is not told:\n{ended}");
    }
}

/// 1 before 3 before 5 before 4.
#[test]
fn the_worst_exit_status_counts() {
    let world = World::new(PASSES).with("expired", FAILS);
    let entries = [("scenario: under-test", "2027-06-30"), ("scenario: expired", "2026-12-31")];
    assert_eq!(world.run(&ledger(&entries), &[]).status, Some(5), "5 before 4");
    let world = world.with("stuck", CANNOT_BE_DONE);
    assert_eq!(world.run(&ledger(&entries), &[]).status, Some(3), "3 before 5");
    let world = world.with("broken", &FAILS.replace("other", "a-third"));
    assert_eq!(world.run(&ledger(&entries), &[]).status, Some(1), "1 before 3");
}

#[test]
fn an_entry_for_nothing_that_ran_is_a_warning() {
    let entries = [("scenario: documented-static-endpoints", "2027-06-30")];
    let ended = World::new(PASSES).run(&ledger(&entries), &[]);
    assert_eq!(ended.status, Some(0), "{ended}");
    for text in ["documented-static-endpoints", "nothing that it covers"] {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn without_a_ledger_nothing_is_known() {
    let world = World::new(FAILS);
    let ended = Sextant::run(&["run", world.folder.path().to_str().unwrap(), "--known-failures", "-"]);
    assert_eq!(ended.status, Some(1), "{ended}");
}

#[rstest]
#[case::unknown_scenario(&ledger(&[("scenario: documented-static-endpoint", "2027-06-30")]), &["ledger.known:3:15", "did you mean `documented-static-endpoints`?"])]
#[case::unknown_rule(&ledger(&[("rule: K-999", "2027-06-30")]), &["ledger.known:3:11", "there is no rule `K-999`", "sextant rules"])]
#[case::bad_date(&ledger(&[("rule: K-137", "2027-02-30")]), &["ledger.known:7:14", "`2027-02-30` is not a day"])]
#[case::no_reason("subject: reference\nentries:\n  - rule: K-137\n", &["ledger.known:3:5", "`reason` is missing", "`link` is missing", "`owner` is missing", "`expires` is missing"])]
#[case::twice(&ledger(&[("rule: K-137", "2027-06-30"), ("rule: K-137", "2027-06-30")]), &["ledger.known:8:5", "line 3"])]
#[case::other_subject("subject: envoy\nentries: []\n", &["ledger.known:1:", "`envoy`", "reference"])]
fn a_faulty_ledger_exits_with_2(#[case] ledger: &str, #[case] told: &[&str]) {
    let ended = World::new(PASSES).run(ledger, &[]);
    assert_eq!(ended.status, Some(2), "{ended}");
    for text in told {
        assert!(ended.stderr.contains(text), "`{text}` is not told:\n{ended}");
    }
}

/// SOURCE_DATE_EPOCH is 2001-09-09 there: an entry that expired since then counts again.
#[test]
fn the_day_can_be_chosen_for_a_run_that_is_repeated() {
    let world = World::new(FAILS);
    let file = world.path("ledger.known");
    std::fs::write(&file, ledger(&[("scenario: under-test", "2001-09-09")])).unwrap();
    let folder = world.folder.path().to_str().unwrap();
    let run = |epoch| Sextant::run(&["run", folder, "--known-failures", &file, "--source-date-epoch", epoch]).status;
    assert_eq!((run("1000000000"), run("1000080000")), (Some(0), Some(5)));
}

/// What is known is part of the record, and of every report.
#[test]
fn reports_tell_what_is_known() {
    let world = World::new(FAILS).with("passes", PASSES);
    let junit = world.path("junit.xml");
    let report = format!("junit={junit}");
    let entries = [("scenario: under-test", "2027-06-30"), ("scenario: passes", "2027-06-30")];
    let ended = world.run(&ledger(&entries), &["-o", "json", "--report", &report]);
    assert_eq!(ended.status, Some(4), "{ended}");
    let record: serde_json::Value = serde_json::from_str(&ended.stdout).expect("the record is JSON");
    let known = &record["scenarios"][1]["known"];
    assert_eq!((&record["scenarios"][1]["verdict"], &known["owner"]), (&"fail".into(), &"ann".into()));
    assert_eq!((&known["expires"], &known["place"]["line"]), (&"2027-06-30".into(), &3.into()));
    assert_eq!(record["ledger"][1]["state"], "unexpected-pass");
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains("known fail: It is on its way.") && junit.contains("type=\"unexpected-pass\""), "{junit}");
}

/// K-020 is a should: it is told of either way, and what counts is chosen.
#[rstest]
#[case("should", 1, "1 failed")]
#[case("must", 0, "musts alone count")]
fn a_broken_should_is_told_and_counts_if_asked(#[case] level: &str, #[case] status: i32, #[case] told: &str) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("one.yaml");
    std::fs::write(&file, scenario_with(FAILS).replace("rules: [K-137]", "rules: [K-020]")).unwrap();
    let ended = Sextant::run(&["run", file.to_str().unwrap(), "--level", level]);
    assert_eq!(ended.status, Some(status), "{ended}");
    for text in ["K-020 (should)", told] {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
}

/// The ledger of an adapter stands beside its file; the name of another one brings none along.
#[test]
fn an_adapter_brings_its_own_ledger_and_no_other() {
    if !is_there("python3") {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../subjects/adapters/python");
    for file in ["adapter.yaml", "gateway.py", "known-failures.yaml"] {
        std::fs::copy(example.join(file), folder.path().join(file)).expect("a copy");
    }
    let adapter = folder.path().join("adapter.yaml");
    let subject = format!("exec:{}", adapter.display());
    let run = || Sextant::run(&["run", "faults-connection-refused", "--subject", &subject]);
    let known = run();
    assert_eq!(known.status, Some(0), "{known}");
    assert!(known.stdout.contains("1 of them known"), "{known}");

    let text = std::fs::read_to_string(&adapter).expect("it is there");
    std::fs::write(&adapter, text.replace("name: python", "name: mine")).expect("it is written");
    let renamed = run();
    assert_eq!(renamed.status, Some(2), "{renamed}");
    assert!(renamed.stderr.contains("about the subject `python`, and this run is about mine"), "{renamed}");

    std::fs::remove_file(folder.path().join("known-failures.yaml")).expect("it is there");
    std::fs::write(&adapter, text).expect("it is written");
    let none = run();
    assert_eq!(none.status, Some(1), "the name of the example is not enough: {none}");
}
