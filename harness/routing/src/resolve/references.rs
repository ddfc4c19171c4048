//! What a backendRef resolves to (K-110 to K-122), with the status that a control plane writes.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::iter::once;

use sextant_resources::{BackendRef, Hostname, ObjectKey, ReferenceGrant, ResourceSet};

use super::backends::{absence, hosts, is_hidden};
use super::scope::reads_istio;
use super::services::{EXTERNAL_NAME, service_host};
use crate::{Backend, BackendIndex, BackendKind, Backends, Options, RouteKind, Semantics, Target, Unresolved};

/// API group of ServiceEntry and Hostname.
pub(crate) const ISTIO_GROUP: &str = "networking.istio.io";
/// API group of Gateway and the routes.
pub(crate) const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";

/// Finds backends by reference.
pub(crate) struct References<'a> {
    resources: &'a ResourceSet,
    options: &'a Options,
    semantics: &'a Semantics,
    /// Places of a host's backends, the ServiceEntry that wins first (K-114, K-116).
    by_host: HashMap<Hostname, Vec<BackendIndex>>,
    /// Namespaces and hosts of all declarations, in sight or not, also of those whose ports make no backend.
    declared: HashSet<(&'a str, Hostname)>,
    backends: &'a Backends,
}

/// A backend, and what the status says against the reference to it.
struct Found {
    index: BackendIndex,
    complaint: Option<Unresolved>,
}

/// A reference with its defaults filled in.
struct Wanted<'r> {
    group: &'r str,
    kind: &'r str,
    name: &'r str,
    /// As written.
    namespace: Option<&'r str>,
    /// 0 when absent, which no port is (K-113).
    port: u32,
}

impl<'a> References<'a> {
    /// An index over `backends`.
    pub(crate) fn new(resources: &'a ResourceSet, options: &'a Options, backends: &'a Backends) -> Self {
        let semantics = options.semantics();
        let by_host = by_host(resources, options, backends);
        let declared =
            if semantics.hostname_in_route_namespace { declared(resources, options) } else { HashSet::new() };
        Self { resources, options, semantics, by_host, declared, backends }
    }

    /// What `reference` of a route of this kind in `namespace` resolves to, and what the status says against it all the
    /// same.
    pub(crate) fn resolve(
        &self,
        route: RouteKind,
        namespace: &str,
        reference: &BackendRef,
    ) -> (Target, Option<Unresolved>) {
        let wanted = Wanted {
            group: reference.group.as_deref().unwrap_or(""),
            kind: reference.kind.as_deref().unwrap_or("Service"),
            name: &reference.name,
            namespace: reference.namespace.as_deref(),
            port: reference.port.unwrap_or(0),
        };
        let allowed = self.check_grant(route, namespace, &wanted);
        match allowed.and_then(|()| self.find(namespace, &wanted)) {
            Ok(Found { index, complaint }) => (Target::Backend(index), complaint),
            Err(unresolved) => (Target::Unresolved(unresolved), None),
        }
    }

    fn find(&self, from: &str, wanted: &Wanted<'_>) -> Result<Found, Unresolved> {
        match (wanted.group, wanted.kind) {
            (ISTIO_GROUP, _) if !reads_istio(self.options) => Err(self.unknown_kind(wanted)),
            (ISTIO_GROUP, "ServiceEntry") if self.semantics.service_entry_refs => self.service_entry(from, wanted),
            (ISTIO_GROUP, "Hostname") => self.hostname(from, wanted),
            ("", "Service") => self.service(from, wanted),
            _ => Err(self.unknown_kind(wanted)),
        }
    }

    /// K-118: a reference into another namespace needs a grant there, whether or not its target exists.
    fn check_grant(&self, route: RouteKind, from: &str, wanted: &Wanted<'_>) -> Result<(), Unresolved> {
        let Some(to) = wanted.namespace.filter(|to| *to != from) else { return Ok(()) };
        let enforced = self.options.settings.enforce_reference_grants;
        // I-172: under Istio a Hostname with a namespace is a mistake that no grant mends.
        let hopeless = self.semantics.strict_refs && wanted.kind == "Hostname";
        let start = ObjectKey::new(to, "");
        let grants = self.resources.reference_grants.range(start..).take_while(|(key, _)| &*key.namespace == to);
        if !enforced || hopeless || grants.into_iter().any(|(_, grant)| permits(&grant.body, route, from, wanted)) {
            return Ok(());
        }
        let Wanted { group, kind, name, .. } = wanted;
        Err(Unresolved {
            help: format!(
                "namespace {to} needs a ReferenceGrant from {route} of namespace {from} to {kind} {name} (group `{group}`)"
            ),
            ..refused("RefNotPermitted", "missing reference grant".to_owned(), "K-118")
        })
    }

    /// K-110, K-113.
    fn service_entry(&self, from: &str, wanted: &Wanted<'_>) -> Result<Found, Unresolved> {
        let key = ObjectKey::new(wanted.namespace.unwrap_or(from), wanted.name);
        let subject = format!("ServiceEntry {key}");
        self.with_port(&self.declared_by(BackendKind::ServiceEntry, &key), wanted.port, &subject).map_err(
            |mut unresolved| {
                if let Some(reason) = absence(&key, self.resources, self.options) {
                    unresolved.help = reason.to_owned();
                }
                unresolved
            },
        )
    }

    /// K-111, K-112, K-115, K-116; under Istio I-172, I-173.
    fn hostname(&self, from: &str, wanted: &Wanted<'_>) -> Result<Found, Unresolved> {
        let (name, port) = (wanted.name, wanted.port);
        if self.semantics.strict_refs {
            let problem = match (wanted.namespace, port) {
                (Some(_), _) => "namespace may not be set for a Hostname",
                (None, 0) => "port is required",
                (None, _) => "",
            };
            if !problem.is_empty() {
                return Err(refused(INVALID_DESTINATION, problem.to_owned(), "I-172"));
            }
        }
        if let Some(namespace) = wanted.namespace {
            return Err(Unresolved {
                help: "a Hostname reference finds every namespace, and only without `namespace`; leave it out"
                    .to_owned(),
                ..refused("BackendNotFound", format!("Hostname {namespace}/{name} not found"), "K-112")
            });
        }
        let host = Hostname::new(name);
        if self.semantics.hostname_in_route_namespace {
            let declared = self.declared.contains(&(from, host.clone()));
            return self.visible(&host, port, declared, &format!("Hostname /{name}"));
        }
        let candidates = self.by_host.get(&host).map_or(&[][..], Vec::as_slice);
        self.with_port(candidates, port, &format!("Hostname /{name}"))
    }

    /// I-173, I-174, I-186: what is not `declared` where it should be is reported as not found, and yet served when the
    /// gateway sees the host; what is declared and not seen is not reported, and not served.
    fn visible(&self, host: &Hostname, port: u32, declared: bool, subject: &str) -> Result<Found, Unresolved> {
        let candidates = self.by_host.get(host).map_or(&[][..], Vec::as_slice);
        let unseen = Unresolved {
            help: "the gateway's namespace sees no declaration of this host with a port that it can serve; look at the exportTo, and whether there are other ports than UDP ones"
                .to_owned(),
            reported: false,
            ..refused("BackendNotFound", format!("{subject} is not visible to the gateway"), "I-186")
        };
        let found = match candidates {
            [] => Err(unseen),
            _ => self.with_port(candidates, port, subject),
        };
        if declared {
            return found;
        }
        let complaint = refused("BackendNotFound", format!("backend({host}) not found"), "I-173");
        let Ok(found) = found else { return Err(complaint) };
        Ok(Found { complaint: Some(complaint), ..found })
    }

    /// The first of `backends` with `port`.
    fn with_port(&self, backends: &[BackendIndex], port: u32, subject: &str) -> Result<Found, Unresolved> {
        if let Some(index) = backends.iter().find(|index| u32::from(self.at(**index).port) == port) {
            return Ok(Found { index: *index, complaint: None });
        }
        let mut defined: Vec<_> = backends.iter().map(|index| self.at(*index).port).collect();
        defined.sort_unstable();
        defined.dedup();
        let listed = defined.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        Err(match (port, defined.is_empty()) {
            (_, true) => refused("BackendNotFound", format!("{subject} not found"), "K-121"),
            (0, false) => Unresolved {
                help: format!("a backendRef needs a port; defined: {listed}"),
                ..refused("BackendNotFound", format!("{subject} not found"), "K-113")
            },
            (_, false) => Unresolved {
                help: format!("defined: {listed}"),
                reported: !self.semantics.unchecked_ports,
                ..refused("BackendNotFound", format!("{subject} found, but port {port} not defined"), "K-121")
            },
        })
    }

    /// A Service by name; under Istio I-173, I-175, I-176.
    fn service(&self, from: &str, wanted: &Wanted<'_>) -> Result<Found, Unresolved> {
        let key = ObjectKey::new(wanted.namespace.unwrap_or(from), wanted.name);
        if self.semantics.strict_refs {
            if wanted.name.contains('.') {
                let message = format!("service name `{}` is a hostname; use kind Hostname for it", wanted.name);
                return Err(refused(INVALID_DESTINATION, message, "I-176"));
            }
            if wanted.port == 0 {
                return Err(refused(INVALID_DESTINATION, "port is required".to_owned(), "I-175"));
            }
            let host = service_host(&key, &self.options.settings.cluster_domain);
            let declared = self.resources.services.contains_key(&key);
            return self.visible(&host, wanted.port, declared, &format!("Service {key}"));
        }
        self.with_port(&self.declared_by(BackendKind::Service, &key), wanted.port, &format!("Service {key}"))
    }

    fn unknown_kind(&self, wanted: &Wanted<'_>) -> Unresolved {
        let known = if self.semantics.service_entry_refs { "ServiceEntry and Hostname" } else { "Hostname" };
        let Wanted { group, kind, .. } = wanted;
        Unresolved {
            help: format!("{kind} of group `{group}` is no backend here; group `{ISTIO_GROUP}` offers {known}"),
            ..refused("InvalidKind", "unknown backend kind".to_owned(), "K-121")
        }
    }

    fn declared_by(&self, kind: BackendKind, key: &ObjectKey) -> Vec<BackendIndex> {
        self.backends.declared(kind, key).collect()
    }

    fn at(&self, index: BackendIndex) -> &crate::BackendId {
        &self.backends[index].id
    }
}

/// Reason of a mistake that withdraws the whole route (I-179).
pub(crate) const INVALID_DESTINATION: &str = "InvalidDestination";

fn refused(reason: &'static str, message: String, rule: &'static str) -> Unresolved {
    Unresolved { reason, message, rule, help: String::new(), reported: true }
}

/// Who declares which host: every ServiceEntry and Service (I-173).
fn declared<'a>(resources: &'a ResourceSet, options: &Options) -> HashSet<(&'a str, Hostname)> {
    let entries = resources.service_entries.values();
    let entries = entries.flat_map(|entry| hosts(entry).into_iter().map(|host| (&*entry.key.namespace, host)));
    let services = resources.services.keys();
    let services = services.map(|key| (&*key.namespace, service_host(key, &options.settings.cluster_domain)));
    entries.chain(services).collect()
}

/// Backends by host. K-115: under kgateway every host of a ServiceEntry is an alias of all of its backends, so that the
/// first host's serves; otherwise each host has its own.
fn by_host(resources: &ResourceSet, options: &Options, backends: &Backends) -> HashMap<Hostname, Vec<BackendIndex>> {
    let semantics = options.semantics();
    if semantics.one_declaration_serves {
        return serving_by_host(backends);
    }
    let first_serves = semantics.first_host_serves;
    let mut entries: Vec<_> = resources.service_entries.values().filter(|entry| !is_hidden(entry, options)).collect();
    // An object that was never applied has no age: it counts as younger than all that have one.
    let age = |created: Option<jiff::Timestamp>| (created.is_none(), created);
    entries.sort_by(|a, b| {
        let older = age(a.meta.creation_timestamp).cmp(&age(b.meta.creation_timestamp));
        older.then_with(|| internal_order(&a.key, &b.key))
    });
    let mut by_host: HashMap<Hostname, Vec<BackendIndex>> = HashMap::new();
    for entry in entries {
        let own: Vec<_> = backends.declared(BackendKind::ServiceEntry, &entry.key).collect();
        for host in hosts(entry) {
            let serves = |index: &&BackendIndex| first_serves || backends[**index].id.host == host;
            let serving: Vec<_> = own.iter().filter(serves).copied().collect();
            by_host.entry(host).or_default().extend(serving);
        }
    }
    by_host
}

/// Backends by host where each host has one that serves a port (I-086). Services have theirs too (D-04). Of those that the
/// proxy never gets, only one that has the host to itself is found.
fn serving_by_host(backends: &Backends) -> HashMap<Hostname, Vec<BackendIndex>> {
    let mut by_host: HashMap<Hostname, Vec<BackendIndex>> = HashMap::new();
    let found = |backend: &Backend| backend.fault.as_ref().is_none_or(|fault| fault.rule == EXTERNAL_NAME);
    for (place, backend) in backends.iter().enumerate().filter(|(_, backend)| found(backend)) {
        by_host.entry(backend.id.host.clone()).or_default().push(BackendIndex(place));
    }
    by_host
}

/// K-114: ties are broken by the text `namespace/name:port_host`, which is not the order of the pair.
fn internal_order(a: &ObjectKey, b: &ObjectKey) -> Ordering {
    fn text(key: &ObjectKey) -> impl Iterator<Item = u8> + '_ {
        key.namespace.bytes().chain(once(b'/')).chain(key.name.bytes()).chain(once(b':'))
    }
    text(a).cmp(text(b))
}

fn permits(grant: &ReferenceGrant, route: RouteKind, from: &str, wanted: &Wanted<'_>) -> bool {
    let kind = route.to_string();
    let source = grant.spec.from.iter().any(|f| f.group == GATEWAY_GROUP && f.kind == kind && f.namespace == from);
    let named = |name: &Option<String>| name.as_deref().is_none_or(|name| name.is_empty() || name == wanted.name);
    source && grant.spec.to.iter().any(|to| to.group == wanted.group && to.kind == wanted.kind && named(&to.name))
}
