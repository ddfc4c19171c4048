use serde::Deserialize;

use super::*;
use crate::node::build;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Sample {
    number: u16,
    signed: i8,
    ratio: f64,
    flag: bool,
    maybe: Option<u32>,
    free: serde_json::Value,
    inner: Vec<Self>,
}

fn read(text: &str) -> (Option<Sample>, Vec<String>) {
    let node = build(text).expect("YAML");
    let mut findings = Vec::new();
    let sample = decode(&node, "top", &mut findings);
    (sample, findings.iter().map(|finding| finding.message.clone()).collect())
}

#[test]
fn values_of_every_type_are_read() {
    let (sample, findings) =
        read("{number: 1, signed: -1, ratio: 2, flag: yes, maybe: 3, free: {a: [1, b, ~, 1.5]}, inner: [{maybe: ~}]}");
    let free = serde_json::json!({"a": [1, "b", null, 1.5]});
    let inner = vec![Sample::default()];
    let expected = Sample { number: 1, signed: -1, ratio: 2.0, flag: true, maybe: Some(3), free, inner };
    assert_eq!((sample, findings), (Some(expected), vec![]));
}

#[test]
fn ranges_and_booleans_are_named() {
    let (sample, findings) = read("{number: 65536, flag: \"true\", signed: 200, inner: [{}, {maybe: [1]}]}");
    assert_eq!(sample, None);
    assert_eq!(
        findings,
        [
            "`top.number` must be a whole number from 0 to 65535, but is the number 65536",
            "`top.flag` must be true or false, but is the string \"true\"",
            "`top.signed` must be a whole number, but is the number 200",
            "`top.inner[1].maybe` must be a whole number, but is a list",
        ]
    );
}

#[test]
fn the_number_of_findings_is_bounded() {
    let (sample, findings) = read(&format!("inner: [{}]", "1, ".repeat(1000)));
    assert_eq!((sample, findings.len()), (None, MOST_FAULTS));
}

#[test]
fn a_root_of_the_wrong_type_is_one_finding() {
    assert_eq!(read("[1]"), (None, vec!["`top` must be a mapping, but is a list".to_owned()]));
}
