//! What can be written in the objects that Sextant is about: fields, their values, and the clauses of a backendRef.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A field, or one of the values that a field may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// `F-001` and so on.
    pub id: String,
    /// Kind of the object; `Route` for any kind of route.
    pub kind: String,
    /// Its path: `spec.ports[].targetPort`, where `[]` is any item and `{}` any key.
    pub path: String,
    /// The value; absent means any. `""` is an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Rules that say what it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Why no scenario or test can hold it; absent when one can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The file is part of this crate and a test reads it, so it cannot be wrong here.
static FIELDS: LazyLock<BTreeMap<String, Field>> =
    LazyLock::new(|| read(FILE).unwrap_or_default().into_iter().map(|field| (field.id.clone(), field)).collect());

const FILE: &str = include_str!("../rules/fields.yaml");

/// Every field and value, in order of id.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.values()
}

/// The field or value of this id.
pub fn field(id: &str) -> Option<&'static Field> {
    FIELDS.get(id)
}

fn read(text: &str) -> Result<Vec<Field>, serde_saphyr::Error> {
    serde_saphyr::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_numbered_without_gaps_and_name_rules_that_exist() {
        let fields = read(FILE).unwrap();
        for (index, field) in fields.iter().enumerate() {
            assert_eq!(field.id, format!("F-{:03}", index + 1));
            assert!(field.reason.is_some() || !field.rules.is_empty(), "{}: neither rules nor a reason", field.id);
            for rule in &field.rules {
                assert!(crate::rule(rule).is_some() || crate::row(rule).is_some(), "{}: {rule}", field.id);
            }
        }
        let of = |kind: &str| fields.iter().filter(|field| field.kind == kind).count();
        assert!(of("ServiceEntry") > 30 && of("WorkloadEntry") > 10 && of("Route") > 10);
    }
}
