//! ServiceEntries that make no backend (K-001, K-003, K-005, K-010, K-011).

use rstest::rstest;
use sextant_resources::LabelSelector;
use sextant_routing::{Options, Profile, Settings, absent};

use crate::support::*;

const PORTS: &str = "ports: [{number: 80, name: http}]";

fn rules(document: &str, options: &Options) -> Vec<&'static str> {
    absent(&load(document), options).iter().map(|absent| absent.rule).collect()
}

#[rstest]
#[case::k_011_none(&format!("hosts: [a.test], {PORTS}, resolution: NONE"), &["K-011"])]
#[case::k_011_no_resolution(&format!("hosts: [a.test], {PORTS}"), &["K-011"])]
#[case::k_010_no_host(&format!("hosts: [], {PORTS}, resolution: STATIC"), &["K-010"])]
#[case::k_010_no_port("hosts: [a.test], ports: [], resolution: STATIC", &["K-010"])]
#[case::k_010_no_usable_port("hosts: [a.test], ports: [{number: 0}, {number: 70000}], resolution: STATIC", &["K-010"])]
#[case::k_032_without_endpoints_it_is_one(&format!("hosts: [a.test], {PORTS}, resolution: STATIC"), &[])]
fn by_what_is_written(#[case] spec: &str, #[case] expected: &[&str]) {
    assert_eq!(rules(&service_entry("a", spec), &Options::default()), expected);
}

#[test]
fn d_13_none_is_a_backend_under_istio() {
    let document = service_entry("a", &format!("hosts: [a.test], {PORTS}, resolution: NONE"));
    assert_eq!(rules(&document, &Options { profile: Profile::Istio, ..Options::default() }), [""; 0]);
}

#[test]
fn settings_that_hide_say_so() {
    let document =
        service_entry("a, labels: {generated: 'yes'}", &format!("hosts: [a.test], {PORTS}, resolution: STATIC"));
    let labels = |key: &str, value: &str| LabelSelector {
        match_labels: [(key.to_owned(), value.to_owned())].into(),
        ..LabelSelector::default()
    };
    let with = |settings| rules(&document, &Options { settings, ..Options::default() });
    assert_eq!(with(Settings { istio_integration: false, ..Settings::default() }), ["K-001"]);
    assert_eq!(
        with(Settings { discovery_selectors: vec![labels("watched", "yes")], ..Settings::default() }),
        ["K-003"]
    );
    assert_eq!(
        with(Settings { service_entry_exclusions: vec![labels("generated", "yes")], ..Settings::default() }),
        ["K-005"]
    );
}
