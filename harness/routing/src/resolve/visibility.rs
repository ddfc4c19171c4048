//! `exportTo`: who sees what another namespace declares (I-093, K-090).

use sextant_resources::ResourceSet;

use crate::Options;

/// The namespace of the gateway; when the options name none, that of the first Gateway, as Istio runs a gateway beside
/// its Gateway.
pub(crate) fn gateway_namespace<'a>(resources: &'a ResourceSet, options: &'a Options) -> &'a str {
    match options.gateway.namespace.as_str() {
        "" => resources.gateways.keys().next().map_or("", |key| &*key.namespace),
        namespace => namespace,
    }
}

/// Whether an object of namespace `own` with this `exportTo` is visible to namespace `to`: empty and `*` mean everybody,
/// `.` its own namespace, `~` nobody.
pub(crate) fn exported<S: AsRef<str>>(export_to: &[S], own: &str, to: &str) -> bool {
    exported_to_all(export_to) || exported_by_name(export_to, own, to)
}

/// Whether everybody sees it.
pub(crate) fn exported_to_all<S: AsRef<str>>(export_to: &[S]) -> bool {
    export_to.is_empty() || export_to.iter().any(|entry| entry.as_ref() == "*")
}

/// Whether `exportTo` names `to`, by its name or as `.`.
fn exported_by_name<S: AsRef<str>>(export_to: &[S], own: &str, to: &str) -> bool {
    export_to.iter().any(|entry| match entry.as_ref() {
        "." => own == to,
        name => name == to,
    })
}
