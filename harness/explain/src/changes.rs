//! The document of a comparison: what differs between two explanations. Fields may be added; none is renamed, retyped or
//! dropped.

mod moves;

use serde::Serialize;
use sextant_resources::Resolution;
use sextant_routing::{Locality, Profile};

pub(crate) use moves::Move;

use crate::explanation::{BackendName, Fault, Gateway, ListenerName, Reference, RouteName, Source};

/// What differs between two explanations. Nothing that stayed as it was is in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// [`crate::API_VERSION`].
    pub api_version: &'static str,
    /// `Changes`.
    pub kind: &'static str,
    /// What it is about before.
    pub from: Side,
    /// What it is about after.
    pub to: Side,
    /// Backends that come, go or change; ordered by kind, namespace, name, host and port.
    pub backends: Vec<BackendChange>,
    /// Routes that come, go or change; ordered by kind, namespace and name.
    pub routes: Vec<RouteChange>,
}

/// One of the two explanations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Whose semantics.
    pub profile: Profile,
    /// The gateway that endpoints are ranked for.
    pub gateway: Gateway,
}

/// Two states of a thing. `null` stands for a state in which it is not there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change<T> {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Before.
    pub from: Option<T>,
    /// After.
    pub to: Option<T>,
    /// Where two profiles are compared, the differences between them (`D-11`) that make this one, as far as they are known.
    /// Empty otherwise.
    pub rules: Vec<&'static str>,
}

/// A backend that comes, goes or changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackendChange {
    /// The backend.
    pub backend: BackendName,
    /// How; `changed` also when only endpoints or exclusions did, and then both states are equal.
    #[serde(flatten)]
    pub own: Change<BackendState>,
    /// Why it is not there after, if that is known; empty otherwise.
    pub message: String,
    /// Endpoints gained, lost and changed; ordered by address and port.
    pub endpoints: Vec<EndpointChange>,
    /// Candidates that are left out on one side only, or for another reason; ordered by source.
    pub excluded: Vec<ExcludedChange>,
}

/// A backend without its endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendState {
    /// As written.
    pub resolution: Resolution,
    /// As in the explanation.
    pub discovery: &'static str,
    /// What is spoken to endpoints.
    pub upstream: &'static str,
    /// Whether TLS is.
    pub tls: bool,
    /// Whether errors take endpoints out for a while.
    pub outlier_detection: bool,
    /// Why the proxy never gets it; `null` when it does.
    pub fault: Option<Fault>,
    /// What requests for it get.
    pub outcome: String,
}

/// An endpoint that is gained, lost or changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndpointChange {
    /// Address.
    pub address: String,
    /// Port.
    pub port: u16,
    /// Where it comes from; an inline one without its place, which may shift.
    pub source: Source,
    /// How.
    #[serde(flatten)]
    pub own: Change<EndpointState>,
    /// Why it is no endpoint after, if that is known; empty otherwise.
    pub message: String,
}

/// What may change about an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndpointState {
    /// Part of the backend's requests; `null` when DNS decides.
    pub share: Option<f64>,
    /// Load-balancing weight.
    pub weight: u32,
    /// 0 is preferred.
    pub priority: u32,
    /// Where it runs.
    pub locality: Locality,
    /// Network.
    pub network: String,
}

/// A candidate that is left out on one side only, or for another reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExcludedChange {
    /// The candidate.
    pub source: Source,
    /// How.
    #[serde(flatten)]
    pub own: Change<Exclusion>,
}

/// Why something is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// As a CamelCase word.
    pub reason: String,
    /// The rule that says so.
    pub rule: &'static str,
    /// As a sentence.
    pub message: String,
}

/// A route that comes, goes or changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteChange {
    /// The route.
    pub route: RouteName,
    /// How; `changed` also when only its conditions or shares did, and then both states are equal.
    #[serde(flatten)]
    pub own: Change<RouteState>,
    /// Conditions that flip or say something else; ordered by parent and type.
    pub conditions: Vec<ConditionChange>,
    /// Shares that change, rule by rule in the order of the rules.
    pub shares: Vec<ShareChange>,
}

/// A route without its rules and conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteState {
    /// As written.
    pub hostnames: Vec<String>,
    /// The listeners that send it requests.
    pub listeners: Vec<ListenerName>,
}

/// A condition that flips or says something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionChange {
    /// The parent, `Gateway gwtest/gw`.
    pub parent: String,
    /// `Accepted`, `ResolvedRefs`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How.
    #[serde(flatten)]
    pub own: Change<ConditionState>,
}

/// What a condition says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionState {
    /// `True` or `False`.
    pub status: &'static str,
    /// CamelCase cause.
    pub reason: &'static str,
    /// Sentence for people.
    pub message: String,
}

/// A share of a rule that changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareChange {
    /// The rule's name, or its matches in short form.
    pub rule: String,
    /// The backendRef; `null` for a rule that answers by itself.
    #[serde(rename = "ref")]
    pub reference: Option<Reference>,
    /// How.
    #[serde(flatten)]
    pub own: Change<ShareState>,
}

/// What a share is and gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareState {
    /// Weight among the rule's backendRefs.
    pub weight: u32,
    /// Part of the rule's requests, from 0 to 1.
    pub share: f64,
    /// What it resolves to; `null` when it does not.
    pub backend: Option<BackendName>,
    /// What its requests get.
    pub outcome: String,
}
