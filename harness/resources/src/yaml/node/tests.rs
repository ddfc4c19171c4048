use rstest::rstest;

use super::build::MAX_DEPTH;
use super::*;
use crate::yaml::path::parse_path;

fn tree(text: &str) -> Node {
    build(text).unwrap_or_else(|error| panic!("{error:?}"))
}

fn value(plain: &str) -> Value {
    tree(&format!("a: {plain}\n")).entry("a").expect("the key a").node.value.clone()
}

fn at<'t>(text: &'t str, path: &str) -> &'t str {
    let span = tree(text).locate(&parse_path(path), text);
    &text[span.start..span.end]
}

// What kubectl 1.32 makes of plain scalars.
#[rstest]
#[case("no", Value::Bool(false))]
#[case("y", Value::Bool(true))]
#[case("On", Value::Bool(true))]
#[case("\"no\"", Value::Str("no".into()))]
#[case("'true'", Value::Str("true".into()))]
#[case("010", Value::Int(8))]
#[case("08", Value::Float(8.0))]
#[case("1_000", Value::Int(1000))]
#[case("0x1F", Value::Int(31))]
#[case("0b11", Value::Int(3))]
#[case("0o14", Value::Int(12))]
#[case("+12", Value::Int(12))]
#[case("-0x10", Value::Int(-16))]
#[case("9223372036854775808", Value::UInt(9_223_372_036_854_775_808))]
#[case("-9223372036854775808", Value::Int(i64::MIN))]
#[case("99999999999999999999999", Value::Float(1e23))]
#[case("1e3", Value::Float(1000.0))]
#[case(".5", Value::Float(0.5))]
#[case("1.", Value::Float(1.0))]
#[case("1e999", Value::Str("1e999".into()))]
#[case("1.1.1.1", Value::Str("1.1.1.1".into()))]
#[case("1:30", Value::Str("1:30".into()))]
#[case("2026-01-01T00:00:00Z", Value::Str("2026-01-01T00:00:00Z".into()))]
#[case("--1", Value::Str("--1".into()))]
#[case("~", Value::Null)]
#[case("", Value::Null)]
#[case("!!str 12", Value::Str("12".into()))]
#[case("! 12", Value::Str("12".into()))]
#[case("!!int \"12\"", Value::Int(12))]
#[case("!custom 12", Value::Str("12".into()))]
fn plain_scalars_mean_what_kubectl_makes_of_them(#[case] plain: &str, #[case] expected: Value) {
    assert_eq!(value(plain), expected);
}

#[rstest]
#[case("a: .inf", 3)]
#[case("a: !!int x", 9)]
#[case("a: !!bool 1", 10)]
fn a_scalar_that_cannot_be_what_it_says_is_an_error(#[case] text: &str, #[case] start: usize) {
    let error = build(text).expect_err("no such value");
    assert_eq!((error.kind, error.span.start), (ReadErrorKind::Syntax, start));
}

#[test]
fn keys_that_are_no_strings_become_strings() {
    let node = tree("80: a\non: b\n1.5: c\n");
    assert_eq!(node.entry("80").expect("80").node.as_str(), Some("a"));
    assert_eq!(node.entry("true").expect("true").node.as_str(), Some("b"));
    assert_eq!(node.entry("1.5").expect("1.5").node.as_str(), Some("c"));
}

#[test]
fn a_key_given_twice_is_an_error_at_the_second() {
    let error = build("a: 1\nb: 2\na: 3\n").expect_err("twice");
    assert_eq!((error.kind, error.span), (ReadErrorKind::DuplicateKey, Span { start: 10, end: 11 }));
}

#[test]
fn a_key_given_twice_among_many_is_found() {
    let mut text: String = (0..40).map(|key| format!("k{key}: 1\n")).collect();
    text.push_str("k3: 2\n");
    let error = build(&text).expect_err("twice");
    assert_eq!((error.kind, error.span.start), (ReadErrorKind::DuplicateKey, text.len() - 6));
}

#[test]
fn anchors_and_merge_keys_are_resolved() {
    let node = tree("base: &b {x: 1, v: 2}\nother: &o {v: 3, z: 4}\nall:\n  <<: [*b, *o]\n  x: 9\ncopy: *b\n");
    assert_eq!(node.entry("all").expect("all").node, tree("{x: 9, v: 2, z: 4}"));
    assert_eq!(node.entry("copy").expect("copy").node, tree("{x: 1, v: 2}"));
}

#[test]
fn a_quoted_merge_key_is_a_key() {
    assert_eq!(tree("\"<<\": 1").entry("<<").expect("<<").node.value, Value::Int(1));
}

#[test]
fn a_merge_of_something_else_is_an_error() {
    assert_eq!(build("a:\n  <<: 1\n").expect_err("no mapping").span.start, 9);
}

#[test]
fn json_is_read_the_same_way() {
    let json = "{\n\t\"a\": \"\\uD834\\uDD1E\\/\",\n\t\"b\": [\n\t\t1,\n\t\ttrue,\n\t\tnull\n\t]\n}\n";
    assert_eq!(tree(json), tree("a: \"𝄞/\"\nb: [1, true, null]\n"));
    let long_key = "k".repeat(2000);
    assert_eq!(tree(&format!("{{\"{long_key}\": 1}}")).entry(&long_key).expect("long").node.value, Value::Int(1));
}

#[test]
fn values_and_keys_know_their_bytes() {
    let text = "é: ü\nspec:\n  ports:\n  - number: 80\n    name: \"http\"\n";
    assert_eq!(at(text, "é"), "ü");
    assert_eq!(at(text, "spec.ports[0].number"), "80");
    assert_eq!(at(text, "spec.ports[0].name"), "\"http\"");
}

#[test]
fn a_block_collection_is_pointed_at_by_its_key() {
    let text = "spec:\n  ports:\n  - number: 80\nflow: {a: 1}\n";
    assert_eq!(at(text, "spec"), "spec");
    assert_eq!(at(text, "spec.ports"), "ports");
    let flow = tree(text).locate(&parse_path("flow"), text);
    assert_eq!(flow.start, text.find('{').expect("a brace"));
}

#[test]
fn a_path_that_leads_nowhere_ends_at_its_nearest_ancestor() {
    let text = "spec:\n  ports:\n  - number: 80\n";
    assert_eq!(at(text, "spec.endpoints[2].address"), "spec");
    assert_eq!(at(text, "spec.ports[7]"), "ports");
    assert_eq!(at(text, "spec.ports[0].number.deeper"), "80");
}

#[rstest]
#[case("[", "]")]
#[case("{a: ", "}")]
fn deep_flow_nesting_is_an_error(#[case] open: &str, #[case] close: &str) {
    let fits = format!("{}1{}", open.repeat(MAX_DEPTH), close.repeat(MAX_DEPTH));
    assert!(build(&fits).is_ok());
    let too_deep = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
    assert_eq!(build(&too_deep).expect_err("too deep").kind, ReadErrorKind::Limit);
}

#[test]
fn deep_block_nesting_is_an_error() {
    let deep: String = (0..500).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(build(&deep).expect_err("too deep").kind, ReadErrorKind::Limit);
    assert_eq!(build(&"- ".repeat(5_000)).expect_err("too deep").kind, ReadErrorKind::Limit);
}

#[test]
fn aliases_cannot_nest_deeper_than_text_can() {
    let levels: String = (1..=120).map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1)).collect();
    assert_eq!(build(&format!("a0: &a0 [x]\n{levels}")).expect_err("too deep").kind, ReadErrorKind::Limit);
}

#[test]
fn an_alias_bomb_is_an_error() {
    let row = |level: usize| vec![format!("*a{}", level - 1); 10].join(", ");
    let levels: String = (1..=12).map(|level| format!("a{level}: &a{level} [{}]\n", row(level))).collect();
    assert_eq!(
        build(&format!("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{levels}")).expect_err("a bomb").kind,
        ReadErrorKind::Limit
    );
}

#[test]
fn an_alias_inside_its_own_anchor_is_an_error() {
    assert_eq!(build("a: &a [*a]").expect_err("a loop").kind, ReadErrorKind::Limit);
    assert_eq!(build("a: *b").expect_err("unknown").kind, ReadErrorKind::Syntax);
}

#[rstest]
#[case("")]
#[case("# only a comment\n")]
#[case("---\n")]
fn a_document_without_content_is_null(#[case] text: &str) {
    assert_eq!(tree(text).value, Value::Null);
}

#[test]
fn keys_keep_their_spelling_on_request() {
    let Reading { root, repeated } = read("010: a\non: b\n0x1: {on: 1, on: 2}\n010: {on: 1, on: 2}\n", Keys::AsWritten);
    let Value::Map(entries) = root.expect("YAML").value else { panic!("no mapping") };
    assert_eq!(entries.iter().map(|entry| &*entry.key).collect::<Vec<_>>(), ["010", "on", "0x1"]);
    let told: Vec<_> =
        repeated.iter().map(|again| (again.path.as_str(), again.first.start, again.again.start)).collect();
    assert_eq!(told, [("0x1.on", 19, 26), ("010", 0, 33)], "what is dropped is not looked into");
}

#[test]
fn an_alias_stands_where_it_is_used() {
    let text = "a: &x [1]\nb: *x\n";
    assert_eq!((at(text, "b"), at(text, "b[0]")), ("*x", "1"));
}
