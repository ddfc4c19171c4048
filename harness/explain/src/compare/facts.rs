//! An explanation taken apart: things with an identity, each with its state, so that two explanations can be compared.

use std::collections::BTreeMap;

use crate::changes::{BackendState, ConditionState, EndpointState, Exclusion, RouteState, ShareState};
use crate::explanation::{Backend, BackendName, Explanation, Parent, Reference, Route, RouteName, Rule, Source};

/// Everything that may differ between two explanations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) backends: BTreeMap<BackendName, BackendFacts>,
    pub(crate) routes: BTreeMap<RouteName, RouteFacts>,
}

/// A backend with what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct BackendFacts {
    pub(crate) state: BackendState,
    pub(crate) endpoints: BTreeMap<EndpointKey, EndpointState>,
    pub(crate) excluded: BTreeMap<SourceKey, Exclusion>,
}

/// A route with what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct RouteFacts {
    pub(crate) state: RouteState,
    /// By parent and type.
    pub(crate) conditions: BTreeMap<(String, &'static str), ConditionState>,
    pub(crate) shares: BTreeMap<ShareKey, ShareState>,
    /// The places of rules, so that changes can be told in the order of the rules.
    pub(crate) places: BTreeMap<(String, usize), usize>,
}

/// What makes an endpoint the same one after a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EndpointKey {
    pub(crate) address: String,
    pub(crate) port: u16,
    pub(crate) source: Source,
    /// Counts equal ones from 0.
    nth: usize,
}

/// What makes a candidate the same one after a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourceKey {
    pub(crate) source: Source,
    nth: usize,
}

/// What makes a share the same one after a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShareKey {
    /// Name or matches of the rule, and the number of rules before it with the same ones.
    pub(crate) rule: (String, usize),
    /// Absent for a rule that answers by itself.
    pub(crate) reference: Option<Reference>,
    nth: usize,
}

impl Facts {
    pub(crate) fn of(explanation: &Explanation) -> Self {
        let backends = explanation.backends.iter().chain(&explanation.services);
        Self {
            backends: backends.map(|backend| (backend.name(), BackendFacts::of(backend))).collect(),
            routes: explanation.routes.iter().map(|route| (route.route.clone(), RouteFacts::of(route))).collect(),
        }
    }
}

impl BackendFacts {
    fn of(backend: &Backend) -> Self {
        let mut endpoints = BTreeMap::new();
        for endpoint in &backend.endpoints {
            let key = |nth| EndpointKey {
                address: endpoint.address.clone(),
                port: endpoint.port,
                // The place in a list shifts when another one comes before it.
                source: Source { index: None, ..endpoint.source.clone() },
                nth,
            };
            let state = EndpointState {
                share: endpoint.share,
                weight: endpoint.weight,
                priority: endpoint.priority,
                locality: endpoint.locality.clone(),
                network: endpoint.network.clone(),
            };
            insert(&mut endpoints, key, state);
        }
        let mut excluded = BTreeMap::new();
        for one in &backend.excluded {
            let state = Exclusion { reason: one.reason.clone(), rule: one.rule, message: one.message.clone() };
            insert(&mut excluded, |nth| SourceKey { source: one.source.clone(), nth }, state);
        }
        Self { state: state(backend), endpoints, excluded }
    }
}

fn state(backend: &Backend) -> BackendState {
    BackendState {
        resolution: backend.resolution,
        discovery: backend.discovery,
        upstream: backend.upstream,
        tls: backend.tls,
        outlier_detection: backend.outlier_detection,
        fault: backend.fault.clone(),
        outcome: backend.outcome.clone(),
    }
}

impl RouteFacts {
    fn of(route: &Route) -> Self {
        let mut facts = Self {
            state: RouteState { hostnames: route.hostnames.clone(), listeners: route.listeners.clone() },
            conditions: BTreeMap::new(),
            shares: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        for parent in &route.parents {
            for condition in &parent.conditions {
                let state = ConditionState {
                    status: condition.status,
                    reason: condition.reason,
                    message: condition.message.clone(),
                };
                facts.conditions.insert((name(parent), condition.kind), state);
            }
        }
        for (place, rule) in route.rules.iter().enumerate() {
            facts.rule(place, rule);
        }
        facts
    }

    fn rule(&mut self, place: usize, rule: &Rule) {
        let name = if rule.name.is_empty() { rule.matches.join(" or ") } else { rule.name.clone() };
        let nth = (0..).find(|nth| !self.places.contains_key(&(name.clone(), *nth))).unwrap_or(0);
        let rule_key = (name, nth);
        self.places.insert(rule_key.clone(), place);
        let key = |reference: Option<&Reference>, nth| ShareKey {
            rule: rule_key.clone(),
            reference: reference.cloned(),
            nth,
        };
        if rule.backend_refs.is_empty() {
            let state = ShareState { weight: 0, share: 1.0, backend: None, outcome: rule.outcome.clone() };
            self.shares.insert(key(None, 0), state);
        }
        for backend_ref in &rule.backend_refs {
            let state = ShareState {
                weight: backend_ref.weight,
                share: backend_ref.share,
                backend: backend_ref.backend.clone(),
                outcome: backend_ref.outcome.clone(),
            };
            insert(&mut self.shares, |nth| key(Some(&backend_ref.reference), nth), state);
        }
    }
}

/// `Gateway gwtest/gw listener http`
fn name(parent: &Parent) -> String {
    let section = if parent.section_name.is_empty() { "" } else { " listener " };
    let port = parent.port.map_or_else(String::new, |port| format!(" port {port}"));
    format!("{} {}/{}{section}{}{port}", parent.kind, parent.namespace, parent.name, parent.section_name)
}

/// Inserts under the first key that is free.
fn insert<K: Ord, T>(map: &mut BTreeMap<K, T>, key: impl Fn(usize) -> K, value: T) {
    let free = (0..).map(key).find(|key| !map.contains_key(key));
    map.extend(free.map(|key| (key, value)));
}
