//! A [`Resolver`] that follows changes has the model that resolving anew gives.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use rstest::rstest;
use sextant_resources::{ObjectKey, ObjectRef, ResourceSet};
use sextant_routing::{BackendIndex, Model, Moved, Options, Profile, Resolver, resolve};

use crate::support::*;
use crate::world::{self, Document, lenient};

/// What happens to the resources.
#[derive(Clone, Debug)]
enum Change {
    /// A workload is put in by itself.
    Upsert(Document),
    /// An object is taken out by itself; one of this place among all that there are.
    Delete(Index),
    /// Several are applied at once, and the whole set is handed over.
    Update(Vec<Document>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => world::workload().prop_map(Change::Upsert),
        3 => any::<Index>().prop_map(Change::Delete),
        2 => prop::collection::vec(world::workload(), 1..4).prop_map(Change::Update),
        2 => prop::collection::vec(world::document(), 1..3).prop_map(Change::Update),
    ]
}

fn make(resolver: &mut Resolver, change: &Change) -> Moved {
    match change {
        Change::Upsert(document) => {
            let mut one = lenient(std::slice::from_ref(document));
            match (one.workload_entries.pop_first(), one.pods.pop_first()) {
                (Some((_, entry)), _) => resolver.upsert(entry),
                (None, Some((_, pod))) => resolver.upsert(pod),
                (None, None) => Moved::Backends(Vec::new()),
            }
        }
        Change::Delete(place) => {
            let all: Vec<ObjectRef> = resolver.resources().iter().map(|(object, _)| object).collect();
            if all.is_empty() { Moved::Backends(Vec::new()) } else { resolver.delete(place.get(&all)) }
        }
        Change::Update(documents) => {
            let mut next = resolver.resources().clone();
            next.apply(&lenient(documents));
            resolver.update(next)
        }
    }
}

/// The backends whose contents differ; `None` when more does.
fn differing(before: &Model, after: &Model) -> Option<Vec<BackendIndex>> {
    let ids = |model: &Model| model.backends.iter().map(|backend| backend.id.clone()).collect::<Vec<_>>();
    let places = (0..before.backends.len()).map(BackendIndex);
    let same = |at: &BackendIndex| before[*at] == after[*at];
    let rest = |model: &Model| Model { backends: Default::default(), ..model.clone() };
    (ids(before) == ids(after) && rest(before) == rest(after)).then(|| places.filter(|at| !same(at)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, ..ProptestConfig::default() })]

    #[test]
    fn after_any_changes_the_model_is_that_of_resolving_anew(
        documents in world::documents(),
        options in world::options(),
        changes in prop::collection::vec(change(), 1..12),
    ) {
        let mut resolver = Resolver::new(lenient(&documents), options.clone());
        prop_assert_eq!(resolver.model(), &resolve(resolver.resources(), &options));
        for change in &changes {
            let before = resolver.model().clone();
            let moved = make(&mut resolver, change);
            let after = resolver.model();
            prop_assert_eq!(after, &resolve(resolver.resources(), &options), "after {:?}", change);
            if let Moved::Backends(moved) = moved {
                prop_assert_eq!(Some(moved.clone()), differing(&before, after), "told of {:?}", change);
                prop_assert!(Arc::ptr_eq(&before.routes, &after.routes));
                for at in (0..after.backends.len()).map(BackendIndex).filter(|at| !moved.contains(at)) {
                    prop_assert!(after.backends.shares(&before.backends, at), "what did not move is shared");
                }
            }
        }
    }
}

const SELECTS: &str = "resolution: STATIC, workloadSelector: {labels: {app: x}}";

fn follow(profile: Profile, documents: &[String]) -> Resolver {
    Resolver::new(load(&documents.join("---\n")), Options { profile, ..Options::default() })
}

/// Applies `manifest`, and says which backends moved, or `everything`.
fn apply(resolver: &mut Resolver, manifest: &str) -> Vec<String> {
    let mut next: ResourceSet = resolver.resources().clone();
    next.apply(&load(manifest));
    let moved = resolver.update(next);
    told(resolver, &moved)
}

fn delete(resolver: &mut Resolver, kind: &str, name: &str) -> Vec<String> {
    let moved = resolver.delete(&ObjectRef { kind: kind.to_owned(), key: ObjectKey::new("gwtest", name) });
    told(resolver, &moved)
}

fn told(resolver: &Resolver, moved: &Moved) -> Vec<String> {
    match moved {
        Moved::Backends(places) => places.iter().map(|at| resolver.model()[*at].id.to_string()).collect(),
        Moved::All => vec!["everything".to_owned()],
    }
}

const EXAMPLE: &str = "gwtest/example-se se.example.com:80";

#[rstest]
#[case::address("labels: {app: x}", "address: 10.0.0.2", &[EXAMPLE], &["10.0.0.2:80"])]
#[case::port("labels: {app: x}", "address: 10.0.0.1, ports: {http: 9090}", &[EXAMPLE], &["10.0.0.1:9090"])]
#[case::k_070_labels("labels: {app: b}", "address: 10.0.0.1", &[EXAMPLE], &[])]
#[case::nothing_that_counts("labels: {app: x}, annotations: {a: b}", "address: 10.0.0.1", &[], &["10.0.0.1:80"])]
fn a_changed_workload_moves_its_backends_alone(
    #[case] meta: &str,
    #[case] spec: &str,
    #[case] moved: &[&str],
    #[case] expected: &[&str],
) {
    for profile in [Profile::Kgateway, Profile::Istio] {
        let other = "hosts: [z.test], ports: [{number: 80}], resolution: STATIC, workloadSelector: {labels: {app: z}}";
        let mut resolver = follow(
            profile,
            &[
                example(SELECTS),
                service_entry("zz", other),
                workload_entry("vm, labels: {app: x}", "address: 10.0.0.1"),
            ],
        );
        assert_eq!(apply(&mut resolver, &workload_entry(&format!("vm, {meta}"), spec)), moved);
        assert_eq!(addresses(&resolver.model().backends[0]), expected);
    }
}

#[test]
fn workloads_come_go_and_come_back() {
    let mut resolver = follow(Profile::Kgateway, &[example(SELECTS)]);
    let ready = pod("p, labels: {app: x}", "10.0.0.1", "");
    assert_eq!(apply(&mut resolver, &ready), [EXAMPLE]);
    assert_eq!(addresses(only(resolver.model())), ["10.0.0.1:80"]);
    assert_eq!(delete(&mut resolver, "Pod", "p"), [EXAMPLE]);
    assert_eq!(delete(&mut resolver, "Pod", "p"), [""; 0], "there is none any more");
    assert_eq!(apply(&mut resolver, &ready), [EXAMPLE]);
    let unready = pod_with("p, labels: {app: x}", "", "podIP: 10.0.0.1");
    assert_eq!(apply(&mut resolver, &unready), [EXAMPLE]);
    assert_eq!(excluded(only(resolver.model())), ["p NotReady K-075"]);
}

#[test]
fn k_071_a_workload_of_another_namespace_is_told_of_and_told_of_no_more() {
    let mut resolver = follow(Profile::Kgateway, &[example(SELECTS)]);
    let far = |labels: &str| workload_entry(&format!("vm, namespace: far, labels: {{{labels}}}"), "address: 10.0.0.1");
    assert_eq!(apply(&mut resolver, &far("app: x")), [EXAMPLE]);
    assert_eq!(excluded(only(resolver.model())), ["far/vm OtherNamespace K-071"]);
    assert_eq!(apply(&mut resolver, &far("app: b")), [EXAMPLE]);
    assert_eq!(excluded(only(resolver.model())), [""; 0]);
}

#[test]
fn d_09_an_empty_selector_sees_every_change_of_its_namespace() {
    let all = example("resolution: STATIC, workloadSelector: {labels: {}}");
    let mut resolver = follow(Profile::Istio, &[all]);
    assert_eq!(apply(&mut resolver, &pod("p", "10.0.0.1", "")), [EXAMPLE]);
    assert_eq!(apply(&mut resolver, &pod("q, namespace: far", "10.0.0.2", "")), [""; 0]);
    assert_eq!(addresses(only(resolver.model())), ["10.0.0.1:80"]);
}

#[test]
fn i_078_a_workload_of_one_declaration_moves_the_host_of_both() {
    let second = service_entry(
        "second-se",
        &format!(
            "hosts: [se.example.com], ports: [{{number: 80, name: http, protocol: HTTP}}], {}",
            "resolution: STATIC, workloadSelector: {labels: {app: b}}"
        ),
    );
    let mut resolver = follow(Profile::Istio, &[example(SELECTS), second]);
    let moved = apply(&mut resolver, &workload_entry("vm, labels: {app: b}", "address: 10.0.0.1"));
    assert_eq!(addresses(&resolver.model().backends[0]), ["10.0.0.1:80"], "the first serves the host");
    assert_eq!(moved, [EXAMPLE, "gwtest/second-se se.example.com:80"]);
}

const SLICE: &str = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
    metadata: {name: web-a, namespace: gwtest, labels: {kubernetes.io/service-name: web}}\n\
    ports: [{name: http, port: 8080}]\nendpoints: [{addresses: [10.0.0.1]}]\n";

fn web() -> Vec<String> {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: gwtest}\n\
        spec: {ports: [{name: http, port: 80}]}\n";
    vec![service.to_owned(), SLICE.to_owned(), node("n1", "topology.kubernetes.io/region: r1")]
}

/// Region of the first endpoint of the only backend.
fn region(resolver: &Resolver) -> &str {
    &only(resolver.model()).endpoints[0].locality.region
}

#[test]
fn a_pod_places_the_endpoints_of_slices_with_its_address() {
    let moved = ["Service gwtest/web web.gwtest.svc.cluster.local:80"];
    let mut resolver = follow(Profile::Kgateway, &web());
    assert_eq!(region(&resolver), "");
    assert_eq!(apply(&mut resolver, &pod("p", "10.0.0.1", "n1")), moved);
    assert_eq!(region(&resolver), "r1");
    assert_eq!(apply(&mut resolver, &pod("p", "10.0.0.2", "n1")), moved, "the address before counts too");
    assert_eq!(region(&resolver), "");
    assert_eq!(apply(&mut resolver, &pod("q", "10.0.0.3", "n1")), [""; 0]);
}

#[test]
fn of_two_pods_with_one_address_the_other_remains() {
    let mut resolver = follow(Profile::Kgateway, &web());
    apply(&mut resolver, &pod("a", "10.0.0.1", "n1"));
    apply(&mut resolver, &pod("b", "10.0.0.1", ""));
    assert_eq!(region(&resolver), "", "the last in order says where it is");
    delete(&mut resolver, "Pod", "b");
    assert_eq!(region(&resolver), "r1");
}

#[test]
fn k_003_what_no_discovery_selector_selects_moves_nothing_until_it_does() {
    let selector = sextant_resources::LabelSelector {
        match_labels: [("team".to_owned(), "a".to_owned())].into(),
        ..Default::default()
    };
    let mut options = Options::default();
    options.settings.discovery_selectors = vec![selector];
    let vm = workload_entry("vm, labels: {app: x}", "address: 10.0.0.1");
    let mut resolver = Resolver::new(load(&example(SELECTS)), options);
    assert_eq!(apply(&mut resolver, &vm), [""; 0]);
    assert!(resolver.model().backends.is_empty());
    assert_eq!(apply(&mut resolver, &namespace("gwtest", "labels: {team: a}")), ["everything"]);
    assert_eq!(addresses(only(resolver.model())), ["10.0.0.1:80"]);
    assert_eq!(delete(&mut resolver, "WorkloadEntry", "vm"), [EXAMPLE]);
}

#[rstest]
#[case::route(http_route("r", "parentRefs: [{name: gw}]"), true)]
#[case::grant(
    reference_grant(
        "g",
        "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: x",
        "kind: Service, group: ''"
    ),
    true
)]
#[case::node(node("n9", ""), false)]
#[case::service_entry(service_entry("zz", "hosts: [z.test], ports: [{number: 80}], resolution: STATIC"), false)]
fn a_changed_route_leaves_the_backends_alone(#[case] manifest: String, #[case] shared: bool) {
    let mut resolver =
        follow(Profile::Kgateway, &[example(SELECTS), gateway(&["name: http, port: 80, protocol: HTTP"])]);
    let before = resolver.model().clone();
    assert_eq!(apply(&mut resolver, &manifest), ["everything"]);
    assert_eq!(resolver.model().backends.shares(&before.backends, BackendIndex(0)), shared);
    assert_eq!(resolver.model(), &resolve(resolver.resources(), &Options::default()));
}

#[test]
fn a_copy_of_the_model_does_not_move() {
    let mut resolver = follow(Profile::Kgateway, &[example(SELECTS)]);
    let before = resolver.model().clone();
    apply(&mut resolver, &workload_entry("vm, labels: {app: x}", "address: 10.0.0.1"));
    assert!(only(&before).endpoints.is_empty());
    assert_eq!(addresses(only(resolver.model())), ["10.0.0.1:80"]);
}
