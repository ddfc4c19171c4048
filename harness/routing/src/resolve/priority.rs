//! Endpoint priorities from a list of labels and from distance (K-080 to K-089, I-140 to I-149).

use std::collections::BTreeSet;

use sextant_resources::{LocalityFailover, Object, ObjectKey, ResourceSet};

use super::placement::{key, write_locality};
use crate::selector::Labels;
use crate::{Endpoint, GatewayIdentity, Locality, Options, Semantics};

/// An annotation of a ServiceEntry or Service (K-082), and under D-24 of a Namespace.
const DISTRIBUTION: &str = "networking.istio.io/traffic-distribution";

/// How endpoints are ranked.
#[derive(Clone, Debug)]
pub(crate) enum Ranking<'a> {
    /// By labels (K-083, I-143).
    Labels(LabelRanking),
    /// By distance from the gateway (K-088, I-140).
    Locality(LocalityRanking<'a>),
    /// By labels, and among equal ones by distance (I-147).
    Both(LabelRanking, LocalityRanking<'a>),
}

/// Ranks endpoints by how far their labels agree with the gateway's.
#[derive(Clone, Debug)]
pub(crate) struct LabelRanking {
    /// Each label with the value that agrees; `None` agrees with an absent label.
    wanted: Vec<(String, Option<String>)>,
    /// D-22: no gaps, and a network mismatch does not hide the other labels.
    compact: bool,
    /// I-144 applies: the first label is the network, and compared with the gateway's own.
    network_first: bool,
}

/// Ranks endpoints by how near their locality is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalityRanking<'a> {
    gateway: &'a Locality,
    /// The region that takes over for the gateway's, if a rule names one.
    next: Option<&'a str>,
}

impl<'a> Ranking<'a> {
    /// The ranking by the traffic distribution that `object` asks for, or `None` when it asks for none (K-080). What a Service
    /// has `written` in its spec goes before the annotation.
    pub(crate) fn distribution<T>(
        object: &Object<T>,
        written: &str,
        resources: &ResourceSet,
        options: &Options,
    ) -> Option<Self> {
        let semantics = options.semantics();
        if let Some(keys) = keys(written, semantics) {
            return Some(Self::Labels(Self::by_labels(&keys, &options.gateway, semantics)));
        }
        let namespace = || {
            let namespace = resources.namespaces.get(&ObjectKey::new("", object.key.namespace.clone()))?;
            namespace.meta.annotations.get(DISTRIBUTION)
        };
        let own = object.meta.annotations.get(DISTRIBUTION);
        let distribution = if semantics.namespace_distribution { own.or_else(namespace) } else { own }?;
        Some(Self::Labels(Self::by_labels(&keys(distribution, semantics)?, &options.gateway, semantics)))
    }

    /// The ranking by `items`, each a label key or `key=value` (K-083, K-086, I-143, I-145). Under D-23 a gateway without
    /// labels ranks all alike.
    pub(crate) fn by_labels(items: &[&str], gateway: &GatewayIdentity, semantics: &Semantics) -> LabelRanking {
        let labels = gateway_labels(gateway);
        let items = if semantics.no_labels_no_priorities && labels.is_empty() { &[] } else { items };
        let wanted = items.iter().map(|item| match item.split_once('=') {
            Some((key, value)) if !value.contains('=') => (key.to_owned(), Some(value.to_owned())),
            _ => ((*item).to_owned(), labels.get(*item).cloned()),
        });
        let network_first = semantics.compact_priorities && items.first() == Some(&key::NETWORK);
        LabelRanking { wanted: wanted.collect(), compact: semantics.compact_priorities, network_first }
    }

    /// Sets the priority of every endpoint.
    pub(crate) fn apply(&self, endpoints: &mut [Endpoint]) {
        if let Self::Labels(labels) | Self::Both(labels, _) = self {
            endpoints.iter_mut().for_each(|endpoint| endpoint.priority = labels.rank(&endpoint.labels));
            if labels.compact {
                compact(endpoints);
            }
        }
        if let Self::Locality(near) | Self::Both(_, near) = self {
            // A distance is below 5, so that it only decides among endpoints with the same labels.
            endpoints.iter_mut().for_each(|e| e.priority = e.priority * 5 + near.rank(&e.locality));
            compact(endpoints);
        }
    }
}

/// Closes the gaps between the priorities in use, from 0.
fn compact(endpoints: &mut [Endpoint]) {
    let used: BTreeSet<_> = endpoints.iter().map(|endpoint| endpoint.priority).collect();
    let used: Vec<_> = used.into_iter().collect();
    for endpoint in endpoints {
        endpoint.priority = used.partition_point(|priority| *priority < endpoint.priority) as u32;
    }
}

impl LabelRanking {
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

impl<'a> LocalityRanking<'a> {
    /// The ranking for a gateway in `gateway`; of `rules` the first for its region counts (I-142).
    pub(crate) fn new(gateway: &'a Locality, rules: &'a [LocalityFailover]) -> Self {
        let next = rules.iter().find(|rule| rule.from == gateway.region).map(|rule| rule.to.as_str());
        Self { gateway, next }
    }

    /// 0 for the same subzone, 1 for the same zone, 2 for the same region, 3 for another region, 4 for one that is not
    /// the next when there is one (K-088, I-140). Unknown parts equal each other (I-141).
    fn rank(&self, locality: &Locality) -> u32 {
        if locality.region != self.gateway.region {
            return if self.next.is_none_or(|next| next == locality.region) { 3 } else { 4 };
        }
        match (locality.zone == self.gateway.zone, locality.subzone == self.gateway.subzone) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        }
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
