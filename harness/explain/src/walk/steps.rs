//! From a request to its walk.

use sextant_resources::{HttpRouteMatch, ResourceSet};
use sextant_routing::{Answer, Fate, Model, Options, RouteTable, Target, Trace, WeightedTarget, resolve};

use super::filters::{apply, walked};
use super::{Share, Walk, WalkedListener, candidates, others};
use crate::assemble::{self, listener_name, targets};
use crate::explanation::{API_VERSION, BackendRef, Endpoint};
use crate::request::Request;

/// Walks `request` through `resources` by the rules of `options.profile`.
pub fn walk(resources: &ResourceSet, options: &Options, request: &Request) -> Walk {
    let model = resolve(resources, options);
    let (port, note) = port(&model, request);
    let table = RouteTable::new(&model, port);
    let trace = table.trace(&model.routes, &request.host, &request.method, &request.target, &request.headers);
    let mut walk = Walk {
        api_version: API_VERSION,
        kind: "RequestWalk",
        profile: options.profile,
        gateway: assemble::gateway(options),
        request: walked(request, Some(port)),
        note,
        outcome: "404".to_owned(),
        message: String::new(),
        listeners: listeners(&model, &trace, port),
        hostname: trace.hostname.as_ref().map(ToString::to_string),
        candidates: candidates::candidates(&model, &trace, request),
        other_routes: others::others(&model, &trace, request.hostname(), port),
        filters: Vec::new(),
        redirect: None,
        shares: Vec::new(),
    };
    match trace.candidates.iter().find(|candidate| candidate.fate == Fate::Taken) {
        Some(taken) => Traveller { model: &model, resources, options, request, port }.follow(taken, &trace, &mut walk),
        None => (walk.outcome, walk.message) = lost(&model, &trace, request, port),
    }
    walk
}

/// The port that the request goes to, and what to say about the choice. A URL without port means that of its scheme, if
/// anything listens there.
fn port(model: &Model, request: &Request) -> (u16, String) {
    let usual = if request.secure { 443 } else { 80 };
    let listens = |port: u16| model.listeners.iter().any(|listener| listener.port == port);
    let lowest = model.listeners.iter().map(|listener| listener.port).min();
    match (request.port, lowest) {
        (Some(port), _) => (port, String::new()),
        (None, Some(lowest)) if !listens(usual) => {
            (lowest, format!("the URL names no port and nothing listens on {usual}: port {lowest} is meant"))
        }
        (None, _) => (usual, String::new()),
    }
}

fn listeners(model: &Model, trace: &Trace, port: u16) -> Vec<WalkedListener> {
    let here = model.listeners.iter().filter(|listener| listener.port == port);
    let walked = here.map(|listener| WalkedListener {
        listener: listener_name(&listener.gateway, &listener.name, listener.port),
        hostname: listener.hostname.to_string(),
        takes: trace.listener.as_ref() == Some(&listener.hostname),
    });
    walked.collect()
}

/// What a request gets that no match takes, and why.
fn lost(model: &Model, trace: &Trace, request: &Request, port: u16) -> (String, String) {
    let host = request.hostname();
    let mut ports: Vec<_> = model.listeners.iter().map(|listener| listener.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let listed = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let not_found = |message| ("404".to_owned(), message);
    match (ports.contains(&port), &trace.listener, &trace.hostname) {
        (false, ..) if ports.is_empty() => ("refused".to_owned(), "no Gateway has an HTTP listener".to_owned()),
        (false, ..) => ("refused".to_owned(), format!("nothing listens on port {port}; HTTP listeners have {listed}")),
        (true, None, _) => not_found(format!("no listener of port {port} serves {host} (K-137)")),
        (true, Some(_), None) => not_found(format!("no route of the listener serves {host} (K-137)")),
        (true, Some(_), Some(hostname)) => not_found(format!("no match of the routes for {hostname} fits (K-137)")),
    }
}

/// A request with all that decides about it.
struct Traveller<'a> {
    model: &'a Model,
    resources: &'a ResourceSet,
    options: &'a Options,
    request: &'a Request,
    port: u16,
}

impl Traveller<'_> {
    /// From the match that took the request to the endpoints.
    fn follow(&self, taken: &sextant_routing::Candidate, trace: &Trace, walk: &mut Walk) {
        let route = &self.model.routes[taken.route];
        let rule = &route.rules[taken.rule];
        let verdict = targets::of_rule(route, rule);
        match self.model.answer(trace.decision()) {
            Answer::Share { rule, matched } => {
                let filtered = apply(&rule.actions, self.request, matched);
                let refs = targets::backend_refs(self.model, &rule.targets, &verdict, false);
                let shares = rule.targets.iter().zip(refs);
                let shares = shares.map(|(target, r)| self.share(target, r, &filtered.request, matched));
                walk.shares = shares.collect();
                walk.filters = filtered.told;
            }
            Answer::Redirect { redirect, rule, matched } => {
                walk.filters = apply(&rule.actions, self.request, matched).told;
                walk.redirect = Some(redirect.location(&self.request.host, self.port, &self.request.target, matched));
            }
            Answer::Invalid(_) | Answer::NotFound => {}
        }
        (walk.outcome, walk.message) = (verdict.outcome, verdict.message);
        if walk.outcome == targets::FORWARD {
            (walk.outcome, walk.message) = overall(&walk.shares);
        }
    }

    fn share(
        &self,
        target: &WeightedTarget,
        backend_ref: BackendRef,
        request: &Request,
        matched: &HttpRouteMatch,
    ) -> Share {
        let filtered = apply(&target.actions, request, matched);
        let forwarded = (backend_ref.outcome == targets::FORWARD).then(|| walked(&filtered.request, None));
        let share = share(self.model, target, backend_ref, self.resources, self.options);
        Share { forwarded, filters: filtered.told, ..share }
    }
}

/// Who is behind `target`, which `backend_ref` tells of, without filters.
pub(crate) fn share(
    model: &Model,
    target: &WeightedTarget,
    backend_ref: BackendRef,
    resources: &ResourceSet,
    options: &Options,
) -> Share {
    let served = match target.target {
        Target::Backend(index) => Some(assemble::backend(model, index, resources, options)),
        Target::Unresolved(_) => None,
    };
    let part = backend_ref.share;
    let (endpoints, excluded) = served.map(|backend| (backend.endpoints, backend.excluded)).unwrap_or_default();
    Share {
        endpoints: endpoints.into_iter().map(|e| Endpoint { share: e.share.map(|share| share * part), ..e }).collect(),
        forwarded: None,
        excluded,
        reference: backend_ref.reference,
        weight: backend_ref.weight,
        share: part,
        backend: backend_ref.backend,
        outcome: backend_ref.outcome,
        message: backend_ref.message,
        filters: Vec::new(),
    }
}

/// What the shares come to.
pub(crate) fn overall(shares: &[Share]) -> (String, String) {
    let mut serving = shares.iter().filter(|share| share.weight > 0);
    let Some(first) = serving.next() else { return (targets::FORWARD.to_owned(), String::new()) };
    match serving.all(|share| share.outcome == first.outcome) {
        true => (first.outcome.clone(), first.message.clone()),
        false => ("mixed".to_owned(), "its shares have different outcomes (K-131)".to_owned()),
    }
}
