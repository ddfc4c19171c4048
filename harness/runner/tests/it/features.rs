//! What a subject says that it can do is probed.

use std::sync::Arc;

use rstest::rstest;
use sextant_runner::{Feature, Features, RunOptions, SubjectFactory, probe_features};
use sextant_verdict::{FeatureFinding, FeatureRecord};
use tokio_util::sync::CancellationToken;

use crate::proxy::{Conduct, Proxies};

async fn probed(conduct: Conduct, features: Features) -> Vec<FeatureRecord> {
    let subject: Arc<dyn SubjectFactory> = Arc::new(Proxies::new(conduct).declaring(features));
    let options = RunOptions { profile: sextant_scenario::Profile::Kgateway, ..RunOptions::default() };
    probe_features(&subject, &options, &CancellationToken::new()).await.unwrap()
}

/// The proxy has none of the features: it lists nothing, gives no reasons, and obeys nothing.
#[rstest]
#[case::modest(Features::default(), None)]
#[case::boastful(Feature::ALL.into_iter().collect(), Some(FeatureFinding::DeclaredButAbsent))]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_subject_cannot_do_is_found_out(#[case] features: Features, #[case] finding: Option<FeatureFinding>) {
    let all = probed(Conduct::Good, features.clone()).await;
    let names: Vec<_> = all.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names, Feature::ALL.map(Feature::name));
    for feature in &all {
        assert_eq!(feature.declared, features != Features::default(), "{feature:?}");
        // It sends everything to the first of two backends: that is neither lots nor turns.
        let expected = if feature.name == "draws-lots" { (None, None) } else { (Some(false), finding) };
        assert_eq!((feature.probed, feature.finding), expected, "{feature:?}");
        assert!(!feature.because.is_empty(), "{feature:?} says not why");
    }
}

/// Who does not even start is said to be unknown, with the reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_subject_that_does_not_start_is_not_blamed() {
    for feature in probed(Conduct::NoStart, Feature::ALL.into_iter().collect()).await {
        assert_eq!((feature.probed, feature.finding), (None, None));
        assert!(feature.because.contains("it is out of order"), "{feature:?}");
    }
}
