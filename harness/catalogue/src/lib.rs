//! What is known of ServiceEntry routing, as data: the files of `rules/`, built into the program.
//!
//! [`rules`] are what a gateway does, [`rows`] what a validator says of bad input, [`lints`] what no validator says and
//! users trip over, [`pains`] what they reported, [`fields`] what can be written at all. Whoever decides, tests or explains names their ids; the words stand here and nowhere else.

mod admission;
mod field;
mod lint;
mod page;
mod pain;
mod rule;
mod table;

pub use admission::{Layer, Row, row, rows};
pub use field::{Field, field, fields};
pub use lint::{Lint, lint, lints};
pub use page::page;
pub use pain::{Pain, pain, pains};
pub use rule::{DataPath, Evidence, Level, Profile, Rule, is_rule_id, rule, rules};

/// Whether the catalogue has the id `id`; `None` for one of a family that it has not (`A-`, `GW-`).
pub fn knows(id: &str) -> Option<bool> {
    match id.split_once('-')?.0 {
        "K" | "I" | "D" | "E" => Some(rule(id).is_some()),
        "V" => Some(row(id).is_some()),
        "L" => Some(lint(id).is_some()),
        "P" => Some(pain(id).is_some()),
        "F" => Some(field(id).is_some()),
        _ => None,
    }
}
