//! Which cluster is which backend, and whether both are what they should be.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use sextant_explain::Declaration;
use sextant_reports::layout::counted;
use sextant_resources::{ObjectKey, ResourceSet};
use sextant_routing::{Backend, BackendIndex, BackendKind, Discovery, Model, Options, Outcome, Target, resolve};

use super::{Comparison, Difference, What, hosts, reasons};
use crate::document::{Cluster, Endpoints};

/// What clusters are held against.
pub(super) struct Rules<'a> {
    pub(super) model: &'a Model,
    pub(super) resources: &'a ResourceSet,
    pub(super) options: &'a Options,
    all: OnceCell<Model>,
}

/// Backends by what the names of clusters say.
struct Index<'a> {
    by_host: HashMap<(&'a str, u16), Vec<BackendIndex>>,
    by_object: HashMap<(BackendKind, &'a ObjectKey, u16), Vec<BackendIndex>>,
    hosts: BTreeSet<&'a str>,
}

/// Holds every backend against its cluster, and looks for clusters that are no backend's.
pub(super) fn compare(comparison: &mut Comparison, found: &Endpoints, rules: &Rules<'_>) {
    let index = Index::new(rules.model);
    let mut clusters: BTreeMap<BackendIndex, &Cluster> = BTreeMap::new();
    let mut hidden = BTreeSet::new();
    let (mut subsets, mut foreign) = (0, 0);
    for cluster in &found.clusters {
        let Some(name) = &cluster.backend else { continue };
        // Those with a subset, and Istio's for other networks, have endpoints that no route of a gateway asks for.
        if !name.subset.is_empty() || cluster.name.starts_with("outbound_.") {
            subsets += 1;
            continue;
        }
        let candidates: Vec<_> =
            index.find(cluster).into_iter().filter(|place| !clusters.contains_key(place)).collect();
        match choose(&candidates, cluster, rules) {
            Some(chosen) => {
                hidden.extend(candidates.into_iter().filter(|other| *other != chosen));
                clusters.insert(chosen, cluster);
            }
            None if index.hosts.contains(&*name.host) => comparison.differences.push(surplus(cluster, rules)),
            None => foreign += 1,
        }
    }
    for (place, backend) in rules.model.backends.iter().enumerate() {
        let place = BackendIndex(place);
        let cluster = clusters.get(&place).copied();
        if cluster.is_none() && hidden.contains(&place) {
            comparison.notes.push(format!("{} was not compared: another one has its host and port", backend.id));
            continue;
        }
        if backend.id.kind == BackendKind::Service && backend.endpoints.is_empty() && backend.excluded.is_empty() {
            comparison
                .notes
                .push(format!("{} was not compared: the manifests have no EndpointSlice of it", backend.id));
            continue;
        }
        one(comparison, rules, place, cluster);
    }
    for (count, what) in [(foreign, "of hosts in no manifest"), (subsets, "of subsets or other networks")] {
        if count > 0 {
            comparison.notes.push(format!("{} {what} not compared", counted(count, "cluster")));
        }
    }
}

/// One backend and its cluster.
fn one(comparison: &mut Comparison, rules: &Rules<'_>, place: BackendIndex, cluster: Option<&Cluster>) {
    let backend = &rules.model[place];
    let withheld = matches!(rules.model.outcome(&Target::Backend(place)), Outcome::Withheld(_));
    comparison.backends += 1;
    match cluster {
        None if withheld => {}
        None => comparison.differences.push(Difference {
            expected: kind(backend.discovery).to_owned(),
            rule: "K-010",
            why: "each pair of a host and a port is a backend of its own; look for the node's permission to see it, and for \
                  filters of the control plane"
                .to_owned(),
            ..about(backend, "", What::MissingCluster)
        }),
        Some(cluster) if withheld => {
            let (rule, why) = match &backend.fault {
                Some(fault) => (fault.rule, fault.message.clone()),
                None => ("I-041", "it looks names up and has none, so the proxy never gets it".to_owned()),
            };
            let found = cluster.kind.clone();
            let difference = about(backend, &cluster.name, What::SurplusCluster);
            comparison.differences.push(Difference { found, rule, why, ..difference });
        }
        Some(cluster) => {
            if way(&cluster.kind) != way(kind(backend.discovery)) {
                comparison.differences.push(Difference {
                    expected: kind(backend.discovery).to_owned(),
                    found: cluster.kind.clone(),
                    rule: reasons::discovery(backend.discovery, rules.options.profile),
                    why: format!("resolution {}", sextant_explain::resolution(backend.resolution)),
                    ..about(backend, &cluster.name, What::WrongType)
                });
            }
            match cluster.has_endpoints {
                true => hosts::compare(&mut comparison.differences, rules, backend, cluster),
                false => comparison.notes.push(format!("the endpoints of {} have not come", backend.id)),
            }
        }
    }
}

/// A difference about `backend`, with nothing said yet.
pub(super) fn about(backend: &Backend, cluster: &str, what: What) -> Difference {
    Difference {
        backend: backend.id.to_string(),
        cluster: cluster.to_owned(),
        what,
        endpoint: String::new(),
        expected: String::new(),
        found: String::new(),
        rule: "",
        why: String::new(),
    }
}

/// A cluster of a host that the manifests have, but not with this port or this object.
fn surplus(cluster: &Cluster, rules: &Rules<'_>) -> Difference {
    let name = cluster.backend.as_ref().map(crate::name::Backend::to_text).unwrap_or_default();
    let host = cluster.backend.as_ref().map(|backend| &*backend.host).unwrap_or_default();
    let own = rules.model.backends.iter().filter(|backend| backend.id.host.as_str() == host);
    let own: Vec<_> = own.map(|backend| backend.id.to_string()).collect();
    Difference {
        backend: name,
        cluster: cluster.name.clone(),
        what: What::SurplusCluster,
        endpoint: String::new(),
        expected: String::new(),
        found: cluster.kind.clone(),
        rule: "K-010",
        why: format!("the manifests make only {} of this host", own.join(", ")),
    }
}

/// The backend that `cluster` is. Of several that its name fits, which a proxy cannot have at once, the one with its
/// endpoints, otherwise the first.
fn choose(candidates: &[BackendIndex], cluster: &Cluster, rules: &Rules<'_>) -> Option<BackendIndex> {
    let fits = |place: &&BackendIndex| {
        let mut differences = Vec::new();
        hosts::compare(&mut differences, rules, &rules.model[**place], cluster);
        differences.is_empty()
    };
    let first = candidates.first().copied();
    let exact = if candidates.len() > 1 { candidates.iter().find(fits).copied() } else { None };
    exact.or(first)
}

impl<'a> Rules<'a> {
    pub(super) fn new(model: &'a Model, resources: &'a ResourceSet, options: &'a Options) -> Self {
        Self { model, resources, options, all: OnceCell::new() }
    }

    /// The model with every candidate that is left out, made when it is first asked for.
    pub(super) fn all(&self) -> &Model {
        self.all.get_or_init(|| {
            let options = Options { list_unmatched: true, list_foreign: usize::MAX, ..self.options.clone() };
            resolve(self.resources, &options)
        })
    }
}

impl<'a> Index<'a> {
    fn new(model: &'a Model) -> Self {
        let mut index = Self { by_host: HashMap::new(), by_object: HashMap::new(), hosts: BTreeSet::new() };
        for (place, backend) in model.backends.iter().enumerate() {
            let id = &backend.id;
            let place = BackendIndex(place);
            index.by_host.entry((id.host.as_str(), id.port)).or_default().push(place);
            index.by_object.entry((id.kind, &id.service_entry, id.port)).or_default().push(place);
            index.hosts.insert(id.host.as_str());
        }
        index
    }

    /// Every backend that the name and metadata of `cluster` fit, in their order.
    fn find(&self, cluster: &Cluster) -> Vec<BackendIndex> {
        let Some(name) = &cluster.backend else { return Vec::new() };
        let of_host = self.by_host.get(&(&*name.host, name.port)).map_or(&[][..], Vec::as_slice);
        let of = |kind, key| self.by_object.get(&(kind, key, name.port)).map_or(&[][..], Vec::as_slice);
        match &name.declared_by {
            Some(Declaration::Service(key)) => of(BackendKind::Service, key).to_vec(),
            Some(Declaration::ServiceEntry(key)) => {
                let own = of(BackendKind::ServiceEntry, key);
                of_host.iter().copied().filter(|place| own.contains(place)).collect()
            }
            None => of_host.to_vec(),
        }
    }
}

/// The type of cluster that finds endpoints so.
fn kind(discovery: Discovery) -> &'static str {
    match discovery {
        Discovery::Inline | Discovery::Workloads | Discovery::EndpointSlices | Discovery::None => "EDS",
        Discovery::Dns => "STRICT_DNS",
        Discovery::LogicalDns => "LOGICAL_DNS",
        Discovery::DynamicDns => "DYNAMIC_FORWARD_PROXY",
        Discovery::Passthrough => "ORIGINAL_DST",
    }
}

/// The types that come to the same: whether a list of addresses comes apart is up to the control plane.
fn way(kind: &str) -> &str {
    if kind == "STATIC" { "EDS" } else { kind }
}
