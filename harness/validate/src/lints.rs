//! Traps: what the resolved model shows and no validator tells (`L-001` …).

mod destination_rules;
mod endpoints;
mod names;
mod policies;
mod routes;
mod services;
mod visibility;
mod workloads;

use std::collections::HashSet;
use std::sync::Arc;

use sextant_catalogue::{Profile, lint};
use sextant_resources::{Diagnostic, ObjectRef, Origin, ResourceSet, Severity};
use sextant_routing::{Model, Options, resolve};

/// What every check looks at.
struct World<'a> {
    resources: &'a ResourceSet,
    model: &'a Model,
    options: &'a Options,
}

/// Every trap that `resources` hold by the rules of `options.profile`.
pub(crate) fn check(resources: &ResourceSet, options: &Options) -> Vec<Diagnostic> {
    let model = resolve(resources, options);
    let profile = match options.profile {
        sextant_routing::Profile::Kgateway => Profile::Kgateway,
        sextant_routing::Profile::Istio => Profile::Istio,
    };
    let world = World { resources, model: &model, options };
    let mut traps = Traps { profile, told: HashSet::new(), found: Vec::new() };
    services::check(&world, &mut traps);
    workloads::check(&world, &mut traps);
    destination_rules::check(&world, &mut traps);
    endpoints::check(&world, &mut traps);
    names::check(&world, &mut traps);
    policies::check(&world, &mut traps);
    routes::check(&world, &mut traps);
    traps.found
}

/// Collects what is found.
struct Traps {
    profile: Profile,
    told: HashSet<(&'static str, ObjectRef, String)>,
    found: Vec<Diagnostic>,
}

impl Traps {
    /// Notes the trap `code` at the field `path` of `object`; a trap that is none under the profile is passed over, and
    /// one that was told of this field already is not told again. `detail` says which value; it may be empty.
    fn add(&mut self, code: &'static str, object: ObjectRef, origin: &Arc<Origin>, path: &str, detail: &str) {
        let Some(lint) = lint(code).filter(|lint| lint.profiles.is_empty() || lint.profiles.contains(&self.profile))
        else {
            return;
        };
        if !self.told.insert((code, object.clone(), path.to_owned())) {
            return;
        }
        let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
        let message = format!("{}{detail}: {}", lint.trap, lint.effect);
        let diagnostic = origin.diagnostic(Severity::Warning, code, object, path, message);
        self.found.push(diagnostic.with_help(lint.fix.as_str()));
    }
}
