use rstest::rstest;
use sextant_verdict::{
    CheckRecord, EntryState, Environment, Explains, FeatureFinding, FeatureRecord, Known, LedgerEntry, Level, Mismatch,
    Outcome, Place, RunRecord, ScenarioRecord, ShareRow, ShareTable, Verdict,
};

use super::Report;

#[rstest]
#[case("scenarios/documented/static.yaml", "documented")]
#[case("/home/u/x/scenarios/dns/life/ttl.yaml", "dns/life")]
#[case("./scenarios/one.yaml", "scenarios")]
#[case("my/own/case.yaml", "own")]
#[case("case.yaml", "scenarios")]
#[case("", "scenarios")]
#[case("C:\\work\\scenarios\\dns\\a.yaml", "dns")]
fn a_scenario_is_filed_under_its_concept(#[case] file: &str, #[case] folder: &str) {
    assert_eq!(Report::folder(file), folder);
}

/// Scenario `one` on `subject`, with one check of this verdict at line 7 and one step in which these answered.
fn ran(subject: &str, verdict: Verdict, what: &str, answered: &[(&str, u64)]) -> ScenarioRecord {
    let all: u64 = answered.iter().map(|(_, requests)| requests).sum();
    let row = |(name, requests): &(&str, u64)| ShareRow {
        endpoint: (*name).to_owned(),
        locality: String::new(),
        source: if name.contains(':') { format!("VM {name}") } else { String::new() },
        expected: None,
        requests: *requests,
        observed: *requests as f64 / all as f64,
        verdict: Verdict::Pass,
    };
    let observed = Mismatch { observed: "it lists nothing".into(), ..Mismatch::default() };
    let check = CheckRecord {
        step: "list".into(),
        rules: Vec::new(),
        level: Level::Must,
        place: Place { file: "one.yaml".into(), line: 7, column: 1 },
        what: what.into(),
        verdict,
        mismatch: (verdict != Verdict::Pass).then_some(observed),
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    };
    ScenarioRecord {
        id: "one".into(),
        title: String::new(),
        subject: subject.into(),
        rules: Vec::new(),
        place: Place { file: "one.yaml".into(), line: 1, column: 1 },
        verdict,
        reason: String::new(),
        known: None,
        repeat: String::new(),
        checks: vec![check],
        shares: vec![ShareTable { step: "traffic".into(), rows: answered.iter().map(row).collect() }],
        requests: all,
        duration_us: None,
    }
}

/// What is told, a line per difference: step, what, and each subject's.
fn told(runs: Vec<ScenarioRecord>) -> Vec<String> {
    let environment = Environment {
        sextant: String::new(),
        level: None,
        profile: String::new(),
        seed: 1,
        address_mode: String::new(),
        started_at: None,
        duration_us: None,
    };
    let record = RunRecord::new(environment, runs);
    let differences = Report::new(&record).differences();
    let line = |difference: &super::Difference<'_>| {
        let seen: Vec<_> = difference.seen.iter().map(|(subject, seen)| format!("{subject} {seen}")).collect();
        format!("{} / {} / {}", difference.step, difference.what, seen.join(" / "))
    };
    differences.iter().map(line).collect()
}

#[test]
fn subjects_that_do_the_same_do_not_differ() {
    let by_lot = ran("b", Verdict::Pass, "shares are statistically so", &[("1.1.1.1:80", 56), ("2.2.2.2:80", 44)]);
    let by_turns = ran("a", Verdict::Pass, "shares are exactly so", &[("1.1.1.1:80", 50), ("2.2.2.2:80", 50)]);
    assert_eq!(told(vec![by_turns.clone(), by_lot]), Vec::<String>::new());
    assert_eq!(told(vec![by_turns]), Vec::<String>::new(), "one subject differs from nobody");
}

/// What a subject cannot tell is no behaviour of it.
#[test]
fn what_was_not_judged_of_a_subject_is_no_difference() {
    let judged = ran("a", Verdict::Pass, "it is so", &[("1.1.1.1:80", 4)]);
    let silent = ran("b", Verdict::Skipped, "it is so", &[("1.1.1.1:80", 4)]);
    assert_eq!(told(vec![judged, silent]), Vec::<String>::new());
}

#[test]
fn a_scenario_that_passed_without_being_judged_whole_is_told_with_the_skipped_ones() {
    let whole = ran("a", Verdict::Pass, "it is so", &[]);
    let partly = ScenarioRecord { reason: "passed, but".into(), ..ran("b", Verdict::Pass, "it is so", &[]) };
    let skipped = ran("c", Verdict::Skipped, "it is so", &[]);
    let failed = ran("d", Verdict::Fail, "it is so", &[]);
    let record = RunRecord::new(Environment::default(), vec![whole, partly, skipped, failed]);
    let told: Vec<_> = Report::new(&record).skipped().map(|scenario| scenario.subject.as_str()).collect();
    assert_eq!(told, ["b", "c"]);
}

#[test]
fn every_difference_has_a_line_for_itself() {
    let one = ran("a", Verdict::Pass, "it is so", &[("1.1.1.1:80", 90), ("2.2.2.2:80", 10)]);
    let other = ran("b", Verdict::Fail, "it is so", &[("1.1.1.1:80", 39), ("2.2.2.2:80", 60), ("503", 1)]);
    assert_eq!(
        told(vec![one, other]),
        [
            " / verdict / a pass / b fail",
            "list / it is so / a pass / b fail: it lists nothing",
            "traffic / replies from 1.1.1.1:80 / a 90 of 100 (90.0 %) / b 39 of 100 (39.0 %)",
            "traffic / replies from 2.2.2.2:80 / a 10 of 100 (10.0 %) / b 60 of 100 (60.0 %)",
            "traffic / replies from 503 / a 0 of 100 (0.0 %) / b 1 of 100 (1.0 %)",
        ]
    );
}

/// An entry of the ledger of `subject` for the scenario.
fn entry(subject: &str, state: EntryState) -> LedgerEntry {
    LedgerEntry {
        subject: subject.into(),
        scenario: Some("one".into()),
        rule: None,
        explains: Explains::Difference,
        known: Known {
            reason: format!("{subject} is so"),
            place: Place { file: "known.yaml".into(), line: 3, column: 5 },
            ..Known::default()
        },
        state,
        covers: vec!["one".into()],
        unneeded: Vec::new(),
    }
}

/// Two subjects differ; which entries explain it?
#[rstest]
#[case::nobody(&[], false)]
#[case::the_one(&["b"], true)]
#[case::the_other(&["a"], true)]
#[case::somebody_else(&["c"], false)]
fn a_difference_names_the_entry_that_explains_it(#[case] entries: &[&str], #[case] explained: bool) {
    let runs = vec![
        ran("a", Verdict::Pass, "it is so", &[("1.1.1.1:80", 90), ("2.2.2.2:80", 10)]),
        ran("b", Verdict::Pass, "it is so", &[("1.1.1.1:80", 40), ("2.2.2.2:80", 60)]),
    ];
    let mut record = RunRecord::new(Environment::default(), runs);
    record.ledger = entries.iter().map(|subject| entry(subject, EntryState::Needed)).collect();
    let differences = Report::new(&record).differences();
    assert_eq!(differences.len(), 2);
    for difference in &differences {
        assert_eq!(difference.is_explained(), explained);
        let told = if explained { format!("{} is so (known.yaml:3)", entries[0]) } else { "no".to_owned() };
        assert_eq!(difference.explanation(), told);
    }
}

/// An entry speaks for its own subject: two others that differ as well are not explained by it.
#[test]
fn what_the_other_subjects_differ_in_stays_unexplained() {
    let shares = |first| [("1.1.1.1:80", first), ("2.2.2.2:80", 100 - first)];
    let run = |subject, first| ran(subject, Verdict::Pass, "it is so", &shares(first));
    let explained = |third| {
        let mut record = RunRecord::new(Environment::default(), vec![run("a", 90), run("b", 40), run("c", third)]);
        record.ledger = vec![entry("b", EntryState::Needed)];
        Report::new(&record).differences().iter().all(super::Difference::is_explained)
    };
    assert_eq!((explained(90), explained(10)), (true, false));
}

/// The sentence above everything speaks of what is new first, then of the ledger.
#[rstest]
#[case::new(Verdict::Fail, false, None, "1 of 1 scenario failed")]
#[case::known(Verdict::Fail, true, None, "0 of 1 scenario passed, 1 known not to")]
#[case::expired(Verdict::Fail, true, Some(EntryState::Expired), "1 entry of the ledger of known failures expired")]
#[case::mended(
    Verdict::Pass,
    true,
    Some(EntryState::UnexpectedPass),
    "1 entry of the ledger of known failures no longer needed"
)]
fn the_headline_tells_new_trouble_from_known(
    #[case] verdict: Verdict,
    #[case] known: bool,
    #[case] state: Option<EntryState>,
    #[case] headline: &str,
) {
    let mut run = ran("a", verdict, "it is so", &[("1.1.1.1:80", 1)]);
    run.known = known.then(Known::default);
    let mut record = RunRecord::new(Environment::default(), vec![run]);
    record.ledger = state.into_iter().map(|state| entry("a", state)).collect();
    assert_eq!(Report::new(&record).headline(), headline);
    let problems = usize::from(!known);
    assert_eq!(Report::new(&record).problems().len(), problems, "what is known is no problem");
}

/// A broken *should* is told of, and counts when the run says so.
#[rstest]
#[case(None, Level::Should, "1 of 1 scenario failed")]
#[case(Some(Level::Must), Level::Should, "0 of 1 scenario passed")]
#[case(Some(Level::Must), Level::Must, "1 of 1 scenario failed")]
fn what_counts_decides_what_failed(#[case] counts: Option<Level>, #[case] level: Level, #[case] headline: &str) {
    let mut run = ran("a", Verdict::Fail, "it is so", &[("1.1.1.1:80", 1)]);
    run.checks[0].level = level;
    let record = RunRecord::new(Environment { level: counts, ..Environment::default() }, vec![run]);
    assert_eq!(Report::new(&record).headline(), headline);
    assert_eq!(Report::new(&record).problems().len(), 1, "it is told of either way");
}

/// What a subject declares and has not fails the run; what it does not declare is worth a word.
#[rstest]
#[case(FeatureFinding::DeclaredButAbsent, Outcome::Failed, "1 feature declared and absent", "::error ")]
#[case(FeatureFinding::PresentButUndeclared, Outcome::Passed, "1 scenario passed", "::warning ")]
fn findings_about_features_are_told(
    #[case] finding: FeatureFinding,
    #[case] outcome: Outcome,
    #[case] headline: &str,
    #[case] annotation: &str,
) {
    let run = ran("a", Verdict::Pass, "it is so", &[("1.1.1.1:80", 1)]);
    let mut record = RunRecord::new(Environment::default(), vec![run]);
    record.features = vec![FeatureRecord {
        subject: "a".into(),
        name: "lists-endpoints".into(),
        declared: finding == FeatureFinding::DeclaredButAbsent,
        probed: Some(finding == FeatureFinding::PresentButUndeclared),
        finding: Some(finding),
        because: "it lists nobody".into(),
    }];
    let report = Report::new(&record);
    assert_eq!((record.outcome(), report.headline().as_str()), (outcome, headline));
    assert!(crate::annotations::render(&report).starts_with(annotation));
    let terminal = crate::terminal::render(&report, crate::terminal::Verbosity::Quiet, crate::Style::plain(120));
    let markdown = crate::markdown::render(&report);
    let mut junit = Vec::new();
    crate::junit::write(&report, &mut junit).unwrap();
    let junit = String::from_utf8(junit).unwrap();
    for text in [&terminal, &markdown, &junit] {
        assert!(text.contains("lists-endpoints") && text.contains(finding.advice()), "{text}");
    }
}
