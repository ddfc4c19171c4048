//! Objects as whole manifests again.

use serde_json::{Map, Value, json};

use super::UnknownObject;
use crate::{Kind, Object, ObjectKey, Origin};

/// `object` as a manifest. A version that its text does not name, as in the items of a `ServiceEntryList`, is the
/// preferred one.
pub(super) fn document<T: Kind>(object: &Object<T>) -> Value {
    let version = T::VERSIONS.first().copied().unwrap_or_default();
    let preferred = if T::GROUP.is_empty() { version.to_owned() } else { format!("{}/{version}", T::GROUP) };
    let created = object.meta.creation_timestamp.map(|created| created.to_string());
    manifest(&object.origin, &preferred, T::KIND, &object.key, created)
}

pub(super) fn document_of_unknown(object: &UnknownObject) -> Value {
    manifest(&object.origin, &object.api_version, &object.object.kind, &object.object.key, None)
}

fn manifest(origin: &Origin, api_version: &str, kind: &str, key: &ObjectKey, created: Option<String>) -> Value {
    let written = match origin.tree().map(|tree| tree.to_json()) {
        Some(Value::Object(written)) => written,
        _ => Map::new(),
    };
    let mut manifest =
        Map::from_iter([("apiVersion".to_owned(), json!(api_version)), ("kind".to_owned(), json!(kind))]);
    manifest.extend(written);
    let mut metadata = match manifest.remove("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => Map::new(),
    };
    metadata.insert("name".to_owned(), json!(key.name));
    if !key.namespace.is_empty() {
        metadata.insert("namespace".to_owned(), json!(key.namespace));
    }
    if let Some(created) = created {
        metadata.insert("creationTimestamp".to_owned(), json!(created));
    }
    manifest.insert("metadata".to_owned(), Value::Object(metadata));
    Value::Object(manifest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{load_paths, load_text};

    #[test]
    fn documents_say_all_that_was_written_and_who_they_are() {
        let loaded = load_text(
            &"in.yaml".into(),
            "apiVersion: networking.istio.io/v1beta1
kind: ServiceEntry
metadata: {name: vms, labels: {app: '1'}}
spec: {hosts: [vm.test], resolution: STATIC, surprise: [1, 1.5, ~, true, 010]}
---
apiVersion: v1
kind: PodList
items:
- metadata: {name: p, namespace: a, creationTimestamp: 2026-01-01T00:00:00Z}
  status: {podIP: 10.0.0.1}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: sextant}
spec: {controllerName: a/b}
",
        );
        let expected = [
            json!({"apiVersion": "networking.istio.io/v1beta1", "kind": "ServiceEntry",
                "spec": {"hosts": ["vm.test"], "resolution": "STATIC", "surprise": [1, 1.5, null, true, 8]},
                "metadata": {"name": "vms", "namespace": "default", "labels": {"app": "1"}}}),
            json!({"apiVersion": "v1", "kind": "Pod", "status": {"podIP": "10.0.0.1"},
                "metadata": {"name": "p", "namespace": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}}),
            json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
                "spec": {"controllerName": "a/b"}, "metadata": {"name": "sextant"}}),
        ];
        assert_eq!(loaded.resources.documents(), expected);
    }

    #[test]
    fn documents_read_again_are_the_same_objects() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/four-paths");
        let first = load_paths(&[folder.into()]).unwrap().resources;
        let list = json!({"apiVersion": "v1", "kind": "List", "items": first.documents()}).to_string();
        let second = load_text(&"again.json".into(), &list).resources;
        assert_eq!(second.documents(), first.documents());
        assert!(first.len() > 1, "the test has something to compare");
    }
}
