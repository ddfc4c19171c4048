//! A run in the shape of the Gateway API's ConformanceReport, field for field as
//! `sigs.k8s.io/gateway-api/conformance/apis/v1` has it, so that its parser and the tools around it read it.
//!
//! The tests are the scenarios of this suite and the profile is one of its own: nothing here claims that a gateway
//! passed the Gateway API's own tests. *Core* is what `must` rules demand, *extended* what the others do. A scenario that
//! has promises of both counts in both, in each with its own promises. Scenarios of another profile are left out.

mod status;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sextant_verdict::RunRecord;
use thiserror::Error;

use self::status::statuses;

/// The release of the Gateway API whose kinds the suite's manifests are written in.
pub const GATEWAY_API_VERSION: &str = "v1.6.1";

/// Its channel: the suite has TCPRoutes and retries, which the standard one has not.
pub const GATEWAY_API_CHANNEL: &str = "experimental";

/// How much a rule binds, as far as a conformance report tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// Every gateway has to keep it.
    Core,
    /// A gateway may have a reason not to.
    Extended,
}

/// The report of one subject. Fields are in the order in which upstream writes them; there is no `metadata`, which its
/// strict parser refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConformanceReport {
    /// Always `gateway.networking.k8s.io/v1`.
    pub api_version: String,
    /// When the run started, RFC 3339.
    pub date: String,
    /// [`GATEWAY_API_CHANNEL`].
    #[serde(rename = "gatewayAPIChannel")]
    pub gateway_api_channel: String,
    /// [`GATEWAY_API_VERSION`].
    #[serde(rename = "gatewayAPIVersion")]
    pub gateway_api_version: String,
    /// Who made the gateway.
    pub implementation: Implementation,
    /// Always `ConformanceReport`.
    pub kind: String,
    /// How the gateway was run: `default`, or a mode of its own.
    pub mode: String,
    /// One profile: `SERVICEENTRY-KGATEWAY` or `SERVICEENTRY-ISTIO`.
    pub profiles: Vec<ProfileReport>,
    /// Provisional tests that passed; this suite has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub succeeded_provisional_tests: Vec<String>,
}

/// Who made the gateway. Upstream accepts no empty field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Implementation {
    /// GitHub user or team (`@name`), mail address or page where the maintainers can be reached; at least one.
    pub contact: Vec<String>,
    /// Company, group or person that maintains it.
    pub organization: String,
    /// Name of the project.
    pub project: String,
    /// Page of the project.
    pub url: String,
    /// Version that was tested.
    pub version: String,
}

/// The results of one profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileReport {
    /// What `must` rules demand.
    pub core: Status,
    /// What other rules demand; absent when the run had no such promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<ExtendedStatus>,
    /// Name of the profile.
    pub name: String,
    /// The outcome for people, in upstream's words.
    pub summary: String,
}

/// The outcome of one level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Status {
    /// Scenarios that failed, or came to no verdict, in the order of ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_tests: Vec<String>,
    /// The outcome.
    pub result: Outcome,
    /// Scenarios that were not judged, in the order of ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped_tests: Vec<String>,
    /// Counts.
    pub statistics: Statistics,
}

/// The outcome of the extended level, with the features it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtendedStatus {
    /// As in [`Status`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_tests: Vec<String>,
    /// As in [`Status`].
    pub result: Outcome,
    /// As in [`Status`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped_tests: Vec<String>,
    /// As in [`Status`].
    pub statistics: Statistics,
    /// Features that the subject was seen to have, or says that it has where no probe decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supported_features: Vec<String>,
    /// Features that it does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported_features: Vec<String>,
}

/// The outcome of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every test passed.
    #[default]
    Success,
    /// None failed, and some were skipped.
    Partial,
    /// At least one failed.
    Failure,
}

/// Counts of tests, each in one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statistics {
    /// Failed, or came to no verdict.
    pub failed: u32,
    /// Passed.
    pub passed: u32,
    /// Not judged.
    pub skipped: u32,
}

/// Why a run cannot be told as a conformance report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotConformance {
    /// A required field of the implementation has no value.
    #[error("the implementation of `{subject}` has no {field}; give it with --implementation {field}=…")]
    Missing {
        /// The subject.
        subject: String,
        /// The field.
        field: &'static str,
    },
    /// The subject ran no scenario.
    #[error("no scenario ran on `{0}`")]
    NoSubject(String),
}

impl Implementation {
    /// # Errors
    /// The first field that is empty, where upstream wants a value.
    pub fn check(&self, subject: &str) -> Result<(), NotConformance> {
        let fields = [
            ("org", self.organization.is_empty()),
            ("project", self.project.is_empty()),
            ("url", self.url.is_empty()),
            ("version", self.version.is_empty()),
            ("contact", self.contact.is_empty()),
        ];
        let missing = fields.into_iter().find(|(_, empty)| *empty);
        missing.map_or(Ok(()), |(field, _)| Err(NotConformance::Missing { subject: subject.into(), field }))
    }
}

impl ConformanceReport {
    /// What `record` says of `subject`. `support` says how much a rule binds; rules that it does not know bind nobody,
    /// and a promise that has only such counts as extended. `date` stands in where the record has no time, being
    /// canonical.
    ///
    /// # Errors
    /// When the subject ran nothing, or upstream would refuse the implementation.
    pub fn new(
        record: &RunRecord,
        subject: &str,
        implementation: Implementation,
        date: &str,
        support: impl Fn(&str) -> Option<Support>,
    ) -> Result<Self, NotConformance> {
        implementation.check(subject)?;
        let runs: Vec<_> = record.scenarios.iter().filter(|run| run.subject == subject).collect();
        if runs.is_empty() {
            return Err(NotConformance::NoSubject(subject.into()));
        }
        let runs: Vec<_> = runs.into_iter().filter(|run| !run.is_of_other_profile()).collect();
        let (core, mut extended) = statuses(&runs, support);
        if let Some(extended) = &mut extended {
            for feature in record.features.iter().filter(|feature| feature.subject == subject) {
                let has_it = feature.probed.unwrap_or(feature.declared);
                let list = if has_it { &mut extended.supported_features } else { &mut extended.unsupported_features };
                list.push(feature.name.clone());
            }
        }
        let profile = ProfileReport {
            summary: summary(&core, extended.as_ref()),
            core,
            extended,
            name: format!("SERVICEENTRY-{}", record.environment.profile.to_uppercase()),
        };
        Ok(Self {
            api_version: "gateway.networking.k8s.io/v1".into(),
            date: record.environment.started_at.clone().unwrap_or_else(|| date.into()),
            gateway_api_channel: GATEWAY_API_CHANNEL.into(),
            gateway_api_version: GATEWAY_API_VERSION.into(),
            implementation,
            kind: "ConformanceReport".into(),
            mode: "default".into(),
            profiles: vec![profile],
            succeeded_provisional_tests: Vec::new(),
        })
    }

    /// The report as YAML.
    ///
    /// # Errors
    /// When a text has no form in YAML.
    pub fn yaml(&self) -> Result<String, crate::WriteError> {
        serde_saphyr::to_string(self).map_err(crate::WriteError::Yaml)
    }
}

/// The outcome in upstream's words.
fn summary(core: &Status, extended: Option<&ExtendedStatus>) -> String {
    let of = |outcome, statistics: Statistics| match outcome {
        Outcome::Success => "succeeded".to_owned(),
        Outcome::Partial => format!("partially succeeded with {} test skips", statistics.skipped),
        Outcome::Failure => format!("failed with {} test failures", statistics.failed),
    };
    let core = format!("Core tests {}.", of(core.result, core.statistics));
    match extended {
        None => core,
        Some(extended) => format!("{core} Extended tests {}.", of(extended.result, extended.statistics)),
    }
}

#[cfg(test)]
mod tests;
