use rstest::rstest;

use super::*;

#[rstest]
#[case::one("a: 1\n", &["a: 1\n"])]
#[case::two("a: 1\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"])]
#[case::without_content("---\n# nothing\n---\n\n---\na: 1\n", &["---\na: 1\n"])]
#[case::comment_before("# comment\n---\na: 1", &["# comment\n---\na: 1"])]
#[case::directive("%YAML 1.2\n---\na: 1\n", &["%YAML 1.2\n---\na: 1\n"])]
#[case::content_behind_the_marker("--- {a: 1}\n--- {b: 2}\n", &["--- {a: 1}\n", "--- {b: 2}\n"])]
#[case::not_a_marker("a: |\n  ---\n  b\n----: 1\n", &["a: |\n  ---\n  b\n----: 1\n"])]
#[case::end_marker("a: 1\n...\n", &["a: 1\n...\n"])]
#[case::windows("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "---\r\nb: 2\r\n"])]
#[case::nothing("", &[])]
#[case::only_a_byte_order_mark("\u{feff}", &[])]
fn a_file_is_cut_at_its_markers(#[case] text: &str, #[case] documents: &[&str]) {
    let chunks = super::documents(text);
    assert_eq!(chunks.iter().map(|chunk| chunk.text).collect::<Vec<_>>(), documents);
    for chunk in chunks {
        assert!(text[chunk.bytes..].starts_with(chunk.text));
        assert_eq!(chunk.lines, text[..chunk.bytes].matches('\n').count());
    }
}

fn last(text: &str) -> Node {
    read(*documents(text).last().unwrap()).unwrap()
}

#[test]
fn every_value_knows_its_place_in_the_whole_file() {
    let text = "first: 1\n---\nä: [x, {key: value}]\n";
    let tree = last(text);
    let list = &tree.entry("ä").unwrap().node;
    let Value::List(items) = &list.value else { panic!("{list:?}") };
    let x = &items[0].node.mark;
    assert_eq!((x.line, x.column, &text[x.span.clone()]), (3, 5, "x"));
    let entry = items[1].node.entry("key").unwrap();
    assert_eq!((&text[entry.mark.span.clone()], &text[entry.node.mark.span.clone()]), ("key", "value"));
}

#[rstest]
#[case("true", Value::Bool(true))]
#[case("7", Value::Unsigned(7))]
#[case("-7", Value::Signed(-7))]
#[case("0.5", Value::Float(0.5))]
#[case("1e-7", Value::Float(1e-7))]
#[case("~", Value::Null)]
#[case("'7'", Value::Text("7".into()))]
#[case("1.1.1.1:80", Value::Text("1.1.1.1:80".into()))]
#[case("100ms", Value::Text("100ms".into()))]
fn scalars_have_their_yaml_type(#[case] text: &str, #[case] value: Value) {
    assert_eq!(last(&format!("a: {text}\n")).entry("a").unwrap().node.value, value);
}

#[test]
fn keys_keep_their_spelling_and_may_come_twice() {
    let Value::Map(entries) = last("010: a\n200: b\n200: c\n").value else { panic!("no map") };
    assert_eq!(entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["010", "200", "200"]);
}

#[test]
fn an_alias_stands_where_it_is_used() {
    let tree = last("a: &x [1]\nb: *x\n");
    assert_eq!(tree.entry("b").unwrap().node.mark.line, 2);
    assert!(matches!(&tree.entry("b").unwrap().node.value, Value::List(items) if items.len() == 1));
}

#[rstest]
#[case::unclosed("a: [1\nb: 2\n")]
#[case::undefined_alias("a: *x\n")]
#[case::deep(&format!("a: {}{}\n", "[".repeat(1_000), "]".repeat(1_000)))]
#[case::key_is_a_map("{a: 1}: 2\n")]
fn what_cannot_be_read_is_an_error_with_a_place(#[case] text: &str) {
    let error = read(documents(&format!("x: 1\n---\n{text}"))[1]).unwrap_err();
    assert!(error.mark.line >= 2 && error.mark.column >= 1, "{error:?}");
    assert!(!error.message.is_empty() && !error.message.contains(" at line "), "{error:?}");
}

#[rstest]
#[case(1, 1, 0)]
#[case(1, 2, 2)]
#[case(2, 1, 4)]
#[case(2, 9, 6)]
#[case(9, 1, 6)]
fn lines_and_columns_are_counted_in_characters(#[case] line: usize, #[case] column: usize, #[case] byte: usize) {
    assert_eq!(byte_of("äx\nbc", line, column), byte);
}
