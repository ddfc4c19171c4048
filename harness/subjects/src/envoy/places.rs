//! Where things really are: documented addresses on loopback and back, Envoy's own listeners, and the DNS servers that its
//! clusters ask.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use sextant_fake_vms::{AddressPlan, Lease, LeaseError};
use sextant_routing::{Discovery, EndpointAddress, Model};
use sextant_xds::World;

use super::relay::DnsRelays;

/// Ports of Envoy's own interfaces, on an address that nothing else has.
const ADMIN_PORT: u16 = 15_000;
const MARK_PORT: u16 = 15_001;
/// What a privileged listener port is moved up by.
const UP: u16 = 10_000;

/// Addresses of one Envoy.
#[derive(Debug)]
pub(super) struct Places {
    plan: Arc<AddressPlan>,
    /// Aliases for documented addresses that no workload has: nobody listens there, so that connections are refused, as
    /// they are by a machine that is not there.
    nobody: Lease,
    /// Which documented address each of those stands for.
    stands_for: Mutex<HashMap<IpAddr, IpAddr>>,
    own: IpAddr,
    listeners: IpAddr,
    privileged_listeners: IpAddr,
    /// Holds Envoy's own addresses.
    _lease: Lease,
}

/// The places with the DNS servers.
pub(super) struct PlacesWithDns<'a> {
    places: &'a Places,
    relays: &'a DnsRelays,
}

/// A workload that Envoy cannot find by name: DNS gives addresses without ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "port {port} of {documented} could not be bound (it is port {actual} instead), so that Envoy cannot find it by name; run \
     as root, or allow low ports: sysctl net.ipv4.ip_unprivileged_port_start=0"
)]
pub(super) struct PortElsewhere {
    documented: IpAddr,
    port: u16,
    actual: u16,
}

impl Places {
    pub(super) fn new(plan: Arc<AddressPlan>) -> Result<Self, LeaseError> {
        let lease = Lease::take()?;
        // Any three addresses will do: no documented one is looked up in this lease.
        let alias = |host| lease.alias(IpAddr::V4(Ipv4Addr::new(0, 0, 0, host)));
        Ok(Self {
            plan,
            nobody: Lease::take()?,
            stands_for: Mutex::default(),
            own: alias(1)?,
            listeners: alias(2)?,
            privileged_listeners: alias(3)?,
            _lease: lease,
        })
    }

    pub(super) fn admin(&self) -> SocketAddr {
        SocketAddr::new(self.own, ADMIN_PORT)
    }

    pub(super) fn mark(&self) -> SocketAddr {
        SocketAddr::new(self.own, MARK_PORT)
    }

    pub(super) fn listener(&self, port: u16) -> SocketAddr {
        match port {
            0..1024 => SocketAddr::new(self.privileged_listeners, port + UP),
            port => SocketAddr::new(self.listeners, port),
        }
    }

    pub(super) fn with<'a>(&'a self, relays: &'a DnsRelays) -> PlacesWithDns<'a> {
        PlacesWithDns { places: self, relays }
    }

    /// The alias of a documented address that comes from DNS: the workloads' own, if it has one.
    pub(super) fn alias(&self, documented: IpAddr) -> IpAddr {
        let planned = self.plan.entries().into_iter().find(|(known, _)| known.ip() == documented);
        planned.map_or_else(|| self.nobodys(documented), |(_, actual)| actual.ip())
    }

    fn nobodys(&self, documented: IpAddr) -> IpAddr {
        // Without a further block of aliases there is one address left where nobody listens.
        let alias = self.nobody.alias(documented).unwrap_or(IpAddr::V4(Ipv4Addr::new(127, 255, 255, 254)));
        self.stands_for.lock().unwrap_or_else(PoisonError::into_inner).insert(alias, documented);
        alias
    }

    /// The documented address that `actual` stands for; itself when it stands for none.
    pub(super) fn documented(&self, actual: SocketAddr) -> SocketAddr {
        // Answers for IPv6 give aliases in this form.
        let actual = SocketAddr::new(actual.ip().to_canonical(), actual.port());
        if let Some(documented) = self.plan.documented(actual) {
            return documented;
        }
        let stands_for = self.stands_for.lock().unwrap_or_else(PoisonError::into_inner);
        let of_workload = || {
            let entries = self.plan.entries();
            entries.into_iter().find(|(_, known)| known.ip() == actual.ip()).map(|(documented, _)| documented.ip())
        };
        let ip = stands_for.get(&actual.ip()).copied().or_else(of_workload);
        SocketAddr::new(ip.unwrap_or_else(|| actual.ip()), actual.port())
    }

    /// Whether every workload has the port that names in `model` lead to.
    pub(super) fn check_names(&self, model: &Model) -> Result<(), PortElsewhere> {
        let by_name = model.backends.iter().filter(|backend| {
            matches!(backend.discovery, Discovery::Dns | Discovery::LogicalDns | Discovery::DynamicDns)
        });
        let ports = |backend: &sextant_routing::Backend| {
            let named = |address: &EndpointAddress| matches!(address, EndpointAddress::Name(_));
            let endpoints = backend.endpoints.iter().filter(|endpoint| named(&endpoint.address));
            endpoints.map(|endpoint| endpoint.port).collect::<Vec<_>>()
        };
        let ports: Vec<u16> = by_name.flat_map(ports).collect();
        let elsewhere = self
            .plan
            .entries()
            .into_iter()
            .find(|(documented, actual)| documented.port() != actual.port() && ports.contains(&documented.port()));
        match elsewhere {
            None => Ok(()),
            Some((documented, actual)) => {
                Err(PortElsewhere { documented: documented.ip(), port: documented.port(), actual: actual.port() })
            }
        }
    }
}

impl World for PlacesWithDns<'_> {
    fn endpoint(&self, documented: SocketAddr) -> SocketAddr {
        let places = self.places;
        let planned = places.plan.actual(documented);
        planned.unwrap_or_else(|| SocketAddr::new(places.nobodys(documented.ip()), documented.port()))
    }

    fn resolver(&self, cluster: &str) -> SocketAddr {
        self.relays.address(cluster)
    }

    fn listener(&self, port: u16) -> SocketAddr {
        self.places.listener(port)
    }

    fn mark(&self) -> SocketAddr {
        self.places.mark()
    }
}
