//! Runs scenarios: builds a testbed for each, drives its steps against a subject, observes, and has the pure judge of
//! `sextant-scenario` decide. It never knows what a gateway should do.
//!
//! [`run`] is all that a caller needs: it takes scenarios and [`SubjectFactory`]s, tells [`RunEvent`]s as it goes, and
//! gives back the [`RunRecord`]. What a gateway has to do to be tested is the trait [`Subject`].
//!
//! [`RunEvent`]: sextant_verdict::RunEvent
//! [`RunRecord`]: sextant_verdict::RunRecord

mod addresses;
mod clock;
mod feature;
mod keep;
mod ledger;
mod lookup;
mod loopback;
mod manifests;
mod play;
mod probe;
mod run;
mod steps;
mod subject;
mod testbed;

pub use addresses::{AddressMode, Aliases, DnsFront, netns, rewrite};
pub use feature::{Feature, Features, UnknownFeature, probe_features};
pub use keep::{Keep, KeptTestbed};
pub use run::{Repeat, RunOptions, run, run_keeping};
pub use subject::{Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
