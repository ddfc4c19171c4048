//! Which workloads a selector selects, and which ServiceEntries and Services look at a workload.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Roster, Workload, WorkloadId, read, selector};
use crate::resolve::declarers::{Declarer, DeclarerId, Declarers};
use crate::resolve::given::Given;
use crate::selector::{Labels, is_subset};
use crate::{Locality, Options};

/// All workloads, and for every selector in use those that it selects. A change costs what the selectors that see the
/// workload cost, whatever the number of others.
pub(crate) struct Workloads {
    known: HashMap<WorkloadId, Known>,
    /// All in order; `None` where nobody looks at whole namespaces.
    ordered: Option<Roster>,
    /// One of each locality, which all workloads there share.
    localities: HashSet<Arc<Locality>>,
    selectors: Vec<Selector>,
    by_labels: HashMap<Labels, usize>,
    /// Places of selectors by key and value of one of their pairs: of all their pairs that which the fewest selectors
    /// have.
    by_pair: HashMap<String, HashMap<String, Vec<usize>>>,
    /// Whoever has labels to select by, in the order of namespaces.
    selecting: Vec<DeclarerId>,
    /// ServiceEntries that select their whole namespace (D-09), in the order of namespaces.
    taking_all: Vec<DeclarerId>,
}

/// A workload, and the places of the selectors that it has the labels of.
struct Known {
    workload: Arc<Workload>,
    selectors: Box<[usize]>,
}

/// Labels that one or more ServiceEntries or Services select by.
struct Selector {
    labels: Labels,
    /// They, in the order of namespaces.
    users: Vec<DeclarerId>,
    /// What has these labels in every namespace, their own or not.
    matches: Roster,
}

/// What became of a workload.
pub(crate) struct Replaced {
    pub(crate) before: Option<Arc<Workload>>,
    pub(crate) after: Option<Arc<Workload>>,
    /// Whose backends may list something else now.
    pub(crate) affected: BTreeSet<DeclarerId>,
}

impl Workloads {
    pub(crate) fn new(given: Given<'_>, declarers: &Declarers) -> Self {
        let mut index = Self {
            known: HashMap::new(),
            ordered: None,
            localities: HashSet::new(),
            selectors: Vec::new(),
            by_labels: HashMap::new(),
            by_pair: HashMap::new(),
            selecting: Vec::new(),
            taking_all: Vec::new(),
        };
        let (semantics, resources) = (given.semantics, given.resources);
        for (id, declarer) in declarers.iter() {
            match declarer {
                Declarer::ServiceEntry(entry) => {
                    index.register(id, selector(entry), semantics.empty_selector_selects_all);
                }
                Declarer::Service(service) => {
                    let labels = Some(&service.body.spec.selector);
                    index.register(id, labels.filter(|_| semantics.services_select_workload_entries), false);
                }
            }
        }
        index.pair_up(declarers);
        let entries = resources.workload_entries.values().map(|entry| read::workload_entry(entry, given));
        let pods = resources.pods.values().map(|pod| read::pod(pod, given));
        let whole = given.options.list_unmatched || !index.taking_all.is_empty();
        index.ordered = whole.then(Roster::default);
        index.known.reserve(resources.workload_entries.len() + resources.pods.len());
        for workload in entries.chain(pods) {
            let workload = index.shared(workload);
            let id = &workload.id;
            let selectors = selecting(&index.by_pair, &index.selectors, &workload);
            for at in &selectors {
                index.selectors[*at].matches.put(id, Some(&workload));
            }
            if let Some(ordered) = &mut index.ordered {
                ordered.put(id, Some(&workload));
            }
            index.known.insert(id.clone(), Known { workload, selectors });
        }
        index
    }

    fn register(&mut self, declarer: DeclarerId, labels: Option<&Labels>, empty_selects_all: bool) {
        match labels {
            None => {}
            // K-070: otherwise it counts as absent.
            Some(labels) if labels.is_empty() => self.taking_all.extend(empty_selects_all.then_some(declarer)),
            Some(labels) => {
                let at = self.by_labels.get(labels).copied().unwrap_or_else(|| {
                    self.by_labels.insert(labels.clone(), self.selectors.len());
                    self.selectors.push(Selector {
                        labels: labels.clone(),
                        users: Vec::new(),
                        matches: Roster::default(),
                    });
                    self.selectors.len() - 1
                });
                self.selectors[at].users.push(declarer);
                self.selecting.push(declarer);
            }
        }
    }

    /// Makes what was registered ready to be looked up.
    fn pair_up(&mut self, declarers: &Declarers) {
        let by_namespace =
            |a: &DeclarerId, b: &DeclarerId| declarers[*a].key().namespace.cmp(&declarers[*b].key().namespace);
        self.selecting.sort_by(by_namespace);
        self.selectors.iter_mut().for_each(|selector| selector.users.sort_by(by_namespace));
        let mut counts: HashMap<(&String, &String), usize> = HashMap::new();
        for pair in self.selectors.iter().flat_map(|selector| &selector.labels) {
            *counts.entry(pair).or_default() += 1;
        }
        for (at, selector) in self.selectors.iter().enumerate() {
            if let Some((key, value)) = selector.labels.iter().min_by_key(|pair| counts.get(pair)) {
                self.by_pair.entry(key.clone()).or_default().entry(value.clone()).or_default().push(at);
            }
        }
    }

    fn shared(&mut self, mut workload: Workload) -> Arc<Workload> {
        let locality = &mut workload.candidate.placement.locality;
        match self.localities.get(&**locality) {
            Some(known) => *locality = Arc::clone(known),
            None => drop(self.localities.insert(Arc::clone(locality))),
        }
        Arc::new(workload)
    }

    /// Every workload of every namespace, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Workload>> {
        self.known.values().map(|known| &known.workload)
    }

    /// Every workload of `namespace`, where options or empty selectors ask for them.
    pub(crate) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        self.ordered.iter().flat_map(|ordered| ordered.near(namespace))
    }

    /// Every workload of every namespace that has all of `labels`, which some selector has; `None` when none has them.
    pub(crate) fn matching(&self, labels: &Labels) -> Option<&Roster> {
        self.by_labels.get(labels).map(|at| &self.selectors[*at].matches)
    }

    /// Puts `workload` in the place of the one with this identity; `None` takes that one away.
    pub(crate) fn put(
        &mut self,
        id: &WorkloadId,
        workload: Option<Workload>,
        declarers: &Declarers,
        options: &Options,
    ) -> Replaced {
        let after = workload.map(|workload| self.shared(workload));
        let (before, from) = match self.known.remove(id) {
            Some(known) => (Some(known.workload), known.selectors),
            None => (None, Box::default()),
        };
        if let Some(ordered) = &mut self.ordered {
            ordered.put(id, after.as_ref());
        }
        let relabelled = labels(before.as_deref()) != labels(after.as_deref());
        let to = match &after {
            Some(workload) if relabelled => selecting(&self.by_pair, &self.selectors, workload),
            Some(_) => from.clone(),
            None => Box::default(),
        };
        let near = |users| declarers.in_namespace(users, &id.namespace);
        let mut affected: BTreeSet<_> = near(&self.taking_all).iter().copied().collect();
        // What is left out is told of by its labels only (K-070, K-071).
        if relabelled && options.list_unmatched {
            affected.extend(near(&self.selecting));
        }
        for at in from.iter().chain(&to) {
            let users = &self.selectors[*at].users;
            affected.extend(if relabelled && options.list_foreign > 0 { users } else { near(users) });
        }
        for at in from.iter().filter(|at| !to.contains(at)) {
            self.selectors[*at].matches.put(id, None);
        }
        for at in &to {
            self.selectors[*at].matches.put(id, after.as_ref());
        }
        if let Some(workload) = &after {
            self.known.insert(id.clone(), Known { workload: Arc::clone(workload), selectors: to });
        }
        Replaced { before, after, affected }
    }
}

/// The places of the selectors that `workload` has the labels of.
fn selecting(
    by_pair: &HashMap<String, HashMap<String, Vec<usize>>>,
    selectors: &[Selector],
    workload: &Workload,
) -> Box<[usize]> {
    let labels = workload.labels();
    let paired = labels.iter().filter_map(|(key, value)| by_pair.get(key)?.get(value)).flatten().copied();
    paired.filter(|at| is_subset(&selectors[*at].labels, labels)).collect()
}

/// Everything that selectors, and messages about them, look at.
fn labels(workload: Option<&Workload>) -> Option<(&Labels, Option<&Labels>)> {
    workload.map(|workload| (workload.labels(), workload.hidden_labels()))
}
