use sextant_resources::ResourceSet;
use sextant_scenario::load_text as load_scenario;

use super::*;

fn scenario(file: &str, manifests: &str, steps: &str) -> LoadedScenario {
    let text = format!(
        "apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: a-test
title: A test
why: Because
rules: [K-001]
manifests: {manifests}
steps:
{steps}
"
    );
    load_scenario(file, &text).unwrap().scenarios.remove(0)
}

/// A source of manifests: a WorkloadEntry in namespace `ns`.
fn entry(metadata: &str) -> String {
    let text = format!(
        "apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {{ namespace: ns, {metadata} }}\n\
         spec: {{ address: 1.1.1.1 }}\n"
    );
    format!("{{ inline: {} }}", serde_json::to_string(&text).unwrap())
}

fn apply(name: &str) -> String {
    format!("  - apply: {{ manifests: [{}] }}", entry(&format!("name: {name}")))
}

const LOOKUP: &str = "  - lookup: { name: a.test }";

fn created_at(cluster: &Cluster, name: &str) -> String {
    let key = ObjectKey::new("ns", name);
    cluster.resources().workload_entries[&key].meta.creation_timestamp.unwrap().to_string()
}

#[test]
fn each_apply_is_a_second_later_and_a_second_apply_keeps_the_time() {
    let steps = format!("{}\n{}\n{}\n{LOOKUP}", apply("two"), apply("three"), apply("one"));
    let scenario = scenario("a.yaml", &format!("[{}]", entry("name: one")), &steps);
    let manifests = Manifests::read(&scenario).unwrap();
    let mut cluster = manifests.cluster();
    for step in 0..3 {
        cluster.apply(manifests.of_step(step).unwrap());
    }
    assert_eq!(created_at(&cluster, "one"), "2026-01-01T00:00:00Z");
    assert_eq!(created_at(&cluster, "two"), "2026-01-01T00:00:01Z");
    assert_eq!(created_at(&cluster, "three"), "2026-01-01T00:00:02Z");
}

#[test]
fn an_object_that_was_deleted_is_new_when_it_comes_again() {
    let steps = format!("{}\n{LOOKUP}", apply("one"));
    let manifests = Manifests::read(&scenario("a.yaml", "[]", &steps)).unwrap();
    let mut cluster = manifests.cluster();
    cluster.apply(manifests.of_step(0).unwrap());
    let delete = Delete { kind: "WorkloadEntry".into(), namespace: "ns".into(), name: "one".into() };
    cluster.delete(&delete).unwrap();
    assert!(cluster.resources().is_empty());
    cluster.apply(manifests.of_step(0).unwrap());
    assert_eq!(created_at(&cluster, "one"), "2026-01-01T00:00:02Z");
    let error = cluster.delete(&Delete { name: "two".into(), ..delete }).unwrap_err();
    assert_eq!(error.to_string(), "WorkloadEntry ns/two cannot be deleted: there is no such object");
}

#[test]
fn a_creation_time_of_its_own_is_left_alone() {
    let text = "
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: ns, creationTimestamp: 2020-02-02T02:02:02Z }
spec: {}
";
    let mut cluster = Cluster::default();
    cluster.apply(&load_text(&"pod.yaml".into(), text).resources);
    let pod = cluster.resources().pods.values().next().unwrap();
    assert_eq!(pod.meta.creation_timestamp.unwrap().to_string(), "2020-02-02T02:02:02Z");
}

#[test]
fn every_kind_gets_a_creation_time() {
    let kinds = [
        ("gateway.networking.k8s.io/v1", "Gateway", "spec: { gatewayClassName: k, listeners: [] }"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute", "spec: {}"),
        ("networking.istio.io/v1", "ServiceEntry", "spec: { hosts: [a.test] }"),
        ("networking.istio.io/v1", "WorkloadEntry", "spec: { address: 1.1.1.1 }"),
        ("v1", "Pod", "spec: {}"),
        ("v1", "Node", "spec: {}"),
        ("v1", "Namespace", "spec: {}"),
        ("v1", "Service", "spec: {}"),
        ("discovery.k8s.io/v1", "EndpointSlice", "addressType: IPv4\nendpoints: []"),
        ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "spec: { from: [], to: [] }"),
        ("networking.istio.io/v1", "DestinationRule", "spec: { host: a.test }"),
    ];
    let text: Vec<String> = kinds
        .iter()
        .map(|(version, kind, body)| format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: x }}\n{body}\n"))
        .collect();
    let loaded = load_text(&"all.yaml".into(), &text.join("---\n"));
    assert_eq!(loaded.resources.len(), kinds.len(), "{:?}", loaded.diagnostics);
    let mut cluster = Cluster::default();
    cluster.apply(&loaded.resources);
    assert_eq!(untimed(cluster.resources()), Vec::<String>::new());
}

fn untimed(resources: &ResourceSet) -> Vec<String> {
    fn of<T: Kind>(resources: &ResourceSet) -> Option<String> {
        let timed = T::objects(resources).values().all(|object| object.meta.creation_timestamp.is_some());
        (!timed || T::objects(resources).is_empty()).then(|| T::KIND.to_owned())
    }
    use sextant_resources::*;
    [
        of::<Gateway>(resources),
        of::<HttpRoute>(resources),
        of::<ServiceEntry>(resources),
        of::<WorkloadEntry>(resources),
        of::<Pod>(resources),
        of::<Node>(resources),
        of::<Namespace>(resources),
        of::<Service>(resources),
        of::<EndpointSlice>(resources),
        of::<ReferenceGrant>(resources),
        of::<DestinationRule>(resources),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn files_are_relative_to_the_scenario_and_sections_of_pages_can_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: { name: NAME, namespace: ns }\nspec: {}\n";
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    std::fs::write(folder.path().join("pod.yaml"), manifest.replace("NAME", "file")).unwrap();
    let page = format!(
        "# One\n\n```yaml\n{}```\n\n# Two\n\n```yaml\n{}```\n",
        manifest.replace("NAME", "one"),
        manifest.replace("NAME", "two")
    );
    std::fs::write(folder.path().join("page.md"), page).unwrap();
    let file = folder.path().join("scenarios/a.yaml");
    let sources = "[{ file: ../pod.yaml }, { file: ../page.md#two }]";
    let manifests = Manifests::read(&scenario(file.to_str().unwrap(), sources, LOOKUP)).unwrap();
    let names: Vec<_> = manifests.initial.pods.keys().map(|key| key.name.to_string()).collect();
    assert_eq!(names, ["file", "two"]);
}

#[test]
fn every_error_of_every_manifest_is_told_at_once() {
    let bad = |name: &str| entry(&format!("name: {name}, labels: 7"));
    let first = format!("[{}]", bad("first"));
    let steps = format!("  - apply:\n      manifests:\n        - {}\n{LOOKUP}", bad("second"));
    let error = Manifests::read(&scenario("dir/a.yaml", &first, &steps)).unwrap_err().to_string();
    assert!(error.contains("dir/a.yaml line 7 (inline)"), "{error}");
    assert!(error.contains("dir/a.yaml line 11 (inline)"), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Manifests::read(&scenario("a.yaml", "[{ file: missing.yaml }]", LOOKUP)).unwrap_err();
    assert!(
        matches!(&error, ManifestError::Load(LoadError::Unreadable { path, .. }) if path.ends_with("missing.yaml"))
    );
}
