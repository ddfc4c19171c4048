//! Workflow commands stay one line each and cannot be forged by text of a record.

use proptest::prelude::*;
use sextant_reports::{Report, annotations};
use sextant_verdict::{Environment, RunRecord, Verdict};

use crate::record::{passing, record};

proptest! {
    #![proptest_config(crate::record::cases())]

    #[test]
    fn a_line_per_problem_and_nothing_else(record in record()) {
        let report = Report::new(&record);
        let text = annotations::render(&report);
        prop_assert_eq!(text.lines().count(), report.problems().len());
        for line in text.lines() {
            prop_assert!(line.starts_with("::error file=") || line.starts_with("::warning file="), "{line}");
            let (properties, _) = line[2..].split_once("::").expect("the message follows");
            prop_assert_eq!(properties.split(',').count(), 4, "{}", properties);
        }
    }
}

#[test]
fn what_would_end_a_command_is_escaped() {
    let mut scenario = passing("a,b:c", "dns");
    scenario.verdict = Verdict::Inconclusive;
    scenario.reason = "100%\n::error::forged".into();
    let record = RunRecord::new(Environment::default(), vec![scenario]);
    assert_eq!(
        annotations::render(&Report::new(&record)),
        "::warning file=scenarios/dns/a%2Cb%3Ac.yaml,line=4,col=1,title=inconclusive%3A a%2Cb%3Ac on reference::\
         About a,b:c: 100%25\\n::error::forged (K-031)\n"
    );
}
