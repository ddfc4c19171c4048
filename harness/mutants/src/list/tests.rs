use std::collections::BTreeSet;

use super::*;
use crate::{Kills, liveness};

#[test]
fn every_mutant_has_a_name_of_its_own_and_rules_that_exist() {
    let all = mutants();
    let names: BTreeSet<_> = all.iter().map(|mutant| &mutant.id).collect();
    assert_eq!(names.len(), all.len());
    for mutant in &all {
        for rule in &mutant.rules {
            assert_ne!(sextant_catalogue::knows(rule), Some(false), "{}: {rule}", mutant.id);
        }
    }
}

#[test]
fn there_are_eighty_for_each_profile() {
    for profile in PROFILES {
        let of_profile = mutants().into_iter().filter(|mutant| mutant.profile == profile).count();
        assert!(of_profile >= 80, "{profile:?}: {of_profile}");
    }
}

#[test]
fn whoever_names_a_report_names_one_that_exists() {
    let named: Vec<Mutant> = mutants().into_iter().filter(|mutant| mutant.pain.is_some()).collect();
    assert!(!named.is_empty());
    for mutant in named {
        assert!(mutant.link().is_some_and(|link| link.starts_with("https://")), "{}: {:?}", mutant.id, mutant.pain);
    }
}

#[test]
fn who_is_wrong_under_one_profile_alone_says_why() {
    for flaw in flaws() {
        assert!(flaw.only.is_none_or(|(_, reason)| !reason.is_empty()), "{}", flaw.id);
    }
}

#[test]
fn the_table_of_kills_has_every_mutant_and_no_other() {
    let table = Kills::committed().expect("it can be read");
    let all = mutants();
    let all: BTreeSet<&str> = all.iter().map(|mutant| mutant.id.as_str()).collect();
    let listed: BTreeSet<&str> = table.mutants.keys().map(String::as_str).collect();
    let differing: Vec<_> = all.symmetric_difference(&listed).collect();
    assert!(differing.is_empty(), "`sextant mutants --update harness/mutants/kills.yaml` is due: {differing:?}");
    for mutant in table.scenarios.values() {
        assert!(all.contains(mutant.as_str()), "{mutant}");
    }
}

#[test]
fn liveness_checks_have_reasons_and_no_kills() {
    let table = Kills::committed().expect("it can be read");
    for (scenario, reason) in liveness().expect("it can be read") {
        assert!(!reason.is_empty(), "{scenario}");
        assert!(!table.killers().contains(scenario.as_str()) && !table.scenarios.contains_key(&scenario), "{scenario}");
    }
}
