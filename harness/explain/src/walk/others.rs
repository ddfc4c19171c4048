//! Routes that were not looked at for a request, and why.

use sextant_resources::HostnamePattern;
use sextant_routing::{Listener, Model, Route, Trace};

use super::OtherRoute;
use crate::assemble::route_name;

/// Every HTTPRoute and GRPCRoute of `model` that none of the candidates of `trace` is of, on the way to `host` at `port`.
pub(super) fn others(model: &Model, trace: &Trace, host: &str, port: u16) -> Vec<OtherRoute> {
    let looked_at = |place: usize| trace.candidates.iter().any(|candidate| candidate.route == place);
    let others = model.routes.iter().enumerate().filter(|(place, _)| !looked_at(*place));
    let told = others.map(|(place, route)| OtherRoute {
        route: route_name(route.kind, &route.key),
        message: why(model, trace, place, route, host, port),
    });
    told.collect()
}

fn why(model: &Model, trace: &Trace, place: usize, route: &Route, host: &str, port: u16) -> String {
    if route.withdrawn {
        return "it was withdrawn: a backendRef has a mistake (I-179)".to_owned();
    }
    let listeners: Vec<&Listener> =
        model.listeners.iter().filter(|listener| listener.routes.contains(&place)).collect();
    if listeners.is_empty() {
        let mut conditions = route.parents.iter().flat_map(|parent| &parent.conditions);
        let refused = conditions.find(|condition| condition.kind == "Accepted" && !condition.status);
        return refused.map_or_else(
            || "no HTTP listener takes it".to_owned(),
            |condition| format!("no listener takes it: {}: {}", condition.reason, condition.message),
        );
    }
    let here: Vec<_> = listeners.iter().filter(|listener| listener.port == port).collect();
    if here.is_empty() {
        let ports: Vec<_> = listeners.iter().map(|listener| listener.port.to_string()).collect();
        return format!("it is attached to port {} only", ports.join(", "));
    }
    let any = [HostnamePattern::Any];
    let own = if route.hostnames.is_empty() { &any[..] } else { &route.hostnames };
    if !own.iter().any(|hostname| hostname.matches(host)) {
        return format!("it serves {}", route.hostnames.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    }
    let took = trace.listener.as_ref();
    if let Some(took) = took.filter(|took| !here.iter().any(|listener| listener.hostname == **took)) {
        let own: Vec<_> = here.iter().map(|listener| listener.hostname.to_string()).collect();
        return format!(
            "it is attached to the listener for {}, and the one for {took} takes the request",
            own.join(", ")
        );
    }
    match &trace.hostname {
        Some(hostname) => format!("another route serves {hostname}, which is more specific"),
        None => "its listener does not serve the host".to_owned(),
    }
}
