use rstest::rstest;
use sextant_verdict::{CheckRecord, Environment, Known, Mismatch, Place};

use super::*;
use crate::style::Style;

fn run(id: &str, verdict: Verdict) -> ScenarioRecord {
    let in_trouble = !matches!(verdict, Verdict::Pass | Verdict::Skipped);
    let check = CheckRecord {
        step: "send #1".into(),
        rules: vec!["K-080".into()],
        level: sextant_verdict::Level::Must,
        place: Place::default(),
        what: "every reply has status 200".into(),
        verdict,
        mismatch: Some(Mismatch { expected: "200".into(), observed: "503".into(), ..Mismatch::default() }),
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    };
    ScenarioRecord {
        id: id.into(),
        title: String::new(),
        subject: "reference".into(),
        rules: vec!["K-080".into()],
        place: Place::default(),
        verdict,
        reason: if verdict == Verdict::Skipped { "it needs a feature".into() } else { String::new() },
        known: None,
        checks: if in_trouble { vec![check] } else { Vec::new() },
        shares: Vec::new(),
        requests: 1,
        repeat: format!("sextant run {id}"),
        duration_us: Some(1_000_000),
    }
}

fn stored(file: &str, scenarios: Vec<ScenarioRecord>) -> Stored {
    let environment = Environment { profile: "kgateway".into(), seed: 1, ..Environment::default() };
    let record = RunRecord::new(environment, scenarios);
    let document = serde_json::to_value(&record).unwrap();
    Stored { file: file.into(), record, document }
}

fn diff(before: Vec<ScenarioRecord>, after: Vec<ScenarioRecord>) -> RunDiff {
    RunDiff::new(&stored("a.json", before), &stored("b.json", after), Pace::default())
}

#[rstest]
#[case(Verdict::Pass, Verdict::Pass, None)]
#[case(Verdict::Pass, Verdict::Skipped, Some(Change::NewlySkipped))]
#[case(Verdict::Pass, Verdict::Inconclusive, Some(Change::Broken))]
#[case(Verdict::Pass, Verdict::Error, Some(Change::Broken))]
#[case(Verdict::Pass, Verdict::Fail, Some(Change::Broken))]
#[case(Verdict::Skipped, Verdict::Pass, Some(Change::NoLongerSkipped))]
#[case(Verdict::Skipped, Verdict::Skipped, None)]
#[case(Verdict::Skipped, Verdict::Error, Some(Change::Broken))]
#[case(Verdict::Skipped, Verdict::Fail, Some(Change::Broken))]
#[case(Verdict::Inconclusive, Verdict::Pass, Some(Change::Fixed))]
#[case(Verdict::Inconclusive, Verdict::Skipped, Some(Change::NewlySkipped))]
#[case(Verdict::Inconclusive, Verdict::Error, Some(Change::ChangedReason))]
#[case(Verdict::Inconclusive, Verdict::Fail, Some(Change::Broken))]
#[case(Verdict::Error, Verdict::Fail, Some(Change::Broken))]
#[case(Verdict::Fail, Verdict::Pass, Some(Change::Fixed))]
#[case(Verdict::Fail, Verdict::Skipped, Some(Change::NewlySkipped))]
#[case(Verdict::Fail, Verdict::Inconclusive, Some(Change::ChangedReason))]
#[case(Verdict::Fail, Verdict::Fail, None)]
fn every_pair_of_verdicts_has_its_change(
    #[case] before: Verdict,
    #[case] after: Verdict,
    #[case] change: Option<Change>,
) {
    let diff = diff(vec![run("a", before)], vec![run("a", after)]);
    assert_eq!(diff.changes.iter().map(|changed| changed.change).collect::<Vec<_>>(), Vec::from_iter(change));
    assert_eq!(diff.unchanged, u64::from(change.is_none()));
    assert_eq!(diff.is_worse(false), change == Some(Change::Broken));
    assert_eq!(diff.is_worse(true), matches!(change, Some(Change::Broken | Change::NewlySkipped)));
}

#[rstest]
#[case::as_long(1_000_000, 1_000_000, None)]
#[case::under_the_factor(1_000_000, 1_999_999, None)]
#[case::at_the_factor(1_000_000, 2_000_000, Some(Change::Slower))]
#[case::under_the_floor(100, 250_099, None)]
#[case::at_the_floor(100, 250_100, Some(Change::Slower))]
#[case::from_nothing(0, 250_000, Some(Change::Slower))]
#[case::faster(2_000_000, 1_000_000, Some(Change::Faster))]
#[case::hardly_faster(250_099, 100, None)]
fn slower_and_faster_pass_both_limits(#[case] before: u64, #[case] after: u64, #[case] change: Option<Change>) {
    let timed = |duration| ScenarioRecord { duration_us: Some(duration), ..run("a", Verdict::Pass) };
    let diff = diff(vec![timed(before)], vec![timed(after)]);
    assert_eq!(diff.changes.first().map(|changed| changed.change), change);
    assert!(!diff.is_worse(true), "slower is no broken promise");
}

#[test]
fn times_are_compared_only_where_both_passed_and_have_them() {
    let slow = |verdict, duration_us| ScenarioRecord { duration_us, ..run("a", verdict) };
    let none = |diff: RunDiff| assert!(diff.changes.is_empty(), "{:?}", diff.changes);
    none(diff(vec![run("a", Verdict::Pass)], vec![slow(Verdict::Pass, None)]));
    none(diff(vec![slow(Verdict::Pass, None)], vec![slow(Verdict::Pass, Some(9_000_000))]));
    none(diff(vec![run("a", Verdict::Fail)], vec![slow(Verdict::Fail, Some(9_000_000))]));
}

#[test]
fn new_and_gone_scenarios_count_only_when_strict() {
    let good = || vec![run("a", Verdict::Pass)];
    let gone = diff(vec![run("a", Verdict::Pass), run("b", Verdict::Pass)], good());
    assert_eq!(gone.counts(), [(Change::Gone, 1)]);
    assert!(!gone.is_worse(false) && gone.is_worse(true));
    let new = diff(good(), vec![run("a", Verdict::Pass), run("b", Verdict::Pass)]);
    assert_eq!(new.counts(), [(Change::New, 1)]);
    assert!(!new.is_worse(true));
    let failing = diff(good(), vec![run("a", Verdict::Pass), run("b", Verdict::Fail)]);
    assert!(!failing.is_worse(false) && failing.is_worse(true));
}

#[test]
fn what_a_ledger_knows_breaks_nothing_until_it_expires() {
    let known = |expired| {
        let known = Known { expired, ..Known::default() };
        vec![ScenarioRecord { known: Some(known), ..run("a", Verdict::Fail) }]
    };
    let diff_to = |after| diff(vec![run("a", Verdict::Pass)], after);
    assert_eq!(diff_to(known(false)).counts(), [(Change::Broken, 1)], "it is told");
    assert!(!diff_to(known(false)).is_worse(true));
    assert!(diff_to(known(true)).is_worse(false));
    assert!(diff_to(known(false)).render(Style::plain(100)).contains("fail (known)"));
}

#[test]
fn another_broken_promise_is_another_reason_and_what_was_seen_is_not() {
    let mut other = run("a", Verdict::Fail);
    other.checks[0].mismatch.as_mut().unwrap().observed = "504".into();
    assert!(diff(vec![run("a", Verdict::Fail)], vec![other.clone()]).changes.is_empty());
    other.checks[0].what = "shares are 1:1".into();
    let found = diff(vec![run("a", Verdict::Fail)], vec![other]);
    assert_eq!(found.counts(), [(Change::ChangedReason, 1)]);
    assert!(!found.is_worse(true));
    let mut unjudged = run("a", Verdict::Pass);
    unjudged.reason = "1 promise was not judged".into();
    assert_eq!(diff(vec![run("a", Verdict::Pass)], vec![unjudged]).counts(), [(Change::ChangedReason, 1)]);
}

#[test]
fn one_subject_is_compared_with_one_other_and_what_else_differs_is_noted() {
    let mut envoy = run("a", Verdict::Fail);
    envoy.subject = "envoy".into();
    let mut after = stored("b.json", vec![envoy]);
    after.record.environment.profile = "istio".into();
    let diff = RunDiff::new(&stored("a.json", vec![run("a", Verdict::Pass)]), &after, Pace::default());
    assert_eq!(diff.counts(), [(Change::Broken, 1)]);
    assert_eq!(diff.changes[0].subject, "reference to envoy");
    assert_eq!(diff.notes, ["the subject was reference, and is envoy", "the profile was kgateway, and is istio"]);
}

#[test]
fn subjects_of_one_run_are_kept_apart() {
    let both =
        |envoy: Verdict| vec![run("a", Verdict::Pass), ScenarioRecord { subject: "envoy".into(), ..run("a", envoy) }];
    let diff = diff(both(Verdict::Pass), both(Verdict::Fail));
    assert_eq!(diff.changes.len(), 1);
    assert_eq!((diff.changes[0].subject.as_str(), diff.unchanged), ("envoy", 1));
}

/// A comparison with a change of every kind.
fn of_every_kind() -> RunDiff {
    let quick = ScenarioRecord { duration_us: Some(10_000), ..run("quick", Verdict::Pass) };
    let slow = ScenarioRecord { duration_us: Some(2_800_000), ..run("slow", Verdict::Pass) };
    let other = ScenarioRecord { reason: "another feature".into(), ..run("other", Verdict::Skipped) };
    diff(
        vec![
            run("broken", Verdict::Pass),
            run("fixed", Verdict::Fail),
            run("gone", Verdict::Pass),
            run("other", Verdict::Skipped),
            run("quick", Verdict::Pass),
            run("same", Verdict::Pass),
            run("skipped", Verdict::Pass),
            run("slow", Verdict::Pass),
            run("unskipped", Verdict::Skipped),
        ],
        vec![
            run("broken", Verdict::Fail),
            run("fixed", Verdict::Pass),
            run("new", Verdict::Pass),
            other,
            quick,
            run("same", Verdict::Pass),
            run("skipped", Verdict::Skipped),
            slow,
            run("unskipped", Verdict::Pass),
        ],
    )
}

#[test]
fn the_most_urgent_comes_first_and_says_why() {
    let diff = of_every_kind();
    let order: Vec<_> = diff.changes.iter().map(|changed| changed.scenario.as_str()).collect();
    assert_eq!(order, ["broken", "skipped", "gone", "other", "slow", "new", "unskipped", "fixed", "quick"]);
    let why = |scenario: &str| diff.changes.iter().find(|changed| changed.scenario == scenario).unwrap().why();
    assert_eq!(why("broken"), "expected 200, observed 503");
    assert_eq!(why("fixed"), "was: expected 200, observed 503");
    assert_eq!(why("other"), "was: it needs a feature; is: another feature");
    assert_eq!(why("slow"), "2.8 times as long");
    assert_eq!(why("quick"), "100.0 times as fast");
    assert_eq!(why("skipped"), "it needs a feature");
}

#[rstest]
#[case(60)]
#[case(80)]
#[case(120)]
fn the_table_fits(#[case] width: usize) {
    let text = of_every_kind().render(Style::plain(width));
    for line in text.lines() {
        assert!(line.chars().count() <= width && line.trim_end() == line, "{line:?}");
    }
    for word in ["newly skipped", "no longer skipped", "changed reason", "2.80 s", "1 scenario as before"] {
        let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(word), "{word} is not in\n{text}");
    }
}

#[test]
fn markdown_escapes_and_json_has_every_change() {
    let mut hostile = run("a|b", Verdict::Fail);
    hostile.reason = "<script>alert(1)</script> | x".into();
    hostile.checks.clear();
    let markdown = diff(vec![], vec![hostile]).markdown();
    assert!(!markdown.contains("<script>") && markdown.contains("<code>a&#124;b</code>"), "{markdown}");
    let json = serde_json::to_value(of_every_kind()).unwrap();
    assert_eq!(json["kind"], "RunDiff");
    let words: Vec<_> = json["changes"].as_array().unwrap().iter().map(|it| it["change"].as_str().unwrap()).collect();
    let expected =
        ["broken", "newly-skipped", "gone", "changed-reason", "slower", "new", "no-longer-skipped", "fixed", "faster"];
    assert_eq!(words, expected);
    assert_eq!(json["changes"][0]["after"]["why"], "expected 200, observed 503");
}
