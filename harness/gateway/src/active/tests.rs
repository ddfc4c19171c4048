//! What a configuration shares with the one before.

use std::net::SocketAddr;

use sextant_resources::{ResourceSet, load_text};
use sextant_routing::{Options, Resolver};

use super::*;

const ROUTED: &str = "
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: ns}, spec: {
  gatewayClassName: kgateway, listeners: [{name: http, port: 80, protocol: HTTP}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: ns}, spec: {
  parentRefs: [{name: gw}], rules: [{backendRefs: [
  {group: networking.istio.io, kind: ServiceEntry, name: a, port: 80},
  {group: networking.istio.io, kind: ServiceEntry, name: b, port: 80}]}]}}
";

fn entry(name: &str, resolution: &str) -> String {
    format!(
        "
---
{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: {name}, namespace: ns}}, spec: {{
  hosts: [{name}.example.com], ports: [{{number: 80, name: http, protocol: HTTP}}], {resolution}}}}}
"
    )
}

fn workload(app: &str, address: &str) -> String {
    format!(
        "
---
{{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {{name: {app}-1, namespace: ns, labels: {{app: {app}}}}},
  spec: {{address: {address}}}}}
"
    )
}

fn load(text: &str) -> ResourceSet {
    let loaded = load_text(&Arc::from("test.yaml"), text);
    assert!(!loaded.has_errors(), "{:#?}", loaded.diagnostics);
    loaded.resources
}

/// Two backends with one workload each.
fn two() -> Resolver {
    let selects = |app: &str| format!("resolution: STATIC, workloadSelector: {{labels: {{app: {app}}}}}");
    let entries = entry("a", &selects("a")) + &entry("b", &selects("b"));
    let workloads = workload("a", "1.1.1.1") + &workload("b", "2.2.2.2");
    Resolver::new(load(&(ROUTED.to_owned() + &entries + &workloads)), Options::default())
}

fn change(resolver: &mut Resolver, text: &str) {
    let mut next = resolver.resources().clone();
    next.apply(&load(text));
    resolver.update(next);
}

fn next(resolver: &Resolver, previous: Option<&Active>) -> Active {
    let generation = Generation(previous.map_or(1, |previous| previous.generation.0 + 1));
    Active::new(generation, Arc::new(resolver.model().clone()), &NameStates::default(), previous)
}

fn addresses(state: &BackendState) -> Vec<SocketAddr> {
    state.hosts().hosts().iter().map(|host| host.address).collect()
}

#[test]
fn a_moved_backend_is_made_anew_and_the_rest_is_shared() {
    let mut resolver = two();
    let before = next(&resolver, None);
    change(&mut resolver, &workload("b", "3.3.3.3"));
    let after = next(&resolver, Some(&before));
    assert_eq!(after.generation, Generation(2));
    assert!(Arc::ptr_eq(&after.routing, &before.routing));
    assert!(Arc::ptr_eq(&after.names, &before.names));
    assert!(Arc::ptr_eq(&after.backends[0], &before.backends[0]));
    assert_eq!(addresses(&after.backends[1]), ["3.3.3.3:80".parse().unwrap()]);
    assert_eq!(addresses(&before.backends[1]), ["2.2.2.2:80".parse().unwrap()], "requests under way still see the old");
}

#[test]
fn a_changed_route_makes_everything_anew_and_its_targets_find_their_backends() {
    let mut resolver = two();
    let before = next(&resolver, None);
    change(&mut resolver, &ROUTED.replace("name: b, port", "name: missing, port"));
    let after = next(&resolver, Some(&before));
    assert!(!Arc::ptr_eq(&after.routing, &before.routing));
    let targets = |active: &Active| match &active.rule(0, 0).action {
        Action::Forward(targets) => [targets.backend(0), targets.backend(1)],
        Action::Reply(reason) => panic!("{reason:?}"),
    };
    assert_eq!((targets(&before), targets(&after)), ([Some(0), Some(1)], [Some(0), None]));
}

#[test]
fn a_new_backend_moves_the_places_of_others_and_nothing_is_mixed_up() {
    let mut resolver = two();
    let before = next(&resolver, None);
    let inline = "resolution: STATIC, endpoints: [{address: 9.9.9.9}]";
    change(&mut resolver, &entry("aa", inline));
    let after = next(&resolver, Some(&before));
    let hosts: Vec<_> =
        after.backends.iter().flat_map(|state| addresses(state)).map(|at| at.ip().to_string()).collect();
    assert_eq!(hosts, ["1.1.1.1", "9.9.9.9", "2.2.2.2"]);
    assert_eq!(after.routing.by_id.len(), 3);
}

/// The lists of two models that have nothing in common share no backend, however equal they are.
#[test]
fn models_resolved_one_by_one_are_not_taken_for_followers() {
    let before = next(&two(), None);
    let after = next(&two(), Some(&before));
    assert!(!Arc::ptr_eq(&after.routing, &before.routing));
    assert!(!Arc::ptr_eq(&after.backends[0], &before.backends[0]));
    assert_eq!(addresses(&after.backends[0]), addresses(&before.backends[0]));
}

#[test]
fn a_name_that_comes_with_a_moved_backend_is_looked_up() {
    let selects = "resolution: DNS, workloadSelector: {labels: {app: a}}";
    let text = ROUTED.to_owned() + &entry("a", selects) + &workload("a", "old.example.com");
    let options = Options { profile: sextant_routing::Profile::Istio, ..Options::default() };
    let mut resolver = Resolver::new(load(&text), options);
    let before = next(&resolver, None);
    change(&mut resolver, &workload("a", "new.example.com"));
    let after = next(&resolver, Some(&before));
    let names = |active: &Active| active.names.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (names(&before), names(&after)),
        (vec!["old.example.com".to_owned()], vec!["new.example.com".to_owned()])
    );
    assert!(Arc::ptr_eq(&after.routing, &before.routing));
}
