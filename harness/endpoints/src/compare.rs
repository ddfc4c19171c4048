//! Where what a proxy is told differs from the rules, and from what its user expects. Pure.

mod attributes;
mod clusters;
mod expectation;
mod hosts;
mod left_out;
mod reasons;
mod render;

use serde::Serialize;
use sextant_resources::ResourceSet;
use sextant_routing::{Options, Profile, resolve};

use crate::document::{Endpoints, Origin};
pub use expectation::{Expectation, ExpectationError};

/// The document of `sextant endpoints --diff` and `--expect`. Other programs read it: fields may be added, none is renamed,
/// retyped or dropped.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// `sextant.dev/v1alpha1`.
    pub api_version: &'static str,
    /// `EndpointsComparison`.
    pub kind: &'static str,
    /// Where it was read.
    pub origin: Origin,
    /// What had not come when time was up; empty when all was there to be compared.
    pub waiting_for: Vec<String>,
    /// Whose rules it was held against; `null` when against none.
    pub profile: Option<Profile>,
    /// How many backends of the manifests were compared.
    pub backends: usize,
    /// How many expectations were.
    pub expectations: usize,
    /// Those with the rules in the order of backends, then those with expectations in the order given.
    pub differences: Vec<Difference>,
    /// What was not compared, and why.
    pub notes: Vec<String>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The backend, `gwtest/example-se se.example.com:80`; of an expectation its host as given.
    pub backend: String,
    /// Name of the cluster; empty when there is none.
    pub cluster: String,
    /// What differs.
    #[serde(rename = "difference")]
    pub what: What,
    /// Address and port of the endpoint; empty when it is about the cluster.
    pub endpoint: String,
    /// As the rules or the user have it; empty for what should not be.
    pub expected: String,
    /// As it is; empty for what is missing.
    pub found: String,
    /// The rule that says so; empty for an expectation.
    pub rule: &'static str,
    /// Why it should be otherwise, as a sentence.
    pub why: String,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// There is no cluster for a backend.
    MissingCluster,
    /// There is a cluster for a backend that the proxy should not get.
    SurplusCluster,
    /// A cluster finds its endpoints in another way.
    WrongType,
    /// An endpoint is not there.
    MissingEndpoint,
    /// An endpoint is there that should not be.
    SurplusEndpoint,
    /// An endpoint has another port.
    WrongPort,
    /// An endpoint has another weight.
    WrongWeight,
    /// An endpoint is in another locality.
    WrongLocality,
    /// The locality of an endpoint has another weight.
    WrongLocalityWeight,
    /// An endpoint has another priority.
    WrongPriority,
    /// An endpoint that should get requests does not.
    NotHealthy,
}

impl What {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingCluster => "missing cluster",
            Self::SurplusCluster => "surplus cluster",
            Self::WrongType => "wrong type",
            Self::MissingEndpoint => "missing",
            Self::SurplusEndpoint => "surplus",
            Self::WrongPort => "wrong port",
            Self::WrongWeight => "wrong weight",
            Self::WrongLocality => "wrong locality",
            Self::WrongLocalityWeight => "wrong locality weight",
            Self::WrongPriority => "wrong priority",
            Self::NotHealthy => "not healthy",
        }
    }
}

impl Comparison {
    /// The comparison of `found` with nothing yet.
    pub fn of(found: &Endpoints) -> Self {
        Self {
            api_version: sextant_explain::API_VERSION,
            kind: "EndpointsComparison",
            origin: found.origin.clone(),
            waiting_for: found.waiting_for.clone(),
            profile: None,
            backends: 0,
            expectations: 0,
            differences: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Holds `found` against what `resources` come to by the rules of `options`. Clusters of hosts that are in no manifest
    /// are left alone, as are subsets, which the rules are not asked for.
    #[must_use]
    pub fn with_rules(mut self, found: &Endpoints, resources: &ResourceSet, options: &Options) -> Self {
        self.profile = Some(options.profile);
        let model = resolve(resources, options);
        clusters::compare(&mut self, found, &clusters::Rules::new(&model, resources, options));
        self
    }

    /// Holds `found` against `expectations`.
    #[must_use]
    pub fn with_expectations(mut self, found: &Endpoints, expectations: &[Expectation]) -> Self {
        self.expectations += expectations.len();
        for expectation in expectations {
            expectation.compare(found, &mut self.differences);
        }
        self
    }

    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }
}
