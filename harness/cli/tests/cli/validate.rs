//! `sextant validate` as its users meet it.

use rstest::rstest;
use serde_json::Value;

use crate::sextant::{Sextant, fixture};

/// A ServiceEntry that the CRD lets in and the webhook does not.
const PROTOCOL: &str = "\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a, namespace: ns}
spec:
  hosts: [a.example.com]
  resolution: DNS
  ports:
  - {number: 80, name: http, protocol: sctp}
";

fn bad() -> (tempfile::TempDir, String) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("se.yaml");
    std::fs::write(&path, PROTOCOL).expect("the file is written");
    let path = path.to_str().expect("the path is text").to_owned();
    (folder, path)
}

#[rstest]
#[case::kgateway(&[], 0, "warning")]
#[case::istio(&["--profile", "istio"], 1, "error")]
#[case::webhook(&["--as", "webhook"], 1, "error")]
#[case::crd(&["--as", "crd"], 0, "")]
fn the_layer_decides_whether_it_is_an_error(#[case] options: &[&str], #[case] status: i32, #[case] severity: &str) {
    let (_folder, path) = bad();
    let ended = Sextant::run(&[&["validate", "-f", &path, "-o", "json"], options].concat());
    assert_eq!(ended.status, Some(status), "{ended}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["apiVersion"], &document["kind"]), (&"sextant.dev/v1alpha1".into(), &"Diagnostics".into()));
    let found = document["diagnostics"].as_array().unwrap();
    let found: Vec<_> =
        found.iter().map(|it| (it["code"].as_str().unwrap(), it["severity"].as_str().unwrap())).collect();
    let expected: Vec<_> = (!severity.is_empty()).then_some(("V-015", severity)).into_iter().collect();
    assert_eq!(found, expected);
}

#[test]
fn the_table_has_place_and_words_on_a_line_and_the_text_below() {
    let (_folder, path) = bad();
    let ended = Sextant::run(&["validate", "-f", &path]);
    let first = format!("{path}:8:40: warning[V-015]: the protocol is unknown: `sctp`\n");
    assert!(ended.stdout.starts_with(&first), "{ended}");
    assert!(ended.stdout.contains("8 |   - {number: 80, name: http, protocol: sctp}"), "{ended}");
    assert!(ended.stdout.ends_with("0 errors, 1 warning in 1 object of 1 file\n"), "{ended}");
}

#[test]
fn good_manifests_pass_in_silence() {
    let files = [fixture("four-paths/common.yaml"), fixture("four-paths/static.yaml")];
    let ended = Sextant::run(&["validate", "-f", &files[0], "-f", &files[1], "--profile", "kgateway"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert!(ended.stdout.starts_with("0 errors, 0 warnings in "), "{ended}");
}

#[test]
fn what_cannot_be_opened_is_bad_input() {
    assert_eq!(Sextant::run(&["validate", "-f", "no/such/file.yaml"]).status, Some(2));
    assert_eq!(Sextant::run(&["validate"]).status, Some(2));
}
