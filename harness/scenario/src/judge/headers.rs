//! Promises about header fields, of replies and of what workloads saw.

use std::collections::BTreeMap;

use crate::expect::HeaderPromises;

/// `location: /there` or `no x-old`, each after the other.
pub(super) fn describe(promises: &HeaderPromises) -> String {
    let each = promises.iter().map(|(name, value)| match value {
        Some(value) => format!("header {name}: {value}"),
        None => format!("no header {name}"),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// How `fields`, by name in lower case, break the first promise that they break; `None` when they keep all.
pub(super) fn wrong(fields: &BTreeMap<String, String>, promises: &HeaderPromises) -> Option<String> {
    promises.iter().find_map(|(name, wanted)| {
        let name = name.to_ascii_lowercase();
        match (wanted, fields.get(&name)) {
            (None, None) => None,
            (Some(wanted), Some(value)) if wanted == value => None,
            (_, Some(value)) => Some(format!("header {name}: {value}")),
            (Some(_), None) => Some(format!("no header {name}")),
        }
    })
}
