//! Every scenario of the suite on the reference, each as a test of its own.

use std::path::PathBuf;
use std::sync::Arc;

use rstest::rstest;
use sextant_reports::{Report, Style, terminal};
use sextant_runner::{RunOptions, SubjectFactory, run};
use sextant_scenario::{LoadedScenario, Profile};
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
    for scenario in suite.scenarios {
        for profile in profiles(&scenario) {
            let record = run_one(scenario.clone(), profile).await;
            assert_eq!(record.verdict(), Verdict::Pass, "{}", failures(&record));
        }
    }
}

/// Invariant 6: the text of a failed test says all that a person needs.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_promise_is_told_in_full() {
    let wrong =
        include_str!("data/every-step.yaml").replace(r#"sources: ["10.0.0.4:80"]"#, r#"sources: ["10.0.0.3:80"]"#);
    let suite = sextant_scenario::load_text("wrong.yaml", &wrong).unwrap_or_else(|error| panic!("{error}"));
    let record = run_one(suite.scenarios[0].clone(), Profile::Kgateway).await;
    assert_eq!(record.verdict(), Verdict::Fail);
    let text = failures(&record);
    for part in [
        "K-031",
        "wrong.yaml:",
        "the new address at once",
        "exactly 10.0.0.3:80 answer",
        "10 from 10.0.0.4:80",
        "10.0.0.3:80 never answered",
        "200 from 10.0.0.4:80 (VM four)",
        "sextant run every-step --seed 1",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

/// The profiles that a scenario holds for: those that it names, or all.
fn profiles(scenario: &LoadedScenario) -> Vec<Profile> {
    match scenario.scenario.profiles.as_slice() {
        [] => vec![Profile::Kgateway, Profile::Istio],
        some => some.to_vec(),
    }
}

async fn run_one(scenario: LoadedScenario, profile: Profile) -> RunRecord {
    let (events, _) = unbounded_channel();
    let subjects: Vec<Arc<dyn SubjectFactory>> = vec![Arc::new(ReferenceFactory::default())];
    let options = RunOptions { profile, ..RunOptions::default() };
    run(vec![scenario], subjects, options, events, CancellationToken::new()).await
}

/// What a person reads when scenarios fail: of each failing check rule, place, expected, observed, nearest, evidence and
/// the command that repeats it.
fn failures(record: &RunRecord) -> String {
    let style = Style { width: 120, colour: false, unicode: true };
    format!("\n{}", terminal::render(&Report::new(record), terminal::Verbosity::Quiet, style))
}
