//! `exportTo`: V-047 to V-050.

use std::collections::HashSet;

use super::items;
use super::names::is_label;
use super::service_entry::Entry;
use crate::finding::{Findings, Says};

pub(super) fn check(entry: &Entry<'_>, findings: &mut Findings) {
    let written: Vec<_> =
        items(entry.spec, "exportTo").filter_map(|(index, value)| Some((index, value.as_str()?))).collect();
    let mut seen = HashSet::new();
    for (index, value) in &written {
        let path = format!("spec.exportTo[{index}]");
        let namespace = if *value == "." { entry.namespace } else { value };
        if !seen.insert(namespace) {
            findings.add_value("V-047", path.as_str(), Says::WEBHOOK, format!("`{value}`"));
        }
        let is_namespace = is_label(value) && !value.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_namespace && !matches!(*value, "." | "*" | "~") {
            findings.add_value("V-048", path, Says::WEBHOOK, format!("`{value}`"));
        }
    }
    for (code, lone) in [("V-049", "*"), ("V-050", "~")] {
        let others = written.iter().any(|(_, value)| *value != lone);
        if let Some((index, _)) = written.iter().find(|(_, value)| *value == lone).filter(|_| others) {
            findings.add(code, format!("spec.exportTo[{index}]"), Says::WEBHOOK);
        }
    }
}
