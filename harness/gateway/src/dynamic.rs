//! Backends whose endpoint each request names itself (DYNAMIC_DNS; I-107): which names are known, and to whom a request
//! for one goes.
//!
//! The first request for a name has it looked up, and waits. From then on the name is followed like those of DNS
//! backends: it is looked up again and again, and requests take what the last answer with addresses said, as Envoy's
//! cache does. A name that no request has asked for in a while is forgotten.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use sextant_resources::Hostname;
use sextant_routing::Backend;
use tokio::sync::oneshot;

use crate::Reason;
use crate::dns::NameStates;
use crate::peer::Peer;

/// Names that are followed because requests asked for them, in all. Envoy's cache has as many.
pub(crate) const MOST_NAMES: usize = 1024;

/// The names of one backend.
#[derive(Debug)]
pub(crate) struct DynamicNames {
    /// Port of a request that names none: that of its scheme.
    default_port: u16,
    known: ArcSwap<HashMap<Hostname, Known>>,
}

/// What is known about a name.
#[derive(Clone, Debug)]
struct Known {
    /// In the order of the answer; empty when the name has none.
    addresses: Vec<IpAddr>,
    used: Arc<AtomicBool>,
}

/// What a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: Hostname,
    pub(crate) port: u16,
}

/// Who gets a request or connection.
pub(crate) enum Whom {
    /// An endpoint.
    Peer(Peer),
    /// Whoever has the address of this name, which may have to be looked up.
    Named(Named),
}

/// A name that a worker wants to know about.
pub(crate) struct Ask {
    pub(crate) name: Hostname,
    /// Told when the name is known, or why it will not be.
    pub(crate) done: oneshot::Sender<Result<(), Reason>>,
}

impl DynamicNames {
    pub(crate) fn new(backend: &Backend, names_known: &NameStates) -> Self {
        let default_port = if backend.policy.tls.is_some() { 443 } else { 80 };
        Self { default_port, known: ArcSwap::from_pointee(known(backend, names_known)) }
    }

    /// Takes over what is known now. Says whether that changes anything.
    pub(crate) fn refresh(&self, backend: &Backend, names_known: &NameStates) -> bool {
        let (old, new) = (self.known.load(), known(backend, names_known));
        let same = old.len() == new.len()
            && new.iter().all(|(name, known)| old.get(name).is_some_and(|old| old.addresses == known.addresses));
        if !same {
            self.known.store(Arc::new(new));
        }
        !same
    }

    /// What a request with this authority names, if the backend is for it.
    pub(crate) fn named(&self, backend: &Backend, authority: &str) -> Result<Named, Reason> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| Reason::InvalidHost)?),
            None => (authority, self.default_port),
        };
        covered(backend, host, port)
    }

    /// What a TLS connection with this server name names: the port is then the backend's own.
    pub(crate) fn of_server_name(backend: &Backend, name: &str) -> Result<Named, Reason> {
        covered(backend, name, backend.id.port)
    }

    /// The address to send a request to: the first of the answer; `None` while nothing is known about the name.
    pub(crate) fn address(&self, named: &Named) -> Option<Result<SocketAddr, Reason>> {
        let known = self.known.load();
        let known = known.get(&named.name)?;
        known.used.store(true, Ordering::Relaxed);
        let first = known.addresses.first().ok_or(Reason::NoSuchName);
        Some(first.map(|ip| SocketAddr::new(*ip, named.port)))
    }

    /// Whether some name has this address.
    pub(crate) fn has(&self, ip: IpAddr) -> bool {
        self.known.load().values().any(|known| known.addresses.contains(&ip))
    }

    /// Every address that a name has.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.known.load().values().flat_map(|known| known.addresses.iter().copied()).collect()
    }
}

fn covered(backend: &Backend, host: &str, port: u16) -> Result<Named, Reason> {
    let name = Hostname::new(host);
    if backend.covers(&name) { Ok(Named { name, port }) } else { Err(Reason::NameNotCovered) }
}

/// What is known about the names that `backend` covers.
fn known(backend: &Backend, names_known: &NameStates) -> HashMap<Hostname, Known> {
    let covered = names_known.names().filter(|name| backend.covers(name));
    let known = covered.filter_map(|name| {
        let (addresses, used) = names_known.looked_up(name)?;
        Some((name.clone(), Known { addresses: addresses.to_vec(), used }))
    });
    known.collect()
}
