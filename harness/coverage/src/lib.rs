//! Which scenarios and tests hold which rule of the catalogue.
//!
//! A rule is *held* under a profile when something fails as soon as a gateway of that profile breaks it: a scenario that
//! names it and runs there, or a Rust test that names it. [`Coverage`] lists both for every rule, and for what can be
//! written in the objects and what users reported; [`Coverage::gaps`] says where a holder is missing. The tests are found
//! when this crate is built, so that an installed program knows them without their sources.

#[cfg(test)]
#[path = "../build/scan.rs"]
mod scan;

mod coverage;
mod gap;
mod manifests;
mod pattern;
mod test_table;

pub use coverage::{Coverage, Held, Holders};
pub use gap::Gap;
pub use test_table::{Test, tests};
