use rstest::rstest;

use super::*;

const WORDS: [&str; 4] = ["count", "connections", "concurrency", "expect"];

#[rstest]
#[case("cuont", Some("count"))]
#[case("Count", Some("count"))]
#[case("conections", Some("connections"))]
#[case("expects", Some("expect"))]
#[case("port", None)]
#[case("", None)]
fn a_word_is_guessed_only_when_it_is_near(#[case] word: &str, #[case] guess: Option<&str>) {
    assert_eq!(nearest(word, &WORDS), guess);
}

#[rstest]
#[case("", "abc", 3)]
#[case("abc", "abc", 0)]
#[case("abc", "acb", 1)]
#[case("abc", "axc", 1)]
#[case("abc", "ac", 1)]
#[case("kitten", "sitting", 3)]
fn distances(#[case] left: &str, #[case] right: &str, #[case] distance: usize) {
    assert_eq!((edit_distance(left, right), edit_distance(right, left)), (distance, distance));
}

/// The renderer wants spans within the text, on whole characters.
#[rstest]
#[case("äöü\nx", 1..3, 0..2)]
#[case("abc\ndef", 1..6, 1..3)]
#[case("abc", 7..9, 3..3)]
#[case("", 0..5, 0..0)]
fn spans_are_made_to_fit(#[case] text: &str, #[case] given: Range<usize>, #[case] fitting: Range<usize>) {
    assert_eq!(within(text, &given), fitting);
}

#[test]
fn a_finding_whose_text_is_unknown_is_shown_without_it() {
    let finding = Finding {
        severity: Severity::Warning,
        code: "some-code",
        message: "something is odd".into(),
        help: "change it".into(),
        path: "steps[0]".into(),
        place: Place { file: "a.yaml".into(), line: 3, column: 5 },
        span: 0..0,
    };
    assert_eq!(finding.to_string(), "a.yaml:3:5: warning[some-code]: something is odd");
    let findings = Findings { all: vec![finding], sources: BTreeMap::new() };
    let text = findings.render(false);
    assert!(text.starts_with("warning[some-code]: something is odd") && text.contains("help: change it"), "{text}");
    assert!(!findings.has_errors());
}
