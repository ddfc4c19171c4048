//! Which workloads a selector selects, and which ServiceEntries and Services look at a workload.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Roster, Workload, WorkloadId, read, selector};
use crate::BackendKind;
use crate::resolve::build::Declarer;
use crate::resolve::given::Given;
use crate::selector::{Labels, is_subset};
use crate::{Locality, Options};

/// All workloads, and for every selector in use those that it selects. A change costs what the selectors that see the
/// workload cost, whatever the number of others.
pub(crate) struct Workloads {
    known: HashMap<WorkloadId, Arc<Workload>>,
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
    selecting: Vec<Declarer>,
    /// ServiceEntries that select their whole namespace (D-09), in the order of namespaces.
    taking_all: Vec<Declarer>,
}

/// Labels that one or more ServiceEntries or Services select by.
struct Selector {
    labels: Labels,
    /// They, in the order of namespaces.
    users: Vec<Declarer>,
    /// What has these labels in every namespace, their own or not.
    matches: Roster,
}

/// What became of a workload.
pub(crate) struct Replaced {
    pub(crate) before: Option<Arc<Workload>>,
    pub(crate) after: Option<Arc<Workload>>,
    /// Whose backends may list something else now.
    pub(crate) affected: BTreeSet<Declarer>,
}

impl Workloads {
    pub(crate) fn new(given: Given<'_>) -> Self {
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
        let resources = given.resources;
        for entry in resources.service_entries.values() {
            let declarer = Declarer { kind: BackendKind::ServiceEntry, key: entry.key.clone() };
            index.register(declarer, selector(entry), given.semantics.empty_selector_selects_all);
        }
        let services = resources.services.values().filter(|_| given.semantics.services_select_workload_entries);
        for service in services.filter(|service| !service.body.spec.selector.is_empty()) {
            let declarer = Declarer { kind: BackendKind::Service, key: service.key.clone() };
            index.register(declarer, Some(&service.body.spec.selector), false);
        }
        index.pair_up();
        let entries = resources.workload_entries.values().map(|entry| read::workload_entry(entry, given));
        let pods = resources.pods.values().map(|pod| read::pod(pod, given));
        let whole = given.options.list_unmatched || !index.taking_all.is_empty();
        index.ordered = whole.then(Roster::default);
        index.known.reserve(resources.workload_entries.len() + resources.pods.len());
        for workload in entries.chain(pods) {
            let workload = index.shared(workload);
            let id = &workload.id;
            for at in selecting(&index.by_pair, &index.selectors, &workload) {
                index.selectors[at].matches.put(id, Some(&workload));
            }
            if let Some(ordered) = &mut index.ordered {
                ordered.put(id, Some(&workload));
            }
            index.known.insert(id.clone(), workload);
        }
        index
    }

    fn register(&mut self, declarer: Declarer, labels: Option<&Labels>, empty_selects_all: bool) {
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
                self.selectors[at].users.push(declarer.clone());
                self.selecting.push(declarer);
            }
        }
    }

    /// Makes what was registered ready to be looked up.
    fn pair_up(&mut self) {
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
        self.known.values()
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
    pub(crate) fn put(&mut self, id: &WorkloadId, workload: Option<Workload>, options: &Options) -> Replaced {
        let workload = workload.map(|workload| self.shared(workload));
        let before = match &workload {
            Some(workload) => self.known.insert(id.clone(), Arc::clone(workload)),
            None => self.known.remove(id),
        };
        if let Some(ordered) = &mut self.ordered {
            ordered.put(id, workload.as_ref());
        }
        let look = |workload: &Arc<Workload>| selecting(&self.by_pair, &self.selectors, workload);
        let (from, to) =
            (before.as_ref().map(look).unwrap_or_default(), workload.as_ref().map(look).unwrap_or_default());
        let relabelled = labels(before.as_deref()) != labels(workload.as_deref());
        let mut affected = BTreeSet::new();
        let mut affects = |users: &[Declarer]| affected.extend(users.iter().cloned());
        affects(in_namespace(&self.taking_all, &id.namespace));
        // What is left out is told of by its labels only (K-070, K-071).
        if relabelled && options.list_unmatched {
            affects(in_namespace(&self.selecting, &id.namespace));
        }
        for at in from.iter().chain(&to) {
            let users = &self.selectors[*at].users;
            affects(if relabelled && options.list_foreign > 0 { users } else { in_namespace(users, &id.namespace) });
        }
        for at in from.into_iter().filter(|at| !to.contains(at)) {
            self.selectors[at].matches.put(id, None);
        }
        for at in to {
            self.selectors[at].matches.put(id, workload.as_ref());
        }
        Replaced { before, after: workload, affected }
    }
}

/// The places of the selectors that `workload` has the labels of.
fn selecting(
    by_pair: &HashMap<String, HashMap<String, Vec<usize>>>,
    selectors: &[Selector],
    workload: &Workload,
) -> Vec<usize> {
    let labels = workload.labels();
    let paired = labels.iter().filter_map(|(key, value)| by_pair.get(key)?.get(value)).flatten().copied();
    paired.filter(|at| is_subset(&selectors[*at].labels, labels)).collect()
}

/// Everything that selectors, and messages about them, look at.
fn labels(workload: Option<&Workload>) -> Option<(&Labels, Option<&Labels>)> {
    workload.map(|workload| (workload.labels(), workload.hidden_labels()))
}

fn by_namespace(a: &Declarer, b: &Declarer) -> Ordering {
    a.key.namespace.cmp(&b.key.namespace)
}

/// The part of `declarers`, which are in the order of namespaces, in `namespace`.
fn in_namespace<'k>(declarers: &'k [Declarer], namespace: &str) -> &'k [Declarer] {
    let start = declarers.partition_point(|declarer| *declarer.key.namespace < *namespace);
    let end = declarers.partition_point(|declarer| *declarer.key.namespace <= *namespace);
    &declarers[start..end]
}
