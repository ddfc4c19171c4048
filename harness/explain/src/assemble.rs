//! From a resolved model to the words of the explanation.

mod backends;
mod matches;
mod routes;

use sextant_resources::{Diagnostic, ResourceSet, Severity};
use sextant_routing::{BackendKind, Model, Options, resolve};

use crate::explanation::{API_VERSION, Explanation, Gateway};

/// Explains `resources` by the rules of `options.profile`. `diagnostics` are the findings about the input; those that are
/// only notes are left out.
pub fn explain(resources: &ResourceSet, options: &Options, diagnostics: &[Diagnostic]) -> Explanation {
    explain_model(&resolve(resources, options), options, diagnostics)
}

/// [`explain`] for a model that `options` were used to resolve.
pub(crate) fn explain_model(model: &Model, options: &Options, diagnostics: &[Diagnostic]) -> Explanation {
    let of =
        |kind| model.backends.iter().filter(move |backend| backend.id.kind == kind).map(backends::backend).collect();
    let findings = diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Note);
    Explanation {
        api_version: API_VERSION,
        kind: "Explanation",
        profile: options.profile,
        gateway: Gateway {
            locality: options.gateway.locality.clone(),
            labels: options.gateway.labels.clone(),
            network: options.gateway.network.clone(),
        },
        backends: of(BackendKind::ServiceEntry),
        services: of(BackendKind::Service),
        routes: routes::routes(model),
        diagnostics: findings.cloned().collect(),
    }
}
