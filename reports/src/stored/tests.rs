use rstest::rstest;
use sextant_verdict::{Environment, Place, RunRecord, ScenarioRecord, Verdict};

use super::*;
use crate::json::{Form, write};

fn written() -> String {
    let scenario = |id: &str| ScenarioRecord {
        id: id.into(),
        title: String::new(),
        subject: "reference".into(),
        rules: Vec::new(),
        place: Place::default(),
        verdict: Verdict::Pass,
        known: None,
        reason: String::new(),
        checks: Vec::new(),
        shares: Vec::new(),
        requests: 1,
        repeat: String::new(),
        duration_us: None,
    };
    let record = RunRecord::new(Environment::default(), vec![scenario("one"), scenario("two")]);
    let mut bytes = Vec::new();
    write(&record, Form::Full, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What is told of `bytes`, with the place.
fn told(bytes: &[u8]) -> String {
    read("run.json", bytes).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

#[rstest]
#[case("", "run.json:1:1: the file is empty")]
#[case(" \n ", "run.json:1:1: the file is empty")]
#[case("{\n  \"a\": ]", "run.json:2:8: this is not JSON: expected value")]
#[case("{\n \"kind\": 1", "run.json:2:10: this is not JSON: EOF while parsing an object")]
#[case("{}", "run.json:1:2: this is not a run record of this version: missing field `apiVersion`")]
#[case("[]", "run.json:1:2: this is not a run record of this version: ")]
fn what_is_no_record_is_told_with_its_place(#[case] text: &str, #[case] begin: &str) {
    let told = told(text.as_bytes());
    assert!(told.starts_with(begin), "{told}");
}

#[test]
fn another_version_or_kind_is_named() {
    let later = written().replace("sextant.dev/v1alpha1", "sextant.dev/v9");
    assert!(told(later.as_bytes()).starts_with("run.json:2:"), "{}", told(later.as_bytes()));
    assert!(
        told(later.as_bytes()).contains("its apiVersion is `sextant.dev/v9`, where `sextant.dev/v1alpha1` is known")
    );
    let other = written().replace("RunRecord", "Explanation");
    assert!(told(other.as_bytes()).starts_with("run.json:3:"), "{}", told(other.as_bytes()));
    assert!(told(other.as_bytes()).contains("its kind is `Explanation`, where `RunRecord` is known"));
}

#[test]
fn a_wrong_field_is_told_with_path_and_line() {
    let wrong = written().replacen("\"verdict\": \"pass\"", "\"verdict\": \"fine\"", 1);
    let line = wrong.lines().position(|line| line.contains("fine")).unwrap() + 1;
    let told = told(wrong.as_bytes());
    assert!(told.starts_with(&format!("run.json:{line}:")), "{told}");
    assert!(told.contains("in scenarios[0].verdict: unknown variant `fine`"), "{told}");
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let mut bytes = b"{\n  \"kind\": \"".to_vec();
    bytes.push(0xff);
    assert_eq!(told(&bytes), "run.json:2:12: this byte is not UTF-8, as JSON must be");
}

#[test]
fn a_scenario_that_is_there_twice_is_told_at_the_second() {
    let twice = written().replace("\"id\": \"two\"", "\"id\": \"one\"");
    let second = twice.lines().enumerate().filter(|(_, line)| line.contains("\"id\": \"one\"")).nth(1).unwrap().0;
    let told = told(twice.as_bytes());
    assert!(told.starts_with(&format!("run.json:{second}:5: scenario `one` on `reference` is there twice")), "{told}");
}

#[test]
fn a_field_of_a_later_version_is_passed_over_and_kept() {
    let later = written().replacen("\"kind\"", "\"later\": {\"deep\": 1},\n  \"kind\"", 1);
    let stored = read("run.json", later.as_bytes()).unwrap();
    assert_eq!(stored.record, read("run.json", written().as_bytes()).unwrap().record);
    assert_eq!(stored.document["later"]["deep"], 1);
}
