//! Routes with their conditions, and what each of their shares gets.

use sextant_routing as routing;
use sextant_routing::{Filter, Model, Outcome, Target, WeightedTarget};

use super::backends;
use super::matches::short;
use crate::explanation::{BackendRef, Condition, ListenerName, Parent, Reference, Route, RouteName, Rule};

/// Every route of `model`, in its order.
pub(super) fn routes(model: &Model) -> Vec<Route> {
    let mut listeners: Vec<Vec<ListenerName>> = vec![Vec::new(); model.routes.len()];
    for listener in model.listeners.iter() {
        for route in &listener.routes {
            listeners[*route].push(self::listener(listener));
        }
    }
    model.routes.iter().zip(listeners).map(|(r, listeners)| route(model, r, listeners)).collect()
}

/// `listener` as documents name it.
pub(crate) fn listener(listener: &routing::Listener) -> ListenerName {
    ListenerName { gateway: listener.gateway.clone(), name: listener.name.clone(), port: listener.port }
}

fn route(model: &Model, route: &routing::Route, listeners: Vec<ListenerName>) -> Route {
    let parents: Vec<_> = route.parents.iter().map(|status| parent(route, status)).collect();
    Route {
        route: RouteName {
            kind: route.kind.to_string(),
            namespace: route.key.namespace.to_string(),
            name: route.key.name.to_string(),
        },
        hostnames: route.hostnames.iter().map(ToString::to_string).collect(),
        conditions: overall(&parents),
        parents,
        listeners,
        rules: route.rules.iter().map(|r| rule(model, route, r)).collect(),
    }
}

fn parent(route: &routing::Route, status: &routing::ParentStatus) -> Parent {
    let written = &status.parent;
    Parent {
        kind: written.kind.clone().unwrap_or_else(|| "Gateway".to_owned()),
        namespace: written.namespace.clone().unwrap_or_else(|| route.key.namespace.to_string()),
        name: written.name.clone(),
        section_name: written.section_name.clone().unwrap_or_default(),
        port: written.port,
        conditions: status.conditions.iter().map(condition).collect(),
    }
}

fn condition(condition: &routing::Condition) -> Condition {
    Condition {
        kind: condition.kind,
        status: if condition.status { "True" } else { "False" },
        reason: condition.reason,
        message: condition.message.clone(),
    }
}

/// One condition of each type: trouble at any parent counts.
fn overall(parents: &[Parent]) -> Vec<Condition> {
    let all = || parents.iter().flat_map(|parent| &parent.conditions);
    let mut conditions: Vec<Condition> = Vec::new();
    for condition in all().filter(|condition| condition.status == "False").chain(all()) {
        if !conditions.iter().any(|known| known.kind == condition.kind) {
            conditions.push(condition.clone());
        }
    }
    conditions.sort_by_key(|condition| condition.kind);
    conditions
}

fn rule(model: &Model, route: &routing::Route, rule: &routing::Rule) -> Rule {
    let total: u64 = rule.targets.iter().map(|target| u64::from(target.weight)).sum();
    let (outcome, message) = answer(route, rule, total);
    let share = |weight: u32| if total == 0 { 0.0 } else { f64::from(weight) / total as f64 };
    Rule {
        name: rule.name.clone().unwrap_or_default(),
        matches: rule.matches.iter().map(short).collect(),
        backend_refs: rule
            .targets
            .iter()
            .map(|target| backend_ref(model, target, share(target.weight), (&outcome, &message)))
            .collect(),
        outcome,
        message,
    }
}

/// What every request of the rule gets, and why; `forward` when that is up to its backendRefs.
fn answer(route: &routing::Route, rule: &routing::Rule, total: u64) -> (String, String) {
    if route.withdrawn {
        return ("404".to_owned(), "the route was withdrawn: a backendRef has a mistake (I-179)".to_owned());
    }
    if let Some(fault) = &rule.fault {
        return ("500".to_owned(), format!("{} (K-135)", fault.message));
    }
    let redirect = rule.actions.iter().find_map(|action| match action {
        Filter::Redirect(redirect) => Some(redirect),
        _ => None,
    });
    match redirect {
        Some(redirect) => (redirect.status.as_str().to_owned(), "a filter of the rule redirects".to_owned()),
        None if total == 0 => ("500".to_owned(), "no backendRef has a weight above 0 (K-132)".to_owned()),
        None => (FORWARD.to_owned(), String::new()),
    }
}

const FORWARD: &str = "forward";

fn backend_ref(model: &Model, target: &WeightedTarget, share: f64, rule: (&str, &str)) -> BackendRef {
    let reference = &target.reference;
    let own = model.outcome(&target.target);
    // What the whole rule answers, its shares answer too.
    let (outcome, message) = match rule {
        (FORWARD, _) => (own.status().map_or_else(|| FORWARD.to_owned(), |s| s.as_str().to_owned()), because(own)),
        (outcome, message) => (outcome.to_owned(), message.to_owned()),
    };
    BackendRef {
        reference: Reference {
            group: reference.group.clone().unwrap_or_default(),
            kind: reference.kind.clone().unwrap_or_else(|| "Service".to_owned()),
            namespace: reference.namespace.clone().unwrap_or_default(),
            name: reference.name.clone(),
            port: reference.port,
        },
        weight: target.weight,
        share,
        backend: match &target.target {
            Target::Backend(index) => Some(backends::name(&model[*index].id)),
            Target::Unresolved(_) => None,
        },
        outcome,
        message,
    }
}

/// Why an outcome is not that requests are forwarded.
fn because(outcome: Outcome<'_>) -> String {
    match outcome {
        Outcome::Forward(_) => String::new(),
        Outcome::NoEndpoints(backend) => match backend.excluded.len() {
            0 => "the backend has no endpoint (K-133)".to_owned(),
            1 => "the backend has no endpoint: the only candidate was left out (K-133)".to_owned(),
            n => format!("the backend has no endpoint: all {n} candidates were left out (K-133)"),
        },
        Outcome::Withheld(backend) => match &backend.fault {
            Some(fault) => format!("{} ({})", fault.message, fault.rule),
            None => "a DNS backend without endpoints is not sent to the proxy (I-041)".to_owned(),
        },
        Outcome::Unresolved(unresolved) => {
            let help = if unresolved.help.is_empty() { String::new() } else { format!("; {}", unresolved.help) };
            format!("{}{help} ({})", unresolved.message, unresolved.rule)
        }
    }
}
