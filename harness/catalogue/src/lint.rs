//! Traps: what every validator lets in and users trip over.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::Profile;
use crate::table::{Entry, Table, table};

/// A trap. What `sextant validate` says of it is a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lint {
    /// `L-001` and so on.
    pub id: String,
    /// The trap, as a condition.
    pub trap: String,
    /// What happens to whoever falls into it.
    pub effect: String,
    /// What to do instead.
    pub fix: String,
    /// Rules that it follows from.
    pub rules: Vec<String>,
    /// Under which profiles it is one; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// Who fell into it: issues, as links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
}

static LINTS: Table<Lint> = LazyLock::new(|| table(&[FILE]));

const FILE: &str = include_str!("../rules/lints.yaml");

/// Every lint, in order of id.
pub fn lints() -> impl Iterator<Item = &'static Lint> {
    LINTS.values()
}

/// The lint of this id.
pub fn lint(id: &str) -> Option<&'static Lint> {
    LINTS.get(id)
}

impl Entry for Lint {
    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::read;

    #[test]
    fn lints_are_numbered_without_gaps_and_name_rules_that_exist() {
        for (index, lint) in read::<Lint>(FILE).unwrap().iter().enumerate() {
            assert_eq!(lint.id, format!("L-{:03}", index + 1));
            assert!(!lint.trap.is_empty() && !lint.effect.is_empty() && !lint.fix.is_empty(), "{}", lint.id);
            assert!(!lint.rules.is_empty(), "{}", lint.id);
            for rule in &lint.rules {
                assert!(crate::rule(rule).is_some() || crate::row(rule).is_some(), "{}: {rule}", lint.id);
            }
        }
    }
}
