//! From a resolved model to the words of the explanation.

mod backends;
mod empty;
pub(crate) mod matches;
mod routes;
pub(crate) mod targets;
mod workloads;

use sextant_resources::{Diagnostic, ResourceSet, Severity};
use sextant_routing::{Absent, BackendIndex, BackendKind, Options, absent, resolve};

pub(crate) use backends::backend;
pub(crate) use routes::{listener_name, route_name};

use crate::explanation::{API_VERSION, Explanation, Gateway, WithoutBackend};

/// Explains `resources` by the rules of `options.profile`. `diagnostics` are the findings about the input; those that are
/// only notes are left out.
pub fn explain(resources: &ResourceSet, options: &Options, diagnostics: &[Diagnostic]) -> Explanation {
    let model = resolve(resources, options);
    let of = |kind| {
        let places = (0..model.backends.len()).map(BackendIndex).filter(|index| model[*index].id.kind == kind);
        places.map(|index| backend(&model, index, resources, options)).collect()
    };
    let findings = diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Note);
    Explanation {
        api_version: API_VERSION,
        kind: "Explanation",
        profile: options.profile,
        gateway: gateway(options),
        backends: of(BackendKind::ServiceEntry),
        services: of(BackendKind::Service),
        without_backend: absent(resources, options).into_iter().map(without_backend).collect(),
        unselected: workloads::unselected(&model, resources, options),
        listeners: routes::listeners(&model, resources),
        routes: routes::routes(&model),
        diagnostics: findings.cloned().collect(),
    }
}

/// The gateway of `options`.
pub(crate) fn gateway(options: &Options) -> Gateway {
    Gateway {
        locality: options.gateway.locality.clone(),
        labels: options.gateway.labels.clone(),
        network: options.gateway.network.clone(),
    }
}

fn without_backend(absent: Absent) -> WithoutBackend {
    WithoutBackend { service_entry: absent.service_entry, rule: absent.rule, message: absent.message.to_owned() }
}
