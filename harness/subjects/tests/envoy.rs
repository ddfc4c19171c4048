//! A real Envoy as a subject. Without one these tests say so: name it in SEXTANT_ENVOY or put it into $PATH. With
//! SEXTANT_DEMAND_PEERS in the environment, as in CI, they fail then.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rstest::rstest;
use sextant_reports::{Report, Style, terminal};
use sextant_runner::{RunOptions, SubjectFactory, run};
use sextant_scenario::Profile;
use sextant_subjects::{EnvoyFactory, find_envoy};
use sextant_verdict::{RunRecord, Verdict};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

/// The Envoy of this machine; `None`, and the reason on standard error, when there is none.
fn envoy() -> Option<PathBuf> {
    let named = std::env::var_os("SEXTANT_ENVOY").map(PathBuf::from);
    match find_envoy(named.as_deref()) {
        Ok(program) => Some(program),
        Err(error) => {
            assert!(std::env::var_os("SEXTANT_DEMAND_PEERS").is_none(), "SEXTANT_DEMAND_PEERS is set, but {error}");
            eprintln!("skipped: {error}");
            None
        }
    }
}

async fn run_file(program: PathBuf, file: PathBuf, profile: Profile) -> RunRecord {
    let suite = sextant_scenario::load(&[file]).unwrap_or_else(|error| panic!("{error}"));
    let (events, _) = unbounded_channel();
    let subjects: Vec<Arc<dyn SubjectFactory>> = vec![Arc::new(EnvoyFactory::new(program))];
    let options = RunOptions { profile, ..RunOptions::default() };
    run(suite.scenarios, subjects, options, events, CancellationToken::new()).await
}

fn text(record: &RunRecord) -> String {
    let style = Style { width: 120, colour: false, unicode: true };
    terminal::render(&Report::new(record), terminal::Verbosity::Quiet, style)
}

/// Each holds something that Envoy is told in another way: addresses, names, a selector, matches, TLS.
#[rstest]
#[case("documented/static-endpoints.yaml", Profile::Kgateway)]
#[case("dns/nxdomain-empties.yaml", Profile::Istio)]
#[case("documented/workload-selector.yaml", Profile::Kgateway)]
#[case("matching/precedence-chain.yaml", Profile::Istio)]
#[case("tls/right-authority.yaml", Profile::Kgateway)]
#[case("dns/v6-only-name.yaml", Profile::Kgateway)]
#[case("dynamic-dns/records-change.yaml", Profile::Istio)]
#[case("updates/inline-to-selector.yaml", Profile::Kgateway)]
#[case("policies/nobody-left.yaml", Profile::Istio)]
#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_passes_on_envoy(#[case] file: &str, #[case] profile: Profile) {
    let Some(program) = envoy() else { return };
    let file = Path::new("../../scenarios").join(file);
    let record = run_file(program, file, profile).await;
    assert_eq!(record.verdict(), Verdict::Pass, "\n{}", text(&record));
}

/// GW-HTTPBackendRef: what weighted clusters cannot do is done by routes that each take a fraction.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn shares_with_filters_keep_their_weights_on_envoy(
    #[values(Profile::Kgateway, Profile::Istio)] profile: Profile,
) {
    let Some(program) = envoy() else { return };
    let record = run_file(program, "tests/data/filters-of-shares.yaml".into(), profile).await;
    assert_eq!(record.verdict(), Verdict::Pass, "\n{}", text(&record));
}

/// What cannot be run is an error that says so, never a pass.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_no_envoy_is_an_error() {
    let file = PathBuf::from("../../scenarios/documented/static-endpoints.yaml");
    let record = run_file("/bin/false".into(), file, Profile::Kgateway).await;
    assert_eq!(record.verdict(), Verdict::Error);
    assert!(text(&record).contains("Envoy ended by itself"), "\n{}", text(&record));
}
