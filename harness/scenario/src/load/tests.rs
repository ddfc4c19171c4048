use std::collections::BTreeSet;

use rstest::rstest;

use super::*;

fn draft(damaged: &[&str]) -> Draft {
    let text = include_str!("../../tests/data/example.yaml");
    let suite = load_text("example.yaml", text).unwrap();
    let LoadedScenario { scenario, file, places } = suite.scenarios.into_iter().next().unwrap();
    Draft { scenario, file, places, damaged: damaged.iter().map(ToString::to_string).collect::<BTreeSet<_>>() }
}

/// Elements 0 and 2 were taken out, so what is number 0 now was number 1.
#[rstest]
#[case("steps[0]", "steps[1]")]
#[case("steps[1].send", "steps[3].send")]
#[case("steps[0].rules[1]", "steps[1].rules[2]")]
#[case("steps[0].of[\"[0]\"]", "steps[1].of[\"[0]\"]")]
#[case("steps[0].of[\"a\\\"]b\"][0]", "steps[1].of[\"a\\\"]b\"][0]")]
#[case("workloads[2]", "workloads[2]")]
#[case("", "")]
#[case("steps[", "steps")]
fn paths_are_those_of_the_file(#[case] path: &str, #[case] in_file: &str) {
    let draft = draft(&["steps[0]", "steps[2]", "steps[1].rules[1]"]);
    assert_eq!(draft.in_file(path), in_file);
}

#[rstest]
#[case("steps", true)]
#[case("", true)]
#[case("steps[1].send", true)]
#[case("steps[1].send.expect.status", true)]
#[case("steps[1].sender", false)]
#[case("steps[0]", false)]
#[case("workloads", false)]
fn damage_spreads_up_and_down_but_not_aside(#[case] path: &str, #[case] damaged: bool) {
    assert_eq!(draft(&["steps[1].send"]).is_damaged(path), damaged);
}

#[rstest]
#[case::unclosed("a: [1\nb: 2\n")]
#[case::undefined_alias("a: *x\n")]
#[case::deep(&format!("a: {}{}\n", "[".repeat(1_000), "]".repeat(1_000)))]
#[case::key_is_a_map("{a: 1}: 2\n")]
fn what_cannot_be_read_is_told_at_its_place_and_hides_no_other_document(#[case] text: &str) {
    let Err(LoadError::Faulty(findings)) = load_text("a.yaml", &format!("x: 1\n---\n{text}---\nkind: Other\n")) else {
        panic!("it loads")
    };
    let codes: Vec<_> = findings.all.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["not-a-scenario", "yaml-syntax", "not-a-scenario"]);
    let after = 3 + text.lines().count();
    assert!((3..=after).contains(&findings.all[1].place.line), "{findings}");
    assert!(!findings.all[1].message.contains(" at line "), "{findings}");
}
