//! Which listeners take a route, and what its status says of it (Gateway API, route attachment).

use sextant_resources::{
    AllowedRoutes, FromNamespaces, HostnamePattern, Object, ObjectKey, ParentRef, ResourceSet, RouteNamespaces,
};

use super::conflicts::{Conflict, settle};
use super::listeners::Socket;
use super::references::{GATEWAY_GROUP, ISTIO_GROUP};
use crate::hostnames::intersect;
use crate::selector::selects;
use crate::{Condition, ParentStatus, RouteKind, Semantics};

/// What all kinds of route have in common.
pub(crate) struct Head<'a> {
    pub(crate) kind: RouteKind,
    pub(crate) key: &'a ObjectKey,
    pub(crate) created: Option<jiff::Timestamp>,
    pub(crate) parent_refs: &'a [ParentRef],
    /// Empty means every one of the listener.
    pub(crate) hostnames: Vec<HostnamePattern>,
}

/// A route as far as attachment goes.
pub(crate) struct Applicant<'a> {
    pub(crate) head: Head<'a>,
    /// `Accepted=False` in spite of the attachment: some rule has a mistake.
    pub(crate) fault: Option<Condition>,
    /// `ResolvedRefs`.
    pub(crate) resolved: Condition,
    /// A mistake takes all of its rules out of service (I-179).
    pub(crate) withdrawn: bool,
}

/// Where a route attaches by one parentRef.
pub(crate) struct Attachment {
    /// Places in the sockets that take it.
    pub(crate) sockets: Vec<usize>,
    /// Why none does; `None` as long as one does, and for a parent that has no listeners (I-184).
    pub(crate) refused: Option<Refusal>,
}

/// Reason and message of `Accepted=False`.
pub(crate) type Refusal = (&'static str, String);

impl<'a> Head<'a> {
    /// The head of `object`, which wants these parents and has these hostnames.
    pub(crate) fn new<T>(
        kind: RouteKind,
        object: &'a Object<T>,
        parent_refs: &'a [ParentRef],
        hostnames: &[String],
    ) -> Self {
        let hostnames = hostnames.iter().map(|hostname| HostnamePattern::new(hostname)).collect();
        Self { kind, key: &object.key, created: object.meta.creation_timestamp, parent_refs, hostnames }
    }
}

/// Attaches `applicants` and notes their places in the list at every socket that takes them. The result is the status of
/// each of them per parentRef, in the order written.
pub(crate) fn attach(
    applicants: &[Applicant<'_>],
    sockets: &mut [Socket<'_>],
    resources: &ResourceSet,
    semantics: &Semantics,
) -> Vec<Vec<ParentStatus>> {
    let by_parents = |applicant: &Applicant<'_>| -> Vec<Attachment> {
        let parents = applicant.head.parent_refs.iter();
        parents
            .map(|parent| match semantics.service_entry_parents && is_service_entry(parent) {
                true => in_mesh(&applicant.head, parent, resources),
                false => attachment(&applicant.head, parent, sockets, resources),
            })
            .collect()
    };
    let mut attachments: Vec<_> = applicants.iter().map(by_parents).collect();
    for Conflict { applicant, socket, message } in settle(applicants, &attachments, sockets) {
        for attachment in &mut attachments[applicant] {
            attachment.reject(socket, &message);
        }
    }
    let attached = applicants.iter().zip(attachments).enumerate();
    attached.map(|(place, (applicant, attachments))| note(place, applicant, attachments, sockets)).collect()
}

/// Notes the route at `place` at the sockets that take it.
fn note(
    place: usize,
    applicant: &Applicant<'_>,
    attachments: Vec<Attachment>,
    sockets: &mut [Socket<'_>],
) -> Vec<ParentStatus> {
    let mut taken: Vec<_> = attachments.iter().flat_map(|attachment| attachment.sockets.iter().copied()).collect();
    taken.sort_unstable();
    taken.dedup();
    for socket in taken {
        sockets[socket].attached += 1;
        if !applicant.withdrawn {
            sockets[socket].routes.push(place);
        }
    }
    let status = |(parent, attachment): (&ParentRef, Attachment)| {
        let accepted = match (attachment.refused, &applicant.fault) {
            (Some((reason, message)), _) => accepted(false, reason, message),
            (None, Some(fault)) => fault.clone(),
            (None, None) => accepted(true, "Accepted", String::new()),
        };
        ParentStatus { parent: parent.clone(), conditions: vec![accepted, applicant.resolved.clone()] }
    };
    applicant.head.parent_refs.iter().zip(attachments).map(status).collect()
}

fn accepted(status: bool, reason: &'static str, message: String) -> Condition {
    Condition { kind: "Accepted", status, reason, message }
}

impl Attachment {
    /// Takes the route away from `socket`; refused if no other has it.
    fn reject(&mut self, socket: usize, message: &str) {
        let before = self.sockets.len();
        self.sockets.retain(|taken| *taken != socket);
        if self.sockets.is_empty() && before > 0 {
            self.refused = Some(("HostnameConflict", message.to_owned()));
        }
    }
}

fn is_service_entry(parent: &ParentRef) -> bool {
    (parent.group.as_deref(), parent.kind.as_deref()) == (Some(ISTIO_GROUP), Some("ServiceEntry"))
}

/// I-184: a ServiceEntry that there is takes every route, for its clients in the mesh: no listener has to do with it.
fn in_mesh(route: &Head<'_>, parent: &ParentRef, resources: &ResourceSet) -> Attachment {
    let key = ObjectKey::new(parent.namespace.as_deref().unwrap_or(&route.key.namespace), parent.name.as_str());
    let missing = || ("NoMatchingParent", format!("ServiceEntry {key} not found"));
    let refused = (!resources.service_entries.contains_key(&key)).then(missing);
    Attachment { sockets: Vec::new(), refused }
}

fn attachment(route: &Head<'_>, parent: &ParentRef, sockets: &[Socket<'_>], resources: &ResourceSet) -> Attachment {
    match taking(route, parent, sockets, resources) {
        Ok(sockets) => Attachment { sockets, refused: None },
        Err(refusal) => Attachment { sockets: Vec::new(), refused: Some(refusal) },
    }
}

fn taking(
    route: &Head<'_>,
    parent: &ParentRef,
    sockets: &[Socket<'_>],
    resources: &ResourceSet,
) -> Result<Vec<usize>, Refusal> {
    let no_parent = |message: String| Err(("NoMatchingParent", message));
    let group = parent.group.as_deref().unwrap_or(GATEWAY_GROUP);
    let kind = parent.kind.as_deref().unwrap_or("Gateway");
    if (group, kind) != (GATEWAY_GROUP, "Gateway") {
        return no_parent(format!(
            "a route attaches to a Gateway of group {GATEWAY_GROUP}, not to {kind} of group `{group}`"
        ));
    }
    let key = ObjectKey::new(parent.namespace.as_deref().unwrap_or(&route.key.namespace), parent.name.as_str());
    if !resources.gateways.contains_key(&key) {
        return no_parent(format!("Gateway {key} not found"));
    }
    let start = sockets.partition_point(|socket| *socket.gateway < key);
    let end = sockets.partition_point(|socket| *socket.gateway <= key);
    let named = |socket: &Socket<'_>| {
        parent.section_name.as_ref().is_none_or(|name| name.is_empty() || *name == socket.written.name)
            && parent.port.is_none_or(|port| port == u32::from(socket.port))
            && socket.port > 0
    };
    let (mut places, mut refusals) = (Vec::new(), Vec::new());
    for place in (start..end).filter(|place| named(&sockets[*place])) {
        match refusal(&sockets[place], route, resources) {
            Some(reason) => refusals.push(reason),
            None => places.push(place),
        }
    }
    if places.is_empty() && refusals.is_empty() {
        return no_parent(format!("Gateway {key} has no listener {}", asked_for(parent)));
    }
    if places.is_empty() {
        return Err(("NotAllowedByListeners", refusals.join("; ")));
    }
    places.retain(|place| !common_hostnames(&route.hostnames, &sockets[*place].hostname).is_empty());
    if places.is_empty() {
        let hostnames: Vec<_> = route.hostnames.iter().map(ToString::to_string).collect();
        let message = format!("no listener of Gateway {key} serves {}", hostnames.join(", "));
        return Err(("NoMatchingListenerHostname", message));
    }
    Ok(places)
}

/// What a route with these `hostnames` serves at a listener with `hostname`; empty when nothing.
pub(crate) fn common_hostnames(hostnames: &[HostnamePattern], hostname: &HostnamePattern) -> Vec<HostnamePattern> {
    if hostnames.is_empty() {
        return vec![hostname.clone()];
    }
    hostnames.iter().filter_map(|own| intersect(hostname, own)).collect()
}

fn asked_for(parent: &ParentRef) -> String {
    match (parent.section_name.as_deref(), parent.port) {
        (Some(name), Some(port)) => format!("named `{name}` on port {port}"),
        (Some(name), None) => format!("named `{name}`"),
        (None, Some(port)) => format!("on port {port}"),
        (None, None) => "with a usable port".to_owned(),
    }
}

/// Why `socket` does not take `route`; `None` when it does.
fn refusal(socket: &Socket<'_>, route: &Head<'_>, resources: &ResourceSet) -> Option<String> {
    let name = &socket.written.name;
    if let Err(fault) = &socket.service {
        return Some(format!("listener {name}: {}", fault.message));
    }
    if !socket.takes(route.kind) {
        return Some(format!("listener {name} takes no {}", route.kind));
    }
    let default = AllowedRoutes::default();
    let allowed = socket.written.allowed_routes.as_ref().unwrap_or(&default);
    let (from, to) = (&route.key.namespace, &socket.gateway.namespace);
    let open = is_open(allowed.namespaces.as_ref(), from, to, resources);
    (!open).then(|| format!("listener {name} takes no route from namespace {from}"))
}

/// Whether a listener of namespace `to` takes routes of namespace `from`.
fn is_open(allowed: Option<&RouteNamespaces>, from: &str, to: &str, resources: &ResourceSet) -> bool {
    match allowed.map(|namespaces| namespaces.from).unwrap_or_default() {
        FromNamespaces::All => true,
        FromNamespaces::Same => from == to,
        FromNamespaces::None => false,
        FromNamespaces::Selector => {
            let selector = allowed.and_then(|namespaces| namespaces.selector.as_ref());
            selector.is_some_and(|selector| selects(selector, &namespace_labels(from, resources)))
        }
    }
}

/// Labels of a namespace, with the one that every API server sets.
pub(crate) fn namespace_labels(namespace: &str, resources: &ResourceSet) -> crate::selector::Labels {
    let object = resources.namespaces.get(&ObjectKey::new("", namespace));
    let mut labels = object.map(|object| object.meta.labels.clone()).unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    labels
}
