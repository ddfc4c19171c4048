//! The explanation as programs and people get it. Expectations are written by hand from the rules and the contract.

mod agreement;
mod changes;
mod connections;
mod contract;
mod outcomes;
mod profiles;
mod shares;
mod support;
mod text;
mod walks;
