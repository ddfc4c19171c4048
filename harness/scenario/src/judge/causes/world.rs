//! What a scenario says about a step before anything is seen: names, changes, who is promised where.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use sextant_fake_dns::{Name, RecordData, Zone};
use sextant_fake_vms::Behaviour;
use sextant_verdict::Cause;

use super::Clue;
use crate::view::{Action, StepView};
use crate::{Expect, Request};

/// What is against a class when nothing supports it.
const AGAINST: i32 = -4;

/// What a change before a step was made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Manifests,
    Dns,
    Workload,
}

/// One answer of a name: in which zone of the scenario, and at which place of its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer<'a> {
    name: &'a Name,
    zone: usize,
    place: usize,
}

/// The scenario as one of its steps finds it.
pub(super) struct World<'a> {
    pub(super) step: StepView<'a>,
    /// Addresses in what names answer, now or at some time, and the answers that have them.
    addresses: BTreeMap<IpAddr, BTreeSet<Answer<'a>>>,
    /// Whether any name is answered at all.
    names: bool,
    /// Whether answers differ from one time to another.
    answers_vary: bool,
    /// What was changed before the step, or by it, with the number of the step that did.
    changes: Vec<(usize, Change)>,
    /// Steps that promise an endpoint, by number.
    promised: BTreeMap<SocketAddr, Vec<usize>>,
    /// Whether anybody, the gateway included, is somewhere.
    located: bool,
    /// Workloads that do not behave well, at least for a time.
    unwell: BTreeSet<SocketAddr>,
}

impl<'a> World<'a> {
    pub(super) fn of(step: &StepView<'a>) -> Self {
        let scenario = &step.scenario.scenario;
        let zones: Vec<&Zone> =
            std::iter::once(&scenario.dns).chain(scenario.steps.iter().filter_map(|step| step.dns.as_ref())).collect();
        let mut addresses: BTreeMap<IpAddr, BTreeSet<Answer<'_>>> = BTreeMap::new();
        for (answer, address) in zones.iter().enumerate().flat_map(|(zone, names)| addresses_in(zone, names)) {
            addresses.entry(address).or_default().insert(answer);
        }
        let steps = || step.scenario.steps();
        let mut promised: BTreeMap<SocketAddr, Vec<usize>> = BTreeMap::new();
        for view in steps() {
            for endpoint in endpoints_of(&view) {
                promised.entry(endpoint).or_default().push(view.index);
            }
        }
        let changed = |view: &StepView<'_>| Some((view.index, change_of(&view.action)?));
        let at_first = scenario.workloads.iter().filter(|it| fails(&it.behaviour)).map(|it| it.endpoint);
        let later = scenario.steps.iter().filter_map(|step| step.workload.as_ref());
        let later = later.filter(|change| fails(&change.behaviour)).map(|change| change.endpoint);
        Self {
            step: *step,
            addresses,
            names: zones.iter().any(|zone| !zone.is_empty()),
            answers_vary: zones.len() > 1 || zones.iter().any(|zone| varies(zone)),
            changes: steps().take_while(|view| view.index <= step.index).filter_map(|view| changed(&view)).collect(),
            promised,
            located: scenario.workloads.iter().any(|workload| !workload.locality.is_empty())
                || !scenario.settings.gateway_locality.is_empty()
                || !scenario.settings.gateway_labels.is_empty(),
            unwell: at_first.chain(later).collect(),
        }
    }

    /// The promises about replies of the step.
    pub(super) fn expect(&self) -> Option<&'a Expect> {
        self.step.action.expect().or_else(|| self.step.step.under.as_ref().map(|traffic| &traffic.expect))
    }

    pub(super) fn request(&self) -> Option<&'a Request> {
        self.step.action.request().or_else(|| self.step.step.under.as_ref().map(|traffic| &traffic.request))
    }

    /// What was changed since a step last promised `endpoint`; `None` when no step before did.
    pub(super) fn changed_since(&self, endpoint: SocketAddr) -> Option<BTreeSet<Change>> {
        let last = *self.promised.get(&endpoint)?.iter().rev().find(|index| **index < self.step.index)?;
        Some(self.changes.iter().filter(|(index, _)| *index > last).map(|(_, change)| *change).collect())
    }

    /// The last step before that is `like` this one and has changes between them, and what was changed.
    pub(super) fn before_the_last_change(
        &self,
        like: impl Fn(&StepView<'_>) -> bool,
    ) -> Option<(BTreeSet<Change>, StepView<'a>)> {
        let last = self.changes.last()?.0;
        let earlier = self.step.scenario.steps().filter(|view| view.index < last && like(view)).last()?;
        let since = self.changes.iter().filter(|(index, _)| *index > earlier.index).map(|(_, change)| *change);
        Some((since.collect(), earlier))
    }

    /// Whether manifests were changed before the step, or by it.
    pub(super) fn is_changed(&self) -> bool {
        self.changes.iter().any(|(_, change)| *change == Change::Manifests)
    }

    /// What was changed just before the step: since the last one that judged anything.
    pub(super) fn just_changed(&self) -> BTreeSet<Change> {
        let judges = |view: &StepView<'_>| change_of(&view.action).is_none();
        let last = self.step.scenario.steps().filter(|view| view.index < self.step.index && judges(view)).last();
        let last = last.map(|view| view.index);
        self.changes
            .iter()
            .filter(|(index, _)| last.is_none_or(|last| *index > last))
            .map(|(_, change)| *change)
            .collect()
    }

    /// The requests of other steps that `endpoint` is promised to.
    pub(super) fn promised_to(&self, endpoint: SocketAddr) -> Vec<&'a Request> {
        let others = self.promised.get(&endpoint).into_iter().flatten().filter(|index| **index != self.step.index);
        let steps = others.filter_map(|index| self.step.scenario.scenario.steps.get(*index));
        steps
            .filter_map(|step| {
                let sent = step.actions().first().and_then(|action| action.request());
                sent.or_else(|| step.under.as_ref().map(|traffic| &traffic.request))
            })
            .collect()
    }

    /// Where a workload is; empty when unknown.
    pub(super) fn locality(&self, endpoint: SocketAddr) -> &'a str {
        let workloads = &self.step.scenario.scenario.workloads;
        workloads.iter().find(|workload| workload.endpoint == endpoint).map_or("", |workload| &workload.locality)
    }

    pub(super) fn is_unwell(&self, endpoint: SocketAddr) -> bool {
        self.unwell.contains(&endpoint)
    }

    pub(super) fn has_names(&self) -> bool {
        self.names
    }

    pub(super) fn anybody_unwell(&self) -> bool {
        !self.unwell.is_empty()
    }

    /// The statuses that workloads are told to answer with, other than 200.
    pub(super) fn told_statuses(&self) -> BTreeSet<u16> {
        let scenario = &self.step.scenario.scenario;
        let later =
            scenario.steps.iter().filter_map(|step| step.workload.as_ref()).map(|change| change.behaviour.status);
        let all = scenario.workloads.iter().map(|workload| workload.behaviour.status).chain(later);
        all.filter(|status| *status != 200).collect()
    }

    /// Whether an endpoint is the way into another network.
    pub(super) fn is_network_gateway(&self, endpoint: SocketAddr) -> bool {
        self.step.scenario.scenario.settings.control_plane.network_gateways.iter().any(|it| it.endpoint == endpoint)
    }

    /// Whether requests were sent before the step, with no change since. Their promises were kept, or this one is not the
    /// first that is broken.
    pub(super) fn served_before(&self) -> bool {
        let changed = self.changes.last().map_or(0, |(index, _)| *index);
        let before = |view: &StepView<'_>| (changed..self.step.index).contains(&view.index);
        self.step.scenario.steps().any(|view| before(&view) && view.action.request().is_some())
    }

    /// Whether a step before promises an endpoint of this one to requests for another host.
    pub(super) fn serves_another_host(&self) -> bool {
        let (Some(request), Some(expect)) = (self.request(), self.expect()) else { return false };
        let own = promised_by(expect);
        let before = self.step.scenario.steps().take_while(|view| view.index < self.step.index);
        before.filter_map(|view| Some((view.action.request()?, view.action.expect()?))).any(|(other, expect)| {
            !other.host.eq_ignore_ascii_case(&request.host) && !promised_by(expect).is_disjoint(&own)
        })
    }

    /// Whether `address` is in what some name answers.
    pub(super) fn has_name(&self, address: IpAddr) -> bool {
        self.addresses.contains_key(&address)
    }

    /// Whether one answer of a name has `address` and one of the others.
    pub(super) fn share_an_answer(&self, address: IpAddr, others: &BTreeSet<SocketAddr>) -> bool {
        self.related(address, others, |one, other| one == other)
    }

    /// Whether one name has `address` and one of the others, now or at some time.
    pub(super) fn share_a_name(&self, address: IpAddr, others: &BTreeSet<SocketAddr>) -> bool {
        self.related(address, others, |one, other| one.name == other.name)
    }

    fn related(
        &self,
        address: IpAddr,
        others: &BTreeSet<SocketAddr>,
        alike: impl Fn(&Answer<'_>, &Answer<'_>) -> bool,
    ) -> bool {
        let of = |address: IpAddr| self.addresses.get(&address).into_iter().flatten();
        others.iter().flat_map(|other| of(other.ip())).any(|other| of(address).any(|one| alike(one, other)))
    }

    /// Whether a workload speaks TLS.
    pub(super) fn has_tls(&self) -> bool {
        self.step.scenario.scenario.workloads.iter().any(|workload| workload.behaviour.tls.is_some())
    }

    /// What the scenario leaves no room for.
    pub(super) fn against(&self) -> Vec<Clue> {
        let mut clues = Vec::new();
        if !self.names {
            clues.push(Clue::new(Cause::DnsAnswer, AGAINST, "no name is answered in this scenario"));
            clues.push(Clue::new(Cause::DnsLife, 3 * AGAINST, "no name is answered in this scenario"));
        } else if !self.answers_vary {
            clues.push(Clue::new(Cause::DnsLife, AGAINST, "no name changes its answer in this scenario"));
        }
        if !self.is_changed() {
            clues.push(Clue::new(Cause::Stale, 3 * AGAINST, "no manifest was changed before this step"));
        }
        if !self.located {
            clues.push(Clue::new(Cause::Locality, AGAINST / 2, "nobody is told where it is"));
        }
        if !matches!(self.step.action, Action::Status(_)) {
            clues.push(Clue::new(Cause::Status, 2 * AGAINST, "what was broken is not about conditions"));
        }
        clues
    }
}

/// Whether clients have reason to complain about such a workload.
fn fails(behaviour: &Behaviour) -> bool {
    behaviour.status >= 500 || behaviour.grpc_status != 0 || !behaviour.delay.is_zero() || behaviour.fault.is_some()
}

fn change_of(action: &Action<'_>) -> Option<Change> {
    match action {
        Action::Apply(_) | Action::Delete(_) => Some(Change::Manifests),
        Action::Dns(_) => Some(Change::Dns),
        Action::Workload(_) => Some(Change::Workload),
        _ => None,
    }
}

/// The endpoints that a step promises to answer, or to be listed.
fn endpoints_of(view: &StepView<'_>) -> Vec<SocketAddr> {
    if let Action::Listed(listed) = view.action {
        return listed.endpoints.iter().map(|listed| listed.endpoint).collect();
    }
    let expect = view.action.expect().or_else(|| view.step.under.as_ref().map(|traffic| &traffic.expect));
    expect.map(promised_by).unwrap_or_default().into_iter().collect()
}

/// The endpoints that may answer by these promises; empty when they name none.
pub(super) fn promised_by(expect: &Expect) -> BTreeSet<SocketAddr> {
    let shares = expect.shares.iter().flat_map(|shares| &shares.of).filter(|(_, weight)| **weight > 0);
    let shares = shares.filter_map(|(name, _)| name.parse().ok());
    expect.sources.iter().flatten().copied().chain(shares).collect()
}

fn addresses_in(zone: usize, names: &Zone) -> impl Iterator<Item = (Answer<'_>, IpAddr)> {
    let records = names.iter().flat_map(move |(name, script)| {
        let answers = script.answers().iter().enumerate();
        answers.flat_map(move |(place, answer)| {
            answer.records.iter().map(move |record| (Answer { name, zone, place }, record))
        })
    });
    records.filter_map(|(answer, record)| match record.data {
        RecordData::A(address) => Some((answer, address.into())),
        RecordData::Aaaa(address) => Some((answer, address.into())),
        RecordData::Cname(_) => None,
    })
}

fn varies(zone: &Zone) -> bool {
    zone.iter().any(|(_, script)| script.answers().len() > 1)
}
