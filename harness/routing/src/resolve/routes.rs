//! HTTPRoutes to routes: attachment, rules, targets and status.

use sextant_resources::{BackendRef, HttpRoute, HttpRouteMatch, HttpRouteRule, HttpRouteTimeouts, Object, ResourceSet};

use super::attach::{Socket, attach, route_hostnames};
use super::references::{INVALID_DESTINATION, ISTIO_GROUP, References};
use crate::decide::check_match;
use crate::filter::{self, FilterFault};
use crate::{
    Condition, Filter, ParentStatus, Route, RouteKind, Rule, RuleFault, Semantics, Target, TimeLimits, Unresolved,
    WeightedTarget, parse_duration,
};

/// Resolves `object` and notes its place, `place`, at every listener that takes it.
pub(crate) fn resolve_route(
    object: &Object<HttpRoute>,
    place: usize,
    sockets: &mut [Socket<'_>],
    references: &References<'_>,
    resources: &ResourceSet,
    semantics: &Semantics,
) -> Route {
    let spec = &object.body.spec;
    let implied = [HttpRouteRule::default()];
    let written = if spec.rules.is_empty() { &implied[..] } else { &spec.rules[..] };
    let rules: Vec<_> = written.iter().map(|written| rule(written, object, references, semantics)).collect();
    let withdrawn = unresolved(&rules).any(|unresolved| unresolved.reason == INVALID_DESTINATION);
    let (resolved, fault) = (resolved_refs(&rules), fault_condition(&rules));
    let mut parents = Vec::with_capacity(spec.parent_refs.len());
    for parent in &spec.parent_refs {
        let attachment = attach(object, parent, sockets, resources);
        for socket in attachment.sockets.iter().filter(|_| !withdrawn) {
            let routes = &mut sockets[*socket].listener.routes;
            if routes.last() != Some(&place) {
                routes.push(place);
            }
        }
        let accepted = match &fault {
            Some(fault) if attachment.accepted.status => fault.clone(),
            _ => attachment.accepted,
        };
        parents.push(ParentStatus { parent: parent.clone(), conditions: vec![accepted, resolved.clone()] });
    }
    Route {
        kind: RouteKind::HttpRoute,
        key: object.key.clone(),
        created: object.meta.creation_timestamp,
        hostnames: if spec.hostnames.is_empty() { Vec::new() } else { route_hostnames(object) },
        parents,
        rules,
        withdrawn,
    }
}

fn unresolved(rules: &[Rule]) -> impl Iterator<Item = &Unresolved> {
    let targets = rules.iter().flat_map(|rule| &rule.targets).filter_map(|target| match &target.target {
        Target::Unresolved(unresolved) => Some(unresolved),
        Target::Backend(_) => target.complaint.as_ref(),
    });
    targets.chain(rules.iter().flat_map(Rule::mirrors).filter_map(|(_, mirror)| match &mirror.target {
        Target::Unresolved(unresolved) => Some(unresolved),
        Target::Backend(_) => None,
    }))
}

/// `ResolvedRefs` (K-121); of several mistakes the last one written is told (I-180).
fn resolved_refs(rules: &[Rule]) -> Condition {
    let kind = "ResolvedRefs";
    match unresolved(rules).filter(|unresolved| unresolved.reported).last() {
        Some(bad) => Condition { kind, status: false, reason: bad.reason, message: bad.message.clone() },
        None => Condition { kind, status: true, reason: "ResolvedRefs", message: String::new() },
    }
}

/// `Accepted=False` when some rule has a mistake that makes it answer 500.
fn fault_condition(rules: &[Rule]) -> Option<Condition> {
    let fault = rules.iter().filter_map(|rule| rule.fault.as_ref()).find(|fault| fault.reason.is_some())?;
    Some(Condition { kind: "Accepted", status: false, reason: fault.reason?, message: fault.message.clone() })
}

fn rule(
    written: &HttpRouteRule,
    route: &Object<HttpRoute>,
    references: &References<'_>,
    semantics: &Semantics,
) -> Rule {
    let matches = if written.matches.is_empty() { vec![HttpRouteMatch::default()] } else { written.matches.clone() };
    let namespace = &route.key.namespace;
    // I-181: such a reference takes no requests and, under Istio, can do no harm either.
    let counts = |reference: &&BackendRef| !(semantics.ignore_zero_weight_refs && reference.weight == Some(0));
    let timeouts = written.timeouts.clone().unwrap_or_default();
    let mut fault = None;
    let resolve =
        |reference: &BackendRef| (with_namespace(reference, namespace), references.resolve(namespace, reference).0);
    let setting = filter::Setting { matches: &matches, resolve: &resolve };
    let actions = filter::parse(&written.filters, &setting);
    let actions = noted(actions.map_err(filter_fault), &mut fault);
    let limits = noted(limits(&timeouts), &mut fault);
    noted(matches.iter().try_for_each(check_match).map_err(unsupported), &mut fault);
    let mut target = |reference: &BackendRef| {
        let (target, complaint) = references.resolve(namespace, reference);
        WeightedTarget {
            reference: with_namespace(reference, namespace),
            weight: reference.weight.unwrap_or(1),
            target,
            complaint,
            actions: noted(filter::parse(&reference.filters, &setting).map_err(filter_fault), &mut fault),
        }
    };
    let targets: Vec<_> = written.backend_refs.iter().filter(counts).map(&mut target).collect();
    let redirects = actions.iter().any(|action| matches!(action, Filter::Redirect(_)));
    if fault.is_none() && written.backend_refs.is_empty() && !redirects {
        fault = Some(RuleFault { reason: None, message: "the rule has no backendRefs".to_owned() });
    }
    Rule {
        name: written.name.clone(),
        matches,
        filters: written.filters.clone(),
        targets,
        timeouts,
        actions,
        limits,
        fault,
    }
}

/// The value, or its default with the first mistake noted.
fn noted<T: Default>(result: Result<T, RuleFault>, fault: &mut Option<RuleFault>) -> T {
    result.unwrap_or_else(|mistake| {
        fault.get_or_insert(mistake);
        T::default()
    })
}

/// The namespace of a reference by kind; a `Hostname` has none (K-111).
fn with_namespace(reference: &BackendRef, namespace: &str) -> BackendRef {
    let mut reference = reference.clone();
    let group = reference.group.as_deref().unwrap_or("");
    let hostname = group == ISTIO_GROUP && reference.kind.as_deref() == Some("Hostname");
    if !hostname {
        reference.namespace.get_or_insert_with(|| namespace.to_owned());
    }
    reference
}

fn limits(written: &HttpRouteTimeouts) -> Result<TimeLimits, RuleFault> {
    let read = |text: &Option<String>| match text.as_deref().map(parse_duration).transpose() {
        Ok(duration) => Ok(duration.filter(|duration| !duration.is_zero())),
        Err(error) => Err(unsupported(format!("timeout {error}"))),
    };
    Ok(TimeLimits { request: read(&written.request)?, backend_request: read(&written.backend_request)? })
}

fn unsupported(message: String) -> RuleFault {
    RuleFault { reason: Some("UnsupportedValue"), message }
}

fn filter_fault(fault: FilterFault) -> RuleFault {
    let reason = match fault {
        FilterFault::Incompatible { .. } => "IncompatibleFilters",
        FilterFault::Unsupported { .. } | FilterFault::Malformed { .. } => "UnsupportedValue",
    };
    RuleFault { reason: Some(reason), message: fault.to_string() }
}
