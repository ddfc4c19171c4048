//! `sextant run --addresses`: the same promises are kept, wherever documented addresses are.

use rstest::rstest;

use crate::sextant::{Ended, Sextant};

/// Port 80 of 8.8.8.8, 4.4.4.4 and 5.5.5.5, by name.
const BY_NAME: &str = "documented-dns-resolution";
/// A documented IPv6 address, which only a network of its own has.
const IPV6: &str = "endpoints-ipv6";

fn run(scenario: &str, mode: &str) -> Ended {
    Sextant::run(&["run", scenario, "--addresses", mode, "-o", "json", "--canonical"])
}

fn record(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

#[rstest]
#[case("alias", "pass")]
#[case("rewrite", "skipped")]
fn ipv6_addresses_have_no_place_in_rewritten_manifests(#[case] mode: &str, #[case] verdict: &str) {
    let record = record(&run(IPV6, mode));
    assert_eq!(record["environment"]["addressMode"], mode);
    assert_eq!(record["scenarios"][0]["verdict"], verdict, "{record}");
    let reason = record["scenarios"][0]["reason"].as_str().unwrap_or_default();
    assert_eq!(reason.contains("is an IPv6 address"), mode == "rewrite", "{reason}");
}

#[rstest]
#[case(BY_NAME)]
#[case(IPV6)]
fn a_network_of_its_own_has_the_documented_addresses(#[case] scenario: &str) {
    let ended = run(scenario, "netns");
    // Only what the system forbids is an excuse; anything else is a failure.
    if let Some(refusal) = ended.stderr.lines().find(|line| line.contains("unshare(") && line.contains("EPERM")) {
        assert!(std::env::var_os("SEXTANT_DEMAND_PEERS").is_none(), "SEXTANT_DEMAND_PEERS is set, but {refusal}");
        println!("skipped: {refusal}");
        return;
    }
    let record = record(&ended);
    assert_eq!(record["environment"]["addressMode"], "netns");
    assert_eq!(record["scenarios"][0]["verdict"], "pass", "{ended}");
}
