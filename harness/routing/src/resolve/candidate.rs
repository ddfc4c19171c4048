//! Candidates: workloads and inline endpoints on their way to becoming endpoints.

use std::borrow::Cow;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use sextant_resources::{
    ContainerPort, Hostname, Object, Pod, ServiceEntry, ServiceEntryPort, WorkloadEntry, WorkloadEntrySpec,
};

use super::placement::{Placement, Placer};
use crate::{Endpoint, EndpointAddress, EndpointSource, Excluded, ExclusionReason, Semantics};

/// The address of a candidate, read once.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Missing,
    Ip(IpAddr),
    Name(Hostname),
    /// What follows `unix://`.
    Unix(Arc<str>),
}

/// The manifest that a candidate is written in.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// A ServiceEntry's own host (K-045).
    Host(Hostname),
    /// `spec.endpoints[index]`.
    Inline {
        entry: Arc<Object<ServiceEntry>>,
        index: usize,
    },
    WorkloadEntry(Arc<Object<WorkloadEntry>>),
    Pod(Arc<Object<Pod>>),
}

/// Which addresses a backend can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Accepts {
    /// Only IP literals (K-047).
    Ip,
    /// Names too (K-046).
    Names,
}

/// Why something is not an endpoint, before it is known for which backend.
#[derive(Clone, Debug)]
pub(crate) struct Barrier {
    pub(crate) reason: ExclusionReason,
    pub(crate) rule: &'static str,
    pub(crate) message: Cow<'static, str>,
}

/// What may become an endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) written: Written,
    pub(crate) address: Address,
    pub(crate) placement: Placement,
    pub(crate) weight: NonZeroU32,
    /// A unix socket counts for backends that accept at least this; `None` means for none (D-15).
    pub(crate) sockets: Option<Accepts>,
    /// Whether it has a service account to show (I-060).
    pub(crate) has_identity: bool,
    /// What keeps it from every backend.
    pub(crate) barrier: Option<Barrier>,
}

impl Barrier {
    pub(crate) fn new(reason: ExclusionReason, rule: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, rule, message: message.into() }
    }

    pub(crate) fn on(&self, source: &EndpointSource) -> Excluded {
        Excluded {
            source: source.clone(),
            reason: self.reason,
            rule: self.rule,
            message: self.message.clone().into_owned(),
        }
    }
}

impl Address {
    pub(crate) fn parse(text: &str) -> Self {
        if text.is_empty() {
            return Self::Missing;
        }
        if let Some(path) = text.strip_prefix("unix://") {
            return Self::Unix(path.into());
        }
        text.parse().map_or_else(|_| Self::Name(Hostname::new(text)), Self::Ip)
    }
}

impl Written {
    pub(crate) fn source(&self) -> EndpointSource {
        match self {
            Self::Host(host) => EndpointSource::Host(host.clone()),
            Self::Inline { entry, index } => EndpointSource::Inline { service_entry: entry.key.clone(), index: *index },
            Self::WorkloadEntry(object) => EndpointSource::WorkloadEntry(object.key.clone()),
            Self::Pod(object) => EndpointSource::Pod(object.key.clone()),
        }
    }

    /// What overrides the port of this name: of a pod its named TCP ports, where they count (I-034).
    fn port(&self, name: &str, semantics: &Semantics) -> Option<u32> {
        match self {
            Self::Host(_) => None,
            Self::Inline { entry, index } => entry.body.spec.endpoints.get(*index)?.ports.get(name).copied(),
            Self::WorkloadEntry(object) => object.body.spec.ports.get(name).copied(),
            Self::Pod(object) => {
                let containers = object.body.spec.containers.iter().filter(|_| semantics.container_ports);
                let named = |port: &&ContainerPort| {
                    !name.is_empty() && port.name == name && matches!(port.protocol.as_str(), "" | "TCP")
                };
                containers.flat_map(|container| &container.ports).find(named).map(|port| port.container_port)
            }
        }
    }
}

/// Weight of an endpoint: absent and 0 both mean 1 (K-055).
pub(crate) fn weight(written: u32) -> NonZeroU32 {
    NonZeroU32::new(written).unwrap_or(NonZeroU32::MIN)
}

impl Candidate {
    /// `spec.endpoints[index]` of `entry`.
    pub(crate) fn inline(
        entry: &Arc<Object<ServiceEntry>>,
        index: usize,
        endpoint: &WorkloadEntrySpec,
        placer: &Placer<'_>,
    ) -> Self {
        Self {
            written: Written::Inline { entry: Arc::clone(entry), index },
            address: Address::parse(&endpoint.address),
            placement: placer.workload(endpoint.labels.clone(), &endpoint.locality, &endpoint.network),
            weight: weight(endpoint.weight),
            sockets: placer.semantics.unix_sockets.then_some(Accepts::Ip),
            has_identity: !endpoint.service_account.is_empty(),
            barrier: None,
        }
    }

    /// The endpoint of this candidate on `port`, at priority 0.
    ///
    /// # Errors
    /// The reason why there is none.
    pub(crate) fn endpoint(
        &self,
        port: &ServiceEntryPort,
        accepts: Accepts,
        semantics: &Semantics,
    ) -> Result<Endpoint, Excluded> {
        let outcome = match &self.barrier {
            Some(barrier) => Err(barrier.clone()),
            None => self.dial(accepts).and_then(|address| match address {
                // I-028: a socket has no port.
                EndpointAddress::Unix(_) => Ok((address, 0)),
                address => Ok((address, self.port(port, semantics)?)),
            }),
        };
        let (address, port) = outcome.map_err(|barrier| barrier.on(&self.written.source()))?;
        Ok(Endpoint {
            address,
            port,
            locality: self.placement.locality.clone(),
            weight: self.weight,
            priority: 0,
            network: self.placement.network.clone(),
            labels: self.placement.labels.clone(),
            source: self.written.source(),
        })
    }

    /// Whether it is a WorkloadEntry with a port of its own for this name.
    pub(crate) fn overrides(&self, name: &str) -> bool {
        matches!(&self.written, Written::WorkloadEntry(entry) if entry.body.spec.ports.contains_key(name))
    }

    /// What to dial, by K-046 to K-050.
    fn dial(&self, accepts: Accepts) -> Result<EndpointAddress, Barrier> {
        let network = self.placement.network.as_str();
        match &self.address {
            Address::Ip(ip) => Ok(EndpointAddress::Ip(*ip)),
            Address::Name(name) if accepts == Accepts::Names => Ok(EndpointAddress::Name(name.clone())),
            Address::Name(name) => Err(Barrier::new(
                ExclusionReason::NotAnIPAddress,
                "K-047",
                format!(
                    "`{name}` is not an IP address, and resolution STATIC looks up no names; write the address, or use resolution DNS"
                ),
            )),
            Address::Unix(path) if self.sockets.is_some_and(|least| accepts >= least) => {
                Ok(EndpointAddress::Unix(path.clone()))
            }
            Address::Unix(_) => Err(Barrier::new(
                ExclusionReason::NotAnIPAddress,
                "K-050",
                "unix sockets cannot be reached from a gateway; give the workload an IP address",
            )),
            Address::Missing if network.is_empty() => Err(Barrier::new(
                ExclusionReason::NoAddress,
                "K-048",
                "it has no address; set spec.address to the workload's IP",
            )),
            Address::Missing => Err(Barrier::new(
                ExclusionReason::NoAddress,
                "K-048",
                format!(
                    "it has only network `{network}` and no address, and no network gateway is known to reach it by; set its address to the workload's IP"
                ),
            )),
        }
    }

    /// The port to dial, by K-051: override by port name, else target port, else number; 0 counts as absent.
    fn port(&self, port: &ServiceEntryPort, semantics: &Semantics) -> Result<u16, Barrier> {
        let named = self.written.port(&port.name, semantics);
        resolved_port(port, named).map_err(|number| {
            Barrier::new(
                ExclusionReason::InvalidPort,
                "K-051",
                format!("port {number} for `{}` is not between 1 and 65535", port.name),
            )
        })
    }
}

/// The port to dial for `port`, given an override. `Err` is the number that is no port.
pub(crate) fn resolved_port(port: &ServiceEntryPort, named: Option<u32>) -> Result<u16, u32> {
    let chosen = [named.unwrap_or(0), port.target_port, port.number].into_iter().find(|n| *n > 0).unwrap_or(0);
    u16::try_from(chosen).ok().filter(|n| *n > 0).ok_or(chosen)
}
