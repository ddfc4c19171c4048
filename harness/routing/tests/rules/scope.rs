//! K-001, K-003: what a control plane looks at.

use rstest::rstest;
use sextant_resources::LabelSelector;
use sextant_routing::{Model, Options, Profile, Settings, Target};

use crate::support::*;

const SE: &str = "group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80";
const HOST: &str = "group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80";

fn resolved(profile: Profile, settings: Settings, reference: &str) -> Model {
    let documents = [
        example("resolution: STATIC, workloadSelector: {labels: {app: x}}"),
        pod("p, labels: {app: x}", "10.0.0.1", ""),
        namespace("gwtest", "labels: {team: a}"),
        gateway(&["name: http, port: 80, protocol: HTTP"]),
        route_to("r", reference),
    ];
    with(&documents, &Options { profile, settings, ..Options::default() })
}

fn outcome(model: &Model) -> &str {
    match &model.routes[0].rules[0].targets[0].target {
        Target::Backend(index) if !model[*index].endpoints.is_empty() => "served",
        Target::Backend(_) => "empty",
        Target::Unresolved(bad) => bad.reason,
    }
}

#[rstest]
#[case::off(Profile::Kgateway, false, SE, "InvalidKind")]
#[case::off_hostname(Profile::Kgateway, false, HOST, "InvalidKind")]
#[case::on(Profile::Kgateway, true, SE, "served")]
#[case::istio_has_no_such_switch(Profile::Istio, false, HOST, "served")]
fn k_001_the_integration_may_be_off(
    #[case] profile: Profile,
    #[case] istio_integration: bool,
    #[case] reference: &str,
    #[case] expected: &str,
) {
    let model = resolved(profile, Settings { istio_integration, ..Settings::default() }, reference);
    assert_eq!(outcome(&model), expected);
    assert_eq!(model.backends.is_empty(), expected == "InvalidKind");
}

fn selector(key: &str, value: &str) -> LabelSelector {
    LabelSelector { match_labels: [(key.to_owned(), value.to_owned())].into(), ..LabelSelector::default() }
}

#[rstest]
#[case::by_label(&[("team", "a")], true)]
#[case::by_name(&[("kubernetes.io/metadata.name", "gwtest")], true)]
#[case::any_of(&[("team", "b"), ("team", "a")], true)]
#[case::none_of(&[("team", "b")], false)]
fn k_003_objects_of_other_namespaces_are_as_if_absent(#[case] selectors: &[(&str, &str)], #[case] seen: bool) {
    let discovery_selectors: Vec<_> = selectors.iter().map(|(key, value)| selector(key, value)).collect();
    for (profile, reference) in [(Profile::Kgateway, SE), (Profile::Istio, HOST)] {
        let settings = Settings { discovery_selectors: discovery_selectors.clone(), ..Settings::default() };
        let model = resolved(profile, settings, reference);
        assert_eq!(outcome(&model), if seen { "served" } else { "BackendNotFound" });
        assert_eq!(model.listeners.len(), 1, "gateways and routes stay");
        assert_eq!(model.routes.len(), 1);
    }
}

#[test]
fn k_003_a_hidden_workload_is_not_told_of() {
    let settings = Settings { discovery_selectors: vec![selector("team", "a")], ..Settings::default() };
    let documents = [
        example("resolution: STATIC, workloadSelector: {labels: {app: x}}"),
        pod("p, namespace: other, labels: {app: x}", "10.0.0.1", ""),
        namespace("gwtest", "labels: {team: a}"),
    ];
    let model = with(&documents, &Options { settings, ..Options::default() });
    assert!(only(&model).excluded.is_empty());
}
