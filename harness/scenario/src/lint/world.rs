//! Manifests and workloads.

use std::collections::BTreeMap;

use super::Lint;
use crate::model::ManifestSource;
use crate::view::{Action, manifest_path};

pub(super) fn check(lint: &mut Lint<'_>, on_disk: bool) {
    let scenario = &lint.draft.scenario;
    manifests(lint, "manifests", &scenario.manifests, on_disk);
    for (index, step) in scenario.steps.iter().enumerate() {
        if let Some(apply) = &step.apply {
            manifests(lint, &format!("steps[{index}].apply.manifests"), &apply.manifests, on_disk);
        }
    }
    workloads(lint);
}

fn manifests(lint: &mut Lint<'_>, path: &str, manifests: &[ManifestSource], on_disk: bool) {
    for (index, manifest) in manifests.iter().enumerate() {
        match manifest {
            ManifestSource::File(file) if on_disk => {
                let path = format!("{path}[{index}].file");
                let (found, _) = manifest_path(&lint.draft.file, file);
                if !found.exists() {
                    let help = "paths are relative to the folder of the scenario's file";
                    lint.error("no-manifest", &path, format!("there is no {}", found.display()), help);
                }
            }
            ManifestSource::Inline(text) if text.trim().is_empty() => {
                let path = format!("{path}[{index}].inline");
                lint.error("no-manifest", &path, "the manifest is empty", "write YAML under `inline: |`");
            }
            ManifestSource::File(_) | ManifestSource::Inline(_) => {}
        }
    }
}

fn workloads(lint: &mut Lint<'_>) {
    let scenario = &lint.draft.scenario;
    let mut endpoints = BTreeMap::new();
    for (index, workload) in scenario.workloads.iter().enumerate() {
        let path = format!("workloads[{index}].endpoint");
        if workload.endpoint.port() == 0 {
            lint.error("bad-endpoint", &path, "nothing can listen on port 0", "give the documented port");
        }
        if let Some(first) = endpoints.insert(workload.endpoint, index) {
            let message = format!("two workloads listen on {}", workload.endpoint);
            lint.error("duplicate-workload", &path, message, format_args!("it is `workloads[{first}]` already"));
        }
    }
    for (index, step) in scenario.steps.iter().enumerate() {
        for action in step.actions() {
            if let Action::Workload(change) = action
                && lint.knows("workloads")
                && !endpoints.contains_key(&change.endpoint)
            {
                let path = format!("steps[{index}].workload.endpoint");
                let message = format!("no workload listens on {}, so none can change", change.endpoint);
                lint.error("unknown-workload", &path, message, "add it under `workloads`");
            }
        }
    }
}
