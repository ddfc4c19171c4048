//! Asks the configured servers, and nobody else, for the addresses of a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ServerOrderingStrategy,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use sextant_resources::Hostname;

use super::Lookup;
use crate::{DnsFamily, DnsOptions};

/// A DNS client without cache, search domains, hosts file or system configuration. The library answers the special
/// names of RFC 6761 (`localhost`, `invalid`) itself, as it should; no server is asked about them.
#[derive(Clone)]
pub(crate) struct NameClient {
    resolver: TokioResolver,
    family: DnsFamily,
    /// Longest time that a query with its repetitions can take; a bound on the bound of the library.
    patience: Duration,
}

impl NameClient {
    /// A client of `servers`, which are the addresses to dial.
    pub(crate) fn new(servers: &[SocketAddr], options: &DnsOptions) -> Result<Self, NetError> {
        let servers = servers.iter().map(|&server| name_server(server)).collect();
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let settings = builder.options_mut();
        settings.cache_size = 0;
        settings.timeout = options.timeout;
        settings.attempts = options.retries;
        settings.use_hosts_file = ResolveHosts::Never;
        settings.num_concurrent_reqs = 1;
        settings.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
        settings.preserve_intermediates = true; // the TTL of an alias counts as well
        let tries = u32::try_from(options.retries).unwrap_or(u32::MAX).saturating_add(1);
        Ok(Self {
            resolver: builder.build()?,
            family: options.family,
            patience: options.timeout.saturating_mul(tries).saturating_add(Duration::from_secs(1)),
        })
    }

    /// Looks `name` up once, in the families configured (K-038).
    pub(crate) async fn lookup(&self, name: &Hostname) -> Lookup {
        let fully_qualified = match Name::from_ascii(format!("{name}.")) {
            Ok(name) => name,
            Err(error) => return Lookup::Failed(format!("not a DNS name: {error}")),
        };
        let ask = |record_type| self.ask(fully_qualified.clone(), record_type);
        match self.family {
            DnsFamily::V4Only => ask(RecordType::A).await,
            DnsFamily::V6Only => ask(RecordType::AAAA).await,
            DnsFamily::V4Preferred => ask(RecordType::A).await.or_else(|| ask(RecordType::AAAA)).await,
            DnsFamily::Auto => ask(RecordType::AAAA).await.or_else(|| ask(RecordType::A)).await,
            DnsFamily::All => {
                let (v4, v6) = futures::join!(ask(RecordType::A), ask(RecordType::AAAA));
                v4.and(v6)
            }
        }
    }

    async fn ask(&self, name: Name, record_type: RecordType) -> Lookup {
        match tokio::time::timeout(self.patience, self.resolver.lookup(name, record_type)).await {
            Ok(Ok(found)) => {
                let records = found.answers();
                let addresses: Vec<IpAddr> = records
                    .iter()
                    .filter_map(|record| match &record.data {
                        RData::A(a) => Some(IpAddr::V4(a.0)),
                        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
                        _ => None,
                    })
                    .collect();
                let ttl = records.iter().map(|record| record.ttl).min().unwrap_or_default();
                if addresses.is_empty() {
                    Lookup::NoData // an alias to a name without addresses
                } else {
                    Lookup::Addresses { addresses, ttl: Duration::from_secs(ttl.into()) }
                }
            }
            Ok(Err(error)) if error.is_nx_domain() => Lookup::NxDomain,
            Ok(Err(error)) if error.is_no_records_found() => Lookup::NoData,
            Ok(Err(error)) => Lookup::Failed(error.to_string()),
            Err(_) => Lookup::Failed(format!("no answer after {:?}", self.patience)),
        }
    }
}

impl Lookup {
    /// This one if it has addresses; otherwise the `other` one, unless that knows less.
    async fn or_else<F: Future<Output = Self>>(self, other: impl FnOnce() -> F) -> Self {
        match self {
            Self::Addresses { .. } => self,
            _ => self.and(other().await),
        }
    }

    /// Both families together: all addresses if there are any, a failure if one could have had some, else nothing.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Addresses { mut addresses, ttl }, Self::Addresses { addresses: more, ttl: other_ttl }) => {
                addresses.extend(more);
                Self::Addresses { addresses, ttl: ttl.min(other_ttl) }
            }
            (some @ Self::Addresses { .. }, _) | (_, some @ Self::Addresses { .. }) => some,
            (failed @ Self::Failed(_), _) | (_, failed @ Self::Failed(_)) => failed,
            (Self::NoData, _) | (_, Self::NoData) => Self::NoData,
            (Self::NxDomain, Self::NxDomain) => Self::NxDomain,
        }
    }
}

/// UDP, and TCP for answers that are too long for it, from a loopback socket if the server is on loopback: the
/// library's default would open every query's socket on all interfaces.
fn name_server(server: SocketAddr) -> NameServerConfig {
    let local = server.ip().is_loopback().then(|| match server.ip() {
        IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        IpAddr::V6(_) => SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
    });
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection.bind_addr = local;
        connection
    });
    NameServerConfig::new(server.ip(), true, connections.into())
}
