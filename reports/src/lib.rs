//! A run record as people and programs read it.
//!
//! Everything here is made from a [`RunRecord`](sextant_verdict::RunRecord) and from nothing else. [`Report`] walks
//! the record once and answers what every format asks (counts, problems, what is worth a line); the formats only lay
//! its answers out. Nothing is printed and no environment is read: width, colour and character set are arguments, and
//! the text goes into a string or a writer of the caller.
//!
//! | format | for | module |
//! |---|---|---|
//! | tables | a terminal or a log | [`terminal`] |
//! | JSON | programs; the record itself | [`json`] |
//! | JUnit XML | CI test views | [`junit`] |
//! | Markdown | a CI job summary | [`markdown`] |
//! | workflow commands | marks beside the lines of a pull request | [`annotations`] |
//! | one line per event | a log while the run goes on | [`progress`] |

pub mod annotations;
mod error;
mod figures;
pub mod json;
pub mod junit;
pub mod layout;
mod listing;
pub mod markdown;
pub mod progress;
mod report;
mod style;
pub mod terminal;
mod text;

pub use error::WriteError;
pub use json::schema;
pub use report::{Detail, Difference, Field, Fold, Problem, Report};
pub use style::{MIN_WIDTH, Style};
