//! Which listeners there are, what they speak, and what their status says (Gateway API, Listener).

use std::collections::BTreeMap;

use sextant_resources::{GatewayListener, HostnamePattern, ObjectKey, ResourceSet, RouteGroupKind, TlsMode};

use super::references::GATEWAY_GROUP;
use crate::{Condition, L4Listener, L4Protocol, Listener, ListenerStatus, RouteKind};

/// A listener with what decides who may attach.
pub(crate) struct Socket<'a> {
    pub(crate) gateway: &'a ObjectKey,
    pub(crate) written: &'a GatewayListener,
    /// 0 for a number that is no port.
    pub(crate) port: u16,
    pub(crate) hostname: HostnamePattern,
    /// What it speaks, or why it serves nothing.
    pub(crate) service: Result<Protocol, Fault>,
    /// Places of the attached routes that serve, ascending.
    pub(crate) routes: Vec<usize>,
    /// How many routes are attached, whether or not they serve.
    pub(crate) attached: usize,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    L4(L4Protocol),
}

/// Why a listener serves nothing.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    reason: &'static str,
    pub(crate) message: String,
    /// Whether other listeners are the cause.
    is_conflict: bool,
}

/// Every listener of every Gateway, ordered by Gateway and place in it.
pub(crate) fn sockets(resources: &ResourceSet) -> Vec<Socket<'_>> {
    let of_gateway = resources.gateways.iter().flat_map(|(gateway, object)| {
        object.body.spec.listeners.iter().map(move |written| Socket::new(gateway, written))
    });
    let mut sockets: Vec<_> = of_gateway.collect();
    mark_conflicts(&mut sockets);
    sockets
}

/// The listeners that serve HTTP.
pub(crate) fn http(sockets: &[Socket<'_>]) -> Vec<Listener> {
    let serving = sockets.iter().filter(|socket| matches!(socket.service, Ok(Protocol::Http)));
    let listener = |socket: &Socket<'_>| Listener {
        gateway: socket.gateway.clone(),
        name: socket.written.name.clone(),
        port: socket.port,
        hostname: socket.hostname.clone(),
        routes: socket.routes.clone(),
    };
    serving.map(listener).collect()
}

/// The listeners that pass connections on.
pub(crate) fn l4(sockets: &[Socket<'_>]) -> Vec<L4Listener> {
    let listener = |socket: &Socket<'_>| match socket.service {
        Ok(Protocol::L4(protocol)) => Some(L4Listener {
            gateway: socket.gateway.clone(),
            name: socket.written.name.clone(),
            port: socket.port,
            protocol,
            hostname: socket.hostname.clone(),
            routes: socket.routes.clone(),
        }),
        Ok(Protocol::Http) | Err(_) => None,
    };
    sockets.iter().filter_map(listener).collect()
}

impl Protocol {
    /// The kinds of route that go with it (Gateway API, `allowedRoutes.kinds`).
    fn kinds(self) -> &'static [RouteKind] {
        match self {
            Self::Http => &[RouteKind::HttpRoute, RouteKind::GrpcRoute],
            Self::L4(L4Protocol::Tcp) => &[RouteKind::TcpRoute],
            Self::L4(L4Protocol::TlsPassthrough) => &[RouteKind::TlsRoute],
        }
    }
}

impl<'a> Socket<'a> {
    fn new(gateway: &'a ObjectKey, written: &'a GatewayListener) -> Self {
        let service = protocol(written);
        let hostname = match service {
            Ok(Protocol::L4(L4Protocol::Tcp)) => HostnamePattern::Any,
            _ => HostnamePattern::new(written.hostname.as_deref().unwrap_or("")),
        };
        let port = u16::try_from(written.port).unwrap_or(0);
        Self { gateway, written, port, hostname, service, routes: Vec::new(), attached: 0 }
    }

    /// Whether `protocol` and `allowedRoutes.kinds` let routes of this kind attach.
    pub(crate) fn takes(&self, kind: RouteKind) -> bool {
        let of_protocol = self.service.as_ref().is_ok_and(|protocol| protocol.kinds().contains(&kind));
        of_protocol && (self.kinds().is_empty() || self.kinds().iter().any(|written| means(written, kind)))
    }

    fn kinds(&self) -> &[RouteGroupKind] {
        self.written.allowed_routes.as_ref().map_or(&[], |allowed| &allowed.kinds)
    }

    /// The status, once routes are attached.
    pub(crate) fn status(&self) -> ListenerStatus {
        let protocol = self.service.as_ref().map_or(&[][..], |protocol| protocol.kinds());
        ListenerStatus {
            gateway: self.gateway.clone(),
            name: self.written.name.clone(),
            supported_kinds: protocol.iter().copied().filter(|kind| self.takes(*kind)).collect(),
            attached_routes: self.attached,
            conditions: self.conditions(),
        }
    }

    fn conditions(&self) -> Vec<Condition> {
        let condition =
            |kind, status, reason, message: &str| Condition { kind, status, reason, message: message.to_owned() };
        let fault = self.service.as_ref().err();
        let accepted = match fault {
            Some(fault) => condition("Accepted", false, fault.reason, &fault.message),
            None => condition("Accepted", true, "Accepted", ""),
        };
        let conflicted = match fault.filter(|fault| fault.is_conflict) {
            Some(fault) => condition("Conflicted", true, fault.reason, &fault.message),
            None => condition("Conflicted", false, "NoConflicts", ""),
        };
        let programmed = match fault {
            Some(fault) => condition("Programmed", false, "Invalid", &fault.message),
            None => condition("Programmed", true, "Programmed", ""),
        };
        let resolved = match self.unusable_kinds() {
            Some(message) => condition("ResolvedRefs", false, "InvalidRouteKinds", &message),
            None => condition("ResolvedRefs", true, "ResolvedRefs", ""),
        };
        vec![accepted, conflicted, programmed, resolved]
    }

    /// What is wrong with `allowedRoutes.kinds`: kinds that do not go with the protocol.
    fn unusable_kinds(&self) -> Option<String> {
        let offered = self.service.as_ref().ok()?.kinds();
        let unusable = self.kinds().iter().filter(|written| !offered.iter().any(|kind| means(written, *kind)));
        let unusable: Vec<_> = unusable.map(|written| written.kind.as_str()).collect();
        let offered: Vec<_> = offered.iter().map(ToString::to_string).collect();
        let (unusable, offered) = (unusable.join(", "), offered.join(" and "));
        let protocol = &self.written.protocol;
        (!unusable.is_empty()).then(|| format!("protocol {protocol} goes with {offered}, not with {unusable}"))
    }
}

/// What `written` speaks.
fn protocol(written: &GatewayListener) -> Result<Protocol, Fault> {
    let refused = |reason, message| Err(Fault { reason, message, is_conflict: false });
    if !(1..=u32::from(u16::MAX)).contains(&written.port) {
        return refused("PortUnavailable", format!("{} is not a port between 1 and 65535", written.port));
    }
    let mode = written.tls.unwrap_or_default().mode;
    match (written.protocol.as_str(), mode) {
        ("HTTP", _) => Ok(Protocol::Http),
        ("TCP", _) => Ok(Protocol::L4(L4Protocol::Tcp)),
        ("TLS", TlsMode::Passthrough) => Ok(Protocol::L4(L4Protocol::TlsPassthrough)),
        ("TLS", TlsMode::Terminate) => {
            let message = "protocol `TLS` is served in mode Passthrough only";
            refused("UnsupportedProtocol", message.to_owned())
        }
        (other, _) => refused("UnsupportedProtocol", format!("protocol `{other}` is not served")),
    }
}

/// Takes listeners out of service that nothing tells apart: no one of them may win (Gateway API, distinct listeners).
/// All Gateways share one address here, so that a port has one protocol. Listeners of two Gateways with the same protocol
/// and hostname share their routes instead, as two Gateways would answer on an address each.
fn mark_conflicts(sockets: &mut [Socket<'_>]) {
    let mut ports: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (place, socket) in sockets.iter().enumerate().filter(|(_, socket)| socket.service.is_ok()) {
        ports.entry(socket.port).or_default().push(place);
    }
    for (port, places) in ports.into_iter().filter(|(_, places)| places.len() > 1) {
        let faults: Vec<_> = places.iter().map(|place| conflict(*place, &places, sockets, port)).collect();
        for (place, fault) in places.into_iter().zip(faults) {
            if let Some(fault) = fault {
                sockets[place].service = Err(fault);
            }
        }
    }
}

/// What the listener at `place` is in conflict with, among those of its port.
fn conflict(place: usize, places: &[usize], sockets: &[Socket<'_>], port: u16) -> Option<Fault> {
    let own = &sockets[place];
    let protocol = own.service.as_ref().ok()?;
    let fault = |reason, message| Some(Fault { reason, message, is_conflict: true });
    for other in places.iter().filter(|other| **other != place).map(|other| &sockets[*other]) {
        let name = format!("listener {} of Gateway {}", other.written.name, other.gateway);
        let Ok(spoken) = &other.service else { continue };
        if spoken != protocol {
            return fault("ProtocolConflict", format!("{name} has protocol {} on port {port}", other.written.protocol));
        }
        let shared = own.gateway != other.gateway && *protocol != Protocol::L4(L4Protocol::Tcp);
        if own.hostname == other.hostname && !shared {
            return fault("HostnameConflict", format!("{name} has the same port, protocol and hostname"));
        }
    }
    None
}

/// Whether `written` names `kind`.
fn means(written: &RouteGroupKind, kind: RouteKind) -> bool {
    written.kind == kind.to_string() && written.group.as_deref().unwrap_or(GATEWAY_GROUP) == GATEWAY_GROUP
}
