//! What is known of ServiceEntry routing, as data: the files of `rules/`, built into the program.
//!
//! [`rules`] are what a gateway does, [`rows`] what a validator says of bad input, [`lints`] what no validator says and
//! users trip over. Whoever decides, tests or explains names their ids; the words stand here and nowhere else.

mod admission;
mod lint;
mod rule;

pub use admission::{Layer, Row, row, rows};
pub use lint::{Lint, lint, lints};
pub use rule::{DataPath, Evidence, Level, Profile, Rule, covers, is_rule_id, rule, rules};
