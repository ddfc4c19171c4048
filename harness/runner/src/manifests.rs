//! Manifests of a scenario, and the objects in force while it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use sextant_resources::{
    Kind, LoadError, Loaded, ObjectKey, ObjectMap, ObjectRef, RenderStyle, ResourceSet, Severity, load_paths, load_text,
};
use sextant_scenario::{Action, Delete, LoadedScenario, ManifestSource};

/// Every manifest of a scenario, read before its first step: what is wrong with the last one is known at once.
#[derive(Debug)]
pub(crate) struct Manifests {
    initial: ResourceSet,
    /// By number of the step that applies them.
    applied: BTreeMap<usize, ResourceSet>,
}

/// What an API server would hold while the scenario runs.
///
/// An object that comes without a creation time gets one: a fixed time for the initial manifests, and a second more for
/// each apply. "The oldest wins" can so be tested without waiting, and never depends on the clock. An object that is
/// applied again keeps its time; one that was deleted in between gets a new one.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    resources: ResourceSet,
    /// Applies so far, the initial manifests not counted.
    applies: i64,
}

/// Why the manifests of a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// A file cannot be read.
    #[error("manifests cannot be read")]
    Load(#[from] LoadError),
    /// Manifests with errors. Displayed with excerpts, without colour.
    #[error("manifests with errors:\n{0}")]
    Faulty(String),
}

/// An object that is to be deleted and is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be deleted: there is no such object")]
pub(crate) struct NoSuchObject(pub(crate) ObjectRef);

impl Manifests {
    /// Reads the manifests of the scenario and of every step that applies some.
    ///
    /// # Errors
    /// The first file that cannot be read, or else every diagnostic of severity error.
    pub(crate) fn read(scenario: &LoadedScenario) -> Result<Self, ManifestError> {
        let mut faults = Vec::new();
        let initial = read_all(scenario, "manifests", &scenario.scenario.manifests, &mut faults)?;
        let mut applied = BTreeMap::new();
        for step in scenario.steps() {
            if let Action::Apply(apply) = step.action {
                let path = format!("steps[{}].apply.manifests", step.index);
                applied.insert(step.index, read_all(scenario, &path, &apply.manifests, &mut faults)?);
            }
        }
        if faults.is_empty() { Ok(Self { initial, applied }) } else { Err(ManifestError::Faulty(faults.join("\n\n"))) }
    }

    /// The cluster before the first step.
    pub(crate) fn cluster(&self) -> Cluster {
        let mut cluster = Cluster::default();
        cluster.put(&self.initial);
        cluster
    }

    /// What step number `step` applies; nothing for a step that applies nothing.
    pub(crate) fn of_step(&self, step: usize) -> Option<&ResourceSet> {
        self.applied.get(&step)
    }
}

fn read_all(
    scenario: &LoadedScenario,
    path: &str,
    sources: &[ManifestSource],
    faults: &mut Vec<String>,
) -> Result<ResourceSet, LoadError> {
    let mut all = Loaded::default();
    for (index, source) in sources.iter().enumerate() {
        all.extend(match source {
            ManifestSource::File(file) => load_paths(&[manifest_path(scenario, file)])?,
            ManifestSource::Inline(text) => {
                let place = scenario.places.place(&format!("{path}[{index}]"));
                // Lines of an inline manifest count from its own first one.
                let name: Arc<str> = format!("{} line {} (inline)", place.file, place.line).into();
                load_text(&name, text)
            }
        });
    }
    let errors = all.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    faults.extend(errors.map(|error| error.render(RenderStyle::default())));
    Ok(all.resources)
}

fn manifest_path(scenario: &LoadedScenario, file: &str) -> PathBuf {
    let (path, heading) = scenario.manifest_path(file);
    match heading {
        Some(heading) => PathBuf::from(format!("{}#{heading}", path.display())),
        None => path,
    }
}

impl Cluster {
    /// What is in force now.
    pub(crate) fn resources(&self) -> &ResourceSet {
        &self.resources
    }

    /// Applies `manifests`, as `kubectl apply` would, a second after what was applied last.
    pub(crate) fn apply(&mut self, manifests: &ResourceSet) {
        self.applies += 1;
        self.put(manifests);
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// [`NoSuchObject`].
    pub(crate) fn delete(&mut self, delete: &Delete) -> Result<(), NoSuchObject> {
        let key = ObjectKey::new(delete.namespace.as_str(), delete.name.as_str());
        let object = ObjectRef { kind: delete.kind.clone(), key };
        if self.resources.delete(&object) { Ok(()) } else { Err(NoSuchObject(object)) }
    }

    fn put(&mut self, manifests: &ResourceSet) {
        let mut manifests = manifests.clone();
        let now = created(self.applies);
        let before = &self.resources;
        // Every field is named, so that a new kind cannot be forgotten.
        let ResourceSet {
            gateways,
            http_routes,
            grpc_routes,
            tcp_routes,
            tls_routes,
            service_entries,
            workload_entries,
            pods,
            nodes,
            namespaces,
            services,
            endpoint_slices,
            reference_grants,
            destination_rules,
            backend_tls_policies,
            config_maps,
            secrets,
            unknown: _,
        } = &mut manifests;
        stamp(gateways, before, now);
        stamp(http_routes, before, now);
        stamp(grpc_routes, before, now);
        stamp(tcp_routes, before, now);
        stamp(tls_routes, before, now);
        stamp(service_entries, before, now);
        stamp(workload_entries, before, now);
        stamp(pods, before, now);
        stamp(nodes, before, now);
        stamp(namespaces, before, now);
        stamp(services, before, now);
        stamp(endpoint_slices, before, now);
        stamp(reference_grants, before, now);
        stamp(destination_rules, before, now);
        stamp(backend_tls_policies, before, now);
        stamp(config_maps, before, now);
        stamp(secrets, before, now);
        self.resources.apply(&manifests);
    }
}

/// The creation time of what apply number `applies` brings: 2026-01-01T00:00:00Z and so many seconds.
fn created(applies: i64) -> Timestamp {
    const FIRST: i64 = 1_767_225_600;
    // No scenario has so many steps that this leaves the range of a timestamp.
    Timestamp::from_second(FIRST + applies).unwrap_or(Timestamp::MAX)
}

/// Gives the new objects of one kind their creation time. [`ResourceSet::apply`] keeps that of objects that are there.
fn stamp<T: Kind>(objects: &mut ObjectMap<T>, before: &ResourceSet, now: Timestamp) {
    let known = T::objects(before);
    for (key, object) in objects {
        if object.meta.creation_timestamp.is_none() && !known.contains_key(key) {
            Arc::make_mut(object).meta.creation_timestamp = Some(now);
        }
    }
}

#[cfg(test)]
mod tests;
