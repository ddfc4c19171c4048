//! What a scenario is, and whether observations keep its promises.
//!
//! [`Scenario`] is the YAML that people write: a world (manifests, DNS, workloads), steps, and the promises that the
//! rules make about them. [`load`] reads scenarios and reports every fault of every file at once. [`judge`] compares
//! promises with observations. Nothing here knows a gateway or computes what a gateway should do, and apart from
//! [`load`], which reads files, everything is pure.
//!
//! Nothing is promised by default: what a scenario does not say is not judged.
//!
//! # Codes of findings
//!
//! | code | when |
//! |---|---|
//! | `empty-file`, `yaml-syntax`, `not-a-scenario` | there is no document, none that can be read, or one of another kind |
//! | `duplicate-key`, `unknown-field`, `missing-field` | a key stands twice, means nothing, or must be there |
//! | `wrong-type`, `unknown-value`, `invalid-value` | a value cannot be read as what it must be |
//! | `wrong-version`, `bad-id`, `empty-text`, `long-title`, `no-rules`, `bad-rule`, `unknown-rule` | the head of the scenario |
//! | `duplicate-id`, `twin` | another scenario has the id, or is the same but for its words |
//! | `no-manifest` | a manifest file does not exist, or a manifest is empty |
//! | `bad-endpoint`, `duplicate-workload`, `unknown-workload`, `unknown-step` | a workload cannot listen, twice listens, or is not there to be changed; a step is not there |
//! | `no-action`, `several-actions` | a step does not do exactly one thing |
//! | `no-promise`, `empty-promise` | the scenario cannot fail, or a step that exists to judge judges nothing |
//! | `bad-request`, `bad-count`, `bad-lookup`, `bad-condition`, `bad-protocol`, `bad-header` | a value that makes no sense where it stands |
//! | `unknown-source`, `duplicate-source` | a promise about somebody who cannot answer, or twice about the same |
//! | `zero-shares`, `bad-share`, `single-reply` | shares of nobody, of something else, or of one reply |
//! | `contradiction` | promises that cannot be kept together |
//! | `bad-alpha` | a statistical check with too many false alarms |
//! | `small-sample` | one that can find nothing (error), or less than the default sample does (warning) |
//! | `partial-cycle` (warning) | an exact check that leaves room because its requests end within a cycle |

mod expect;
mod finding;
mod grpc;
pub mod judge;
mod level;
mod lint;
mod load;
mod model;
mod places;
mod schema;
mod statistics;
mod step;
mod view;

pub use expect::{Check, Expect, HeaderPromises, Seen, ShareBy, Shares, StatusExpectation};
pub use finding::{Finding, Findings, Severity};
pub use grpc::GrpcStatus;
pub use level::level;
pub use load::{LoadError, LoadedScenario, Suite, load, load_text};
pub use model::{
    ControlPlane, ManifestSource, NetworkGateway, SCENARIO_API_VERSION, Scenario, ScenarioWorkload, Settings,
    WorkloadKind,
};
pub use places::Places;
pub use schema::{scenario_schema, scenario_schema_text};
pub use sextant_catalogue::Profile;
pub use statistics::{ALPHA, DEFAULT_SAMPLE, POWER};
pub use step::{
    Apply, ClientTls, ConditionExpectation, Delete, Hold, ListedEndpointExpectation, ListedExclusionExpectation,
    ListedStep, Lookup, QueriesStep, QueryExpectation, Request, Send, StatusStep, Step, Traffic, Until, WorkloadChange,
};
pub use view::{Action, StepView};
