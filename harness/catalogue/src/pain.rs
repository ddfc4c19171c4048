//! What users ran into: reports from the issue trackers of kgateway, Istio and their neighbours.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::table::{Entry, Table, table};

/// A report of a user, and the rules behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pain {
    /// `P-001` and so on; from `P-201` on those of kgateway and of others.
    pub id: String,
    /// What was seen, or wished for.
    pub what: String,
    /// The report, as a link.
    pub seen: String,
    /// Rules that it is about; empty when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Why no scenario of a single gateway can show it; absent when one can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

static PAINS: Table<Pain> = LazyLock::new(|| table(&[FILE]));

const FILE: &str = include_str!("../rules/pains.yaml");

/// Every report, in order of id.
pub fn pains() -> impl Iterator<Item = &'static Pain> {
    PAINS.values()
}

/// The report of this id.
pub fn pain(id: &str) -> Option<&'static Pain> {
    PAINS.get(id)
}

impl Entry for Pain {
    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::read;

    #[test]
    fn reports_have_a_link_and_rules_that_exist_or_a_reason() {
        let pains = read::<Pain>(FILE).unwrap();
        assert!(pains.is_sorted_by(|a, b| a.id < b.id), "not in the order of ids");
        assert_eq!(pains.len(), PAINS.len());
        for pain in pains {
            assert!(crate::is_rule_id(&pain.id) && pain.id.starts_with("P-"), "{}", pain.id);
            assert!(!pain.what.is_empty() && pain.seen.starts_with("https://github.com/"), "{}", pain.id);
            assert!(pain.reason.is_some() || !pain.rules.is_empty(), "{}: neither rules nor a reason", pain.id);
            for rule in &pain.rules {
                assert!(crate::rule(rule).is_some(), "{}: {rule}", pain.id);
            }
        }
    }
}
