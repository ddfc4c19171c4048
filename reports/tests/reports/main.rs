//! Properties of whole reports, over the samples and over records that nobody would write by hand.

mod annotations;
mod golden;
mod junit;
mod markdown;
mod progress;
mod record;
mod terminal;
mod verify;
