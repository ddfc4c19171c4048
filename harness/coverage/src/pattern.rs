//! Paths of the catalogue's fields, and where a manifest has them.

use sextant_resources::yaml::{Node, Value};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<'p> {
    /// This key.
    Key(&'p str),
    /// Any item of a list.
    Items,
    /// Any key.
    Keys,
}

/// Whether `object` has a value at `path` (`spec.ports[].name`, `metadata.annotations["a/b"]`): `value`, if it is given.
pub(crate) fn has(object: &Node, path: &str, value: Option<&str>) -> bool {
    walk(object, &parts(path), value)
}

fn walk(node: &Node, path: &[Part<'_>], value: Option<&str>) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return value.is_none_or(|value| text(node).as_deref() == Some(value));
    };
    match (first, &node.value) {
        (Part::Key(key), _) => node.get(key).is_some_and(|node| walk(node, rest, value)),
        (Part::Items, Value::List(items)) => items.iter().any(|item| walk(item, rest, value)),
        (Part::Keys, Value::Map(entries)) => entries.iter().any(|entry| walk(&entry.node, rest, value)),
        (Part::Items | Part::Keys, _) => false,
    }
}

/// What a scalar says.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Str(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn parts(path: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (part, behind) = if let Some(behind) = rest.strip_prefix("[]") {
            (Part::Items, behind)
        } else if let Some(behind) = rest.strip_prefix("{}") {
            (Part::Keys, behind)
        } else if let Some((key, behind)) = rest.strip_prefix("[\"").and_then(|rest| rest.split_once("\"]")) {
            (Part::Key(key), behind)
        } else {
            let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
            (Part::Key(&rest[..end]), &rest[end..])
        };
        parts.push(part);
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;
    use sextant_resources::load_text;

    use super::*;

    const OBJECT: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: se, namespace: test, annotations: { a/b.c: x } }
spec:
  hosts: [a.example.com, b.example.com]
  ports: [{ number: 80, name: http }, { number: 443, targetPort: 8443 }]
  workloadSelector: { labels: { app: web } }";

    #[rstest]
    #[case("spec.hosts[]", None, true)]
    #[case("spec.hosts[]", Some("b.example.com"), true)]
    #[case("spec.hosts[]", Some("c.example.com"), false)]
    #[case("spec.ports[].targetPort", None, true)]
    #[case("spec.ports[].targetPort", Some("8443"), true)]
    #[case("spec.ports[].protocol", None, false)]
    #[case("spec.workloadSelector.labels{}", None, true)]
    #[case("spec.workloadSelector.labels{}", Some("api"), false)]
    #[case("spec.hosts{}", None, false)]
    #[case("metadata.annotations[\"a/b.c\"]", Some("x"), true)]
    #[case("metadata.annotations[\"a/b.d\"]", None, false)]
    fn a_path_finds_what_is_written(#[case] path: &str, #[case] value: Option<&str>, #[case] expected: bool) {
        let loaded = load_text(&Arc::from("test.yaml"), OBJECT);
        let (_, origin) = loaded.resources.iter().next().unwrap();
        assert_eq!(has(origin.tree().unwrap(), path, value), expected);
    }
}
