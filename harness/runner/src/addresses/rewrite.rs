//! Manifests with real addresses and ports instead of the documented ones; pure.
//!
//! What is changed is where traffic is sent *to*: addresses of endpoints, pods, slices and services, and the ports dialled
//! there. What clients and routes name (hosts, ports of a ServiceEntry or a Service, listeners) stays. Of the ports only
//! those change that this machine could not bind, all endpoints alike, so that names in DNS lead to the right port too.
//! A block of addresses (`240.240.0.0/16`) stays: nobody dials a block.

mod fields;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use fields::{ADDRESSES, PORTS, visit};

/// The ports that moved: documented port to real port, for those that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedPorts(BTreeMap<u16, u16>);

/// What manifests with real addresses cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Inexpressible {
    /// An alias is of the other family, so that lists of IPv6 addresses would hold IPv4 ones.
    // Without the alias, which differs from run to run.
    #[error("{documented} is an IPv6 address, and what stands for it here is not; `--addresses netns` has it as it is")]
    Family {
        /// The documented address.
        documented: IpAddr,
        /// Its alias.
        actual: IpAddr,
    },
    /// One documented port is at several real ones, but names, pods and slices give all their endpoints one port.
    #[error(
        "port {port} of {} is port {} here, and that of {} is port {}: manifests cannot say so; run as root, allow low ports \
         (sysctl net.ipv4.ip_unprivileged_port_start=0), or use `--addresses netns`",
        .one.0, .one.1, .other.0, .other.1
    )]
    ScatteredPort {
        /// The documented port.
        port: u16,
        /// A documented address with it, and the real port.
        one: (IpAddr, u16),
        /// Another.
        other: (IpAddr, u16),
    },
    /// Two documented addresses are one address here, so that pods or slices could not be told apart.
    #[error("{one} and {other} are both {actual} here: this system has no further loopback addresses")]
    OneAddress {
        /// A documented address.
        one: IpAddr,
        /// Another.
        other: IpAddr,
        /// What both really are.
        actual: IpAddr,
    },
    /// A host that is an address is both what clients ask for and what is dialled.
    #[error(
        "the host {host} of {object} is an address, which clients name and which is dialled: it cannot be both here"
    )]
    AddressAsHost {
        /// The host.
        host: String,
        /// The object, as `ServiceEntry namespace/name`.
        object: String,
    },
    /// The client names the port that is dialled.
    #[error(
        "clients of {object} name the port that is dialled, and port {port} is port {actual} here; run as root, allow low \
         ports (sysctl net.ipv4.ip_unprivileged_port_start=0), or use `--addresses netns`"
    )]
    ClientsPort {
        /// The object, as `ServiceEntry namespace/name`.
        object: String,
        /// The documented port.
        port: u16,
        /// The real one.
        actual: u16,
    },
}

impl MovedPorts {
    /// The ports that moved in a plan of these pairs of documented and real address.
    ///
    /// # Errors
    /// A plan that manifests and DNS cannot express: [`Inexpressible::Family`], [`Inexpressible::OneAddress`],
    /// [`Inexpressible::ScatteredPort`].
    pub fn of(plan: &[(SocketAddr, SocketAddr)]) -> Result<Self, Inexpressible> {
        let mut places: BTreeMap<u16, (IpAddr, u16)> = BTreeMap::new();
        let mut real: BTreeMap<IpAddr, IpAddr> = BTreeMap::new();
        for &(documented, actual) in plan {
            same_family(documented.ip(), actual.ip())?;
            let known = *real.entry(actual.ip()).or_insert_with(|| documented.ip());
            if known != documented.ip() {
                return Err(Inexpressible::OneAddress { one: known, other: documented.ip(), actual: actual.ip() });
            }
            let (port, here) = (documented.port(), (documented.ip(), actual.port()));
            let one = *places.entry(port).or_insert(here);
            if one.1 != here.1 {
                return Err(Inexpressible::ScatteredPort { port, one, other: here });
            }
        }
        let moved = places.into_iter().map(|(port, (_, actual))| (port, actual));
        Ok(Self(moved.filter(|(documented, actual)| documented != actual).collect()))
    }

    /// Where a documented port is; `None` when it is where it says.
    pub fn actual(&self, documented: u16) -> Option<u16> {
        self.0.get(&documented).copied()
    }

    /// The documented port that `actual` stands for, if it is one that moved.
    pub fn documented(&self, actual: u16) -> Option<u16> {
        self.0.iter().find(|(_, moved)| **moved == actual).map(|(documented, _)| *documented)
    }
}

/// `manifest`, with what `alias` says for every documented address and `moved` for every port.
///
/// Kinds and fields that cannot hold an address to dial stay as they are. What is not the right type (an address that is a
/// number) stays too: it is for the subject to refuse.
///
/// # Errors
/// The first part that cannot be expressed.
pub fn rewrite(
    mut manifest: Value,
    moved: &MovedPorts,
    alias: impl Fn(IpAddr) -> IpAddr,
) -> Result<Value, Inexpressible> {
    let kind = manifest["kind"].as_str().unwrap_or_default().to_owned();
    if kind == "ServiceEntry" {
        service_entry(&mut manifest, moved)?;
    } else if kind == "Service" {
        state_target_ports(&mut manifest, moved);
    }
    for (_, path) in ADDRESSES.iter().filter(|(of, _)| *of == kind) {
        visit(&mut manifest, path, &mut |value| address(value, &alias))?;
    }
    for (_, path) in PORTS.iter().filter(|(of, _)| *of == kind) {
        visit(&mut manifest, path, &mut |value| {
            if let Some(actual) = port(value).and_then(|port| moved.actual(port)) {
                *value = json!(actual);
            }
            Ok(())
        })?;
    }
    Ok(manifest)
}

fn port(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|port| u16::try_from(port).ok())
}

/// An address, or the block of a single one.
fn address(value: &mut Value, alias: &impl Fn(IpAddr) -> IpAddr) -> Result<(), Inexpressible> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let single = text.strip_suffix("/32").map(|ip| (ip, "/32"));
    let (ip, suffix) = single.or_else(|| Some((text.strip_suffix("/128")?, "/128"))).unwrap_or((text, ""));
    let Ok(documented) = ip.parse::<IpAddr>() else { return Ok(()) };
    let actual = alias(documented);
    same_family(documented, actual)?;
    *value = json!(format!("{actual}{suffix}"));
    Ok(())
}

fn same_family(documented: IpAddr, actual: IpAddr) -> Result<(), Inexpressible> {
    let is_same = actual.is_ipv4() == documented.is_ipv4();
    if is_same { Ok(()) } else { Err(Inexpressible::Family { documented, actual }) }
}

/// What only a ServiceEntry as a whole can say: hosts that are dialled, and the port that is dialled when none is given.
fn service_entry(manifest: &mut Value, moved: &MovedPorts) -> Result<(), Inexpressible> {
    let spec = &manifest["spec"];
    let is_empty = |field: &str| spec[field].as_array().is_none_or(Vec::is_empty);
    let resolution = spec["resolution"].as_str().unwrap_or("NONE");
    if resolution.contains("DNS") && is_empty("endpoints") && spec["workloadSelector"].is_null() {
        let hosts = spec["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(host) = hosts.into_iter().find(|host| host.parse::<IpAddr>().is_ok()) {
            return Err(Inexpressible::AddressAsHost { host: host.to_owned(), object: named(manifest) });
        }
    }
    match resolution {
        // The client chose the address and the port; a gateway dials neither (I-021, K-013).
        "NONE" => Ok(()),
        "DYNAMIC_DNS" => {
            let ports = spec["ports"].as_array().into_iter().flatten();
            let moves = ports.filter_map(|port| self::port(&port["number"]));
            match moves.filter_map(|port| Some((port, moved.actual(port)?))).next() {
                Some((port, actual)) => Err(Inexpressible::ClientsPort { object: named(manifest), port, actual }),
                None => Ok(()),
            }
        }
        _ => {
            state_target_ports(manifest, moved);
            Ok(())
        }
    }
}

/// Ports without a `targetPort` are dialled by their own number: one that moved has to be stated. The numbers themselves
/// stay, since routes name them.
fn state_target_ports(manifest: &mut Value, moved: &MovedPorts) {
    let Some(ports) = manifest.pointer_mut("/spec/ports").and_then(Value::as_array_mut) else { return };
    for entry in ports {
        let number = port(&entry["number"]).or_else(|| port(&entry["port"]));
        let is_unset = entry["targetPort"].is_null() || entry["targetPort"] == json!(0);
        if let Some(number) = number.filter(|number| is_unset && moved.actual(*number).is_some()) {
            // The documented port: it is moved with all others.
            entry["targetPort"] = json!(number);
        }
    }
}

fn named(manifest: &Value) -> String {
    let text = |field: &str| manifest["metadata"][field].as_str().unwrap_or_default();
    format!("{} {}/{}", manifest["kind"].as_str().unwrap_or_default(), text("namespace"), text("name"))
}

#[cfg(test)]
mod tests;
