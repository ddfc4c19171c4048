//! What a scenario is, and whether observations keep its promises.
//!
//! [`Scenario`] is the YAML that people write: a world (manifests, DNS, workloads), steps, and the promises that the
//! rules make about them. [`load`] reads scenarios and reports every fault of every file at once. [`judge`] compares
//! promises with observations. Nothing here knows a gateway or computes what a gateway should do, and apart from
//! [`load`], which reads files, everything is pure.
//!
//! Nothing is promised by default: what a scenario does not say is not judged.

mod expect;
mod finding;
pub mod judge;
mod lint;
mod load;
mod model;
mod places;
mod schema;
mod statistics;
mod step;
mod view;

pub use expect::{Check, Expect, Seen, ShareBy, Shares, StatusExpectation};
pub use finding::{Finding, Findings, Severity};
pub use load::{LoadError, LoadedScenario, Suite, load, load_text};
pub use model::{ManifestSource, Profile, SCENARIO_API_VERSION, Scenario, ScenarioWorkload, Settings, WorkloadKind};
pub use places::Places;
pub use schema::{scenario_schema, scenario_schema_text};
pub use statistics::{ALPHA, DEFAULT_SAMPLE, POWER};
pub use step::{
    Apply, ConditionExpectation, Delete, Hold, ListedEndpointExpectation, ListedExclusionExpectation, ListedStep,
    Lookup, QueriesStep, QueryExpectation, Request, Send, StatusStep, Step, Until, WorkloadChange,
};
pub use view::{Action, StepView};
