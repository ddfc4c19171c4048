//! Endpoints of other networks, reached through the gateways of those networks (I-123 to I-131; D-19).

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::Arc;

use super::candidate::{Accepts, Barrier, Candidate};
use super::placement::key;
use crate::{Backend, Endpoint, EndpointAddress, EndpointSource, ExclusionReason, NetworkGateway, Options};

/// A label with an endpoint's way of speaking TLS (I-060).
const TLS_MODE: &str = "security.istio.io/tlsMode";

/// Which networks have gateways, seen from the gateway's own.
pub(crate) struct Networks<'a> {
    own: &'a str,
    gateways: HashMap<&'a str, Vec<&'a NetworkGateway>>,
    /// What makes every weight divisible by every network's number of gateways (I-128).
    scale: u32,
}

impl<'a> Networks<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        let mut gateways: HashMap<_, Vec<_>> = HashMap::new();
        let known = options.settings.network_gateways.iter();
        for gateway in known.filter(|_| options.semantics().network_gateways) {
            let of_network = gateways.entry(gateway.network.as_str()).or_default();
            if !of_network.contains(&gateway) {
                of_network.push(gateway);
            }
        }
        let counts = gateways.values().map(|of_network| u32::try_from(of_network.len()).unwrap_or(u32::MAX));
        let scale = counts.fold(1_u32, |scale, count| scale.saturating_mul(count / common_divisor(scale, count)));
        Self { own: &options.gateway.network, gateways, scale }
    }

    /// Whether endpoints of `network` are reached through its gateways: a network without any, the gateway's own and the
    /// unknown one are reached directly (I-124, I-126).
    pub(crate) fn is_remote(&self, network: &str) -> bool {
        !network.is_empty() && network != self.own && self.gateways.contains_key(network)
    }

    /// The endpoints that stand for `candidate` of a remote network: one for each of the network's gateways. Until
    /// [`Self::weigh`] each still names the workload as its source, so that nothing is counted twice.
    ///
    /// # Errors
    /// Why it cannot be reached: gateways pass mutual TLS only (I-127), and those with names need a backend that looks
    /// names up (I-129, I-130).
    pub(crate) fn through(&self, candidate: &Candidate, accepts: Accepts) -> Result<Vec<Endpoint>, Barrier> {
        let network = candidate.placement.network.as_str();
        let unreachable = |message| Err(Barrier::new(ExclusionReason::UnreachableNetwork, "I-127", message));
        let mutual = match candidate.placement.labels.get(TLS_MODE) {
            Some(mode) => mode == "istio",
            None => candidate.has_identity,
        };
        if !mutual {
            return unreachable(format!(
                "it is in network {network}, whose gateways pass mutual TLS only; give it a serviceAccount, or the label {TLS_MODE}=istio"
            ));
        }
        let gateways = self.gateways.get(network).map_or(&[][..], Vec::as_slice).iter();
        let dialled = gateways.filter(|gateway| match gateway.address {
            EndpointAddress::Name(_) => accepts == Accepts::Names,
            EndpointAddress::Ip(_) => true,
            EndpointAddress::Unix(_) => false,
        });
        let labels = Arc::new([(key::NETWORK.to_owned(), network.to_owned())].into());
        let endpoint = |gateway: &&NetworkGateway| Endpoint {
            address: gateway.address.clone(),
            port: gateway.port,
            locality: candidate.placement.locality.clone(),
            weight: candidate.weight,
            priority: 0,
            network: network.to_owned(),
            labels: Arc::clone(&labels),
            source: candidate.written.source(),
        };
        let endpoints: Vec<_> = dialled.map(endpoint).collect();
        match endpoints.is_empty() {
            true => unreachable(format!("no gateway of network {network} has an address that this backend can use")),
            false => Ok(endpoints),
        }
    }

    /// Scales weights so that the gateways that stand for a workload share evenly, and merges what goes through one
    /// gateway in one locality (I-128). From here on the gateways are the endpoints, and their workloads are told so.
    pub(crate) fn weigh(&self, backend: &mut Backend) {
        if self.gateways.is_empty() {
            return;
        }
        let mut shared: BTreeMap<EndpointSource, (String, u32)> = BTreeMap::new();
        for endpoint in backend.endpoints.iter().filter(|endpoint| self.is_remote(&endpoint.network)) {
            let entry = shared.entry(endpoint.source.clone());
            entry.or_insert_with(|| (endpoint.network.clone(), 0)).1 += 1;
        }
        let mut merged: HashMap<_, usize> = HashMap::new();
        let mut kept: Vec<Endpoint> = Vec::with_capacity(backend.endpoints.len());
        for mut endpoint in backend.endpoints.drain(..) {
            let mut weight = endpoint.weight.get().saturating_mul(self.scale);
            if let Some((network, gateways)) = shared.get(&endpoint.source) {
                weight /= gateways;
                endpoint.source = EndpointSource::NetworkGateway { network: network.clone() };
                let identity = (endpoint.address.clone(), endpoint.port, endpoint.locality.clone());
                if let Some(place) = merged.get(&identity) {
                    let first = &mut kept[*place];
                    first.weight = first.weight.saturating_add(weight);
                    continue;
                }
                merged.insert(identity, kept.len());
            }
            endpoint.weight = NonZeroU32::new(weight).unwrap_or(NonZeroU32::MIN);
            kept.push(endpoint);
        }
        backend.endpoints = kept;
        backend.excluded.extend(shared.iter().map(|(workload, (network, _))| {
            let message = format!("it is reached through the gateways of its network, {network}");
            Barrier::new(ExclusionReason::BehindNetworkGateway, "I-127", message).on(workload)
        }));
    }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
