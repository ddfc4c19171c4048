//! Whether a subject can do what it says, and says what it can do.
//!
//! Each probe is a scenario of its own (`probes.yaml`), run as if the subject had declared every feature: that the promise
//! is kept shows the feature. What came to no verdict shows nothing.

use std::sync::Arc;

use futures::future::join_all;
use sextant_scenario::{LoadError, LoadedScenario, load_text};
use sextant_verdict::{FeatureFinding, FeatureRecord, ScenarioRecord, Verdict};
use tokio_util::sync::CancellationToken;

use super::{Feature, Features};
use crate::play::Job;
use crate::{RunOptions, SubjectFactory};

/// One scenario a feature, with the feature's name for its id.
const PROBES: &str = include_str!("probe/probes.yaml");
/// What all of them need: a Gateway, and a route to the ServiceEntries a.test and b.test.
const ROUTE: &str = include_str!("probe/route.yaml");
/// A cycle for the weights of that route.
const CYCLE: &str = r#"
  - send:
      request: { host: a.test }
      count: 4
      expect: { status: 200, shares: [{ of: { "192.0.2.1:80": 1, "192.0.2.2:80": 3 } }] }"#;
/// Who draws lots keeps to so many cycles less than once in ten million times.
const CYCLES: usize = 20;

/// Probes `subject` for every feature, as a run with these options would meet it; the records are in the order of
/// [`Feature::ALL`]. A cancelled probe shows nothing.
///
/// # Errors
/// When the scenarios of the probes themselves are faulty.
pub async fn probe_features(
    subject: &Arc<dyn SubjectFactory>,
    options: &RunOptions,
    cancel: &CancellationToken,
) -> Result<Vec<FeatureRecord>, LoadError> {
    let options = Arc::new(options.clone());
    let probes = probes()?.into_iter().map(|scenario| {
        let (scenario, subject, options) = (Arc::new(scenario), Arc::clone(subject), Arc::clone(&options));
        Job { scenario, subject, options, keep: None }.probe(cancel.clone())
    });
    let seen = join_all(probes).await;
    let declared = seen.iter().find_map(|(declared, _)| declared.clone());
    let of = |feature: Feature| seen.iter().map(|(_, record)| record).find(move |record| record.id == feature.name());
    let records =
        Feature::ALL.into_iter().map(|feature| judged(subject.name(), feature, declared.as_ref(), of(feature)));
    Ok(records.collect())
}

fn probes() -> Result<Vec<LoadedScenario>, LoadError> {
    let route = serde_json::Value::from(ROUTE).to_string();
    let text = PROBES.replace("$ROUTE", &route).replace("  $CYCLES", &CYCLE.repeat(CYCLES));
    Ok(load_text("probes.yaml", &text)?.scenarios)
}

fn judged(
    subject: &str,
    feature: Feature,
    declared: Option<&Features>,
    seen: Option<&ScenarioRecord>,
) -> FeatureRecord {
    let (probed, because) = match seen.map(|record| (record.verdict, record)) {
        // Whoever keeps to every cycle takes turns; whoever does so only in the long run draws lots.
        Some((Verdict::Pass, _)) => (Some(feature != Feature::DrawsLots), String::new()),
        Some((Verdict::Fail, record)) if feature == Feature::DrawsLots && wrong_in_the_end(record) => {
            (None, format!("neither: {}", first_failure(record)))
        }
        Some((Verdict::Fail, record)) => (Some(feature == Feature::DrawsLots), first_failure(record)),
        Some((_, record)) => (None, record.reason.clone()),
        None => (None, "there is no probe for it".to_owned()),
    };
    let declares = declared.is_some_and(|features| features.has(feature));
    let finding = match (declares, probed) {
        (true, Some(false)) if declared.is_some() => Some(FeatureFinding::DeclaredButAbsent),
        (false, Some(true)) if declared.is_some() => Some(FeatureFinding::PresentButUndeclared),
        _ => None,
    };
    FeatureRecord {
        subject: subject.to_owned(),
        name: feature.name().to_owned(),
        declared: declares,
        probed,
        finding,
        because,
    }
}

/// Whether the last promise was broken.
fn wrong_in_the_end(record: &ScenarioRecord) -> bool {
    record.checks.last().is_some_and(|check| check.verdict == Verdict::Fail)
}

fn first_failure(record: &ScenarioRecord) -> String {
    let failed = record.checks.iter().find(|check| check.verdict == Verdict::Fail);
    let mismatch = failed.and_then(|check| check.mismatch.as_ref());
    mismatch.map_or_else(String::new, |it| format!("expected {}, observed {}", it.expected, it.observed))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;
    use sextant_verdict::{CheckRecord, Level, Mismatch, Place};

    use super::*;

    /// The record of a probe whose checks came to these verdicts.
    fn seen(verdict: Verdict, checks: &[Verdict]) -> ScenarioRecord {
        let check = |verdict: &Verdict| CheckRecord {
            step: "send".into(),
            rules: Vec::new(),
            level: Level::Must,
            place: Place::default(),
            what: String::new(),
            verdict: *verdict,
            mismatch: (*verdict != Verdict::Pass).then(|| Mismatch {
                expected: "a".into(),
                observed: "b".into(),
                ..Mismatch::default()
            }),
            statistics: None,
            causes: Vec::new(),
            ruled_out: Vec::new(),
        };
        ScenarioRecord {
            id: String::new(),
            title: String::new(),
            subject: String::new(),
            rules: Vec::new(),
            place: Place::default(),
            verdict,
            reason: if verdict == Verdict::Error { "it did not start".into() } else { String::new() },
            known: None,
            checks: checks.iter().map(check).collect(),
            shares: Vec::new(),
            requests: 0,
            repeat: String::new(),
            duration_us: None,
        }
    }

    const PASS: Verdict = Verdict::Pass;
    const FAIL: Verdict = Verdict::Fail;
    const ABSENT: Option<FeatureFinding> = Some(FeatureFinding::DeclaredButAbsent);
    const UNDECLARED: Option<FeatureFinding> = Some(FeatureFinding::PresentButUndeclared);

    #[rstest]
    #[case::as_declared(Feature::ListsEndpoints, true, PASS, &[PASS], Some(true), None)]
    #[case::as_not_declared(Feature::ListsEndpoints, false, FAIL, &[FAIL], Some(false), None)]
    #[case::absent(Feature::ListsEndpoints, true, FAIL, &[FAIL], Some(false), ABSENT)]
    #[case::undeclared(Feature::ListsEndpoints, false, PASS, &[PASS], Some(true), UNDECLARED)]
    #[case::no_verdict(Feature::ListsEndpoints, true, Verdict::Error, &[], None, None)]
    #[case::takes_turns(Feature::DrawsLots, false, PASS, &[PASS, PASS], Some(false), None)]
    #[case::takes_turns_after_all(Feature::DrawsLots, true, PASS, &[PASS, PASS], Some(false), ABSENT)]
    #[case::draws_lots(Feature::DrawsLots, true, FAIL, &[FAIL, PASS], Some(true), None)]
    #[case::draws_lots_in_silence(Feature::DrawsLots, false, FAIL, &[FAIL, PASS], Some(true), UNDECLARED)]
    #[case::neither(Feature::DrawsLots, false, FAIL, &[FAIL, FAIL], None, None)]
    fn what_is_declared_is_held_against_what_is_seen(
        #[case] feature: Feature,
        #[case] declares: bool,
        #[case] verdict: Verdict,
        #[case] checks: &[Verdict],
        #[case] probed: Option<bool>,
        #[case] finding: Option<FeatureFinding>,
    ) {
        let declared: Features = declares.then_some(feature).into_iter().collect();
        let record = judged("envoy", feature, Some(&declared), Some(&seen(verdict, checks)));
        assert_eq!((record.declared, record.probed, record.finding), (declares, probed, finding));
        assert_eq!(record.because.is_empty(), verdict == PASS, "{}", record.because);
        // Who never started has declared nothing: nothing can be held against it.
        assert_eq!(judged("envoy", feature, None, Some(&seen(verdict, checks))).finding, None);
    }

    #[test]
    fn every_feature_has_a_probe() {
        let probes = probes().unwrap_or_else(|error| panic!("{error}"));
        let ids: BTreeSet<_> = probes.iter().map(|probe| probe.scenario.id.as_str()).collect();
        assert_eq!(ids, Feature::ALL.map(Feature::name).into());
    }
}
