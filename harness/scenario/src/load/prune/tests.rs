use std::net::SocketAddr;

use rstest::rstest;
use serde::Deserialize;

use super::*;
use crate::load::tree::{documents, read};

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

fn faults(text: &str) -> (Vec<String>, bool) {
    let decoded = decode::<Outer>(read(documents(text)[0]).unwrap());
    let told = decoded.faults.iter().map(|(path, problem)| match problem {
        Problem::MissingField { field } => format!("{}: missing", path.key(field)),
        Problem::UnknownField { .. } => format!("{path}: unknown field"),
        Problem::UnknownVariant { .. } => format!("{path}: unknown value"),
        Problem::WrongType { .. } => format!("{path}: type"),
        Problem::Invalid { .. } => format!("{path}: invalid"),
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
#[case::unit_variant_with_content("choice: {one: 1}\n", &["choice.one: invalid"])]
#[case::newtype_variant("choice: {two: 2}\n", &[])]
#[case::newtype_variant_without_content("choice: two\n", &["choice: invalid"])]
#[case::newtype_variant_with_wrong_content("choice: {two: 256}\n", &["choice.two: type"])]
#[case::struct_variant("choice: {three: {number: 2}}\n", &[])]
#[case::struct_variant_lacks_all("choice: {three: {}}\n", &["choice.three.number: missing"])]
#[case::unknown_variant("choice: four\n", &["choice: unknown value"])]
#[case::unknown_variant_as_a_map("choice: {four: 1}\n", &["choice.four: unknown field"])]
#[case::two_variants("choice: {one: , two: 2}\n", &["choice: invalid"])]
#[case::no_variant("choice: [one]\n", &["choice: type"])]
fn beside_good_values(#[case] more: &str, #[case] expected: &[&str]) {
    let (faults, saved) = faults(&format!("{GOOD}{more}"));
    assert_eq!(faults, expected);
    assert!(saved);
}

#[rstest]
#[case::all_missing("{}", &["number: missing", "address: missing", "inner: missing"])]
#[case::all_wrong(
    "{number: x, address: z, inner: {name: [], deeper: 7}}",
    &["number: type", "address: invalid", "inner.name: type", "inner.deeper: type"],
)]
#[case::of_a_missing_map_nothing_else_is_missed("{number: 1, address: '1.1.1.1:80'}", &["inner: missing"])]
fn what_must_be_there_is_stood_in_for(#[case] text: &str, #[case] expected: &[&str]) {
    let (faults, saved) = faults(text);
    assert_eq!(faults, expected);
    assert!(saved, "stand-ins of the right type were found");
}

#[test]
fn a_document_of_another_shape_is_one_fault() {
    assert_eq!(faults("just text"), (vec![": type".to_owned()], false));
}

#[test]
fn there_is_an_end_to_it() {
    let many: String = (0..500).map(|number| format!("unknown{number}: 1\n")).collect();
    let (faults, _) = faults(&format!("{GOOD}{many}"));
    assert_eq!(faults.len(), MAX_FAULTS);
}
