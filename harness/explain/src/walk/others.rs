//! Routes that were not looked at, and why.

use sextant_resources::HostnamePattern;
use sextant_routing::{Model, ParentStatus, Trace};

use super::OtherRoute;
use crate::assemble::route_name;

/// Every HTTPRoute and GRPCRoute of `model` that none of the candidates of `trace` is of, on the way to `host` at `port`.
pub(super) fn others(model: &Model, trace: &Trace, host: &str, port: u16) -> Vec<OtherRoute> {
    let looked_at = |place: usize| trace.candidates.iter().any(|candidate| candidate.route == place);
    let listeners = |place: usize| {
        let taking = model.listeners.iter().filter(move |listener| listener.routes.contains(&place));
        taking.map(|listener| (listener.port, &listener.hostname)).collect()
    };
    let others = model.routes.iter().enumerate().filter(|(place, _)| !looked_at(*place));
    let told = others.map(|(place, route)| OtherRoute {
        route: route_name(route.kind, &route.key),
        message: Arrival {
            what: "request",
            host,
            port,
            listener: trace.listener.as_ref(),
            hostname: trace.hostname.as_ref(),
        }
        .missed(route.withdrawn, &route.parents, &route.hostnames, listeners(place)),
    });
    told.collect()
}

/// How a request or connection came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    /// `request` or `connection`.
    pub(crate) what: &'static str,
    /// Host or server name; empty when there is none.
    pub(crate) host: &'a str,
    /// Port.
    pub(crate) port: u16,
    /// Hostname of the listener that took it.
    pub(crate) listener: Option<&'a HostnamePattern>,
    /// Hostname that decided among routes.
    pub(crate) hostname: Option<&'a HostnamePattern>,
}

impl Arrival<'_> {
    /// Why a route was not looked at that has this status, these hostnames, and listeners with these ports and hostnames.
    pub(crate) fn missed(
        &self,
        withdrawn: bool,
        parents: &[ParentStatus],
        hostnames: &[HostnamePattern],
        listeners: Vec<(u16, &HostnamePattern)>,
    ) -> String {
        if withdrawn {
            return "it was withdrawn: a backendRef has a mistake (I-179)".to_owned();
        }
        if listeners.is_empty() {
            let mut conditions = parents.iter().flat_map(|parent| &parent.conditions);
            let refused = conditions.find(|condition| condition.kind == "Accepted" && !condition.status);
            return refused.map_or_else(
                || "no listener takes it".to_owned(),
                |condition| format!("no listener takes it: {}: {}", condition.reason, condition.message),
            );
        }
        let here: Vec<_> = listeners.iter().filter(|(port, _)| *port == self.port).collect();
        if here.is_empty() {
            let ports: Vec<_> = listeners.iter().map(|(port, _)| port.to_string()).collect();
            return format!("it is attached to port {} only", ports.join(", "));
        }
        let any = [HostnamePattern::Any];
        let own = if hostnames.is_empty() { &any[..] } else { hostnames };
        if !own.iter().any(|hostname| hostname.matches(self.host)) {
            return format!("it serves {}", hostnames.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        }
        if let Some(took) = self.listener.filter(|took| !here.iter().any(|(_, hostname)| hostname == took)) {
            let own: Vec<_> = here.iter().map(|(_, hostname)| hostname.to_string()).collect();
            let what = self.what;
            return format!(
                "it is attached to the listener for {}, and the one for {took} takes the {what}",
                own.join(", ")
            );
        }
        match self.hostname {
            Some(hostname) => format!("another route serves {hostname}, which is more specific"),
            None => "its listener does not serve the host".to_owned(),
        }
    }
}
