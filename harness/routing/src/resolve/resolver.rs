//! A model that follows changes of the resources.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use sextant_resources::{
    GrpcRoute, Hostname, HttpRoute, Kind, Object, ObjectRef, Pod, ReferenceGrant, ResourceSet, TcpRoute, TlsRoute,
    WorkloadEntry,
};

use super::build::Builder;
use super::declarers::{DeclarerId, Places};
use super::given::Given;
use super::indexes::Indexes;
use super::workloads::{WorkloadId, WorkloadKind};
use super::{Model, resolved, routed, scope};
use crate::{BackendIndex, Options};

/// Resources with their model, which is at every moment what [`crate::resolve`] would make of them.
///
/// A changed WorkloadEntry or Pod costs what the ServiceEntries and Services that look at it cost, whatever the number
/// of others: those that select it or have its address, those that would if it were in their namespace (unless
/// [`Options::list_foreign`] is 0), and where declarations share a host, the others of that host. A changed route or
/// ReferenceGrant costs all routes and no backend; anything else costs a whole [`crate::resolve`].
pub struct Resolver {
    options: Options,
    resources: ResourceSet,
    /// What counts of the resources; `None` while all of them do.
    seen: Option<ResourceSet>,
    indexes: Indexes,
    /// Who declares a host, where declarations of one host depend on each other.
    declarers: HashMap<Hostname, BTreeSet<DeclarerId>>,
    places: Places,
    model: Model,
}

/// What a change moved in the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The contents of these backends, ascending, and nothing else. Empty when nothing moved.
    Backends(Vec<BackendIndex>),
    /// Perhaps everything: places of backends, routes, listeners. [`crate::Backends::shares`] still tells what did not
    /// move.
    All,
}

/// How far the consequences of a change reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// No backend comes or goes, and no route looks at what changes in one.
    Workload(WorkloadKind),
    /// No backend depends on it.
    Routes,
    All,
}

impl Reach {
    fn of(object: &ObjectRef) -> Self {
        const ROUTES: [&str; 5] =
            [HttpRoute::KIND, GrpcRoute::KIND, TcpRoute::KIND, TlsRoute::KIND, ReferenceGrant::KIND];
        match object.kind.as_str() {
            WorkloadEntry::KIND => Self::Workload(WorkloadKind::WorkloadEntry),
            Pod::KIND => Self::Workload(WorkloadKind::Pod),
            kind if ROUTES.contains(&kind) => Self::Routes,
            _ => Self::All,
        }
    }
}

impl Resolver {
    /// Resolves `resources` by the rules of `options.profile`.
    pub fn new(resources: ResourceSet, options: Options) -> Self {
        let seen = part_seen(&resources, &options);
        let given = Given::new(seen.as_ref().unwrap_or(&resources), &options);
        let (model, indexes) = resolved(given);
        let places = indexes.declarers.places(&model.backends);
        let mut declarers: HashMap<Hostname, BTreeSet<DeclarerId>> = HashMap::new();
        for (id, _) in indexes.declarers.iter().filter(|_| given.semantics.one_declaration_serves) {
            for place in places.of(id) {
                declarers.entry(model.backends[place].id.host.clone()).or_default().insert(id);
            }
        }
        Self { options, resources, seen, indexes, declarers, places, model }
    }

    /// The model of the resources as they are. A copy of it costs next to nothing.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The resources as they are.
    pub fn resources(&self) -> &ResourceSet {
        &self.resources
    }

    /// Puts `object` in, in the place of the one of its kind and key.
    pub fn upsert<T: Kind>(&mut self, object: impl Into<Arc<Object<T>>>) -> Moved {
        let object = object.into();
        let reference = object.reference();
        T::objects_mut(&mut self.resources).insert(object.key.clone(), object);
        self.follow(&[reference])
    }

    /// Takes an object out. Nothing moves when there is none of this kind and key.
    pub fn delete(&mut self, object: &ObjectRef) -> Moved {
        if !self.resources.delete(object) {
            return Moved::Backends(Vec::new());
        }
        self.follow(std::slice::from_ref(object))
    }

    /// Goes over to `resources`. Objects that the set shares with the one before are not looked at again, so that a set
    /// made from a copy of [`Self::resources`] costs little more than what was changed in it.
    pub fn update(&mut self, resources: ResourceSet) -> Moved {
        let changed = resources.differing(&self.resources);
        self.resources = resources;
        self.follow(&changed)
    }

    /// Brings the model up to the resources, which differ in the objects `changed`.
    fn follow(&mut self, changed: &[ObjectRef]) -> Moved {
        let reach = changed.iter().map(Reach::of).max();
        if reach == Some(Reach::All) {
            *self = Self::new(std::mem::take(&mut self.resources), self.options.clone());
            return Moved::All;
        }
        let mut affected = BTreeSet::new();
        for object in changed {
            if let Reach::Workload(kind) = Reach::of(object) {
                affected.append(&mut self.read_again(&WorkloadId::new(kind, &object.key)));
            }
        }
        let moved = self.build_again(&affected);
        if reach != Some(Reach::Routes) {
            return Moved::Backends(moved);
        }
        self.seen = part_seen(&self.resources, &self.options);
        let given = Given::new(self.seen.as_ref().unwrap_or(&self.resources), &self.options);
        self.model = routed(given, &self.indexes, self.model.backends.clone());
        Moved::All
    }

    /// Reads the workload of this identity again, if it is still there. Returns who may have other endpoints now.
    fn read_again(&mut self, id: &WorkloadId) -> BTreeSet<DeclarerId> {
        if let Some(seen) = &mut self.seen {
            if !scope::is_seen(id, &self.resources, &self.options) {
                return BTreeSet::new();
            }
            id.copy(&self.resources, seen);
        }
        let given = Given::new(self.seen.as_ref().unwrap_or(&self.resources), &self.options);
        self.indexes.read_again(id, given)
    }

    /// Builds the backends of `declarers` and of all whom that may concern. Returns the places of those that differ.
    fn build_again(&mut self, declarers: &BTreeSet<DeclarerId>) -> Vec<BackendIndex> {
        let given = Given::new(self.seen.as_ref().unwrap_or(&self.resources), &self.options);
        let mut moved = Vec::new();
        let built = Builder::new(given, &self.indexes).of(declarers, &self.declarers);
        let mut next = 0;
        for (by, backend) in built.by.into_iter().zip(built.backends) {
            // Both lists are ordered by identity, which comes from ServiceEntries and Services alone: there is one.
            let own = self.places.of(by);
            let mut ahead = (own.start.max(next)..own.end).map(BackendIndex);
            let Some(index) = ahead.find(|index| self.model.backends[*index].id == backend.id) else { continue };
            next = index.0 + 1;
            if self.model.backends[index] != backend {
                self.model.backends.set(index, backend);
                moved.push(index);
            }
        }
        moved
    }
}

/// What counts of `resources`; `None` when all of them do.
fn part_seen(resources: &ResourceSet, options: &Options) -> Option<ResourceSet> {
    match scope::seen(resources, options) {
        Cow::Borrowed(_) => None,
        Cow::Owned(seen) => Some(seen),
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("model", &self.model).finish_non_exhaustive()
    }
}
