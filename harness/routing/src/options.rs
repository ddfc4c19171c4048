//! Whose semantics, for which gateway, with which of the control plane's settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use sextant_resources::LabelSelector;

use crate::{Locality, Semantics};

/// Whose semantics apply where the gateways differ (kgateway.md, section 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// kgateway, newest behaviour.
    #[default]
    Kgateway,
    /// Istio's gateway path.
    Istio,
}

/// Who the gateway itself is: endpoint priorities are ranked against it (K-067).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayIdentity {
    /// Its namespace; empty means that of the first Gateway.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where it runs.
    pub locality: Locality,
    /// Its network; empty means the default one.
    pub network: String,
}

/// Everything [`crate::resolve`] takes beside the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whose semantics.
    pub profile: Profile,
    /// Semantics in place of the profile's: to find out what one difference does, or for a gateway that is wrong on purpose.
    /// `None`, the default, means the profile's.
    pub semantics: Option<Arc<Semantics>>,
    /// For which gateway.
    pub gateway: GatewayIdentity,
    /// The control plane's settings.
    pub settings: Settings,
    /// Also list workloads of the ServiceEntry's own namespace whose labels differ from the selector
    /// (`explain --all`). Off by default: it is one entry for each pair of ServiceEntry and workload.
    pub list_unmatched: bool,
    /// How many matching workloads of other namespaces a backend lists at most; the last one listed says how many more
    /// there are. 20 by default: without a bound, a label that every namespace uses would cost the square of their
    /// number.
    pub list_foreign: usize,
}

/// What a control plane is configured with, outside the manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether kgateway reads Istio's kinds at all (K-001). True by default, unlike in kgateway, where they have to be
    /// switched on: nothing that Sextant is for would work.
    pub istio_integration: bool,
    /// Only objects of namespaces that one of these selects count, Gateways and routes aside (K-003). Empty, the default,
    /// means all.
    pub discovery_selectors: Vec<LabelSelector>,
    /// Whether the gateway looks up the host of a request for resolution DYNAMIC_DNS, where a profile has that. False by
    /// default: Istio gives its gateways no filter for it (I-108).
    pub dynamic_forward_proxy: bool,
    /// A WorkloadEntry with one of these label keys, in its metadata or its spec, is never an endpoint (K-004). Empty by
    /// default.
    pub workload_entry_exclusion_labels: Vec<String>,
    /// A ServiceEntry whose metadata labels match any of these selectors has no backend (K-005). Empty by default.
    pub service_entry_exclusions: Vec<LabelSelector>,
    /// Annotations of a WorkloadEntry that become labels of its endpoint (K-006). Empty by default.
    pub promoted_annotations: Vec<String>,
    /// The namespace whose `topology.istio.io/network` label is the default network (K-002, K-066). `istio-system` by
    /// default.
    pub system_namespace: String,
    /// The gateways of other networks, where a profile goes through them (I-123). Empty, the default, means that every
    /// network is reached directly.
    pub network_gateways: Vec<NetworkGateway>,
    /// `exportTo` of ServiceEntries and Services that have none, where a profile honours it (I-093). Empty, the default,
    /// means everybody.
    pub default_export_to: Vec<String>,
    /// The domain of Service names, without dots at its ends. `cluster.local` by default.
    pub cluster_domain: String,
    /// Whether a reference into another namespace needs a ReferenceGrant (K-118). True by default.
    pub enforce_reference_grants: bool,
}

/// An east-west gateway: the way into another network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkGateway {
    /// The network behind it.
    pub network: String,
    /// Its address; a name counts only for backends that look names up (I-130).
    pub address: crate::EndpointAddress,
    /// Its port for mutual TLS, 15443 by custom (I-127).
    pub port: u16,
}

/// A selector that would exclude everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("label selector {place} has no terms: it would exclude every ServiceEntry")]
pub struct EmptySelector {
    /// Place in the list, from 0.
    pub place: usize,
}

impl Settings {
    /// Reads the comma-separated form of [`Self::workload_entry_exclusion_labels`]: keys are trimmed, blank ones
    /// dropped (K-004).
    pub fn exclusion_labels(text: &str) -> Vec<String> {
        text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
    }

    /// Sets [`Self::service_entry_exclusions`].
    ///
    /// # Errors
    /// When a selector has no terms (K-005).
    pub fn exclude_service_entries(mut self, selectors: Vec<LabelSelector>) -> Result<Self, EmptySelector> {
        let empty = |s: &LabelSelector| s.match_labels.is_empty() && s.match_expressions.is_empty();
        if let Some(place) = selectors.iter().position(empty) {
            return Err(EmptySelector { place });
        }
        self.service_entry_exclusions = selectors;
        Ok(self)
    }
}

impl Options {
    /// How things are where the gateways differ.
    pub fn semantics(&self) -> &Semantics {
        self.semantics.as_deref().unwrap_or_else(|| self.profile.semantics())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            semantics: None,
            gateway: GatewayIdentity::default(),
            settings: Settings::default(),
            list_unmatched: false,
            list_foreign: 20,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            istio_integration: true,
            discovery_selectors: Vec::new(),
            dynamic_forward_proxy: false,
            workload_entry_exclusion_labels: Vec::new(),
            service_entry_exclusions: Vec::new(),
            promoted_annotations: Vec::new(),
            system_namespace: "istio-system".to_owned(),
            network_gateways: Vec::new(),
            default_export_to: Vec::new(),
            cluster_domain: "cluster.local".to_owned(),
            enforce_reference_grants: true,
        }
    }
}
