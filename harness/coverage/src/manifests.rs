//! The objects that a scenario writes.

use std::path::PathBuf;
use std::sync::Arc;

use sextant_resources::{LoadError, Origin, load_paths, load_text};
use sextant_scenario::{Action, LoadedScenario, ManifestSource};

/// An object in a manifest.
pub(crate) struct Written {
    pub(crate) kind: String,
    pub(crate) origin: Arc<Origin>,
}

/// Every object that `scenario` starts with or applies, also what no type can read.
///
/// # Errors
/// The first manifest file that cannot be opened.
pub(crate) fn written(scenario: &LoadedScenario) -> Result<Vec<Written>, LoadError> {
    let applied = scenario.steps().filter_map(|step| match step.action {
        Action::Apply(apply) => Some(&apply.manifests),
        _ => None,
    });
    let mut all = Vec::new();
    for source in std::iter::once(&scenario.scenario.manifests).chain(applied).flatten() {
        let loaded = match source {
            ManifestSource::Inline(text) => load_text(&Arc::from("inline"), text),
            ManifestSource::File(file) => load_paths(&[path(scenario, file)])?,
        };
        let read = loaded.resources.iter().map(|(object, origin)| (object, Arc::clone(origin)));
        let aside = loaded.set_aside.iter().map(|manifest| (manifest.object.clone(), Arc::clone(&manifest.origin)));
        all.extend(read.chain(aside).map(|(object, origin)| Written { kind: object.kind, origin }));
    }
    Ok(all)
}

fn path(scenario: &LoadedScenario, file: &str) -> PathBuf {
    let (path, heading) = scenario.manifest_path(file);
    match heading {
        Some(heading) => PathBuf::from(format!("{}#{heading}", path.display())),
        None => path,
    }
}
