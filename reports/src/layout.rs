//! The look of Sextant's text: pages of sections, tables that fit a width, tones, and figures.
//!
//! Documents that are no run record have it too: `sextant explain` lays its own out with these. Text that comes from
//! outside goes through [`visible`] first, so that nothing in it is obeyed by a terminal.

mod page;
mod table;

pub use self::page::Page;
pub use self::table::{Cell, Kind, Table};
pub use crate::figures::{ABSENT, counted, percent};
pub use crate::style::Tone;
pub use crate::text::{Lines, visible, wrap};
