//! What a user expects of a host: `se.example.com:80=1.1.1.1:8080,2.2.2.2:8080`.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr;

use sextant_explain::socket;

use super::hosts::canonical;
use super::{Difference, What};
use crate::document::{Cluster, Endpoint, Endpoints};

/// The endpoints that a host has, no more and no less, all of them healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// As given.
    text: String,
    /// A host, or the name of a cluster.
    host: String,
    /// `None` means every port that the host has.
    port: Option<u16>,
    /// Address and port.
    endpoints: BTreeSet<(String, u16)>,
}

/// An expectation that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectationError {
    /// There is no `=`.
    #[error("`{0}` has no `=`; write it like se.example.com=1.1.1.1:80,2.2.2.2:80")]
    NoEquals(String),
    /// Nothing in front of `=`.
    #[error("`{0}` has no host before `=`")]
    NoHost(String),
    /// An endpoint that is none.
    #[error("`{0}` is not an endpoint such as 1.1.1.1:80, [fd00::1]:80 or vm.example.com:80")]
    Endpoint(String),
}

impl FromStr for Expectation {
    type Err = ExpectationError;

    /// `HOST[:PORT]=ADDRESS:PORT[,ADDRESS:PORT…]`; nothing behind `=` means no endpoint at all. Names of clusters may have a
    /// `=` themselves, so that the last one counts.
    fn from_str(text: &str) -> Result<Self, ExpectationError> {
        let (host, endpoints) = text.rsplit_once('=').ok_or_else(|| ExpectationError::NoEquals(text.to_owned()))?;
        if host.is_empty() {
            return Err(ExpectationError::NoHost(text.to_owned()));
        }
        let endpoints = endpoints.split(',').map(str::trim).filter(|endpoint| !endpoint.is_empty());
        let endpoints =
            endpoints.map(|endpoint| place(endpoint).ok_or_else(|| ExpectationError::Endpoint(endpoint.to_owned())));
        let (name, port) = match host.rsplit_once(':').map(|(name, port)| (name, port.parse())) {
            Some((name, Ok(port))) => (name, Some(port)),
            _ => (host, None),
        };
        Ok(Self { text: host.to_owned(), host: name.to_owned(), port, endpoints: endpoints.collect::<Result<_, _>>()? })
    }
}

/// `1.1.1.1:80`, `[fd00::1]:80`, `vm.example.com:80`.
fn place(text: &str) -> Option<(String, u16)> {
    let (address, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    if let Some(ip) = address.strip_prefix('[').and_then(|address| address.strip_suffix(']')) {
        return ip.parse().ok().map(|ip: IpAddr| (ip.to_string(), port));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    (!address.is_empty() && address.chars().all(is_name)).then(|| (canonical(address), port))
}

impl Expectation {
    /// Adds every difference from what is `found`.
    pub(super) fn compare(&self, found: &Endpoints, differences: &mut Vec<Difference>) {
        let clusters: Vec<_> = found.clusters.iter().filter(|cluster| self.is_about(cluster)).collect();
        if clusters.is_empty() {
            return differences.push(Difference {
                expected: self
                    .endpoints
                    .iter()
                    .map(|(address, port)| socket(address, *port))
                    .collect::<Vec<_>>()
                    .join(", "),
                why: "no cluster is of this host".to_owned(),
                ..self.difference("", What::MissingCluster)
            });
        }
        let mut missing = self.endpoints.clone();
        let mut told = BTreeSet::new();
        for cluster in &clusters {
            for endpoint in &cluster.endpoints {
                let places = self.places(endpoint);
                missing.retain(|place| !places.iter().any(|(found, _)| found == place));
                for (place, health) in places {
                    // A host's ports often share their endpoints.
                    if told.insert(place.clone()) {
                        self.one(cluster, place, health, differences);
                    }
                }
            }
        }
        for (address, port) in missing {
            let expected = socket(&address, port);
            let names: Vec<_> = clusters.iter().map(|cluster| &*cluster.name).collect();
            differences.push(Difference {
                endpoint: expected.clone(),
                expected,
                why: "it is expected".to_owned(),
                ..self.difference(&names.join(", "), What::MissingEndpoint)
            });
        }
    }

    /// An endpoint that is there.
    fn one(&self, cluster: &Cluster, place: (String, u16), health: &str, differences: &mut Vec<Difference>) {
        let here = socket(&place.0, place.1);
        if !self.endpoints.contains(&place) {
            differences.push(Difference {
                found: here.clone(),
                endpoint: here,
                why: "it is not expected".to_owned(),
                ..self.difference(&cluster.name, What::SurplusEndpoint)
            });
        } else if health != "healthy" {
            differences.push(Difference {
                endpoint: here,
                expected: "healthy".to_owned(),
                found: health.to_owned(),
                why: "it gets no requests".to_owned(),
                ..self.difference(&cluster.name, What::NotHealthy)
            });
        }
    }

    /// Where `endpoint` is: the addresses of a name, unless the name itself is expected.
    fn places<'e>(&self, endpoint: &'e Endpoint) -> Vec<((String, u16), &'e str)> {
        let own = (canonical(&endpoint.address), endpoint.port);
        if endpoint.looked_up.is_empty() || self.endpoints.contains(&own) {
            return vec![(own, &endpoint.health)];
        }
        let found = endpoint.looked_up.iter();
        found.map(|found| ((canonical(&found.address), found.port), &*found.health)).collect()
    }

    /// Whether `cluster` is of the host, all its endpoints and not those of a subset; or has that very name.
    fn is_about(&self, cluster: &Cluster) -> bool {
        let of_host = |backend: &crate::name::Backend| {
            let port = self.port.is_none_or(|port| port == backend.port);
            port && backend.subset.is_empty() && canonical(&backend.host) == canonical(&self.host)
        };
        cluster.name == self.text || cluster.backend.as_ref().is_some_and(of_host)
    }

    fn difference(&self, cluster: &str, what: What) -> Difference {
        Difference {
            backend: self.text.clone(),
            cluster: cluster.to_owned(),
            what,
            endpoint: String::new(),
            expected: String::new(),
            found: String::new(),
            rule: "",
            why: String::new(),
        }
    }
}
