//! The words of a result: what was observed, how it differs from what was promised, and the record of a run.
//!
//! This is the only store: reports are made from a [`RunRecord`] and from nothing else. The types are plain data with
//! a published JSON Schema; they know neither gateways nor scenarios.

mod cause;
mod event;
mod feature;
mod ledger;
mod observation;
mod outcome;
mod record;
mod schema;
mod verdict;

pub use cause::{Cause, CauseRecord};
pub use event::RunEvent;
pub use feature::{FeatureFinding, FeatureRecord};
pub use ledger::{EntryState, Explains, Known, LedgerEntry};
pub use observation::{
    DnsQuery, Failure, FailureSide, ListedEndpoint, ListedExclusion, Listing, LookupAnswer, Observations, Reply,
    ReplyOutcome, RouteCondition, Source, WorkloadRequest, WorkloadTls,
};
pub use outcome::{OTHER_PROFILE, Outcome};
pub use record::{
    API_VERSION, CheckRecord, Digest, Environment, Evidence, KIND, Level, Mismatch, Place, RunRecord, ScenarioRecord,
    ShareRow, ShareTable, StatisticsNote, Summary,
};
pub use schema::run_record_schema;
pub use verdict::Verdict;
