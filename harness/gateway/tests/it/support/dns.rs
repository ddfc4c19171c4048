//! The fake DNS, with answers written as in a zone file.

use std::net::SocketAddr;

use sextant_fake_dns::{FakeDns, Name, Options, QueryType, Zone};

/// A running server, on an address that only this test process uses.
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    server: FakeDns,
}

impl Dns {
    pub(crate) async fn start() -> Self {
        let [.., high, low] = std::process::id().to_be_bytes();
        let options = Options { bind: ([127, 54, high, low], 0).into(), ..Options::default() };
        let server = FakeDns::start(options).await.unwrap();
        Self { address: server.addr(), server }
    }

    /// From now on, `answer`, such as `{ rcode: SERVFAIL }`, is said about `name`; NXDOMAIN about a name that was never set.
    pub(crate) fn set(&self, name: &str, answer: &str) {
        self.server.set(Zone::from_yaml("answer", &format!("{name}: [{answer}]")).unwrap());
    }

    /// How often `name` was asked for, by type.
    pub(crate) fn questions(&self, name: &str, record_type: QueryType) -> usize {
        let name: Name = name.parse().unwrap();
        let asked = self.server.journal().entries();
        asked.iter().filter(|query| query.name == name && query.record_type == record_type).count()
    }
}

/// The answer with these addresses, in this order.
pub(crate) fn found(addresses: &[&str]) -> String {
    let record = |address: &&str| format!("'{} {address}'", if address.contains(':') { "AAAA" } else { "A" });
    format!("{{ records: [{}] }}", addresses.iter().map(record).collect::<Vec<_>>().join(", "))
}
