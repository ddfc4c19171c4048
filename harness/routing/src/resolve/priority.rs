//! Endpoint priorities from a list of labels (K-080 to K-086).

use std::collections::BTreeSet;

use sextant_resources::{Object, ObjectKey, ResourceSet};

use super::placement::{key, write_locality};
use crate::selector::Labels;
use crate::{Endpoint, GatewayIdentity, Options, Semantics};

/// An annotation of a ServiceEntry or Service (K-082), and under D-24 of a Namespace.
const DISTRIBUTION: &str = "networking.istio.io/traffic-distribution";

/// Ranks endpoints by how far their labels agree with the gateway's.
#[derive(Clone, Debug)]
pub(crate) struct Ranking {
    /// Each label with the value that agrees; `None` agrees with an absent label.
    wanted: Vec<(String, Option<String>)>,
    /// D-22: no gaps, and a network mismatch does not hide the other labels.
    compact: bool,
    /// I-144 applies: the first label is the network, and compared with the gateway's own.
    network_first: bool,
}

impl Ranking {
    /// The ranking that `object` asks for, or `None` when all endpoints are equal (K-080).
    pub(crate) fn distribution<T>(object: &Object<T>, resources: &ResourceSet, options: &Options) -> Option<Self> {
        let semantics = options.profile.semantics();
        let namespace = || {
            let namespace = resources.namespaces.get(&ObjectKey::new("", object.key.namespace.clone()))?;
            namespace.meta.annotations.get(DISTRIBUTION).filter(|_| semantics.namespace_distribution)
        };
        let distribution = object.meta.annotations.get(DISTRIBUTION).or_else(namespace)?;
        Self::new(&keys(distribution, semantics)?, &options.gateway, semantics)
    }

    /// The ranking by `items`, each a label key or `key=value` (K-083, K-086).
    pub(crate) fn new(items: &[&str], gateway: &GatewayIdentity, semantics: &Semantics) -> Option<Self> {
        let labels = gateway_labels(gateway);
        if semantics.no_labels_no_priorities && labels.is_empty() {
            return None;
        }
        let wanted = items.iter().map(|item| match item.split_once('=') {
            Some((key, value)) if !value.contains('=') => (key.to_owned(), Some(value.to_owned())),
            _ => ((*item).to_owned(), labels.get(*item).cloned()),
        });
        let network_first = semantics.compact_priorities && items.first() == Some(&key::NETWORK);
        Some(Self { wanted: wanted.collect(), compact: semantics.compact_priorities, network_first })
    }

    /// Sets the priority of every endpoint.
    pub(crate) fn apply(&self, endpoints: &mut [Endpoint]) {
        for endpoint in &mut *endpoints {
            endpoint.priority = self.rank(&endpoint.labels);
        }
        if self.compact {
            let used: BTreeSet<_> = endpoints.iter().map(|endpoint| endpoint.priority).collect();
            let used: Vec<_> = used.into_iter().collect();
            for endpoint in endpoints {
                endpoint.priority = used.partition_point(|priority| *priority < endpoint.priority) as u32;
            }
        }
    }

    /// N minus the place of the first label that differs, 0 when none does (K-083).
    fn rank(&self, labels: &Labels) -> u32 {
        let count = self.wanted.len();
        let differs = |(key, value): &(String, Option<String>)| labels.get(key) != value.as_ref();
        let from =
            |start: usize| self.wanted[start..].iter().position(differs).map_or(0, |place| count - start - place);
        let rank = match self.wanted.first() {
            Some(network) if self.network_first && differs(network) => count + from(1),
            _ => from(0),
        };
        rank as u32
    }
}

/// The labels that a traffic distribution compares (K-082, D-24); `None` for a word that means none.
fn keys(distribution: &str, semantics: &Semantics) -> Option<Vec<&'static str>> {
    let is = |word: &str| distribution.eq_ignore_ascii_case(word);
    let region = semantics.distribution_region;
    if is("PreferClose") || is("PreferSameZone") {
        return Some(vec![key::NETWORK, region, key::ZONE]);
    }
    if is("PreferSameNode") {
        return Some(vec![key::NETWORK, region, key::ZONE, key::SUBZONE, key::HOSTNAME]);
    }
    (semantics.prefer_network && is("PreferNetwork")).then(|| vec![key::NETWORK])
}

/// The gateway's labels with its locality and network written into them (K-067).
fn gateway_labels(gateway: &GatewayIdentity) -> Labels {
    let mut labels = gateway.labels.clone();
    write_locality(&mut labels, &gateway.locality);
    if !gateway.network.is_empty() {
        labels.insert(key::NETWORK.to_owned(), gateway.network.clone());
    }
    labels
}
