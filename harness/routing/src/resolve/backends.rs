//! ServiceEntries to backends (K-010 to K-037) and their endpoints (K-045 to K-060).

use std::cmp::Ordering;
use std::sync::Arc;

use sextant_resources::{Hostname, Object, ObjectKey, Resolution, ResourceSet, ServiceEntry, ServiceEntryPort};

use super::build::Builder;
use super::candidate::{Accepts, Address, Barrier, Candidate, Written, weight};
use super::placement::Placement;
use super::selection;
use super::workloads::{parse_bool, selector};
use crate::selector::selects;
use crate::{
    Backend, BackendFault, BackendId, BackendKind, BackendPort, Discovery, Endpoint, EndpointSource, Excluded,
    ExclusionReason, Options, Policy, UpstreamHttp,
};

/// What a ServiceEntry's endpoints are made of, the same for all of its hosts and ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Supply {
    Nothing,
    Inline(Accepts),
    Selected(Accepts),
    Hosts,
}

/// Whether a configured selector hides `entry` (K-005).
pub(crate) fn is_hidden(entry: &Object<ServiceEntry>, options: &Options) -> bool {
    options.settings.service_entry_exclusions.iter().any(|selector| selects(selector, &entry.meta.labels))
}

/// The hosts of `entry` in order, each once.
pub(crate) fn hosts(entry: &Object<ServiceEntry>) -> Vec<Hostname> {
    let mut hosts: Vec<_> = entry.body.spec.hosts.iter().map(|host| Hostname::new(host)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// The usable ports of `entry` by number; of several with one number the first counts (K-053).
pub(crate) fn ports(entry: &Object<ServiceEntry>) -> Vec<(u16, &ServiceEntryPort)> {
    let number = |port: &ServiceEntryPort| u16::try_from(port.number).ok().filter(|number| *number > 0);
    let mut ports: Vec<_> = entry.body.spec.ports.iter().filter_map(|port| Some((number(port)?, port))).collect();
    ports.sort_by_key(|(number, _)| *number);
    ports.dedup_by_key(|(number, _)| *number);
    ports
}

impl Builder<'_> {
    /// The backends of `entry` before they are finished, ordered by host and port.
    pub(crate) fn service_entry(&self, entry: &Arc<Object<ServiceEntry>>) -> Vec<Backend> {
        let none = entry.body.spec.resolution == Resolution::None && !self.given.semantics.none_is_a_backend;
        if none || is_hidden(entry, self.given.options) {
            return Vec::new();
        }
        let (supply, discovery) = self.supply(entry);
        let hosts = hosts(entry);
        let pool = Pool::new(self, entry, supply, &hosts);
        let fault = self.fault(entry);
        // Under most rules every host of a port has the same endpoints: they are made once and cloned
        // for all but the last.
        let shared = supply != Supply::Hosts || self.given.semantics.all_hosts_in_each_backend;
        let mut ports = ports(entry);
        let without_udp = self.given.semantics.udp_is_no_backend;
        ports.retain(|(_, port)| !(without_udp && port.protocol.eq_ignore_ascii_case("UDP")));
        let mut made: Vec<_> = match shared {
            true => ports.iter().map(|(_, port)| pool.endpoints(port, None, self)).collect(),
            false => Vec::new(),
        };
        let mut backends = Vec::with_capacity(hosts.len() * ports.len());
        for (left, host) in (0..hosts.len()).rev().zip(&hosts) {
            for (place, (number, port)) in ports.iter().enumerate() {
                let (endpoints, excluded) = match made.get_mut(place) {
                    Some(made) if left == 0 => std::mem::take(made),
                    Some(made) => made.clone(),
                    None => pool.endpoints(port, Some(host), self),
                };
                backends.push(Backend {
                    id: BackendId {
                        kind: BackendKind::ServiceEntry,
                        service_entry: entry.key.clone(),
                        host: host.clone(),
                        port: *number,
                    },
                    port: BackendPort { number: *number, name: port.name.clone(), protocol: port.protocol.clone() },
                    resolution: entry.body.spec.resolution,
                    discovery,
                    upstream: upstream(&port.protocol, self.given.semantics.app_protocols),
                    endpoints,
                    excluded,
                    policy: Policy::default(),
                    fault: fault.clone(),
                });
            }
        }
        backends
    }

    /// Where endpoints come from (K-030 to K-037, D-08 to D-10, D-13, D-14).
    fn supply(&self, entry: &Object<ServiceEntry>) -> (Supply, Discovery) {
        let spec = &entry.body.spec;
        let selected = self.has_selector(entry);
        let dns = |discovery| match (selected && self.given.semantics.selector_for_dns, spec.endpoints.is_empty()) {
            (true, _) => (Supply::Selected(Accepts::Names), discovery),
            (false, false) => (Supply::Inline(Accepts::Names), discovery),
            (false, true) => (Supply::Hosts, discovery),
        };
        match spec.resolution {
            Resolution::Dns if self.races(entry) => dns(Discovery::LogicalDns),
            Resolution::Dns => dns(Discovery::Dns),
            Resolution::DnsRoundRobin => dns(Discovery::LogicalDns),
            // I-107, I-108: only a proxy with a filter for it can look up the host of the request.
            Resolution::DynamicDns
                if self.given.semantics.dynamic_dns && self.given.options.settings.dynamic_forward_proxy =>
            {
                (Supply::Nothing, Discovery::DynamicDns)
            }
            Resolution::DynamicDns => (Supply::Nothing, Discovery::None),
            Resolution::Static | Resolution::None if selected => (Supply::Selected(Accepts::Ip), Discovery::Workloads),
            Resolution::None if spec.endpoints.is_empty() => (Supply::Nothing, Discovery::None),
            Resolution::Static | Resolution::None => (Supply::Inline(Accepts::Ip), Discovery::Inline),
        }
    }

    pub(crate) fn has_selector(&self, entry: &Object<ServiceEntry>) -> bool {
        selector(entry).is_some_and(|labels| !labels.is_empty() || self.given.semantics.empty_selector_selects_all)
    }

    /// I-013: the first address to take a connection counts, so that there is one at a time.
    fn races(&self, entry: &Object<ServiceEntry>) -> bool {
        let strategy = entry.meta.annotations.get("istio.io/connect-strategy");
        self.given.semantics.connect_strategy && strategy.is_some_and(|strategy| strategy == "RACE_FIRST_TCP_CONNECT")
    }

    /// K-020: an annotation that is not a boolean withholds the backend.
    fn fault(&self, entry: &Object<ServiceEntry>) -> Option<BackendFault> {
        const AUTO_MTLS: &str = "kgateway.dev/disable-istio-auto-mtls";
        let text = entry.meta.annotations.get(AUTO_MTLS).filter(|_| self.given.semantics.auto_mtls_annotation)?;
        parse_bool(text).is_none().then(|| BackendFault {
            rule: "K-020",
            message: format!("annotation {AUTO_MTLS} is `{text}`, which is not a boolean; write true or false"),
        })
    }
}

/// HTTP version spoken to endpoints: the whole protocol name counts, in any case; neither a prefix of it nor the port's
/// name does (K-017). `kubernetes.io/h2c` is such a name where `app_protocols` says so.
pub(crate) fn upstream(protocol: &str, app_protocols: bool) -> UpstreamHttp {
    let is = |name: &str| protocol.eq_ignore_ascii_case(name);
    let http2 = is("HTTP2") || is("GRPC") || is("grpc-web") || (app_protocols && is("kubernetes.io/h2c"));
    if http2 { UpstreamHttp::Http2 } else { UpstreamHttp::Http1 }
}

/// The candidates of one ServiceEntry.
struct Pool<'w> {
    accepts: Accepts,
    selected: Vec<&'w Candidate>,
    inline: Vec<Candidate>,
    hosts: Vec<Candidate>,
    /// Looked at, and no endpoint whatever the port.
    excluded: Vec<Excluded>,
}

impl<'w> Pool<'w> {
    fn new(builder: &Builder<'w>, entry: &Arc<Object<ServiceEntry>>, supply: Supply, hosts: &[Hostname]) -> Self {
        let mut pool = Self {
            accepts: Accepts::Ip,
            selected: Vec::new(),
            inline: Vec::new(),
            hosts: Vec::new(),
            excluded: Vec::new(),
        };
        match supply {
            Supply::Nothing => {}
            Supply::Inline(accepts) => {
                pool.accepts = accepts;
                let endpoints = entry.body.spec.endpoints.iter().enumerate();
                pool.inline = endpoints.map(|(i, e)| Candidate::inline(entry, i, e, &builder.given.placer)).collect();
            }
            Supply::Selected(accepts) => pool.accepts = accepts,
            Supply::Hosts => {
                pool.accepts = Accepts::Names;
                pool.hosts = hosts.iter().map(own_host).collect();
            }
        }
        pool.overruled(entry, supply);
        if builder.has_selector(entry) {
            let selection = selection::select(builder, entry);
            pool.excluded.extend(selection.excluded);
            match supply {
                Supply::Selected(_) => pool.selected = selection.workloads,
                _ => pool
                    .excluded
                    .extend(selection.workloads.iter().map(|candidate| ignored().on(&candidate.written.source()))),
            }
        }
        pool
    }

    /// Inline endpoints that do not count (K-037, K-022).
    fn overruled(&mut self, entry: &Object<ServiceEntry>, supply: Supply) {
        let barrier = match supply {
            Supply::Selected(_) => Barrier::new(
                ExclusionReason::SelectorWins,
                "K-037",
                "the ServiceEntry has a workloadSelector, so its inline endpoints do not count; keep one of the two",
            ),
            Supply::Nothing => Barrier::new(
                ExclusionReason::ResolutionTakesNone,
                "K-022",
                "this resolution takes no endpoints from the ServiceEntry; use STATIC or DNS",
            ),
            Supply::Inline(_) | Supply::Hosts => return,
        };
        let sources = (0..entry.body.spec.endpoints.len())
            .map(|index| EndpointSource::Inline { service_entry: entry.key.clone(), index });
        self.excluded.extend(sources.map(|source| barrier.on(&source)));
    }

    /// Endpoints on `port` in the order found, and everything that is none. Of the hosts only `host` counts when it is
    /// given.
    fn endpoints(
        &self,
        port: &ServiceEntryPort,
        host: Option<&Hostname>,
        builder: &Builder<'_>,
    ) -> (Vec<Endpoint>, Vec<Excluded>) {
        let (networks, semantics) = (&builder.networks, builder.given.semantics);
        let serves = |candidate: &&Candidate| match (&candidate.written, host) {
            (Written::Host(name), Some(host)) => name == host,
            _ => true,
        };
        let candidates = self.selected.iter().copied().chain(&self.inline).chain(self.hosts.iter().filter(serves));
        let mut endpoints = Vec::with_capacity(self.selected.len() + self.inline.len() + self.hosts.len());
        let mut excluded = self.excluded.clone();
        for candidate in candidates {
            if candidate.barrier.is_none() && networks.is_remote(&candidate.placement.network) {
                match networks.through(candidate, self.accepts) {
                    Ok(gateways) => endpoints.extend(gateways),
                    Err(barrier) => excluded.push(barrier.on(&candidate.written.source())),
                }
                continue;
            }
            match candidate.endpoint(port, self.accepts, semantics) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(reason) => excluded.push(reason),
            }
        }
        (endpoints, excluded)
    }
}

/// The order of listings (explain-contract); the source makes it total.
pub(crate) fn endpoint_order(a: &Endpoint, b: &Endpoint) -> Ordering {
    let localities = || match Arc::ptr_eq(&a.locality, &b.locality) {
        true => Ordering::Equal,
        false => a.locality.cmp(&b.locality),
    };
    let places = || (&a.address, a.port, &a.source).cmp(&(&b.address, b.port, &b.source));
    a.priority.cmp(&b.priority).then_with(localities).then_with(places)
}

/// K-045: a ServiceEntry's host as an endpoint. It has no labels, locality or network (K-066).
fn own_host(host: &Hostname) -> Candidate {
    Candidate {
        written: Written::Host(host.clone()),
        address: Address::parse(host.as_str()),
        placement: Placement { labels: Default::default(), locality: Default::default(), network: String::new() },
        weight: weight(1),
        sockets: None,
        has_identity: false,
        barrier: None,
    }
}

fn ignored() -> Barrier {
    Barrier::new(
        ExclusionReason::SelectorIgnored,
        "K-036",
        "a workloadSelector counts only under resolution STATIC; use STATIC to send traffic to selected workloads",
    )
}

/// Key of a ServiceEntry that is hidden or makes no backend, with the reason, for messages about references to it.
pub(crate) fn absence(key: &ObjectKey, resources: &ResourceSet, options: &Options) -> Option<&'static str> {
    let entry = resources.service_entries.get(key)?;
    if is_hidden(entry, options) {
        return Some("the ServiceEntry exists, but a configured selector excludes it (K-005)");
    }
    let none = entry.body.spec.resolution == Resolution::None && !options.semantics().none_is_a_backend;
    none.then_some(
        "the ServiceEntry exists, but resolution NONE (also the default) makes no backend (K-011); use STATIC or DNS",
    )
}
