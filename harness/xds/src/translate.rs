//! The model as a snapshot.

mod action;
mod clusters;
mod dynamic;
mod endpoints;
mod filters;
mod http;
mod l4;
mod matches;
mod shares;
mod tls;

use std::collections::{BTreeMap, BTreeSet};

use sextant_routing::{BackendIndex, Discovery, Model, Outcome, Target};

use crate::{DnsSettings, Snapshot, World, names};

/// A model as Envoy gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// Every resource.
    pub snapshot: Snapshot,
    /// Which backend each cluster is. Backends that the proxy never gets have none (K-134).
    pub clusters: BTreeMap<String, BackendIndex>,
}

/// What Envoy has no words for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Envoy cannot be told of {what} in {place}")]
pub struct Untranslatable {
    /// The part of the model.
    pub what: &'static str,
    /// Whose it is.
    pub place: String,
}

/// What every part of a translation needs.
struct Context<'a> {
    model: &'a Model,
    world: &'a dyn World,
    dns: DnsSettings,
    /// The cluster of each backend, in the order of the model.
    names: Vec<String>,
}

/// Turns `model` into resources; the mark listener answers `generation` once they serve.
///
/// # Errors
/// [`Untranslatable`] for the first thing that Envoy cannot be told.
pub fn translate(
    model: &Model,
    world: &dyn World,
    dns: DnsSettings,
    generation: u64,
) -> Result<Translation, Untranslatable> {
    let context = Context { model, world, dns, names: names::clusters(model) };
    let mut snapshot = Snapshot::default();
    let mut clusters = BTreeMap::new();
    for (place, backend) in model.backends.iter().enumerate() {
        let index = BackendIndex(place);
        if matches!(model.outcome(&Target::Backend(index)), Outcome::Withheld(_)) {
            continue;
        }
        let name = &context.names[place];
        clusters::add(&mut snapshot, &context, backend, name);
        clusters.insert(name.clone(), index);
    }
    let ports: BTreeSet<u16> = model.listeners.iter().map(|listener| listener.port).collect();
    for port in ports {
        http::add(&mut snapshot, &context, port);
    }
    let ports: BTreeSet<u16> = model.l4_listeners.iter().map(|listener| listener.port).collect();
    for port in ports {
        l4::add(&mut snapshot, &context, port)?;
    }
    http::add_mark(&mut snapshot, world, generation);
    Ok(Translation { snapshot, clusters })
}

/// The clusters that look names up, each with its backend: their names are those that [`World::resolver`] is asked with.
/// Of backends whose endpoint each request names, which share a cache, there is one.
pub fn looking_up(model: &Model) -> BTreeMap<String, BackendIndex> {
    let mut asking = BTreeMap::new();
    for (place, name) in names::clusters(model).into_iter().enumerate() {
        let name = match model.backends[place].discovery {
            Discovery::Dns | Discovery::LogicalDns => name,
            Discovery::DynamicDns => dynamic::CACHE.to_owned(),
            Discovery::Inline
            | Discovery::Workloads
            | Discovery::EndpointSlices
            | Discovery::Passthrough
            | Discovery::None => continue,
        };
        if !matches!(model.outcome(&Target::Backend(BackendIndex(place))), Outcome::Withheld(_)) {
            asking.insert(name, BackendIndex(place));
        }
    }
    asking
}

impl Context<'_> {
    /// The cluster that requests for `target` go to; one that does not exist for a reference that is unresolved or whose
    /// backend the proxy never gets (K-130, K-134).
    fn cluster(&self, target: &Target) -> &str {
        match (target, self.model.outcome(target)) {
            (Target::Unresolved(_), _) | (_, Outcome::Withheld(_)) => names::BLACKHOLE,
            (Target::Backend(index), _) => &self.names[index.0],
        }
    }
}
