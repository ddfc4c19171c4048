//! A run record as people and programs read it.
//!
//! Everything here is made from a [`RunRecord`](sextant_verdict::RunRecord) and from nothing else. [`Report`] walks
//! the record once and answers what every format asks (counts, problems, what is worth a line); the formats only lay
//! its answers out. Nothing is printed and no environment is read: width, colour and character set are arguments, and
//! the text goes into a string or a writer of the caller. Records that were stored come back through [`read()`], which
//! tells the place of what is wrong with them, and [`verify()`], which finds what was changed since.
//!
//! | format | for | module |
//! |---|---|---|
//! | tables | a terminal or a log | [`terminal`] |
//! | JSON | programs; the record itself, with digests | [`json`] |
//! | JUnit XML | CI test views | [`junit`] |
//! | Markdown | a CI job summary | [`markdown`] |
//! | workflow commands | marks beside the lines of a pull request | [`annotations`] |
//! | canonical JSON | comparing runs byte for byte | [`canonical`] |
//! | ConformanceReport | the tools of the Gateway API | [`conformance`] |
//! | tables, JSON, Markdown | comparing two runs | [`RunDiff`] |
//! | features of subjects | what they say they can do, and what was seen | [`features`] |
//! | one HTML page | whoever would rather look than read | [`html`] |
//! | tables, JSON, Markdown | many subjects at a glance | [`Matrix`] |
//! | one line per event | a log while the run goes on | [`progress`] |

pub mod annotations;
pub mod canonical;
pub mod causes;
pub mod conformance;
mod diff;
mod error;
pub mod features;
mod figures;
pub mod html;
pub mod json;
pub mod junit;
pub mod layout;
mod listing;
pub mod markdown;
mod matrix;
pub mod progress;
mod report;
mod stored;
mod style;
pub mod terminal;
mod text;
mod verify;

pub use diff::{Change, Changed, Pace, RunDiff, Side};
pub use error::WriteError;
pub use json::schema;
pub use matrix::{By, Matrix, Row, Tally};
pub use report::{Detail, Difference, Field, Fold, Problem, Report};
pub use stored::{ReadError, Stored, Unreadable, read};
pub use style::{MIN_WIDTH, Style};
pub use verify::{Finding, verify};
