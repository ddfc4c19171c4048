//! The command line as its users meet it.

mod adapter;
mod addresses;
mod coverage;
mod endpoints;
mod errors;
mod explain;
mod features;
mod keep;
mod ledger;
mod report;
mod rules;
mod sextant;
mod validate;
mod walkthrough;
