//! What a scenario is, and whether observations keep its promises.
//!
//! [`Scenario`] is the YAML that people write: a world (manifests, DNS, workloads), steps, and the promises that the
//! rules make about them. [`load`] reads scenarios and reports every fault of every file at once. [`judge`] compares
//! promises with observations. Both are pure; nothing here knows a gateway or computes what a gateway should do.

mod expect;
mod model;
mod step;

pub use expect::{Check, Expect, Seen, ShareBy, Shares, StatusExpectation};
pub use model::{ManifestSource, Profile, SCENARIO_API_VERSION, Scenario, ScenarioWorkload, Settings, WorkloadKind};
pub use step::{
    Apply, ConditionExpectation, Delete, Hold, ListedEndpointExpectation, ListedExclusionExpectation, ListedStep,
    Lookup, QueriesStep, QueryExpectation, Request, Send, StatusStep, Step, Until, WorkloadChange,
};
