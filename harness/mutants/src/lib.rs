//! Does the suite catch a gateway that is wrong? Each [`Mutant`] is the reference with one thing wrong, as a change of data: of
//! the switches that tell the profiles apart, of what was resolved, or of how the gateway is started. [`hunt`] runs scenarios
//! on each until one fails.

mod hunt;
mod list;
mod mutant;

pub use hunt::{Hunt, Kill, hunt};
pub use list::mutants;
pub use mutant::{Change, Mutant};
