//! A backend, made ready to serve.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use sextant_resources::Hostname;
use sextant_routing::{Backend, Discovery, DnsAnswers, EndpointAddress, UpstreamHttp, expand};

use crate::Reason;
use crate::dns::NameStates;
use crate::dynamic::DynamicNames;
use crate::hosts::HostTable;
use crate::outlier::{Detector, UpstreamEvent};
use crate::peer::{LivePeers, Peer};
use crate::stats::{WorkerStats, count};
use crate::tls::{Originator, Originators, TlsPeer};

/// What serving a backend needs.
#[derive(Debug)]
pub(crate) struct BackendState {
    /// The control plane withholds the backend (K-134).
    withheld: bool,
    pub(crate) upstream: UpstreamHttp,
    /// `None` for plaintext.
    pub(crate) tls: Option<Originator>,
    hosts: ArcSwap<HostTable>,
    /// `None` when nobody watches the hosts' health.
    detector: Option<Arc<Detector>>,
    /// Set if requests name their endpoints themselves.
    dynamic: Option<DynamicNames>,
}

impl BackendState {
    /// Prepares `backend`. What `old`, the same backend before, knows about its hosts goes on.
    pub(super) fn new(
        backend: &Backend,
        withheld: bool,
        originators: &mut Originators,
        names_known: &NameStates,
        old: Option<&Self>,
    ) -> Self {
        let detector = detector(backend, old);
        let old_hosts = old.map(|old| old.hosts.load());
        let hosts = hosts(backend, names_known, detector.as_ref(), old_hosts.as_deref().map(Arc::as_ref));
        Self {
            withheld,
            upstream: backend.upstream,
            tls: backend.policy.tls.as_ref().map(|tls| originators.get(tls, backend.upstream)),
            hosts: ArcSwap::from_pointee(hosts),
            detector,
            dynamic: (backend.discovery == Discovery::DynamicDns).then(|| DynamicNames::new(backend, names_known)),
        }
    }

    /// Takes over what is known now about the names of the endpoints of `backend`. Says whether that changes anything.
    pub(super) fn refresh(&self, backend: &Backend, names_known: &NameStates) -> bool {
        let old = self.hosts.load_full();
        let new = hosts(backend, names_known, self.detector.as_ref(), Some(&old));
        let changed = !new.equals(&old);
        if changed {
            self.hosts.store(Arc::new(new));
        }
        changed
    }

    /// As [`Self::refresh`], for names that requests bring along.
    pub(super) fn refresh_dynamic(&self, backend: &Backend, names_known: &NameStates) -> bool {
        self.dynamic.as_ref().is_some_and(|names| names.refresh(backend, names_known))
    }

    /// Adds everybody whom a request can be sent to.
    pub(super) fn add_to(&self, live: &mut LivePeers) {
        for host in self.hosts.load().hosts() {
            live.add(host.address.ip(), Some(host.address.port()), self.upstream, self.tls.as_ref());
        }
        for ip in self.dynamic.iter().flat_map(DynamicNames::addresses) {
            live.add(ip, None, self.upstream, self.tls.as_ref());
        }
    }

    /// Whom a request to the endpoint at `address` is sent to. `authority` gives what the request names as its host when
    /// it leaves; it is asked only if TLS needs to know.
    pub(crate) fn peer<E>(
        &self,
        address: SocketAddr,
        authority: impl FnOnce() -> Result<String, E>,
    ) -> Result<Peer, E> {
        let tls = self.tls.as_ref().map(|tls| tls.peer(authority)).transpose()?;
        Ok(Peer { address, http: self.upstream, tls })
    }

    /// The names that requests bring along; `None` when the backend has endpoints of its own.
    pub(crate) fn dynamic(&self) -> Option<&DynamicNames> {
        self.dynamic.as_ref().filter(|_| !self.withheld)
    }

    /// Its hosts at this moment.
    pub(crate) fn hosts(&self) -> Arc<HostTable> {
        self.hosts.load_full()
    }

    fn has_address(&self, address: SocketAddr) -> bool {
        match &self.dynamic {
            Some(names) => names.has(address.ip()),
            None => self.hosts.load().contains(address),
        }
    }

    /// Whether `peer` is an endpoint, spoken to as it should be.
    pub(crate) fn has(&self, peer: &Peer) -> bool {
        let tls = peer.tls.as_ref().map(TlsPeer::originator);
        self.upstream == peer.http && self.tls.as_ref() == tls && self.has_address(peer.address)
    }

    /// The address whose turn it is, or why there is none.
    pub(crate) fn pick(&self) -> Result<SocketAddr, Reason> {
        if self.withheld {
            return Err(Reason::BackendWithheld);
        }
        self.hosts.load().pick().map(|host| host.address)
    }

    /// Whether it matters what happens on the way to its hosts.
    pub(crate) fn is_watched(&self) -> bool {
        self.detector.is_some()
    }

    /// Takes note of what happened on the way to the host at `address`.
    pub(crate) fn report(&self, address: SocketAddr, event: UpstreamEvent, stats: &WorkerStats) {
        if self.is_watched() && self.hosts.load().report(address, event) {
            count(&stats.ejections);
            tracing::info!(endpoint.address = %address, "endpoint ejected");
        }
    }
}

/// What watches the hosts of `backend`: what did so before, if it was to do the same.
fn detector(backend: &Backend, old: Option<&BackendState>) -> Option<Arc<Detector>> {
    let settings = backend.policy.outlier_detection.as_ref()?;
    let same = old.and_then(|old| old.detector.as_ref()).filter(|old| old.settings() == settings);
    Some(same.cloned().unwrap_or_else(|| Arc::new(Detector::new(settings.clone(), Instant::now()))))
}

/// The hosts of `backend` under the answers known now.
fn hosts(
    backend: &Backend,
    names_known: &NameStates,
    detector: Option<&Arc<Detector>>,
    previous: Option<&HostTable>,
) -> HostTable {
    let logical = backend.discovery == Discovery::LogicalDns;
    let mut answers = DnsAnswers::new();
    let mut empty = Reason::NoHosts;
    for name in names_of(backend) {
        match names_known.addresses(name, logical) {
            Ok(addresses) => {
                answers.insert(name.clone(), addresses.to_vec());
            }
            Err(reason) => empty = reason,
        }
    }
    HostTable::new(backend, expand(backend, &answers), empty, detector, previous)
}

/// The names that the endpoints of `backend` have.
pub(super) fn names_of(backend: &Backend) -> impl Iterator<Item = &Hostname> {
    let looked_up = matches!(backend.discovery, Discovery::Dns | Discovery::LogicalDns);
    backend.endpoints.iter().filter(move |_| looked_up).filter_map(|endpoint| match &endpoint.address {
        EndpointAddress::Name(name) => Some(name),
        EndpointAddress::Ip(_) | EndpointAddress::Unix(_) => None,
    })
}
