//! Tables fit, say what they must, and colour only when asked.

use proptest::prelude::*;
use sextant_reports::terminal::{Verbosity, render};
use sextant_reports::{MIN_WIDTH, Report, Style};
use sextant_verdict::{Environment, RunRecord, Verdict};
use tabled::grid::util::string::get_string_width;

use crate::record::{passing, record};

const LEVELS: [Verbosity; 3] = [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose];

/// `text` without colour codes; anything else that starts with an escape stays and is found by the tests.
fn uncoloured(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.find(|character: char| !character.is_ascii_digit() && character != ';').unwrap_or(after.len());
        rest = match after[end..].strip_prefix('m') {
            Some(tail) => tail,
            None => {
                plain.push_str("\u{1b}[");
                after
            }
        };
    }
    plain + rest
}

proptest! {
    #![proptest_config(crate::record::cases())]

    #[test]
    fn no_line_is_wider_than_the_screen(record in record(), width in MIN_WIDTH..220, unicode: bool) {
        let style = Style { width, colour: true, unicode };
        for level in LEVELS {
            for line in uncoloured(&render(&Report::new(&record), level, style)).lines() {
                prop_assert!(get_string_width(line) <= width, "{} > {width}: {line}", get_string_width(line));
                prop_assert_eq!(line.trim_end_matches(' '), line);
            }
        }
    }

    #[test]
    fn without_colour_there_is_no_control_character(record in record(), width in MIN_WIDTH..120) {
        for level in LEVELS {
            let text = render(&Report::new(&record), level, Style::plain(width));
            prop_assert!(!text.chars().any(|character| character.is_control() && character != '\n'));
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour(record in record(), width in MIN_WIDTH..120) {
        for level in LEVELS {
            let report = Report::new(&record);
            let coloured = render(&report, level, Style { colour: true, ..Style::plain(width) });
            prop_assert_eq!(uncoloured(&coloured), render(&report, level, Style::plain(width)));
        }
    }

    #[test]
    fn without_unicode_everything_is_ascii(record in record()) {
        for level in LEVELS {
            let text = render(&Report::new(&record), level, Style { unicode: false, ..Style::plain(80) });
            prop_assert!(text.is_ascii());
        }
    }

    #[test]
    fn equal_records_give_equal_text(record in record()) {
        let text = |record| render(&Report::new(record), Verbosity::Verbose, Style::plain(100));
        prop_assert_eq!(text(&record), text(&record.clone()));
    }
}

fn run(scenarios: Vec<sextant_verdict::ScenarioRecord>) -> RunRecord {
    RunRecord::new(Environment::default(), scenarios)
}

#[test]
fn a_run_of_nothing_says_so() {
    for level in LEVELS {
        let text = render(&Report::new(&run(vec![])), level, Style::plain(80));
        assert!(text.ends_with("no scenarios; 0 requests\n"), "{text}");
    }
}

#[test]
fn quiet_tells_the_problems_and_the_counts_only() {
    let mut broken = passing("broken", "dns");
    broken.verdict = Verdict::Fail;
    let text = render(&Report::new(&run(vec![broken, passing("whole", "dns")])), Verbosity::Quiet, Style::plain(80));
    assert!(text.starts_with("fail  broken on reference\n"), "{text}");
    assert!(!text.contains("whole"), "{text}");
    assert!(text.ends_with("\n\n1 passed, 1 failed; 20 requests\n"), "{text}");
}

/// Hundreds of scenarios: those that passed are counted by folder, the others keep their lines and tables.
#[test]
fn a_long_run_folds_what_passed() {
    let mut scenarios: Vec<_> = (0..300)
        .map(|number| passing(&format!("case-{number:03}"), if number % 3 == 0 { "dns" } else { "static" }))
        .collect();
    scenarios[7].verdict = Verdict::Fail;
    let record = run(scenarios);
    let normal = render(&Report::new(&record), Verbosity::Normal, Style::plain(80));
    let squeezed = normal.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed.contains("dns reference 100 1,000 2.00 s static reference 199 1,990 3.98 s"), "{normal}");
    assert!(squeezed.contains("case-007 reference fail 10 0.02 s"), "{normal}");
    assert!(normal.contains("case-007 on reference\nAbout case-007\n"), "{normal}");
    assert!(!normal.contains("case-008"), "{normal}");
    assert!(normal.lines().count() < 40, "{normal}");
    let verbose = render(&Report::new(&record), Verbosity::Verbose, Style::plain(80));
    assert!(verbose.contains("case-008 on reference"), "{verbose}");
}

#[test]
fn a_screen_too_narrow_counts_as_the_narrowest() {
    let record = run(vec![passing("a-scenario-with-a-name-of-some-length", "dns")]);
    let text = |width| render(&Report::new(&record), Verbosity::Normal, Style::plain(width));
    assert_eq!(text(0), text(MIN_WIDTH));
}

#[test]
fn what_needs_attention_stands_last_in_the_summary() {
    let of = |id: &str, verdict| {
        let mut scenario = passing(id, "dns");
        scenario.verdict = verdict;
        scenario.shares.clear();
        scenario
    };
    let record = run(vec![
        of("a", Verdict::Fail),
        of("b", Verdict::Pass),
        of("c", Verdict::Error),
        of("d", Verdict::Skipped),
        of("e", Verdict::Inconclusive),
    ]);
    let text = render(&Report::new(&record), Verbosity::Normal, Style::plain(80));
    let verdicts: Vec<_> =
        text.lines().filter_map(|line| line.split_once("reference  ")).map(|(_, rest)| rest).collect();
    let words: Vec<_> = verdicts.iter().map(|rest| rest.split(' ').next().unwrap()).take(5).collect();
    assert_eq!(words, ["pass", "skipped", "inconclusive", "error", "fail"], "{text}");
}

/// Invariant 6: rule, place, expected, observed, nearest, evidence and the command that repeats it, also when empty.
#[test]
fn a_failure_says_all_it_owes() {
    let mut scenario = passing("bare", "dns");
    scenario.verdict = Verdict::Fail;
    scenario.checks.push(sextant_verdict::CheckRecord {
        step: "traffic".into(),
        rules: vec![],
        level: sextant_verdict::Level::Must,
        place: sextant_verdict::Place { file: "scenarios/dns/bare.yaml".into(), line: 12, column: 3 },
        what: "every reply has status 200".into(),
        verdict: Verdict::Fail,
        mismatch: None,
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    });
    let text = render(&Report::new(&run(vec![scenario])), Verbosity::Quiet, Style::plain(80));
    let expected = "\
fail  bare on reference
  every reply has status 200

  rule        K-031
  place       scenarios/dns/bare.yaml:12:3
  step        traffic
  expected    not stated
  observed    nothing
  nearest     nothing came near
  evidence    none
  repeat      sextant run bare

1 failed; 10 requests
";
    assert_eq!(text, expected);
}
