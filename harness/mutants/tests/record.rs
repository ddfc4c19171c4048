//! Records of gateways that are wrong, against the schema that is published: what a failure owes is there.

use std::path::Path;
use std::sync::Arc;

use jsonschema::Validator;
use rstest::rstest;
use serde_json::{Value, json};
use sextant_mutants::mutants;
use sextant_runner::{RunOptions, SubjectFactory};
use sextant_scenario::load;
use sextant_subjects::ReferenceFactory;
use sextant_verdict::{RunRecord, Verdict, run_record_schema};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A run of one scenario on one mutant, which notices it.
async fn record(mutant: &str, scenario: &str) -> RunRecord {
    let mutant = mutants().into_iter().find(|it| it.id == mutant).expect("it is in the list");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(scenario);
    let options = RunOptions { profile: mutant.profile, ..RunOptions::default() };
    let subject: Arc<dyn SubjectFactory> = Arc::new(ReferenceFactory::altered("mutant", Arc::new(mutant)));
    let scenarios = load(&[file]).expect("it is in the suite").scenarios;
    let (events, _) = mpsc::unbounded_channel();
    let record = sextant_runner::run(scenarios, vec![subject], options, events, CancellationToken::new()).await;
    assert_eq!(record.scenarios[0].verdict, Verdict::Fail, "{record:#?}");
    record
}

fn schema() -> Validator {
    jsonschema::validator_for(&run_record_schema()).expect("the schema is one")
}

fn faults(record: &Value) -> Vec<String> {
    schema().iter_errors(record).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

/// One of each kind of promise: replies, a list that is not empty and one that is, a wait, conditions, queries.
#[rstest]
#[case::replies("weights-ignored", "endpoints/weight-zero.yaml")]
#[case::list("priorities-ignored", "priorities/failover-by-distance.yaml")]
#[case::empty_list("last-endpoint-lost", "endpoints/addresses-field.yaml")]
#[case::conditions("grants-ignored", "references/grant-live.yaml")]
#[case::wait("ejects-for-good", "policies/comes-back.yaml")]
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_carries_all_that_it_owes(#[case] mutant: &str, #[case] scenario: &str) {
    let record = record(mutant, scenario).await;
    let full = serde_json::to_value(&record).unwrap();
    assert_eq!(faults(&full), [""; 0]);
    assert_eq!(faults(&serde_json::to_value(record.canonical()).unwrap()), [""; 0]);
}

/// Whatever is taken away is missed.
#[rstest]
#[case::causes("causes")]
#[case::mismatch("mismatch")]
#[case::evidence("mismatch/evidence")]
#[case::observed("mismatch/observed")]
#[case::expected("mismatch/expected")]
#[case::rules("rules")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_failure_owes_is_demanded(#[case] part: &str) {
    let mut record = serde_json::to_value(record("weights-ignored", "endpoints/weight-zero.yaml").await).unwrap();
    let checks = record["scenarios"][0]["checks"].as_array_mut().unwrap();
    let broken = checks.iter_mut().find(|check| check["verdict"] == "fail").expect("a promise is broken");
    let place = format!("/{part}");
    let owed = broken.pointer_mut(&place).expect("it is there");
    *owed = match owed {
        Value::Array(_) => json!([]),
        Value::String(_) => json!(""),
        _ => Value::Null,
    };
    assert!(!faults(&record).is_empty(), "{part} is not missed");
}
