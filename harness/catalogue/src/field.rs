//! What can be written in the objects that Sextant is about: fields, their values, and the clauses of a backendRef.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::table::{Entry, Table, table};

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

static FIELDS: Table<Field> = LazyLock::new(|| table(&[FILE]));

const FILE: &str = include_str!("../rules/fields.yaml");

/// Every field and value, in order of id.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.values()
}

/// The field or value of this id.
pub fn field(id: &str) -> Option<&'static Field> {
    FIELDS.get(id)
}

impl Entry for Field {
    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::read;

    #[test]
    fn fields_are_numbered_without_gaps_and_name_rules_that_exist() {
        let fields = read::<Field>(FILE).unwrap();
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
