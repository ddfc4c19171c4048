//! A changed byte is found, wherever it is, and what was changed is told.

use proptest::prelude::*;
use rstest::rstest;
use sextant_reports::{Finding, json, read, verify};
use sextant_verdict::{
    Cause, CauseRecord, CheckRecord, Environment, Evidence, Mismatch, Place, RunRecord, StatisticsNote, Verdict,
};

use crate::record;

/// A record with a failing check, evidence and figures that binary fractions cannot hold.
fn failing() -> RunRecord {
    let mut scenario = record::passing("one", "folder");
    scenario.verdict = Verdict::Fail;
    scenario.checks.push(CheckRecord {
        step: "send #1".into(),
        rules: vec!["K-080".into()],
        level: sextant_verdict::Level::Must,
        place: Place { file: "a.yaml".into(), line: 7, column: 9 },
        what: "é\u{1f600}\t\"quoted\"".into(),
        verdict: Verdict::Fail,
        mismatch: Some(Mismatch {
            expected: "1:1".into(),
            observed: "2:1".into(),
            nearest: String::new(),
            evidence: vec![Evidence { at: Some(5), journal: "reply".into(), text: "200".into() }],
        }),
        statistics: Some(StatisticsNote {
            test: "exact".into(),
            n: 2_500,
            alpha: 1e-6,
            p_value: 1.234_567_890_123_456_7e-9,
            power: 1.0,
            smallest_error: 1.0 / 3.0,
        }),
        causes: vec![CauseRecord { class: Cause::Weight, because: "2:1".into() }],
        ruled_out: vec![CauseRecord { class: Cause::Port, because: "both ports are promised".into() }],
    });
    let environment = Environment {
        seed: 7,
        started_at: Some("2026-11-23T09:41:07Z".into()),
        duration_us: Some(2_640_318),
        ..Environment::default()
    };
    RunRecord::new(environment, vec![scenario])
}

fn written(record: &RunRecord, form: json::Form) -> Vec<u8> {
    let mut bytes = Vec::new();
    json::write(record, form, &mut bytes).expect("a vector takes everything");
    bytes
}

/// What is found in `bytes`; `None` when they cannot even be read.
fn found(bytes: &[u8]) -> Option<Vec<Finding>> {
    read("run.json", bytes).ok().map(|stored| verify(&stored, bytes))
}

#[rstest]
#[case(json::Form::Full)]
#[case(json::Form::Canonical)]
fn every_changed_missing_or_added_byte_is_found(#[case] form: json::Form) {
    let good = written(&failing(), form);
    assert_eq!(found(&good), Some(Vec::new()));
    let missed = |bytes: &[u8]| found(bytes).is_some_and(|findings| findings.is_empty());
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(!missed(&bytes), "byte {at} as {}", bytes[at] as char);
        let without = [&good[..at], &good[at + 1..]].concat();
        assert!(!missed(&without), "without {at}");
        let more = [&good[..at], b" ", &good[at..]].concat();
        assert!(!missed(&more), "a space at {at}");
    }
    assert!(!missed(&[&good[..], b"\n"].concat()), "a line feed at the end");
}

fn changed(from: &str, to: &str) -> Vec<Finding> {
    let text = String::from_utf8(written(&failing(), json::Form::Full)).expect("JSON is text");
    assert!(text.contains(from), "{from} is not in {text}");
    found(text.replacen(from, to, 1).as_bytes()).expect("still a record")
}

#[test]
fn what_was_changed_is_told() {
    assert!(matches!(
        changed("\"verdict\": \"fail\"", "\"verdict\": \"pass\"")[..],
        [Finding::Content { .. }, Finding::Counts]
    ));
    assert!(matches!(changed("\"expected\": \"1:1\"", "\"expected\": \"2:1\"")[..], [Finding::Content { .. }]));
    assert!(matches!(changed("2:1", "1:1")[..], [Finding::Timing { .. }]), "what was seen");
    assert!(matches!(changed("2640318", "2640319")[..], [Finding::Timing { .. }]), "the run's duration");
    assert!(matches!(changed("20000", "20001")[..], [Finding::Timing { .. }]), "a scenario's duration");
    assert!(matches!(changed("\"200\"", "\"503\"")[..], [Finding::Timing { .. }]), "evidence");
    assert!(matches!(changed("\"pass\": 0", "\"pass\": 1")[..], [Finding::Content { .. }, Finding::Counts]));
    assert!(matches!(changed("\n  \"kind\"", "\n   \"kind\"")[..], [Finding::Layout { line: 3, column: 3 }]));
    assert!(matches!(
        changed("\"kind\": \"RunRecord\"", "\"kind\": \"RunRecord\", \"new\": 1")[..],
        [Finding::Content { .. }]
    ));
}

#[test]
fn a_changed_digest_is_told_apart_from_changed_content() {
    let record = failing();
    let text = String::from_utf8(written(&record, json::Form::Full)).expect("JSON is text");
    let stored = read("run.json", text.as_bytes()).expect("a record");
    let digest = stored.record.digest.expect("it is sealed");
    let zeros = format!("sha256:{}", "0".repeat(64));
    let other = text.replace(&digest.canonical, &zeros);
    assert_eq!(found(other.as_bytes()), Some(vec![Finding::Digest { which: "canonical" }]));
    let plain = text.replace(&digest.whole.expect("a full record has both"), &zeros);
    assert!(matches!(found(plain.as_bytes()).as_deref(), Some([Finding::Timing { .. }])));
}

#[test]
fn without_a_digest_nothing_can_be_said() {
    let bytes = serde_json::to_vec_pretty(&failing()).expect("a record is JSON");
    assert_eq!(found(&bytes), Some(vec![Finding::NoDigest]));
}

/// Whoever only reformats a file has changed its bytes, and nothing else.
#[test]
fn a_formatter_leaves_the_content_alone() {
    let text = written(&failing(), json::Form::Full);
    let value: serde_json::Value = serde_json::from_slice(&text).expect("valid JSON");
    let findings = found(value.to_string().as_bytes()).expect("still a record");
    assert!(findings.iter().all(Finding::is_layout) && findings.len() == 1, "{findings:?}");
}

/// The digest of equal runs is the same, and the canonical file carries the one of the full file.
#[test]
fn full_and_canonical_file_carry_the_same_digest() {
    let of = |form| {
        let bytes = written(&failing(), form);
        read("run.json", &bytes).expect("a record").record.digest.expect("it is sealed")
    };
    let (full, canonical) = (of(json::Form::Full), of(json::Form::Canonical));
    assert_eq!(full.canonical, canonical.canonical);
    assert_eq!(canonical.whole, None);
    assert_ne!(full.whole, Some(full.canonical));
}

proptest! {
    #![proptest_config(record::cases())]

    /// Whatever is in a record: it verifies as it was written, in both forms, and reads back equal.
    #[test]
    fn every_record_verifies_as_it_was_written(record in record::record()) {
        for form in [json::Form::Full, json::Form::Canonical] {
            let bytes = written(&record, form);
            let Ok(stored) = read("run.json", &bytes) else {
                let mut names: Vec<_> = record.scenarios.iter().map(|run| (&run.subject, &run.id)).collect();
                names.dedup();
                prop_assert_ne!(names.len(), record.scenarios.len(), "only a scenario that is there twice is refused");
                continue;
            };
            prop_assert_eq!(verify(&stored, &bytes), Vec::new());
            let expected = if form == json::Form::Full { record.clone() } else { record.clone().canonical() };
            prop_assert_eq!(RunRecord { digest: None, ..stored.record }, expected);
        }
    }
}
