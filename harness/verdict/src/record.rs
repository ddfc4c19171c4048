//! The record of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CauseRecord, FeatureRecord, Known, LedgerEntry, Verdict};

/// Version of the record's shape. Fields may be added under it; none is renamed, retyped or dropped.
pub const API_VERSION: &str = "sextant.dev/v1alpha1";

/// What the record calls itself.
pub const KIND: &str = "RunRecord";

/// One run: what was run, on what, and what came of it. Equal input and seed give equal records but for the fields
/// whose documentation says *timing*; canonical reports leave those out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// [`API_VERSION`].
    pub api_version: String,
    /// Always [`KIND`].
    pub kind: String,
    /// What was used.
    pub environment: Environment,
    /// Scenarios in the order of subject and id.
    pub scenarios: Vec<ScenarioRecord>,
    /// Features of subjects that were probed, in the order of subjects; absent when none were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<FeatureRecord>,
    /// Entries of the ledgers of known failures that were used, in the order of subject, file and line; absent when there
    /// were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerEntry>,
    /// Counts.
    pub summary: Summary,
    /// Digests of the rest, by which a changed byte is found (`sextant report verify`). `None` until the record is
    /// written, and in records of versions that wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Digests of a record, each `sha256:` and 64 hexadecimal digits. They tell accidents and careless edits; whoever can
/// write the file can write new ones, so they are no signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// Of the canonical record without its digest, in the bytes of RFC 8785. Equal for equal runs; it covers no field
    /// whose documentation says *timing*.
    pub canonical: String,
    /// Of everything in this record but its digest, in the bytes of RFC 8785. `None` in a canonical record, where it
    /// would be the other one again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

/// What a run was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Version of Sextant.
    pub sextant: String,
    /// Profile whose rules were demanded.
    pub profile: String,
    /// Seed of everything that draws lots.
    pub seed: u64,
    /// What counts: with `must`, a promise of a rule that only *should* be kept fails no run. Absent means `should`: all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Address mode: `alias`, `rewrite` or `netns`.
    pub address_mode: String,
    /// Timing: when the run started, RFC 3339. `None` in a canonical record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// Timing: wall clock of the whole run in microseconds. `None` in a canonical record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
}

/// One scenario on one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioRecord {
    /// Scenario id.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Subject it ran on.
    pub subject: String,
    /// Rules it tests.
    pub rules: Vec<String>,
    /// Where the scenario stands.
    pub place: Place,
    /// The worst of its checks, or what kept it from being run at all. A check that is skipped counts only when no other
    /// passed: what a subject cannot tell leaves what it does to be judged.
    pub verdict: Verdict,
    /// Why, when it is skipped, inconclusive or an error; what was not judged, when it passed without every promise being
    /// judged; empty otherwise.
    pub reason: String,
    /// The entry of a ledger that says that it does not pass; `None` when there is none. With it, trouble does not keep the
    /// run from passing, and a pass does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// Every check, in the order of steps.
    pub checks: Vec<CheckRecord>,
    /// Distribution tables, in the order of steps; none for steps that sent nothing.
    pub shares: Vec<ShareTable>,
    /// Requests sent.
    pub requests: u64,
    /// The command that repeats this scenario alone, on the same subject with the same seed.
    pub repeat: String,
    /// Timing: wall clock in microseconds. `None` in a canonical record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
}

/// A place in a file, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// File as named on the command line.
    pub file: String,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// One promise and whether it was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckRecord {
    /// Name of the step, or its kind and number.
    pub step: String,
    /// Rules that the promise comes from.
    pub rules: Vec<String>,
    /// How much the strictest of them binds. Absent in records of before there were levels, when every rule was a *must*.
    #[serde(default)]
    pub level: Level,
    /// Where the promise stands in the scenario.
    pub place: Place,
    /// What was promised, in one line.
    pub what: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What differs, or for a skipped check why it was not judged; `None` exactly when it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
    /// How a statistical promise was checked; `None` for every other promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<StatisticsNote>,
    /// Timing: why it may have failed, the likeliest first; empty for a check that did not fail. What is seen decides
    /// their order, so that it is empty in a canonical record, as is what follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<CauseRecord>,
    /// Timing: what the failure was not, and by which fact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ruled_out: Vec<CauseRecord>,
}

/// How much a promise binds. Ordered from the strictest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every gateway of the profile.
    #[default]
    Must,
    /// Every gateway unless it has a reason.
    Should,
}

/// How an observation differs from its promise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mismatch {
    /// What the rule demands.
    pub expected: String,
    /// Timing: what was seen. Which of several connections is served first, and what is seen before a time limit ends,
    /// differs between equal runs, so that it is empty in a canonical record, as is what follows.
    pub observed: String,
    /// Timing: the nearest that was seen, or when the target was nearly reached; empty when nothing was near.
    pub nearest: String,
    /// Timing: excerpts of the journals around the failure, oldest first.
    pub evidence: Vec<Evidence>,
}

/// One line of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Microseconds since the start of the scenario; `None` when the journal has no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// `reply`, `dns`, `workload`, `subject` or `harness`.
    pub journal: String,
    /// The entry as text.
    pub text: String,
}

/// How a statistical promise was checked (invariant 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatisticsNote {
    /// Name of the test.
    pub test: String,
    /// Number of samples.
    pub n: u64,
    /// Largest acceptable probability of a false alarm.
    pub alpha: f64,
    /// Probability of data at least this far off, if the promise is kept, 0 to 1. The promise counts as broken when it
    /// is at most [`Self::alpha`]. 0 when somebody answered who was promised nothing.
    pub p_value: f64,
    /// Probability of finding an error of size [`Self::smallest_error`]; 0 when there were too few samples to find any.
    pub power: f64,
    /// Smallest error of any share, as a fraction of all requests, that is found with [`Self::power`]; 1 when none is.
    pub smallest_error: f64,
}

/// The distribution of one step's requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareTable {
    /// Name of the step.
    pub step: String,
    /// Rows, ordered by locality and endpoint; requests that nobody answered come last.
    pub rows: Vec<ShareRow>,
}

/// One row: who got how much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareRow {
    /// Documented address and port, or what the gateway answered by itself (`500`, `503`, `failed`).
    pub endpoint: String,
    /// Locality; empty when unknown.
    pub locality: String,
    /// Workload that answered; empty for the gateway itself.
    pub source: String,
    /// Promised share of all requests, 0 to 1. `None` when nothing was promised to this row alone, 0 when it was
    /// promised to get nothing.
    pub expected: Option<f64>,
    /// Requests.
    pub requests: u64,
    /// Observed share of all requests, 0 to 1.
    pub observed: f64,
    /// Verdict of the row.
    pub verdict: Verdict,
}

/// Counts of scenarios by verdict. A scenario that ran on two subjects counts twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// All of them.
    pub total: u64,
    /// Passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Inconclusive.
    pub inconclusive: u64,
    /// Harness errors.
    pub error: u64,
    /// Skipped.
    pub skipped: u64,
    /// Failed, inconclusive or errors, and known to be so. They are counted there as well.
    #[serde(default)]
    pub known: u64,
    /// Passed although a ledger says that they do not. They are counted there as well.
    #[serde(default)]
    pub unexpected_passes: u64,
    /// Requests sent.
    pub requests: u64,
}

impl Summary {
    /// Counts `scenarios`.
    pub fn of(scenarios: &[ScenarioRecord]) -> Self {
        let mut summary = Self::default();
        for scenario in scenarios {
            summary.total += 1;
            summary.requests += scenario.requests;
            summary.known += u64::from(scenario.in_trouble() && scenario.known.is_some());
            summary.unexpected_passes += u64::from(scenario.passed_unexpectedly());
            *match scenario.verdict {
                Verdict::Pass => &mut summary.pass,
                Verdict::Fail => &mut summary.fail,
                Verdict::Inconclusive => &mut summary.inconclusive,
                Verdict::Error => &mut summary.error,
                Verdict::Skipped => &mut summary.skipped,
            } += 1;
        }
        summary
    }
}

impl RunRecord {
    /// The record of `scenarios` run in `environment`. Scenarios are put in the order of subject and id.
    pub fn new(environment: Environment, mut scenarios: Vec<ScenarioRecord>) -> Self {
        scenarios.sort_by(|a, b| (&a.subject, &a.id).cmp(&(&b.subject, &b.id)));
        let summary = Summary::of(&scenarios);
        let (api_version, kind) = (API_VERSION.into(), KIND.into());
        Self {
            api_version,
            kind,
            environment,
            scenarios,
            features: Vec::new(),
            ledger: Vec::new(),
            summary,
            digest: None,
        }
    }

    /// The worst verdict of all scenarios.
    pub fn verdict(&self) -> Verdict {
        Verdict::worst(self.scenarios.iter().map(|scenario| scenario.verdict))
    }

    /// The record without anything that differs between two equal runs, and without digests.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        self.digest = None;
        self.environment.started_at = None;
        self.environment.duration_us = None;
        for scenario in &mut self.scenarios {
            scenario.duration_us = None;
            for check in &mut scenario.checks {
                check.causes.clear();
                check.ruled_out.clear();
                let Some(mismatch) = &mut check.mismatch else { continue };
                *mismatch = Mismatch { expected: std::mem::take(&mut mismatch.expected), ..Mismatch::default() };
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
