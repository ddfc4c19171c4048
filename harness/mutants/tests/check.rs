//! Both directions: mutants that nobody notices, scenarios that notice nobody, and hints that do not hold.

use std::collections::BTreeMap;
use std::path::Path;

use sextant_catalogue::Profile;
use sextant_mutants::{Change, Checked, Hunter, Kills, Mutant, check, mutants};
use sextant_scenario::{LoadedScenario, load};
use tokio_util::sync::CancellationToken;

/// Notices whoever loses an endpoint.
const ONE_TO_ONE: &str = "endpoints/one-to-one.yaml";
/// Has no reference into another namespace.
const IPV6: &str = "endpoints/ipv6.yaml";

fn scenarios(paths: &[&str]) -> Vec<LoadedScenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let files: Vec<_> = paths.iter().map(|path| folder.join(path)).collect();
    load(&files).expect("they are in the suite").scenarios
}

fn mutant(id: &str) -> Mutant {
    mutants().into_iter().find(|mutant| mutant.id == id).expect("it is in the list")
}

/// The reference itself.
fn changes_nothing() -> Mutant {
    let (id, what) = ("changes-nothing".to_owned(), "nothing".to_owned());
    let change = Change::Model(|_, _| {});
    let cause = sextant_verdict::Cause::Stale;
    Mutant { id, what, rules: vec!["K-031".to_owned()], pain: None, cause, profile: Profile::Kgateway, change }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

async fn checked(paths: &[&str], mutants: &[Mutant], table: Kills, liveness: &[(&str, &str)]) -> Checked {
    let hunter = Hunter::new(scenarios(paths), 4, CancellationToken::new());
    check(&hunter, mutants, &table, &pairs(liveness), 4, |_, _| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_nothing_survives_and_who_notices_nothing_is_named() {
    let found = checked(&[ONE_TO_ONE], &[changes_nothing()], Kills::default(), &[]).await;
    assert_eq!(found.survivors().collect::<Vec<_>>(), ["changes-nothing"]);
    assert_eq!(found.hunts[0].tried, 0, "no scenario can notice it, so that none is run");
    assert_eq!(found.idle, ["endpoints-one-to-one"]);
    assert!(!found.is_complete());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_hint_costs_a_run_and_hides_nothing() {
    let hint = Kills { mutants: pairs(&[("grants-ignored", "endpoints-ipv6")]), scenarios: BTreeMap::new() };
    let suite = [IPV6, "references/grant-near-misses.yaml"];
    let found = checked(&suite, &[mutant("grants-ignored")], hint, &[]).await;
    let killers: Vec<_> = found.hunts[0].kills.iter().map(|kill| kill.scenario.as_str()).collect();
    assert_eq!(killers, ["references-grant-near-misses"]);
    assert_eq!(found.hunts[0].tried, 2, "the hint, and the one that can notice it");
    assert_eq!(found.idle, ["endpoints-ipv6"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_says_what_was_found_and_nothing_twice() {
    let mutants = [mutant("first-endpoint-only"), mutant("ipv6-dropped")];
    let found = checked(&[ONE_TO_ONE, IPV6], &mutants, Kills::default(), &[]).await;
    assert!(found.is_complete(), "{found:?}");
    let table = found.table();
    assert_eq!(table.mutants.keys().collect::<Vec<_>>(), ["first-endpoint-only", "ipv6-dropped"]);
    assert_eq!(table.mutants["ipv6-dropped"], "endpoints-ipv6");
    assert!(table.scenarios.keys().all(|scenario| !table.killers().contains(scenario.as_str())));
    let read = Kills::read(&table.to_yaml(), "kills.yaml").expect("it is written to be read");
    assert_eq!(read, table);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liveness_check_need_not_notice_anything_but_must_exist() {
    let stated = [("endpoints-one-to-one", "it shows that anything is served")];
    let found = checked(&[ONE_TO_ONE], &[], Kills::default(), &stated).await;
    assert!(found.is_complete(), "{found:?}");
    let found = checked(&[ONE_TO_ONE], &[], Kills::default(), &[stated[0], ("endpoints-none-such", "gone")]).await;
    assert_eq!(found.unknown, ["endpoints-none-such"]);
    assert!(!found.is_complete());
}

#[test]
fn what_is_no_table_is_refused_with_its_name() {
    let refused = Kills::read("mutants: [a]", "kills.yaml").expect_err("mutants is a mapping");
    assert!(refused.to_string().starts_with("kills.yaml cannot be read"), "{refused}");
}
