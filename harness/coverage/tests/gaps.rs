//! What is missing, and what is not: on suites that hold little, and on the one in the tree.

use std::path::Path;

use sextant_catalogue::Profile;
use sextant_coverage::{Coverage, Gap};
use sextant_scenario::{load, load_text};

/// The gaps of a suite of one scenario, with these lines beside its rest.
fn gaps(lines: &str) -> Vec<Gap> {
    let text = format!(
        "apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: only-one
title: One request
{lines}
manifests:
  - inline: |
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {{ name: se, namespace: test }}
      spec: {{ hosts: [a.example.com], resolution: STATIC }}
workloads: [{{ endpoint: '1.1.1.1:80' }}]
steps: [{{ send: {{ request: {{ host: a.example.com }}, expect: {{ status: 404 }} }} }}]
"
    );
    let suite = load_text("only.yaml", &text).expect("it is a scenario");
    Coverage::of(&suite.scenarios).expect("its manifest is inline").gaps()
}

fn rule(gaps: &[Gap], wanted: &str) -> Option<Vec<Profile>> {
    gaps.iter().find_map(|gap| match gap {
        Gap::Rule { id, profiles } if id == wanted => Some(profiles.clone()),
        _ => None,
    })
}

fn names(gaps: &[Gap], wanted: &str) -> bool {
    gaps.iter().any(|gap| gap.to_string().starts_with(&format!("{wanted}: ")))
}

#[test]
fn a_must_rule_that_nothing_names_is_missing_and_one_that_a_scenario_names_is_not() {
    assert_eq!(rule(&gaps("why: so\nrules: [K-010]"), "K-150"), Some(vec![Profile::Kgateway]));
    assert_eq!(rule(&gaps("why: so\nrules: [K-150]"), "K-150"), None);
    assert_eq!(rule(&gaps("why: so\nrules: [K-150]\nprofiles: [istio]"), "K-150"), Some(vec![Profile::Kgateway]));
}

#[test]
fn a_difference_wants_both_profiles() {
    assert_eq!(rule(&gaps("why: so\nrules: [D-12]"), "D-12"), None);
    assert_eq!(rule(&gaps("why: so\nrules: [D-12]\nprofiles: [kgateway]"), "D-12"), Some(vec![Profile::Istio]));
}

#[test]
fn a_reason_beside_a_holder_is_told() {
    assert!(!names(&gaps("why: so\nrules: [K-010]"), "K-007"));
    let told = gaps("why: so\nrules: [K-007]");
    assert!(told.contains(&Gap::NeedlessReason { id: "K-007".into(), holder: "only-one".into() }), "{told:?}");
}

#[test]
fn a_field_is_held_by_the_scenario_that_writes_it() {
    let told = gaps("why: so\nrules: [K-010]");
    let field = |path: &str, value: Option<&str>| {
        let named = |field: &&sextant_catalogue::Field| field.path == path && field.value.as_deref() == value;
        sextant_catalogue::fields().find(named).expect("the catalogue has it").id.clone()
    };
    assert!(!names(&told, &field("spec.resolution", Some("STATIC"))), "it is written");
    assert!(names(&told, &field("spec.resolution", Some("DNS_ROUND_ROBIN"))), "it is not");
}

#[test]
fn a_report_is_held_by_its_link_or_its_id() {
    assert!(names(&gaps("why: so\nrules: [K-010]"), "P-018"));
    assert!(!names(&gaps("why: see istio/istio#17051\nrules: [K-010]"), "P-018"));
    assert!(!names(&gaps("why: 'see https://github.com/istio/istio/issues/17051.'\nrules: [K-010]"), "P-018"));
    assert!(names(&gaps("why: see istio/istio#170511\nrules: [K-010]"), "P-018"), "another number");
    assert!(!names(&gaps("why: so\nrules: [P-018]"), "P-018"));
}

#[test]
fn nothing_is_missing_in_the_suite() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let suite = load(&[suite]).expect("the suite is without fault");
    let gaps = Coverage::of(&suite.scenarios).expect("its manifests are there").gaps();
    assert_eq!(gaps, [], "`sextant coverage --missing` says what to do");
}
