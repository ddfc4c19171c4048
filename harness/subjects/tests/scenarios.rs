//! Every scenario of the suite on the reference, each as a test of its own.

use std::path::PathBuf;
use std::sync::Arc;

use rstest::rstest;
use sextant_reports::{Report, Style, terminal};
use sextant_runner::{RunOptions, run};
use sextant_subjects::ReferenceFactory;
use sextant_verdict::{RunRecord, Verdict};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn on_the_reference(
    #[files("../../scenarios/**/*.yaml")]
    #[files("tests/data/*.yaml")]
    #[exclude("known-failures|\\.zone\\.yaml$")]
    file: PathBuf,
) {
    let suite = sextant_scenario::load(&[file]).unwrap_or_else(|error| panic!("{error}"));
    assert!(!suite.scenarios.is_empty(), "the file holds no scenario");
    let (events, _) = unbounded_channel();
    let record = run(
        suite.scenarios,
        vec![Arc::new(ReferenceFactory::default())],
        RunOptions::default(),
        events,
        CancellationToken::new(),
    )
    .await;
    let verdict = record.verdict();
    let holds_for_another_profile = verdict == Verdict::Skipped && record.summary.skipped == record.summary.total;
    assert!(verdict == Verdict::Pass || holds_for_another_profile, "{}", failures(&record));
}

/// What a person reads when scenarios fail: of each failing check rule, place, expected, observed, nearest, evidence and
/// the command that repeats it.
fn failures(record: &RunRecord) -> String {
    let style = Style { width: 120, colour: false, unicode: true };
    format!("\n{}", terminal::render(&Report::new(record), terminal::Verbosity::Quiet, style))
}
