//! `exportTo`, seen from the gateways.

use sextant_resources::ObjectKey;

use super::World;

/// Whether an object of the namespace `own` with this `exportTo` is hidden from every gateway there is; none is known
/// where the manifests hold no Gateway and the options name no namespace.
pub(super) fn hidden(world: &World<'_>, export_to: &[String], own: &str) -> bool {
    let sees = |gateway: &str| {
        export_to.iter().any(|to| match to.as_str() {
            "*" => true,
            "." => gateway == own,
            namespace => gateway == namespace,
        })
    };
    let mut gateways = namespaces(world).peekable();
    !export_to.is_empty() && gateways.peek().is_some() && !gateways.any(sees)
}

/// The namespace of the gateway that is asked about; without one, those of all Gateways.
pub(super) fn namespaces<'w>(world: &World<'w>) -> impl Iterator<Item = &'w str> {
    let asked = Some(world.options.gateway.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let all = world.resources.gateways.keys().filter(move |_| asked.is_none()).map(|key: &ObjectKey| &*key.namespace);
    asked.into_iter().chain(all)
}
