//! backendRefs: what they resolve to, and what their share of the traffic gets.

use sextant_routing::{BackendIndex, Filter, L4Route, Model, Outcome, Route, Rule, Target, WeightedTarget};

use super::backends;
use crate::explanation::{BackendRef, Reference};

/// The outcome of a share that is sent to endpoints.
pub(crate) const FORWARD: &str = "forward";
/// The outcome of connections that are not forwarded.
pub(crate) const CLOSED: &str = "closed";

/// What requests get: an outcome of the contract, and why it is not [`FORWARD`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: String,
    pub(crate) message: String,
}

impl Verdict {
    fn forward() -> Self {
        Self { outcome: FORWARD.to_owned(), message: String::new() }
    }

    fn new(outcome: &str, message: impl Into<String>) -> Self {
        Self { outcome: outcome.to_owned(), message: message.into() }
    }

    /// What the shares of a rule get when the rule itself forwards.
    fn is_forward(&self) -> bool {
        self.outcome == FORWARD
    }
}

/// What every request of `rule` gets; forwarded when that is up to its backendRefs.
pub(crate) fn of_rule(route: &Route, rule: &Rule) -> Verdict {
    if route.withdrawn {
        return Verdict::new("404", WITHDRAWN);
    }
    if let Some(fault) = &rule.fault {
        return Verdict::new("500", format!("{} (K-135)", fault.message));
    }
    let redirect = rule.actions.iter().find_map(|action| match action {
        Filter::Redirect(redirect) => Some(redirect),
        _ => None,
    });
    match redirect {
        Some(redirect) => Verdict::new(redirect.status.as_str(), "a filter of the rule redirects"),
        None if rule.targets.iter().all(|target| target.weight == 0) => Verdict::new("500", WEIGHTLESS),
        None => Verdict::forward(),
    }
}

const WITHDRAWN: &str = "the route was withdrawn: a backendRef has a mistake (I-179)";
const WEIGHTLESS: &str = "no backendRef has a weight above 0 (K-132)";

/// The same for the connections of a TCPRoute or TLSRoute.
pub(crate) fn of_connections(route: &L4Route) -> Verdict {
    match route.withdrawn {
        true => Verdict::new(CLOSED, WITHDRAWN),
        false if route.targets.iter().all(|target| target.weight == 0) => Verdict::new(CLOSED, WEIGHTLESS),
        false => Verdict::forward(),
    }
}

/// Each of `targets`, of a rule that gives `rule` to its requests.
pub(crate) fn backend_refs(model: &Model, targets: &[WeightedTarget], rule: &Verdict, l4: bool) -> Vec<BackendRef> {
    let total: u64 = targets.iter().map(|target| u64::from(target.weight)).sum();
    let share = |weight: u32| if total == 0 { 0.0 } else { f64::from(weight) / total as f64 };
    let backend_ref = |target: &WeightedTarget| {
        let own = of_target(model, &target.target, l4);
        let verdict = if rule.is_forward() { own } else { rule.clone() };
        BackendRef {
            reference: reference(target),
            weight: target.weight,
            share: share(target.weight),
            backend: match &target.target {
                Target::Backend(index) => Some(backends::name(&model[*index].id)),
                Target::Unresolved(_) => None,
            },
            outcome: verdict.outcome,
            message: verdict.message,
        }
    };
    targets.iter().map(backend_ref).collect()
}

/// What the requests, or connections, of one share get.
fn of_target(model: &Model, target: &Target, l4: bool) -> Verdict {
    let outcome = model.outcome(target);
    match outcome.status() {
        None => Verdict::forward(),
        Some(status) => Verdict::new(if l4 { CLOSED } else { status.as_str() }, because(outcome)),
    }
}

/// What requests for a backend get.
pub(super) fn of_backend(model: &Model, index: BackendIndex) -> Verdict {
    of_target(model, &Target::Backend(index), false)
}

fn reference(target: &WeightedTarget) -> Reference {
    let written = &target.reference;
    Reference {
        group: written.group.clone().unwrap_or_default(),
        kind: written.kind.clone().unwrap_or_else(|| "Service".to_owned()),
        namespace: written.namespace.clone().unwrap_or_default(),
        name: written.name.clone(),
        port: written.port,
    }
}

/// Why an outcome is not that requests are forwarded.
fn because(outcome: Outcome<'_>) -> String {
    match outcome {
        Outcome::Forward(_) => String::new(),
        Outcome::NoEndpoints(_) => "the backend has no endpoint (K-133)".to_owned(),
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
