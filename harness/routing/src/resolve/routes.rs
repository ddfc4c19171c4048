//! HTTPRoutes and GRPCRoutes to routes: rules, targets and status.

use sextant_resources::{
    BackendRef, GrpcRoute, HttpRoute, HttpRouteFilter, HttpRouteMatch, HttpRouteRule, HttpRouteTimeouts, Object,
    ResourceSet,
};

use super::attach::{Applicant, Head, attach};
use super::grpc;
use super::listeners::Socket;
use super::targets::{Reader, complaint, resolved_refs, withdrawn};
use crate::decide::check_match;
use crate::filter::{self, FilterFault};
use crate::{
    Condition, Filter, Route, RouteKind, Rule, RuleFault, Target, TimeLimits, Unresolved, WeightedTarget,
    parse_duration,
};

/// Every HTTPRoute and GRPCRoute, ordered by kind, namespace and name, attached to `sockets`.
pub(crate) fn resolve_routes(resources: &ResourceSet, reader: Reader<'_>, sockets: &mut [Socket<'_>]) -> Vec<Route> {
    let http = resources.http_routes.values().map(|object| http_route(object, reader));
    let grpc = resources.grpc_routes.values().map(|object| grpc_route(object, reader));
    let (mut routes, applicants): (Vec<_>, Vec<_>) = http.chain(grpc).unzip();
    for (route, parents) in routes.iter_mut().zip(attach(&applicants, sockets, resources, reader.semantics)) {
        route.parents = parents;
    }
    routes
}

fn http_route<'a>(object: &'a Object<HttpRoute>, reader: Reader<'_>) -> (Route, Applicant<'a>) {
    let spec = &object.body.spec;
    let head = Head::new(RouteKind::HttpRoute, object, &spec.parent_refs, &spec.hostnames);
    let implied = [HttpRouteRule::default()];
    let written = if spec.rules.is_empty() { &implied[..] } else { &spec.rules[..] };
    let rules = written.iter().map(|written| rule(written, &head, reader)).collect();
    route(head, rules)
}

fn grpc_route<'a>(object: &'a Object<GrpcRoute>, reader: Reader<'_>) -> (Route, Applicant<'a>) {
    let spec = &object.body.spec;
    let head = Head::new(RouteKind::GrpcRoute, object, &spec.parent_refs, &spec.hostnames);
    let rules = spec.rules.iter().map(|written| {
        let lowered = rule(&grpc::lowered(written), &head, reader);
        Rule { grpc_matches: grpc::matches(written), ..lowered }
    });
    let rules = rules.collect();
    route(head, rules)
}

/// The route, not attached yet.
fn route<'a>(head: Head<'a>, rules: Vec<Rule>) -> (Route, Applicant<'a>) {
    let (resolved, withdrawn) = (resolved_refs(unresolved(&rules)), withdrawn(unresolved(&rules)));
    let applicant = Applicant { fault: fault_condition(&rules), resolved, withdrawn, head };
    let head = &applicant.head;
    let route = Route {
        kind: head.kind,
        key: head.key.clone(),
        created: head.created,
        hostnames: head.hostnames.clone(),
        parents: Vec::new(),
        rules,
        withdrawn,
    };
    (route, applicant)
}

/// What the status has against the references of `rules`.
fn unresolved(rules: &[Rule]) -> impl Iterator<Item = &Unresolved> {
    let targets = rules.iter().flat_map(|rule| &rule.targets).filter_map(complaint);
    targets.chain(rules.iter().flat_map(Rule::mirrors).filter_map(|(_, mirror)| match &mirror.target {
        Target::Unresolved(unresolved) => Some(unresolved),
        Target::Backend(_) => None,
    }))
}

/// `Accepted=False` when some rule has a mistake that makes it answer 500.
fn fault_condition(rules: &[Rule]) -> Option<Condition> {
    let fault = rules.iter().filter_map(|rule| rule.fault.as_ref()).find(|fault| fault.reason.is_some())?;
    Some(Condition { kind: "Accepted", status: false, reason: fault.reason?, message: fault.message.clone() })
}

fn rule(written: &HttpRouteRule, head: &Head<'_>, reader: Reader<'_>) -> Rule {
    let matches = if written.matches.is_empty() { vec![HttpRouteMatch::default()] } else { written.matches.clone() };
    let timeouts = written.timeouts.clone().unwrap_or_default();
    let mut fault = None;
    let resolve = |reference: &BackendRef| {
        let found = reader.target(head, reference);
        (found.reference, found.target)
    };
    let setting = filter::Setting { route: head.kind, matches: &matches, resolve: &resolve };
    let parse = |filters: &[HttpRouteFilter]| filter::parse(filters, &setting).map_err(filter_fault);
    let actions = noted(parse(&written.filters), &mut fault);
    let limits = noted(limits(&timeouts), &mut fault);
    noted(matches.iter().try_for_each(check_match).map_err(unsupported), &mut fault);
    let targets = reader.targets(head, &written.backend_refs);
    let with_actions = targets
        .map(|(reference, target)| WeightedTarget { actions: noted(parse(&reference.filters), &mut fault), ..target });
    let targets: Vec<_> = with_actions.collect();
    let redirects = actions.iter().any(|action| matches!(action, Filter::Redirect(_)));
    if fault.is_none() && written.backend_refs.is_empty() && !redirects {
        fault = Some(RuleFault { reason: None, message: "the rule has no backendRefs".to_owned() });
    }
    Rule {
        name: written.name.clone(),
        matches,
        grpc_matches: Vec::new(),
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
        FilterFault::Unsupported { .. } | FilterFault::NotOffered { .. } | FilterFault::Malformed { .. } => {
            "UnsupportedValue"
        }
    };
    RuleFault { reason: Some(reason), message: fault.to_string() }
}
