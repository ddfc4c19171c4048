//! The tests that name rules.

use serde::Serialize;

/// A Rust test that names rules: in its name or that of a case, in a comment, or in what it asserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Test {
    /// File, from the root of the repository.
    pub file: &'static str,
    /// Line of its name, from 1.
    pub line: usize,
    /// Name of its function.
    pub name: &'static str,
    /// Ids of the rules, in order; never empty.
    #[serde(skip)]
    pub rules: &'static [&'static str],
}

/// Every test that names a rule, in the order of files and lines.
pub fn tests() -> &'static [Test] {
    TESTS
}

static TESTS: &[Test] = &include!(concat!(env!("OUT_DIR"), "/tests.rs"));

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::scan;

    /// What the tests of `source` are called, where they stand and what they name.
    fn found(source: &str) -> Vec<(String, usize, Vec<String>)> {
        scan::tests(source).unwrap().into_iter().map(|test| (test.name, test.line, test.rules)).collect()
    }

    #[rstest]
    #[case::name("#[test]\nfn k_031_two() {}", 2, "k_031_two", &["K-031"])]
    #[case::two_in_a_name("#[tokio::test]\nasync fn d_12_and_i_078_both() {}", 2, "d_12_and_i_078_both", &["D-12", "I-078"])]
    #[case::case("#[rstest]\n#[case::k_082_close(1)]\nfn close(#[case] n: u8) {}", 3, "close", &["K-082"])]
    #[case::doc("/// K-031: so it is.\n#[test]\nfn so() {}", 3, "so", &["K-031"])]
    #[case::comment_above("// (K-031)\n#[test]\nfn so() {}", 3, "so", &["K-031"])]
    #[case::comment_inside("#[test]\nfn so() {\n    // K-031, I-044\n}", 2, "so", &["I-044", "K-031"])]
    #[case::assertion("#[test]\nfn so() { assert_eq!(rule, \"K-031\"); }", 2, "so", &["K-031"])]
    #[case::in_a_module("mod tests {\n  #[test]\n  fn e_003_so() {}\n}", 3, "e_003_so", &["E-003"])]
    fn a_test_names_rules_where_a_person_reads_them(
        #[case] source: &str,
        #[case] line: usize,
        #[case] name: &str,
        #[case] rules: &[&str],
    ) {
        assert_eq!(found(source), [(name.to_owned(), line, rules.iter().map(|rule| (*rule).to_owned()).collect())]);
    }

    #[rstest]
    #[case::no_test("fn k_031_helper() {}")]
    #[case::beside("//! K-031\nconst RULE: &str = \"K-031\";\n\n#[test]\nfn other() {}")]
    #[case::another_number("#[test]\nfn k_31_and_k_0311() { let _ = \"K-0310 D-123 X-031\"; }")]
    fn what_stands_beside_tests_names_nothing(#[case] source: &str) {
        assert_eq!(found(source), []);
    }

    #[test]
    fn tests_in_proptest_are_found_by_their_tokens() {
        let source = "proptest! {\n    #[test]\n    fn k_060_first(n in 0..3) {\n    }\n\n    /// I-062\n    #[test]\n    fn second(n in 0..3) { }\n}";
        let expected = [
            ("k_060_first".to_owned(), 3, vec!["K-060".to_owned()]),
            ("second".to_owned(), 8, vec!["I-062".to_owned()]),
        ];
        assert_eq!(found(source), expected);
    }

    #[test]
    fn this_workspace_has_tests_that_name_rules() {
        let all = super::tests();
        assert!(all.len() > 200 && all.is_sorted_by_key(|test| (test.file, test.line)));
        assert!(
            all.iter()
                .any(|test| test.file == "harness/routing/tests/rules/priorities.rs" && test.rules.contains(&"K-082"))
        );
    }
}
