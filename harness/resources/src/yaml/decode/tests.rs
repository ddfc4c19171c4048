use std::net::SocketAddr;

use rstest::rstest;

use super::*;
use crate::yaml::node::build;

const KUBERNETES: Rules = Rules { null_is_absent: true, most_faults: 20, unread: |_, _| None };

const STRICT: Rules = Rules { null_is_absent: false, most_faults: 100, unread: |_, _| None };

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
    let decoded = decode::<Sample>(&node, &KUBERNETES);
    let messages: Vec<_> = decoded.faults.iter().map(Fault::message).collect();
    (decoded.value.filter(|_| messages.is_empty()), messages)
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
            "`number` must be a whole number from 0 to 65535, but is the number 65536",
            "`flag` must be true or false, but is the string \"true\"",
            "`signed` must be a whole number, but is the number 200",
            "`inner[1].maybe` must be a whole number, but is a list",
        ]
    );
}

#[test]
fn the_number_of_findings_is_bounded() {
    let (sample, findings) = read(&format!("inner: [{}]", "1, ".repeat(1000)));
    assert_eq!((sample, findings.len()), (None, KUBERNETES.most_faults));
}

#[test]
fn a_root_of_the_wrong_type_is_one_finding() {
    assert_eq!(read("[1]"), (None, vec!["`` must be a mapping, but is a list".to_owned()]));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Outer {
    number: u16,
    address: SocketAddr,
    inner: Inner,
    #[serde(default)]
    list: Vec<Inner>,
    #[serde(default)]
    choice: Option<Choice>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Inner {
    name: String,
    deeper: Deeper,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Deeper {
    flag: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only how it is read matters")]
enum Choice {
    One,
    Two(u8),
    Three { number: u8 },
}

fn strict_faults(text: &str) -> (Vec<String>, bool) {
    let node = build(text).expect("YAML");
    let decoded = decode::<Outer>(&node, &STRICT);
    let told = decoded.faults.iter().map(|Fault { path, problem, .. }| match problem {
        Problem::MissingField { field } if path.is_empty() => format!("{field}: missing"),
        Problem::MissingField { field } => format!("{path}.{field}: missing"),
        Problem::UnknownField { .. } => format!("{path}: unknown field"),
        Problem::UnknownWord { .. } => format!("{path}: unknown value"),
        Problem::WrongType { .. } => format!("{path}: type"),
        Problem::OutOfRange { .. } => format!("{path}: range"),
        Problem::Refused { .. } => format!("{path}: refused"),
    });
    (told.collect(), decoded.value.is_some())
}

const GOOD: &str = "number: 1\naddress: 1.1.1.1:80\ninner: {name: a, deeper: {flag: true}}\n";

#[rstest]
#[case::nothing("", &[])]
#[case::unknown("numbr: 2\n", &["numbr: unknown field"])]
#[case::two_in_two_elements(
    "list: [{name: 1, deeper: {flag: 1}}, {name: a, deeper: {flag: true}}, {nam: a, deeper: {}}]\n",
    &["list[0].name: type", "list[0].deeper.flag: type", "list[2].nam: unknown field", "list[2].deeper.flag: missing", "list[2].name: missing"],
)]
#[case::unit_variant("choice: one\n", &[])]
#[case::unit_variant_as_a_map("choice: {one: }\n", &[])]
#[case::unit_variant_with_content("choice: {one: 1}\n", &["choice.one: refused"])]
#[case::newtype_variant("choice: {two: 2}\n", &[])]
#[case::newtype_variant_without_content("choice: two\n", &["choice: refused"])]
#[case::newtype_variant_with_wrong_content("choice: {two: 256}\n", &["choice.two: range"])]
#[case::struct_variant("choice: {three: {number: 2}}\n", &[])]
#[case::struct_variant_lacks_all("choice: {three: {}}\n", &["choice.three.number: missing"])]
#[case::unknown_variant("choice: four\n", &["choice: unknown value"])]
#[case::unknown_variant_as_a_map("choice: {four: 1}\n", &["choice.four: unknown field"])]
#[case::two_variants("choice: {one: , two: 2}\n", &["choice: refused"])]
#[case::no_variant("choice: [one]\n", &["choice: type"])]
fn beside_good_values(#[case] more: &str, #[case] expected: &[&str]) {
    let (faults, saved) = strict_faults(&format!("{GOOD}{more}"));
    assert_eq!(faults, expected);
    assert!(saved);
}

#[rstest]
#[case::all_missing("{}", &["number: missing", "address: missing", "inner: missing"])]
#[case::all_wrong(
    "{number: x, address: z, inner: {name: [], deeper: 7}}",
    &["number: type", "address: refused", "inner.name: type", "inner.deeper: type"],
)]
#[case::of_a_missing_map_nothing_else_is_missed("{number: 1, address: '1.1.1.1:80'}", &["inner: missing"])]
fn what_must_be_there_is_stood_in_for(#[case] text: &str, #[case] expected: &[&str]) {
    let (faults, saved) = strict_faults(text);
    assert_eq!(faults, expected);
    assert!(saved, "stand-ins of the right type were found");
}

#[test]
fn a_document_of_another_shape_is_one_fault() {
    assert_eq!(strict_faults("just text"), (vec![": type".to_owned()], false));
}

#[test]
fn there_is_an_end_to_it() {
    let many: String = (0..500).map(|number| format!("unknown{number}: 1\n")).collect();
    let (faults, _) = strict_faults(&format!("{GOOD}{many}"));
    assert_eq!(faults.len(), STRICT.most_faults);
}

#[rstest]
#[case::field("numbr: 2\n", "unknown field `numbr`", "did you mean `number`?")]
#[case::field_without_a_guess("x: 2\n", "unknown field `x`", "known here: number, address, inner, list, choice")]
#[case::variant("choice: thre\n", "`choice` must be one of one, two, three, but is \"thre\"", "did you mean three?")]
#[case::missing("list: [{name: a}]\n", "`deeper` is missing", "add `deeper:` to `list[0]`")]
fn faults_are_told_with_what_to_do(#[case] more: &str, #[case] message: &str, #[case] help: &str) {
    let node = build(&format!("{GOOD}{more}")).expect("YAML");
    let decoded = decode::<Outer>(&node, &STRICT);
    assert_eq!((decoded.faults[0].message().as_str(), decoded.faults[0].help().as_str()), (message, help));
}

#[test]
fn what_was_left_out_is_known() {
    let node = build("{number: x, address: '1.1.1.1:80', list: [{}, 5]}").expect("YAML");
    let decoded = decode::<Outer>(&node, &STRICT);
    let damaged = ["inner", "inner.deeper", "inner.deeper.flag", "inner.name", "list[0].deeper", "number"];
    assert!(damaged.iter().all(|path| decoded.damaged.contains(*path)), "{:?}", decoded.damaged);
    assert!(!decoded.damaged.contains("address"));
}
