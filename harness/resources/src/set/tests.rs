use crate::{Loaded, ObjectKey, ObjectRef, ResourceSet, load_text};

fn set(text: &str) -> ResourceSet {
    let Loaded { resources, diagnostics, .. } = load_text(&"in.yaml".into(), text);
    assert!(diagnostics.iter().all(|found| found.code == "R-013"), "{diagnostics:?}");
    resources
}

fn pod(name: &str, created: &str) -> String {
    format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, creationTimestamp: {created}}}\n")
}

fn reference(kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: kind.to_owned(), key: ObjectKey::new(namespace, name) }
}

const OLD: &str = "2026-01-01T00:00:00Z";
const NEW: &str = "2026-02-02T00:00:00Z";

#[test]
fn applying_inserts_and_replaces() {
    let mut set = set(&(pod("kept", OLD) + &pod("changed", OLD)));
    set.apply(&self::set(&(pod("changed", NEW) + &pod("added", "~"))));
    let names: Vec<_> = set.pods.keys().map(|key| key.name.to_string()).collect();
    assert_eq!(names, ["added", "changed", "kept"]);
    assert_eq!((set.len(), set.is_empty()), (3, false));
}

#[test]
fn applying_without_a_creation_time_keeps_the_old_one() {
    let created = |set: &ResourceSet| set.pods.values().next().expect("a pod").meta.creation_timestamp;
    let mut set = set(&pod("p", OLD));
    set.apply(&self::set(&pod("p", "~")));
    assert_eq!(created(&set), Some(OLD.parse().expect("a time")));
    set.apply(&self::set(&pod("p", NEW)));
    assert_eq!(created(&set), Some(NEW.parse().expect("a time")));
}

#[test]
fn unknown_objects_are_replaced_too() {
    let unknown = "apiVersion: x/v1\nkind: X\nmetadata: {name: a}\n";
    let mut set = set(unknown);
    set.apply(&self::set(&format!("# moved\n{unknown}---\napiVersion: x/v2\nkind: X\nmetadata: {{name: a}}\n")));
    let lines: Vec<_> = set.unknown.iter().map(|unknown| (unknown.api_version.as_str(), unknown.place.line)).collect();
    assert_eq!(lines, [("x/v1", 2), ("x/v2", 6)]);
    assert!(set.is_empty(), "only kinds that are read count");
}

#[test]
fn deleting_says_whether_there_was_something() {
    let mut set = set(&(pod("p", OLD) + "---\napiVersion: x/v1\nkind: X\nmetadata: {name: a}\n"));
    assert!(!set.delete(&reference("Pod", "other", "p")));
    assert!(!set.delete(&reference("Service", "default", "p")));
    assert!(set.delete(&reference("Pod", "default", "p")));
    assert!(!set.delete(&reference("Pod", "default", "p")));
    assert!(set.delete(&reference("X", "default", "a")));
    assert!(set.is_empty() && set.unknown.is_empty());
}

#[test]
fn every_object_is_listed_with_its_origin() {
    let set = set(&(pod("p", OLD) + "---\napiVersion: v1\nkind: Node\nmetadata: {name: node}\n"));
    let listed: Vec<_> = set.iter().map(|(object, origin)| format!("{object} {}", origin.start())).collect();
    assert_eq!(listed, ["Pod default/p in.yaml:2:1", "Node node in.yaml:6:1"]);
}

#[test]
fn differing_objects_are_the_changed_the_added_and_the_missing() {
    let before = set(&(pod("a", OLD) + &pod("changed", OLD) + &pod("gone", OLD) + &pod("z", OLD)));
    let mut after = before.clone();
    after.delete(&reference("Pod", "default", "gone"));
    after.apply(&set(&(pod("changed", NEW) + &pod("added", NEW))));
    let expected = ["added", "changed", "gone"].map(|name| reference("Pod", "default", name));
    assert_eq!(after.differing(&before), expected);
    assert_eq!(before.differing(&after), expected);
    assert_eq!(before.differing(&before.clone()), []);
}
