//! Does the suite catch a gateway that is wrong? Each [`Mutant`] is the reference with one thing wrong, as a change of data: of
//! the switches that tell the profiles apart, of what it reads, of what was resolved, of what DNS answers, or of how the gateway
//! is started. A [`Hunter`] runs scenarios on one until one fails; [`check`] demands that of every mutant, and of every
//! scenario that it makes one of them fail.

mod check;
mod diagnosis;
mod handed;
mod hearing;
mod hunt;
mod kills;
mod list;
mod mutant;

pub use check::{Checked, check, hunts};
pub use diagnosis::Diagnoses;
pub use hearing::{Heard, Hearing};
pub use hunt::{Hunt, Hunter, Kill};
pub use kills::{Kills, UnreadableTable, liveness};
pub use list::mutants;
pub use mutant::{Change, Mutant};
