use rstest::rstest;
use sextant_verdict::RunRecord;

use super::*;
use crate::style::Style;

/// A record of `subject` under `profile`, from one that is in the tree.
fn stored(file: &str, subject: &str, profile: &str) -> Stored {
    let text = include_str!("../../samples/mixed.json");
    let mut record: RunRecord = serde_json::from_str(text).unwrap();
    record.environment.profile = profile.into();
    let first = record.scenarios[0].subject.clone();
    record.scenarios.retain(|run| run.subject == first);
    for run in &mut record.scenarios {
        run.subject = subject.into();
    }
    let document = serde_json::to_value(&record).unwrap();
    Stored { file: file.into(), record, document }
}

#[rstest]
#[case(("a", "kgateway"), ("b", "kgateway"), ["a", "b"])]
#[case(("a", "kgateway"), ("a", "istio"), ["a kgateway", "a istio"])]
#[case(("a", "istio"), ("a", "istio"), ["a (1.json)", "a (2.json)"])]
fn columns_are_told_apart(#[case] one: (&str, &str), #[case] other: (&str, &str), #[case] labels: [&str; 2]) {
    let records = [stored("1.json", one.0, one.1), stored("2.json", other.0, other.1)];
    assert_eq!(Matrix::new(&records, By::Concept).columns, labels);
}

#[test]
fn every_scenario_is_in_one_row_by_concept_and_by_scenario() {
    let records = [stored("1.json", "a", "kgateway")];
    let summary = &records[0].record.scenarios;
    for by in [By::Concept, By::Scenario] {
        let matrix = Matrix::new(&records, by);
        let sum: u64 = matrix.rows.iter().map(|row| row.cells[0].ran() + row.cells[0].skipped).sum();
        assert_eq!(sum, summary.len() as u64);
        assert_eq!(matrix.total[0].failed, matrix.rows.iter().map(|row| row.cells[0].failed).sum::<u64>());
    }
}

/// A rule is not blamed for the broken promise of another one in the same scenario.
#[test]
fn a_rule_counts_with_its_own_promises() {
    let mut record = stored("1.json", "a", "kgateway");
    record.record.scenarios.retain(|run| run.verdict == Verdict::Fail);
    let run = &mut record.record.scenarios[0];
    run.rules = vec!["K-001".into(), "K-002".into()];
    let mut kept = run.checks[0].clone();
    kept.verdict = Verdict::Pass;
    kept.rules = vec!["K-001".into()];
    let broken = sextant_verdict::CheckRecord { verdict: Verdict::Fail, rules: vec!["K-002".into()], ..kept.clone() };
    run.checks = vec![kept, broken];
    record.record.scenarios.truncate(1);
    let matrix = Matrix::new(&[record], By::Rule);
    let of = |name: &str| matrix.rows.iter().find(|row| row.name == name).unwrap().cells[0];
    assert_eq!((of("K-001").passed, of("K-002").failed), (1, 1));
}

#[rstest]
#[case(Tally { passed: 3, failed: 0, undecided: 0, skipped: 0 }, "3/3")]
#[case(Tally { passed: 2, failed: 1, undecided: 1, skipped: 0 }, "! 2/4")]
#[case(Tally { passed: 2, failed: 0, undecided: 1, skipped: 5 }, "? 2/3 +5")]
#[case(Tally { passed: 0, failed: 0, undecided: 0, skipped: 2 }, "+2")]
#[case(Tally::default(), "-")]
fn cells_are_marked(#[case] tally: Tally, #[case] text: &str) {
    assert_eq!(tally.text(), text);
}

#[rstest]
#[case(60)]
#[case(80)]
#[case(120)]
fn many_subjects_fit(#[case] width: usize) {
    let names: Vec<String> = (0..9).map(|number| format!("subject-{number}")).collect();
    let records: Vec<_> = names.iter().map(|name| stored("1.json", name, "kgateway")).collect();
    for by in [By::Concept, By::Rule, By::Scenario] {
        let text = Matrix::new(&records, by).render(Style::plain(width));
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        assert!(names.iter().all(|name| text.contains(name)), "{text}");
    }
}
