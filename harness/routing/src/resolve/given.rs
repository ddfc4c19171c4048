//! What resolving is given, handed around as one.

use sextant_resources::{ObjectKey, ResourceSet};

use super::placement::{Placer, key};
use crate::selector::Labels;
use crate::{Options, Semantics};

/// What resolving is given.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    /// What counts of the resources.
    pub(crate) resources: &'a ResourceSet,
    pub(crate) options: &'a Options,
    pub(crate) semantics: &'a Semantics,
    pub(crate) placer: Placer<'a>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(resources: &'a ResourceSet, options: &'a Options) -> Self {
        let semantics = options.semantics();
        let system = ObjectKey::new("", options.settings.system_namespace.as_str());
        let network = resources.namespaces.get(&system).and_then(|namespace| namespace.meta.labels.get(key::NETWORK));
        let placer = Placer { semantics, default_network: network.map_or("", String::as_str) };
        Self { resources, options, semantics, placer }
    }

    /// Labels of the node `name`; `None` when it is unknown.
    pub(crate) fn node_labels(&self, name: &str) -> Option<&'a Labels> {
        self.resources.nodes.get(&ObjectKey::new("", name)).map(|node| &node.meta.labels)
    }
}
