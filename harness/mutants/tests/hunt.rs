//! A wrong gateway is noticed by who looks at what is wrong with it, and by nobody else.

use std::path::Path;

use rstest::rstest;
use sextant_mutants::{Hunter, Mutant, mutants};
use sextant_scenario::{LoadedScenario, load};
use tokio_util::sync::CancellationToken;

fn scenario(path: &str) -> Vec<LoadedScenario> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(path);
    load(&[file]).expect("it is in the suite").scenarios
}

fn mutant(id: &str) -> Mutant {
    mutants().into_iter().find(|mutant| mutant.id == id).expect("it is in the list")
}

#[rstest]
#[case::model("first-endpoint-only", "endpoints/one-to-one.yaml", true)]
#[case::model_unnoticed("panic-never", "endpoints/one-to-one.yaml", false)]
#[case::options("grants-ignored", "references/grant-near-misses.yaml", true)]
#[case::gateway("dns-ipv6-alone", "dns/all-records-share.yaml", true)]
#[case::difference("kgateway-D-09", "selection/empty-selector.yaml", true)]
#[case::of_the_other_profile("kgateway-D-09", "selection/empty-selector-istio.yaml", false)]
#[tokio::test(flavor = "multi_thread")]
async fn who_notices_what(#[case] id: &str, #[case] path: &str, #[case] killed: bool) {
    let scenarios = scenario(path);
    let name = scenarios[0].scenario.id.clone();
    let hunt = Hunter::new(scenarios, 4, CancellationToken::new()).hunt(&mutant(id), None, false).await;
    let killers: Vec<_> = hunt.kills.iter().map(|kill| kill.scenario.clone()).collect();
    let expected = if killed { vec![name] } else { Vec::new() };
    assert_eq!(killers, expected, "{:?}", hunt.kills);
}

/// Every way in which a mutant can be made does something.
#[rstest]
#[case::resources("unready-pods-serve", "selection/unready-pods.yaml")]
#[case::resources_before("label-changes-missed", "updates/labels-moved.yaml")]
#[case::model_before("removed-endpoint-kept", "updates/endpoint-removed.yaml")]
#[case::answers("nxdomain-unheard", "dns/nxdomain-empties.yaml")]
#[case::answers_failing("servfail-drops", "dns/servfail-keeps.yaml")]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_noticed(#[case] id: &str, #[case] path: &str) {
    let hunt = Hunter::new(scenario(path), 4, CancellationToken::new()).hunt(&mutant(id), None, false).await;
    assert_eq!(hunt.kills.len(), 1, "{hunt:?}");
    assert!(!hunt.kills[0].found.is_empty());
}
