//! The explanation as programs and people get it. Expectations are written by hand from the rules and the contract.

mod changes;
mod contract;
mod outcomes;
mod shares;
mod support;
mod text;
mod walks;
