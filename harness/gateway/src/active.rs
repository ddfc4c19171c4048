//! The active configuration: a resolved model, prepared so that a request costs lookups and no work.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sextant_resources::{BackendRef, Hostname, ObjectKey};
use sextant_routing::{
    Answer, BackendId, BackendIndex, Decision, L4Route, L4Table, Model, Outcome, Route, RouteKind, RouteTable,
    Schedule, Target, WeightedTarget,
};

use crate::dns::NameStates;
use crate::mirror::MirrorPlan;
use crate::peer::LivePeers;
use crate::registry::Carries;
use crate::tls::Originators;
use crate::{Generation, Reason};

mod backend;

pub(crate) use backend::BackendState;
use backend::names_of;

/// One configuration in use. Only the host tables inside change, each by a pointer swap, when DNS answers do. What the next
/// configuration leaves as it is, it shares.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) generation: Generation,
    pub(crate) model: Arc<Model>,
    routing: Arc<Routing>,
    /// As in the model.
    pub(crate) backends: Vec<Arc<BackendState>>,
    /// Every name that endpoints have, with the backends that use it.
    pub(crate) names: Arc<BTreeMap<Hostname, Vec<usize>>>,
}

/// What leads to a backend: everything that follows from the routes, the listeners and the identities of the backends.
#[derive(Debug)]
struct Routing {
    /// One per listener port. A gateway has few, so a request finds its own by walking.
    tables: Vec<(u16, RouteTable)>,
    /// The same for listeners that pass connections on.
    l4_tables: Vec<(u16, L4Table)>,
    /// As in the model; `None` for a route whose weights are all 0.
    l4_targets: Vec<Option<Targets>>,
    /// `[route][rule]`, as in the model.
    rules: Vec<Vec<RulePlan>>,
    by_id: HashMap<BackendId, usize>,
}

/// What a rule does with a request.
#[derive(Debug)]
pub(crate) struct RulePlan {
    pub(crate) action: Action,
    /// Whether the rule or one of its targets has filters.
    pub(crate) filtered: bool,
    /// Where copies of its requests go.
    pub(crate) mirrors: Vec<MirrorPlan>,
    /// From the whole request read to the whole response sent; `None` for no limit.
    pub(crate) timeout: Option<Duration>,
}

/// What becomes of a request that a rule takes.
#[derive(Debug)]
pub(crate) enum Action {
    /// Always the same reply.
    Reply(Reason),
    /// One of the targets, by weight.
    Forward(Targets),
}

/// Weighted targets and whose turn it is among them, for all workers.
#[derive(Debug)]
pub(crate) struct Targets {
    /// A place in [`Active::backends`]; `None` for an unresolved reference.
    backends: Vec<Option<usize>>,
    schedule: Schedule,
    turn: Arc<AtomicU64>,
}

impl Active {
    /// The configuration before the first one: no listener, no route.
    pub(crate) fn none() -> Self {
        Self::new(Generation(0), Arc::default(), &NameStates::default(), None)
    }

    /// Prepares `model`. Turns of `previous` go on where the targets or hosts are the same. A model that a
    /// [`sextant_routing::Resolver`] made from the last one costs what moved in it.
    pub(crate) fn new(
        generation: Generation,
        model: Arc<Model>,
        names_known: &NameStates,
        previous: Option<&Self>,
    ) -> Self {
        if let Some(next) = previous.and_then(|previous| previous.followed(generation, &model, names_known)) {
            return next;
        }
        let mut originators = originators(previous);
        let backends = model.backends.iter().enumerate().map(|(at, backend)| {
            let old = previous.and_then(|previous| previous.backend(&backend.id));
            Arc::new(BackendState::new(backend, is_withheld(&model, at), &mut originators, names_known, old))
        });
        Self {
            generation,
            backends: backends.collect(),
            routing: Arc::new(Routing::new(&model, previous)),
            names: Arc::new(names(&model)),
            model,
        }
    }

    /// The configuration of `model` if that differs from this one's only in the contents of backends.
    fn followed(&self, generation: Generation, model: &Arc<Model>, names_known: &NameStates) -> Option<Self> {
        let before = &self.model;
        let same_routing = Arc::ptr_eq(&before.routes, &model.routes)
            && Arc::ptr_eq(&before.l4_routes, &model.l4_routes)
            && Arc::ptr_eq(&before.listeners, &model.listeners)
            && Arc::ptr_eq(&before.l4_listeners, &model.l4_listeners)
            && before.semantics() == model.semantics()
            && before.backends.len() == model.backends.len();
        if !same_routing {
            return None;
        }
        // The lists share what did not change, and hold it in one place.
        let both = before.backends.iter().zip(&model.backends).enumerate();
        let moved: Vec<_> = both.filter(|(_, (old, new))| !std::ptr::eq(*old, *new)).collect();
        if moved.iter().any(|(_, (old, new))| old.id != new.id) {
            return None;
        }
        let mut backends = self.backends.clone();
        let mut originators = match moved.iter().any(|(_, (_, new))| new.policy.tls.is_some()) {
            true => originators(Some(self)),
            false => Originators::default(),
        };
        for (at, (_, new)) in &moved {
            let (old, withheld) = (&self.backends[*at], is_withheld(model, *at));
            backends[*at] = Arc::new(BackendState::new(new, withheld, &mut originators, names_known, Some(old)));
        }
        let renamed = moved.iter().any(|(_, (old, new))| !names_of(old).eq(names_of(new)));
        let names = if renamed { Arc::new(names(model)) } else { self.names.clone() };
        Some(Self { generation, model: model.clone(), routing: self.routing.clone(), backends, names })
    }

    /// The routes of the listeners on `port`; `None` when there is no listener (any more).
    pub(crate) fn table(&self, port: u16) -> Option<&RouteTable> {
        self.routing.tables.iter().find(|(at, _)| *at == port).map(|(_, table)| table)
    }

    /// As [`Self::table`], for listeners that pass connections on.
    pub(crate) fn l4(&self, port: u16) -> Option<&L4Table> {
        self.routing.l4_tables.iter().find(|(at, _)| *at == port).map(|(_, table)| table)
    }

    /// Where connections of this place in [`Model::l4_routes`] go; `None` when its weights are all 0.
    pub(crate) fn l4_targets(&self, route: usize) -> Option<&Targets> {
        self.routing.l4_targets[route].as_ref()
    }

    /// Whether listeners on `port` take connections that are used for this.
    pub(crate) fn listens(&self, port: u16, carries: Carries) -> bool {
        match carries {
            Carries::Requests => self.table(port).is_some(),
            Carries::Bytes => self.l4(port).is_some(),
        }
    }

    pub(crate) fn ports(&self) -> impl Iterator<Item = u16> {
        let l4 = self.routing.l4_tables.iter().map(|(port, _)| *port);
        self.routing.tables.iter().map(|(port, _)| *port).chain(l4)
    }

    pub(crate) fn rule(&self, route: usize, rule: usize) -> &RulePlan {
        &self.routing.rules[route][rule]
    }

    pub(crate) fn backend(&self, id: &BackendId) -> Option<&BackendState> {
        self.routing.by_id.get(id).map(|&at| &*self.backends[at])
    }

    /// Everybody whom a request can be sent to under this configuration.
    pub(crate) fn live_peers(&self) -> LivePeers {
        let mut live = LivePeers::default();
        self.backends.iter().for_each(|backend| backend.add_to(&mut live));
        live
    }

    /// Whether requests may bring `name` along.
    pub(crate) fn covers(&self, name: &Hostname) -> bool {
        self.covering(name).next().is_some()
    }

    /// The places of the backends that requests for `name` can be sent to.
    pub(crate) fn covering(&self, name: &Hostname) -> impl Iterator<Item = usize> {
        let backends = self.model.backends.iter().enumerate();
        backends.filter(|(_, backend)| backend.covers(name)).map(|(at, _)| at)
    }

    /// Gives the backends that use `name` the hosts that follow from what is known now. Says whether any changed.
    pub(crate) fn refresh(&self, name: &Hostname, names_known: &NameStates) -> bool {
        let mut changed = false;
        for &at in self.names.get(name).into_iter().flatten() {
            changed |= self.backends[at].refresh(&self.model.backends[at], names_known);
        }
        for at in self.covering(name) {
            changed |= self.backends[at].refresh_dynamic(&self.model.backends[at], names_known);
        }
        changed
    }

    /// The targets of a rule with the references that they stand for.
    fn targets(&self, route: usize, rule: usize) -> Option<(&[WeightedTarget], &Targets)> {
        let plan = self.routing.rules[route].get(rule)?;
        match &plan.action {
            Action::Forward(targets) => Some((&self.model.routes[route].rules[rule].targets, targets)),
            Action::Reply(_) => None,
        }
    }
}

impl Routing {
    fn new(model: &Model, previous: Option<&Active>) -> Self {
        let http_ports: BTreeSet<u16> = model.listeners.iter().map(|listener| listener.port).collect();
        Self {
            tables: http_ports.into_iter().map(|port| (port, RouteTable::new(model, port))).collect(),
            l4_tables: model.ports().into_iter().filter_map(|port| Some((port, L4Table::new(model, port)?))).collect(),
            l4_targets: l4_targets(model, previous),
            rules: rules(model, previous),
            by_id: model.backends.iter().enumerate().map(|(at, backend)| (backend.id.clone(), at)).collect(),
        }
    }
}

/// Everything that speaks TLS in `previous`.
fn originators(previous: Option<&Active>) -> Originators {
    let mut originators = Originators::default();
    for state in previous.into_iter().flat_map(|previous| &previous.backends) {
        if let Some(tls) = &state.tls {
            originators.keep(tls, state.upstream);
        }
    }
    originators
}

/// Whether the control plane withholds the backend at this place.
fn is_withheld(model: &Model, at: usize) -> bool {
    matches!(model.outcome(&Target::Backend(BackendIndex(at))), Outcome::Withheld(_))
}

impl RulePlan {
    /// What `model` says about rule `rule` of route `route`.
    fn new(model: &Model, route: usize, rule: usize, previous: Option<(&[WeightedTarget], &Targets)>) -> Self {
        let action = match model.answer(Decision::Rule { route, rule, matched: 0 }) {
            Answer::Invalid(_) => Action::Reply(Reason::RuleFault),
            // The redirect comes first, whatever the targets are.
            Answer::NotFound | Answer::Redirect { .. } => Action::Reply(Reason::NoRoute),
            Answer::Share { rule, .. } if rule.targets.iter().all(|target| target.weight == 0) => {
                Action::Reply(Reason::NoTargets)
            }
            Answer::Share { rule, .. } => Action::Forward(Targets::new(&rule.targets, previous)),
        };
        let rule = &model.routes[route].rules[rule];
        let filtered = !rule.actions.is_empty() || rule.targets.iter().any(|target| !target.actions.is_empty());
        // One attempt is all there is, so the shorter limit is the one that counts.
        let timeout = [rule.limits.request, rule.limits.backend_request].into_iter().flatten().min();
        let mirrors = rule.mirrors().filter_map(|(target, mirror)| MirrorPlan::new(target, mirror)).collect();
        Self { action, filtered, mirrors, timeout }
    }
}

impl Targets {
    /// Turns of `previous` go on where its targets are the same.
    fn new(targets: &[WeightedTarget], previous: Option<(&[WeightedTarget], &Self)>) -> Self {
        let keys = |targets: &[WeightedTarget]| -> Vec<(BackendRef, u32)> {
            targets.iter().map(|target| (target.reference.clone(), target.weight)).collect()
        };
        let backend = |target: &Target| match target {
            Target::Backend(index) => Some(index.0),
            Target::Unresolved(_) => None,
        };
        let weights: Vec<u32> = targets.iter().map(|target| target.weight).collect();
        let same = previous.filter(|(old, _)| keys(old) == keys(targets));
        Self {
            backends: targets.iter().map(|target| backend(&target.target)).collect(),
            schedule: Schedule::new(&weights),
            turn: same.map(|(_, targets)| targets.turn.clone()).unwrap_or_default(),
        }
    }

    /// The target whose turn it is, as a place in the rule's targets.
    pub(crate) fn pick(&self) -> Option<usize> {
        if self.backends.len() == 1 {
            return Some(0);
        }
        self.schedule.choice(self.turn.fetch_add(1, Ordering::Relaxed))
    }

    /// The backend of target `target`, as a place in [`Active::backends`]; `None` when the reference is unresolved.
    pub(crate) fn backend(&self, target: usize) -> Option<usize> {
        self.backends[target]
    }
}

/// What every rule of every route does with its requests.
fn rules(model: &Model, previous: Option<&Active>) -> Vec<Vec<RulePlan>> {
    let old: HashMap<(RouteKind, &ObjectKey), usize> = previous
        .into_iter()
        .flat_map(|previous| previous.model.routes.iter().enumerate())
        .map(|(at, route)| ((route.kind, &route.key), at))
        .collect();
    let plans = |(at, route): (usize, &Route)| {
        let before = previous.zip(old.get(&(route.kind, &route.key)));
        let plan =
            |rule| RulePlan::new(model, at, rule, before.and_then(|(previous, &route)| previous.targets(route, rule)));
        (0..route.rules.len()).map(plan).collect()
    };
    model.routes.iter().enumerate().map(plans).collect()
}

/// The targets of every route of connections; `None` for one whose weights are all 0.
fn l4_targets(model: &Model, previous: Option<&Active>) -> Vec<Option<Targets>> {
    let old: HashMap<_, _> = previous
        .into_iter()
        .flat_map(|previous| previous.model.l4_routes.iter().zip(&previous.routing.l4_targets))
        .filter_map(|(route, targets)| Some(((route.kind, &route.key), (&route.targets[..], targets.as_ref()?))))
        .collect();
    let targets = |route: &L4Route| {
        let some = route.targets.iter().any(|target| target.weight > 0);
        some.then(|| Targets::new(&route.targets, old.get(&(route.kind, &route.key)).copied()))
    };
    model.l4_routes.iter().map(targets).collect()
}

fn names(model: &Model) -> BTreeMap<Hostname, Vec<usize>> {
    let mut names: BTreeMap<Hostname, Vec<usize>> = BTreeMap::new();
    for (at, backend) in model.backends.iter().enumerate() {
        for name in names_of(backend) {
            let users = names.entry(name.clone()).or_default();
            if users.last() != Some(&at) {
                users.push(at);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests;
