//! Runs scenarios: builds a testbed for each, drives its steps against a subject, observes, and has the pure judge of
//! `sextant-scenario` decide. It never knows what a gateway should do.

mod subject;

pub use subject::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
