//! Faults that only show between scenarios.

use std::collections::BTreeMap;
use std::path::Path;

use crate::finding::{Finding, Severity};
use crate::load::Draft;
use crate::model::{ManifestSource, Scenario};

/// Ids that are taken and scenarios that say the same.
pub(crate) fn suite(drafts: &[Draft]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut ids: BTreeMap<&str, &Draft> = BTreeMap::new();
    // Hashing is out (a scenario holds fractions); as text, twins meet in a map instead of in n² comparisons.
    let mut bodies: BTreeMap<String, &Draft> = BTreeMap::new();
    for draft in drafts {
        if !draft.is_damaged("id") {
            match ids.get(draft.scenario.id.as_str()) {
                Some(first) => findings.push(duplicate_id(draft, first)),
                None => {
                    ids.insert(&draft.scenario.id, draft);
                }
            }
        }
        if draft.damaged.is_empty() {
            let body = body(draft);
            match bodies.get(&body) {
                Some(first) => findings.push(twin(draft, first)),
                None => {
                    bodies.insert(body, draft);
                }
            }
        }
    }
    findings
}

fn duplicate_id(draft: &Draft, first: &Draft) -> Finding {
    let place = first.places.place("id");
    let message = format!("another scenario has the id `{}`", draft.scenario.id);
    let help = format!("it stands in {}:{}; ids are unique in the suite", place.file, place.line);
    draft.finding(Severity::Error, "duplicate-id", "id", message, help)
}

fn twin(draft: &Draft, first: &Draft) -> Finding {
    let place = first.places.place("id");
    let message = format!("it is the scenario `{}` under another name", first.scenario.id);
    let help = format!("that one stands in {}:{}; remove one of them", place.file, place.line);
    draft.finding(Severity::Error, "twin", "id", message, help)
}

/// All that a scenario does and demands. Equal paths of manifests mean the same only within one folder.
fn body(draft: &Draft) -> String {
    let nameless = Scenario { id: String::new(), title: String::new(), why: String::new(), ..draft.scenario.clone() };
    let applied = nameless.steps.iter().filter_map(|step| step.apply.as_ref()).flat_map(|apply| &apply.manifests);
    let on_disk = nameless.manifests.iter().chain(applied).any(|manifest| matches!(manifest, ManifestSource::File(_)));
    let folder = if on_disk { Path::new(&draft.file).parent() } else { None };
    format!("{folder:?} {nameless:?}")
}
