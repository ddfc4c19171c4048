//! `sextant coverage` and `sextant mutants` as their users meet them.

use crate::sextant::Sextant;

/// A part of the suite.
const LITTLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/documented");

#[test]
fn the_suite_holds_what_has_to_be_held() {
    let ended = Sextant::run(&["coverage", "--check"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(ended.stdout.starts_with("nothing is missing"), "{ended}");
}

#[test]
fn a_suite_that_holds_little_fails_the_check_and_says_what_to_do() {
    let ended = Sextant::run(&["coverage", "--check", "--suite", LITTLE]);
    assert_eq!(ended.status, Some(1), "{ended}");
    assert!(ended.stdout.contains("K-150: nothing holds it under kgateway; name it in a scenario"), "{ended}");
    let only_told = Sextant::run(&["coverage", "--missing", "--suite", LITTLE]);
    assert_eq!((only_told.status, only_told.stdout), (Some(0), ended.stdout));
}

#[test]
fn who_holds_a_rule_is_named() {
    let ended = Sextant::run(&["coverage", "k-051"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(ended.stdout.contains("endpoints-port-precedence (kgateway, istio)"), "{ended}");
    assert!(ended.stdout.contains("harness/routing/tests/rules/endpoints.rs:"), "{ended}");
}

#[test]
fn a_mutant_is_killed_and_one_that_does_not_exist_is_bad_input() {
    let ended = Sextant::run(&["mutants", "target-port-ignored"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(ended.stdout.contains("1 of 1 killed in "), "{ended}");
    let ended = Sextant::run(&["mutants", "nobody"]);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains("there is no mutant `nobody`"), "{ended}");
}

#[test]
fn the_kill_matrix_names_profile_killer_and_what_users_reported() {
    let ended = Sextant::run(&["mutants", "unready-pods-serve", "-o", "json"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    let matrix: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON alone is printed");
    let row = &matrix["mutants"][0];
    assert_eq!((&row["mutant"], &row["profile"]), (&"unready-pods-serve".into(), &"kgateway".into()), "{row}");
    assert_eq!(row["link"], "https://github.com/kgateway-dev/kgateway/pull/14222", "{row}");
    assert!(row["kills"][0]["scenario"].is_string() && row["kills"][0]["found"].is_string(), "{row}");
    let ended = Sextant::run(&["mutants", "unready-pods-serve-istio", "-o", "markdown"]);
    assert!(ended.stdout.contains("| `unready-pods-serve-istio` | istio |"), "{ended}");
    assert!(ended.stdout.contains("| [P-204](https://"), "{ended}");
}
