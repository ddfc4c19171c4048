//! `sextant rules` and `sextant causes` as their users meet them.

use rstest::rstest;

use crate::sextant::Sextant;

#[rstest]
#[case::rule("k-051", "K-051 must (")]
#[case::row("V-015", "V-015 ServiceEntry")]
#[case::row_says_who("V-015", "webhook: an error; CRD: nothing")]
#[case::trap("L-001", "follows from: K-048, I-125")]
fn every_code_that_a_finding_has_is_explained(#[case] id: &str, #[case] text: &str) {
    let ended = Sextant::run(&["rules", id]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(ended.stdout.contains(text), "{ended}");
    let json = Sextant::run(&["rules", id, "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document[0]["id"], id.to_ascii_uppercase());
}

#[test]
fn an_id_that_does_not_exist_is_bad_input() {
    let ended = Sextant::run(&["rules", "K-999"]);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains("there is no rule `K-999`"), "{ended}");
}

#[test]
fn every_class_of_causes_is_told_with_where_to_look() {
    let ended = Sextant::run(&["causes"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    let json = Sextant::run(&["causes", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    let classes = document.as_array().expect("a list");
    assert_eq!(classes.len(), 15, "{json}");
    for class in classes {
        let name = class["cause"].as_str().expect("a name");
        assert!(ended.stdout.lines().any(|line| line.starts_with(name)), "{name}: {ended}");
        assert!(class["lookAt"].as_str().is_some_and(|text| !text.is_empty()), "{json}");
    }
}
