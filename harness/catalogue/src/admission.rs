//! The bad-input table: what the validators of Istio say, row by row.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::table::{Entry, Table, table};

/// A row of the bad-input table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Row {
    /// `V-001` and so on.
    pub id: String,
    /// Kind of the object. Rows of `HTTPRoute` show in a status condition and not in a validator.
    pub object: String,
    /// What is wrong, as a condition.
    pub fault: String,
    /// What istiod's webhook says of any part of it.
    pub webhook: Layer,
    /// What the API server says by the CRD of any part of it.
    pub crd: Layer,
    /// What to tell a person.
    pub message: String,
    /// What the person should do.
    pub fix: String,
    /// Words of the real validator's message, to search for; absent when they are not stable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
}

/// What a layer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Nothing.
    #[default]
    None,
    /// It is let in with a warning.
    Warning,
    /// It is refused.
    Error,
}

static ROWS: Table<Row> = LazyLock::new(|| table(&[FILE]));

const FILE: &str = include_str!("../rules/validation.yaml");

/// Every row, in order of id.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.values()
}

/// The row of this id.
pub fn row(id: &str) -> Option<&'static Row> {
    ROWS.get(id)
}

impl Entry for Row {
    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::read;

    #[test]
    fn rows_are_numbered_without_gaps_and_say_what_to_do() {
        let rows = read::<Row>(FILE).unwrap();
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(row.id, format!("V-{:03}", index + 1));
            assert!(!row.fault.is_empty() && !row.message.is_empty() && !row.fix.is_empty(), "{}", row.id);
            let silent = row.webhook == Layer::None && row.crd == Layer::None;
            assert_eq!(silent, row.object == "HTTPRoute", "{}", row.id);
        }
        assert_eq!(rows.len(), 82);
    }
}
