//! The table of kills: which scenario is known to notice which mutant. It says only where to look first; what it says is
//! found out anew each time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The committed table.
const FILE: &str = include_str!("../kills.yaml");
/// The scenarios that notice no mutant, by hand.
const LIVENESS: &str = include_str!("../liveness.yaml");
const HEAD: &str = "\
# Where `sextant mutants --check` looks first. Written by `sextant mutants --update`; what it says is found out anew each
# time. mutants: mutant -> the scenario that notices it. scenarios: scenario that is not among those -> a mutant that it
# notices.
";

/// Which scenario is known to notice which mutant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kills {
    /// From each mutant to a scenario that notices it.
    pub mutants: BTreeMap<String, String>,
    /// From each scenario that is not named above to a mutant that it notices.
    pub scenarios: BTreeMap<String, String>,
}

/// A table of kills or of liveness checks that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be read: {source}")]
pub struct UnreadableTable {
    file: String,
    #[source]
    source: Box<serde_saphyr::Error>,
}

impl Kills {
    /// The table that this program was built with.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn committed() -> Result<Self, UnreadableTable> {
        Self::read(FILE, "harness/mutants/kills.yaml")
    }

    /// The table in `text`, which `file` has.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(text: &str, file: &str) -> Result<Self, UnreadableTable> {
        serde_saphyr::from_str(text)
            .map_err(|source| UnreadableTable { file: file.to_owned(), source: Box::new(source) })
    }

    /// The table as it is committed.
    pub fn to_yaml(&self) -> String {
        format!("{HEAD}{}{}", section("mutants", &self.mutants), section("scenarios", &self.scenarios))
    }

    /// The scenarios that are named as noticing some mutant.
    pub fn killers(&self) -> BTreeSet<&str> {
        self.mutants.values().map(String::as_str).collect()
    }
}

/// One table of the file.
fn section(name: &str, entries: &BTreeMap<String, String>) -> String {
    let empty = if entries.is_empty() { " {}" } else { "" };
    let lines = entries.iter().map(|(from, to)| format!("  {from}: {to}\n"));
    std::iter::once(format!("{name}:{empty}\n")).chain(lines).collect()
}

/// The scenarios that notice no mutant, each with the reason why it is in the suite all the same.
///
/// # Errors
/// When the table cannot be read.
pub fn liveness() -> Result<BTreeMap<String, String>, UnreadableTable> {
    let file = || "harness/mutants/liveness.yaml".to_owned();
    serde_saphyr::from_str(LIVENESS).map_err(|source| UnreadableTable { file: file(), source: Box::new(source) })
}
