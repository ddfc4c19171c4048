//! `sextant features`: what there is, and what a subject has of it.

use crate::sextant::Sextant;

#[test]
fn every_feature_says_what_it_means_and_how_it_is_probed() {
    let ended = Sextant::run(&["features", "-o", "json"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    let all: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    let all = all.as_array().expect("a list");
    let names: Vec<_> = all.iter().filter_map(|feature| feature["name"].as_str()).collect();
    assert!(names.contains(&"lists-endpoints") && names.contains(&"draws-lots"), "{names:?}");
    for feature in all {
        assert!(feature["meaning"].as_str().is_some_and(|text| !text.is_empty()), "{feature}");
        assert!(feature["probe"].as_str().is_some_and(|text| !text.is_empty()), "{feature}");
    }
}

/// The reference has what it declares, all but drawing lots, and no more.
#[test]
fn the_reference_is_as_it_says() {
    let ended = Sextant::run(&["features", "--subject", "reference", "-o", "json"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    let all: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    for feature in all.as_array().expect("a list") {
        let has = feature["name"] != "draws-lots";
        assert_eq!((&feature["declared"], &feature["probed"]), (&has.into(), &has.into()), "{feature}");
        assert!(feature.get("finding").is_none(), "{feature}");
    }
}

/// A program is given manifests with real addresses, and is probed like any other subject.
#[test]
fn an_adapter_is_probed() {
    if !crate::sextant::is_there("python3") {
        return;
    }
    let subject = "exec:harness/subjects/adapters/python/adapter.yaml";
    let ended = Sextant::run(&["features", "--subject", subject, "-o", "json"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    let all: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    let draws_lots = all.as_array().expect("a list").iter().find(|feature| feature["name"] == "draws-lots");
    let draws_lots = draws_lots.expect("it is probed for");
    assert_eq!((&draws_lots["subject"], &draws_lots["declared"]), (&"python".into(), &false.into()), "{draws_lots}");
    assert_eq!(draws_lots["probed"], false, "it takes turns, so that the probe ran: {draws_lots}");
}
