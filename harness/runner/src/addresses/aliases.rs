//! Documented addresses on loopback and back, those included that no fake workload has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use sextant_fake_vms::{AddressPlan, Lease, LeaseError};

/// An address that no block of aliases has, and where nobody listens.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 255, 255, 254));

/// The real address of every documented one, for subjects that cannot dial through the plan.
///
/// An address without a fake workload gets an alias where nobody listens: connections are refused there, as they are by a
/// machine without a listener, and cannot leave this one.
#[derive(Debug)]
pub struct Aliases {
    plan: Arc<AddressPlan>,
    nobody: Lease,
    /// Which documented address each alias of `nobody` stands for.
    stands_for: Mutex<HashMap<IpAddr, IpAddr>>,
}

impl Aliases {
    /// Aliases for what `plan` holds, and for anything else.
    ///
    /// # Errors
    /// When there are no addresses to lease.
    pub fn new(plan: Arc<AddressPlan>) -> Result<Self, LeaseError> {
        Ok(Self { plan, nobody: Lease::take()?, stands_for: Mutex::default() })
    }

    /// The plan behind it.
    pub fn plan(&self) -> &Arc<AddressPlan> {
        &self.plan
    }

    /// The address that a documented one really is: the workloads' own, if it has one.
    pub fn alias(&self, documented: IpAddr) -> IpAddr {
        let planned = self.plan.entries().into_iter().find(|(known, _)| known.ip() == documented);
        planned.map_or_else(|| self.nobodys(documented), |(_, actual)| actual.ip())
    }

    /// Where a documented address and port really are. Without a workload there it is a port where nobody listens.
    pub fn actual(&self, documented: SocketAddr) -> SocketAddr {
        let planned = self.plan.actual(documented);
        planned.unwrap_or_else(|| SocketAddr::new(self.nobodys(documented.ip()), documented.port()))
    }

    /// The documented address that `actual` stands for; itself when it stands for none. An IPv4 address in the form of
    /// IPv6 (RFC 4291, 2.5.5.2), as DNS gives aliases where IPv6 is asked for, counts as the IPv4 address.
    pub fn documented(&self, actual: SocketAddr) -> SocketAddr {
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

    fn nobodys(&self, documented: IpAddr) -> IpAddr {
        let alias = self.nobody.alias(documented).unwrap_or(NOBODY);
        self.stands_for.lock().unwrap_or_else(PoisonError::into_inner).insert(alias, documented);
        alias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn aliases() -> Aliases {
        let plan = AddressPlan::fixed([(socket("1.1.1.1:80"), socket("127.9.9.1:10080"))]);
        Aliases::new(Arc::new(plan)).unwrap()
    }

    #[test]
    fn a_workloads_address_is_where_the_plan_has_it_and_comes_back() {
        let aliases = aliases();
        assert_eq!(aliases.alias("1.1.1.1".parse().unwrap()), socket("127.9.9.1:0").ip());
        assert_eq!(aliases.actual(socket("1.1.1.1:80")), socket("127.9.9.1:10080"));
        assert_eq!(aliases.documented(socket("127.9.9.1:10080")), socket("1.1.1.1:80"));
        assert_eq!(aliases.documented(socket("[::ffff:127.9.9.1]:10080")), socket("1.1.1.1:80"));
        assert_eq!(aliases.documented(socket("127.9.9.1:7")), socket("1.1.1.1:7"), "a port without a workload");
    }

    #[test]
    fn an_address_that_nobody_has_is_a_loopback_address_that_refuses() {
        let aliases = aliases();
        let actual = aliases.actual(socket("9.9.9.9:80"));
        assert!(actual.ip().is_loopback(), "{actual}");
        assert_eq!(aliases.documented(actual), socket("9.9.9.9:80"));
        let error = std::net::TcpStream::connect((actual.ip(), 21_999)).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
        assert_eq!(aliases.documented(socket("127.0.0.1:80")), socket("127.0.0.1:80"), "it stands for nothing");
    }
}
