//! Where a workload is: locality and network, from fields and labels (K-061 to K-068).

use std::sync::Arc;

use crate::selector::Labels;
use crate::{Locality, Semantics};

/// Label keys with a meaning.
pub(crate) mod key {
    pub(crate) const REGION: &str = "topology.kubernetes.io/region";
    pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";
    pub(crate) const SUBZONE: &str = "topology.istio.io/subzone";
    pub(crate) const NETWORK: &str = "topology.istio.io/network";
    pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
    pub(crate) const LOCALITY: &str = "topology.istio.io/locality";
    pub(crate) const OLD_LOCALITY: &str = "istio-locality";
    pub(crate) const OLD_REGION: &str = "failure-domain.beta.kubernetes.io/region";
    pub(crate) const OLD_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
    /// An annotation that becomes a label (K-068).
    pub(crate) const REDIRECTION: &str = "ambient.istio.io/redirection";
}

/// What a candidate's labels, locality and network come to.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    pub(crate) labels: Arc<Labels>,
    pub(crate) locality: Arc<Locality>,
    pub(crate) network: String,
}

/// Derives placements by the rules of one profile.
#[derive(Clone, Copy)]
pub(crate) struct Placer<'a> {
    pub(crate) semantics: &'a Semantics,
    /// Network of workloads that name none; empty when the system namespace has no label (K-066).
    pub(crate) default_network: &'a str,
}

impl Placer<'_> {
    /// Placement of a WorkloadEntry or inline endpoint with these merged labels and fields.
    pub(crate) fn workload(&self, mut labels: Labels, locality: &str, network: &str) -> Placement {
        let locality = match locality {
            "" => self.locality_from_labels(&labels),
            text => Locality::parse(text),
        };
        write_locality(&mut labels, &locality);
        let network = self.network(&mut labels, network);
        Placement { labels: Arc::new(labels), locality: Arc::new(locality), network }
    }

    /// Placement of a pod whose node has `node_labels`; `None` when the node is unknown.
    pub(crate) fn pod(&self, mut labels: Labels, node: &str, node_labels: Option<&Labels>) -> Placement {
        let mut locality = node_labels.map(|labels| self.node_locality(labels)).unwrap_or_default();
        if self.semantics.locality_label
            && let Some(own) = locality_label(&labels)
        {
            locality = own;
        }
        write_locality(&mut labels, &locality);
        if !node.is_empty() {
            labels.insert(key::HOSTNAME.to_owned(), node.to_owned());
        }
        let network = self.network(&mut labels, "");
        Placement { labels: Arc::new(labels), locality: Arc::new(locality), network }
    }

    fn locality_from_labels(&self, labels: &Labels) -> Locality {
        if self.semantics.locality_label {
            return locality_label(labels).unwrap_or_default();
        }
        Locality {
            region: value(labels, key::REGION),
            zone: value(labels, key::ZONE),
            subzone: value(labels, key::SUBZONE),
        }
    }

    fn node_locality(&self, labels: &Labels) -> Locality {
        let mut locality = Locality {
            region: value(labels, key::REGION),
            zone: value(labels, key::ZONE),
            subzone: value(labels, key::SUBZONE),
        };
        if self.semantics.locality_label {
            // I-072: the keys from before Kubernetes 1.17 still count where the new ones are missing.
            if locality.region.is_empty() {
                locality.region = value(labels, key::OLD_REGION);
            }
            if locality.zone.is_empty() {
                locality.zone = value(labels, key::OLD_ZONE);
            }
        }
        locality
    }

    /// The network of a candidate with the field `network`; the label is filled in (K-066), but under I-075 it has no
    /// say itself.
    fn network(&self, labels: &mut Labels, network: &str) -> String {
        let labelled = labels.get(key::NETWORK).map_or("", String::as_str);
        let derived = [network, labelled, self.default_network].into_iter().find(|n| !n.is_empty()).unwrap_or("");
        let derived = derived.to_owned();
        if self.semantics.network_from_labels {
            if !derived.is_empty() && labelled != derived {
                labels.insert(key::NETWORK.to_owned(), derived.clone());
            }
            return derived;
        }
        if !derived.is_empty() && !labels.contains_key(key::NETWORK) {
            labels.insert(key::NETWORK.to_owned(), derived);
        }
        network.to_owned()
    }
}

/// Writes the known parts of `locality` over the topology labels (K-064, K-065).
pub(crate) fn write_locality(labels: &mut Labels, locality: &Locality) {
    let parts = [(key::REGION, &locality.region), (key::ZONE, &locality.zone), (key::SUBZONE, &locality.subzone)];
    for (key, part) in parts {
        if !part.is_empty() && labels.get(key) != Some(part) {
            labels.insert(key.to_owned(), part.clone());
        }
    }
}

/// I-068: one label with all three parts; dots separate them when there is no slash.
fn locality_label(labels: &Labels) -> Option<Locality> {
    let text = [key::LOCALITY, key::OLD_LOCALITY].iter().find_map(|key| labels.get(*key).filter(|v| !v.is_empty()))?;
    Some(if text.contains('/') { Locality::parse(text) } else { Locality::parse(&text.replace('.', "/")) })
}

fn value(labels: &Labels, key: &str) -> String {
    labels.get(key).cloned().unwrap_or_default()
}
