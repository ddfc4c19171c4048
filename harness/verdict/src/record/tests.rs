use super::*;
use crate::Cause;

fn scenario(subject: &str, id: &str, verdict: Verdict) -> ScenarioRecord {
    ScenarioRecord {
        id: id.into(),
        title: "title".into(),
        subject: subject.into(),
        rules: vec!["K-031".into()],
        place: Place { file: "a.yaml".into(), line: 1, column: 1 },
        verdict,
        reason: String::new(),
        known: None,
        checks: Vec::new(),
        shares: Vec::new(),
        requests: 10,
        repeat: format!("sextant run {id} --subject {subject}"),
        duration_us: Some(1_234),
    }
}

/// A check with all there is, in numbers that binary fractions cannot hold.
fn full_check() -> CheckRecord {
    CheckRecord {
        step: "send #1".into(),
        rules: vec!["K-080".into()],
        level: Level::Should,
        place: Place { file: "a.yaml".into(), line: 7, column: 9 },
        what: "shares".into(),
        verdict: Verdict::Fail,
        mismatch: Some(Mismatch {
            expected: "1:1".into(),
            observed: "2:1".into(),
            nearest: "1:1 after 2 requests".into(),
            evidence: vec![Evidence { at: Some(5), journal: "reply".into(), text: "200".into() }],
        }),
        statistics: Some(StatisticsNote {
            test: "exact".into(),
            n: 2_500,
            alpha: 1e-6,
            p_value: 1.234_567_890_123_456_7e-9,
            power: 0.999_123_456_789,
            smallest_error: 1.0 / 3.0,
        }),
        causes: vec![CauseRecord { class: Cause::Weight, because: "2:1".into() }],
        ruled_out: vec![CauseRecord { class: Cause::Port, because: "both ports are promised".into() }],
    }
}

fn record() -> RunRecord {
    let environment = Environment {
        sextant: "0.1.0".into(),
        level: Some(Level::Must),
        profile: "kgateway".into(),
        seed: u64::MAX,
        address_mode: "alias".into(),
        started_at: Some("2026-11-23T00:00:00Z".into()),
        duration_us: Some(99),
    };
    let mut first = scenario("reference", "b", Verdict::Fail);
    first.checks.push(full_check());
    first.shares.push(ShareTable {
        step: "send #1".into(),
        rows: vec![ShareRow {
            endpoint: "1.1.1.1:80".into(),
            locality: "r1/z1".into(),
            source: "VM a".into(),
            expected: Some(2.0 / 3.0),
            requests: 7,
            observed: 0.7,
            verdict: Verdict::Pass,
        }],
    });
    let others = [scenario("reference", "a", Verdict::Pass), scenario("envoy", "b", Verdict::Skipped)];
    RunRecord::new(environment, [first].into_iter().chain(others).collect())
}

#[test]
fn a_record_survives_being_written_and_read() {
    let record = record();
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), record);
    let canonical = record.canonical();
    let text = serde_json::to_string(&canonical).unwrap();
    assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), canonical, "absent timing is no fault");
}

/// Fields may be added under one version: a reader of today reads what a later Sextant wrote.
#[test]
fn unknown_fields_are_passed_over() {
    let mut value = serde_json::to_value(record()).unwrap();
    value["later"] = "something".into();
    value["scenarios"][0]["later"] = 1.into();
    assert_eq!(serde_json::from_value::<RunRecord>(value).unwrap(), record());
}

#[test]
fn scenarios_are_in_the_order_of_subject_and_id() {
    let record = record();
    let order: Vec<_> = record.scenarios.iter().map(|it| (it.subject.as_str(), it.id.as_str())).collect();
    assert_eq!(order, [("envoy", "b"), ("reference", "a"), ("reference", "b")]);
    assert_eq!((record.api_version.as_str(), record.kind.as_str()), ("sextant.dev/v1alpha1", "RunRecord"));
}

#[test]
fn the_summary_counts_every_verdict_and_request() {
    let all = [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive, Verdict::Error, Verdict::Skipped, Verdict::Pass];
    let mut scenarios: Vec<_> = all.into_iter().map(|verdict| scenario("reference", "a", verdict)).collect();
    for known in [0, 1, 2, 4] {
        scenarios[known].known = Some(Known::default()); // a pass, a failure, an inconclusive one, a skipped one
    }
    let expected = Summary {
        total: 6,
        pass: 2,
        fail: 1,
        inconclusive: 1,
        error: 1,
        skipped: 1,
        known: 2,
        unexpected_passes: 1,
        requests: 60,
    };
    assert_eq!(Summary::of(&scenarios), expected);
    assert_eq!(Summary::of(&[]), Summary::default());
}

#[test]
fn a_run_is_as_good_as_its_worst_scenario() {
    assert_eq!(record().verdict(), Verdict::Fail);
    assert_eq!(RunRecord::new(Environment::default(), Vec::new()).verdict(), Verdict::Pass);
}

/// Invariant 5: of two runs that differ in timing alone the canonical records are the same bytes, and nothing but
/// timing is lost.
#[test]
fn canonical_records_hold_no_timing() {
    let one = record();
    let mut other = record();
    other.environment.started_at = Some("2027-01-01T00:00:00Z".into());
    other.environment.duration_us = None;
    for scenario in &mut other.scenarios {
        scenario.duration_us = Some(7);
        for check in &mut scenario.checks {
            check.causes[0].because = "2:1 after 3 requests".into();
            check.ruled_out.clear();
            let mismatch = check.mismatch.as_mut().unwrap();
            mismatch.observed = "first request #3".into();
            mismatch.nearest = "1:1 after 3 requests".into();
            mismatch.evidence[0].at = Some(77);
            mismatch.evidence.push(Evidence { at: Some(78), journal: "dns".into(), text: "also near".into() });
        }
    }
    assert_ne!(one, other);
    let bytes = |record: RunRecord| serde_json::to_string(&record.canonical()).unwrap();
    let canonical = bytes(one.clone());
    assert_eq!(canonical, bytes(other.clone()));
    for timing in ["startedAt", "durationUs", "\"at\"", "also near", "first request", "1:1 after"] {
        assert!(!canonical.contains(timing), "{timing} in {canonical}");
    }
    other.scenarios[0].requests += 1;
    assert_ne!(canonical, bytes(other), "what is no timing still tells");
}
