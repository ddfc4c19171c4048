//! What a ledger makes of a run, and the run of the ledger.

use std::collections::BTreeSet;

use rstest::rstest;
use sextant_ledger::{Held, Unmatched, hold, read};
use sextant_verdict::Verdict::{Error, Fail, Inconclusive, Pass, Skipped};
use sextant_verdict::{
    CheckRecord, EntryState, Environment, Level, Mismatch, Outcome, Place, RunRecord, ScenarioRecord, Verdict,
};

const TODAY: &str = "2027-01-01";

/// A scenario on `subject` with a check for each of `checks`: the rule it comes from, and its verdict.
fn ran(subject: &str, id: &str, verdict: Verdict, checks: &[(&str, Verdict)]) -> ScenarioRecord {
    let check = |(rule, verdict): &(&str, Verdict)| CheckRecord {
        step: "send".into(),
        rules: vec![(*rule).to_owned()],
        level: Level::Must,
        place: Place::default(),
        what: "it is so".into(),
        verdict: *verdict,
        mismatch: (*verdict != Pass).then(Mismatch::default),
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    };
    ScenarioRecord {
        id: id.into(),
        title: String::new(),
        subject: subject.into(),
        rules: checks.iter().map(|(rule, _)| (*rule).to_owned()).collect(),
        place: Place::default(),
        verdict,
        reason: String::new(),
        known: None,
        checks: checks.iter().map(check).collect(),
        shares: Vec::new(),
        requests: 0,
        repeat: String::new(),
        duration_us: None,
    }
}

fn of_profile(profile: &str) -> Environment {
    Environment { profile: profile.into(), ..Environment::default() }
}

/// An entry for each of `entries`: what it names, and its last day.
fn ledger(entries: &[(&str, &str)]) -> String {
    let entries = entries.iter().map(|(names, until)| {
        format!("  - {{ {names}, reason: \"{names}\", link: 'https://example.com', owner: ann, expires: {until} }}\n")
    });
    format!("subject: envoy\nentries:\n{}", entries.collect::<String>())
}

/// `runs` of kgateway held against `entries`.
fn held(runs: Vec<ScenarioRecord>, entries: &[(&str, &str)], differing: &[&str]) -> RunRecord {
    held_as(runs, entries, differing, Unmatched::Told)
}

fn held_as(runs: Vec<ScenarioRecord>, entries: &[(&str, &str)], differing: &[&str], unmatched: Unmatched) -> RunRecord {
    let mut record = RunRecord::new(of_profile("kgateway"), runs);
    let ledgers = read("known.yaml", &ledger(entries), None).unwrap_or_else(|faults| panic!("{faults}"));
    let differing: BTreeSet<_> = differing.iter().map(|id| (*id).to_owned()).collect();
    hold(&mut record, &[Held { ledger: &ledgers[0], unmatched }], TODAY.parse().expect("a day"), &differing);
    record
}

fn states(record: &RunRecord) -> Vec<EntryState> {
    record.ledger.iter().map(|entry| entry.state).collect()
}

#[rstest]
#[case(Fail)]
#[case(Inconclusive)]
#[case(Error)]
fn trouble_that_is_known_keeps_its_verdict_and_fails_no_run(#[case] verdict: Verdict) {
    let record = held(vec![ran("envoy", "one", verdict, &[])], &[("scenario: one", "2027-06-30")], &[]);
    let scenario = &record.scenarios[0];
    let known = scenario.known.as_ref().expect("it is known");
    assert_eq!((scenario.verdict, known.owner.as_str(), known.expires.as_str()), (verdict, "ann", "2027-06-30"));
    assert_eq!((known.expired, known.place.line), (false, 3));
    assert_eq!((record.outcome(), record.summary.known), (Outcome::Passed, 1));
    assert_eq!((states(&record), record.ledger[0].covers.clone()), (vec![EntryState::Needed], vec!["one".to_owned()]));
}

#[rstest]
#[case(Fail, Outcome::Failed)]
#[case(Inconclusive, Outcome::Inconclusive)]
#[case(Error, Outcome::Inconclusive)]
fn trouble_that_nobody_knows_counts(#[case] verdict: Verdict, #[case] outcome: Outcome) {
    let runs = vec![ran("envoy", "one", Fail, &[]), ran("envoy", "two", verdict, &[])];
    let record = held(runs, &[("scenario: one", "2027-06-30")], &[]);
    assert_eq!((record.outcome(), record.scenarios[1].known.clone()), (outcome, None));
}

/// A ledger is about its subject alone.
#[test]
fn another_subject_is_not_excused() {
    let record = held(vec![ran("reference", "one", Fail, &[])], &[("scenario: one", "2027-06-30")], &[]);
    assert_eq!((record.outcome(), states(&record)), (Outcome::Failed, vec![EntryState::Unmatched]));
}

/// An entry for another profile is no part of the run.
#[test]
fn an_entry_holds_for_its_profile() {
    let runs = || vec![ran("envoy", "one", Fail, &[])];
    let istio = held(runs(), &[("scenario: one, profile: istio", "2020-01-01")], &[]);
    assert_eq!((istio.outcome(), istio.ledger.len()), (Outcome::Failed, 0));
    let kgateway = held(runs(), &[("scenario: one, profile: kgateway", "2027-06-30")], &[]);
    assert_eq!((kgateway.outcome(), kgateway.ledger.len()), (Outcome::Passed, 1));
}

#[test]
fn a_known_failure_that_passes_is_unexpected() {
    let record = held(vec![ran("envoy", "one", Pass, &[])], &[("scenario: one", "2027-06-30")], &[]);
    assert!(record.scenarios[0].passed_unexpectedly());
    assert_eq!((record.outcome(), record.summary.unexpected_passes), (Outcome::UnexpectedPass, 1));
    assert_eq!(record.ledger[0].unneeded, ["one"]);
    assert_eq!(record.ledger[0].advice(), "delete the entry at known.yaml:3");
}

/// A glob says of each scenario that it fails.
#[test]
fn a_glob_may_cover_nothing_that_passes() {
    let runs = vec![ran("envoy", "dns-a", Fail, &[]), ran("envoy", "dns-b", Pass, &[]), ran("envoy", "tls", Pass, &[])];
    let record = held(runs, &[("scenario: dns-*", "2027-06-30")], &[]);
    assert_eq!((record.outcome(), states(&record)), (Outcome::UnexpectedPass, vec![EntryState::UnexpectedPass]));
    assert_eq!((record.ledger[0].covers.len(), record.ledger[0].unneeded.clone()), (2, vec!["dns-b".to_owned()]));
    assert_eq!(record.scenarios[2].known, None);
}

/// A rule is named in scenarios that are about others as well: it is enough that one of its checks fails.
#[test]
fn an_entry_by_rule_explains_the_checks_of_its_rule() {
    let entry = [("rule: K-051", "2027-06-30")];
    let runs = || {
        vec![ran("envoy", "a", Fail, &[("K-051", Fail), ("K-031", Pass)]), ran("envoy", "b", Pass, &[("K-051", Pass)])]
    };
    let record = held(runs(), &entry, &[]);
    assert_eq!((record.outcome(), states(&record)), (Outcome::Passed, vec![EntryState::Needed]));
    assert_eq!((record.scenarios[0].known.is_some(), record.scenarios[1].known.is_some()), (true, false));

    let elsewhere = held(vec![ran("envoy", "a", Fail, &[("K-051", Fail), ("K-031", Fail)])], &entry, &[]);
    assert_eq!(elsewhere.outcome(), Outcome::Failed, "a check of another rule is not explained");
    let both = [entry[0], ("rule: K-031", "2027-06-30")];
    let explained = held(vec![ran("envoy", "a", Fail, &[("K-051", Fail), ("K-031", Fail)])], &both, &[]);
    assert_eq!(explained.outcome(), Outcome::Passed, "two entries explain two checks");
}

#[test]
fn an_entry_by_rule_is_not_needed_when_none_of_its_checks_fails() {
    let entry = [("rule: K-051", "2027-06-30")];
    let passed = held(vec![ran("envoy", "a", Pass, &[("K-051", Pass)])], &entry, &[]);
    assert_eq!((passed.outcome(), states(&passed)), (Outcome::UnexpectedPass, vec![EntryState::UnexpectedPass]));
    let other = held(vec![ran("envoy", "a", Fail, &[("K-031", Fail), ("K-051", Pass)])], &entry, &[]);
    assert_eq!((other.outcome(), states(&other)), (Outcome::Failed, vec![EntryState::Undecided]));
}

/// A scenario that broke before its first check is blamed on all of its rules.
#[test]
fn an_entry_by_rule_explains_a_scenario_without_checks() {
    let mut scenario = ran("envoy", "a", Error, &[]);
    scenario.rules = vec!["K-051".into()];
    let record = held(vec![scenario], &[("rule: K-051", "2027-06-30")], &[]);
    assert_eq!((record.outcome(), states(&record)), (Outcome::Passed, vec![EntryState::Needed]));
}

/// Needed or not: nobody looked at it in time.
#[rstest]
#[case(Fail)]
#[case(Pass)]
fn an_entry_that_expired_fails_the_run(#[case] verdict: Verdict) {
    let record = held(vec![ran("envoy", "one", verdict, &[])], &[("scenario: one", "2026-12-31")], &[]);
    assert_eq!((record.outcome(), states(&record)), (Outcome::Expired, vec![EntryState::Expired]));
    assert!(record.scenarios[0].known.as_ref().is_some_and(|known| known.expired));
    let last_day = held(vec![ran("envoy", "one", Fail, &[])], &[("scenario: one", TODAY)], &[]);
    assert_eq!(last_day.outcome(), Outcome::Passed, "the last day counts");
}

/// A live entry is named before one that has expired, a narrow one before a wide one.
#[test]
fn the_best_entry_is_named() {
    let entries = [("rule: K-051", "2027-06-30"), ("scenario: o*", "2027-06-30"), ("scenario: one", "2026-12-31")];
    let record = held(vec![ran("envoy", "one", Fail, &[("K-051", Fail)])], &entries, &[]);
    assert_eq!(record.scenarios[0].known.as_ref().unwrap().reason, "scenario: o*");
}

/// The exit status of a run is that of the worst that was found: 1 before 3 before 5 before 4.
#[test]
fn the_worst_decides() {
    let mut runs = vec![ran("envoy", "passes", Pass, &[])];
    let mut entries = vec![("scenario: passes", "2027-06-30")];
    assert_eq!(held(runs.clone(), &entries, &[]).outcome(), Outcome::UnexpectedPass);
    entries.push(("scenario: expired", "2020-01-01"));
    assert_eq!(held(runs.clone(), &entries, &[]).outcome(), Outcome::Expired);
    runs.push(ran("envoy", "stuck", Inconclusive, &[]));
    assert_eq!(held(runs.clone(), &entries, &[]).outcome(), Outcome::Inconclusive);
    runs.push(ran("envoy", "broken", Fail, &[]));
    assert_eq!(held(runs.clone(), &entries, &[]).outcome(), Outcome::Failed);
}

#[rstest]
#[case::told(Unmatched::Told, vec![EntryState::Unmatched, EntryState::Expired], Outcome::Expired)]
#[case::passed_over(Unmatched::PassedOver, vec![], Outcome::Passed)]
fn an_entry_for_nothing_that_ran(#[case] how: Unmatched, #[case] expected: Vec<EntryState>, #[case] outcome: Outcome) {
    let runs = vec![ran("envoy", "one", Pass, &[]), ran("envoy", "two", Skipped, &[])];
    let record = held_as(runs, &[("scenario: two", "2027-06-30"), ("scenario: three", "2020-01-01")], &[], how);
    assert_eq!((states(&record), record.outcome()), (expected, outcome));
}

/// An entry that explains a difference expects a pass, and something to compare with.
#[rstest]
#[case::alone(&["envoy"], &[], EntryState::Undecided)]
#[case::differs(&["envoy", "reference"], &["one"], EntryState::Needed)]
#[case::agrees(&["envoy", "reference"], &["two"], EntryState::UnexpectedPass)]
fn a_difference_is_explained_without_a_failure(
    #[case] subjects: &[&str],
    #[case] differing: &[&str],
    #[case] state: EntryState,
) {
    let runs = subjects.iter().map(|subject| ran(subject, "one", Pass, &[])).collect();
    let record = held(runs, &[("scenario: one, explains: difference", "2027-06-30")], differing);
    assert_eq!(states(&record), [state]);
    assert!(record.scenarios.iter().all(|scenario| scenario.known.is_none()), "a pass is as it should be");
}

#[test]
fn an_entry_for_a_difference_excuses_no_failure() {
    let runs = vec![ran("envoy", "one", Fail, &[]), ran("reference", "one", Pass, &[])];
    let record = held(runs, &[("scenario: one, explains: difference", "2027-06-30")], &["one"]);
    assert_eq!(record.outcome(), Outcome::Failed);
}
