//! What differs between two explanations: after a change of manifests, or between two profiles.

mod facts;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use crate::changes::{
    BackendChange, Change, Changes, ConditionChange, EndpointChange, EndpointState, ExcludedChange, RouteChange,
    ShareChange, ShareState, Side,
};
use crate::explanation::{API_VERSION, Explanation, Source};
use facts::{BackendFacts, Facts, RouteFacts};

/// What the step from one explanation to the other moves.
pub fn compare(from: &Explanation, to: &Explanation) -> Changes {
    let (before, after) = (Facts::of(from), Facts::of(to));
    let side = |explanation: &Explanation| Side { profile: explanation.profile, gateway: explanation.gateway.clone() };
    let mut changes = Changes {
        api_version: API_VERSION,
        kind: "Changes",
        from: side(from),
        to: side(to),
        backends: Vec::new(),
        routes: Vec::new(),
    };
    for (name, from, to) in pairs(Some(&before), Some(&after), |facts| &facts.backends) {
        let (endpoints, excluded) = (endpoints(from, to), excluded(from, to));
        let own = change(from.map(|facts| &facts.state), to.map(|facts| &facts.state), |a, b| a == b);
        if own.is_some() || !endpoints.is_empty() || !excluded.is_empty() {
            let own = own.unwrap_or_else(|| unchanged(from.map(|facts| &facts.state)));
            changes.backends.push(BackendChange {
                backend: name.clone(),
                own,
                message: String::new(),
                endpoints,
                excluded,
            });
        }
    }
    for (name, from, to) in pairs(Some(&before), Some(&after), |facts| &facts.routes) {
        let (conditions, shares) = (conditions(from, to), shares(from, to));
        let own = change(from.map(|facts| &facts.state), to.map(|facts| &facts.state), |a, b| a == b);
        if own.is_some() || !conditions.is_empty() || !shares.is_empty() {
            let own = own.unwrap_or_else(|| unchanged(from.map(|facts| &facts.state)));
            changes.routes.push(RouteChange { route: name.clone(), own, conditions, shares });
        }
    }
    explain_losses(&mut changes, to);
    changes
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.backends.is_empty() && self.routes.is_empty()
    }
}

/// Every key that `part` has on one of the two sides, with what each has for it.
fn pairs<'a, F, K: Ord + 'a, T: 'a>(
    from: Option<&'a F>,
    to: Option<&'a F>,
    part: impl Fn(&'a F) -> &'a BTreeMap<K, T>,
) -> impl Iterator<Item = (&'a K, Option<&'a T>, Option<&'a T>)> {
    let (from, to) = (from.map(&part), to.map(&part));
    let keys: BTreeSet<&K> = from.iter().chain(&to).flat_map(|map| map.keys()).collect();
    keys.into_iter().map(move |key| (key, from.and_then(|map| map.get(key)), to.and_then(|map| map.get(key))))
}

/// The step between two states; `None` when they are `equal`.
fn change<T: Clone>(from: Option<&T>, to: Option<&T>, equal: impl Fn(&T, &T) -> bool) -> Option<Change<T>> {
    let change = match (from, to) {
        (None, None) => return None,
        (Some(from), Some(to)) if equal(from, to) => return None,
        (None, Some(_)) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "changed",
    };
    Some(Change { change, from: from.cloned(), to: to.cloned(), rules: Vec::new() })
}

/// A thing that stayed as it is, for the sake of its parts.
fn unchanged<T: Clone>(state: Option<&T>) -> Change<T> {
    Change { change: "changed", from: state.cloned(), to: state.cloned(), rules: Vec::new() }
}

fn endpoints(from: Option<&BackendFacts>, to: Option<&BackendFacts>) -> Vec<EndpointChange> {
    let changed = pairs(from, to, |facts| &facts.endpoints).filter_map(|(key, from, to)| {
        let own = change(from, to, same_endpoint)?;
        let (address, port, source) = (key.address.clone(), key.port, key.source.clone());
        Some(EndpointChange { address, port, source, own, message: String::new() })
    });
    changed.collect()
}

/// Shares are sums of fractions: what differs by rounding is equal.
const ROUNDING: f64 = 1e-9;

fn same_endpoint(a: &EndpointState, b: &EndpointState) -> bool {
    let shares = match (a.share, b.share) {
        (Some(a), Some(b)) => (a - b).abs() < ROUNDING,
        (a, b) => a.is_none() && b.is_none(),
    };
    shares && (a.weight, a.priority, &a.locality, &a.network) == (b.weight, b.priority, &b.locality, &b.network)
}

fn excluded(from: Option<&BackendFacts>, to: Option<&BackendFacts>) -> Vec<ExcludedChange> {
    let changed = pairs(from, to, |facts| &facts.excluded).filter_map(|(key, from, to)| {
        Some(ExcludedChange { source: key.source.clone(), own: change(from, to, |a, b| a == b)? })
    });
    changed.collect()
}

fn conditions(from: Option<&RouteFacts>, to: Option<&RouteFacts>) -> Vec<ConditionChange> {
    let changed = pairs(from, to, |facts| &facts.conditions).filter_map(|((parent, kind), from, to)| {
        Some(ConditionChange { parent: parent.clone(), kind, own: change(from, to, |a, b| a == b)? })
    });
    changed.collect()
}

fn shares(from: Option<&RouteFacts>, to: Option<&RouteFacts>) -> Vec<ShareChange> {
    let place = |rule| [to, from].into_iter().flatten().find_map(|facts| facts.places.get(rule).copied());
    let changed = pairs(from, to, |facts| &facts.shares).filter_map(|(key, from, to)| {
        let own = change(from, to, same_share)?;
        Some((place(&key.rule), ShareChange { rule: key.rule.0.clone(), reference: key.reference.clone(), own }))
    });
    let mut changed: Vec<_> = changed.collect();
    changed.sort_by_key(|(place, _)| *place);
    changed.into_iter().map(|(_, change)| change).collect()
}

fn same_share(a: &ShareState, b: &ShareState) -> bool {
    (a.share - b.share).abs() < ROUNDING && (a.weight, &a.backend, &a.outcome) == (b.weight, &b.backend, &b.outcome)
}

/// Why what is lost is lost, as far as the explanation after the step says so.
fn explain_losses(changes: &mut Changes, to: &Explanation) {
    for backend in &mut changes.backends {
        let name = &backend.backend;
        if backend.own.to.is_none() && name.kind == "ServiceEntry" {
            let absent = to.without_backend.iter().find(|absent| {
                (&*absent.service_entry.namespace, &*absent.service_entry.name) == (&*name.namespace, &*name.name)
            });
            backend.message = absent.map_or_else(String::new, |absent| format!("{} ({})", absent.message, absent.rule));
        }
        let excluded = &backend.excluded;
        for endpoint in backend.endpoints.iter_mut().filter(|endpoint| endpoint.own.to.is_none()) {
            let now = excluded.iter().find(|one| Source { index: None, ..one.source.clone() } == endpoint.source);
            if let Some(exclusion) = now.and_then(|one| one.own.to.as_ref()) {
                endpoint.message = format!("{} ({}, {})", exclusion.message, exclusion.reason, exclusion.rule);
            }
        }
    }
}
