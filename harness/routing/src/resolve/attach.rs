//! Which listeners there are, and which of them take a route (Gateway API, route attachment).

use sextant_resources::{
    AllowedRoutes, FromNamespaces, GatewayListener, HostnamePattern, HttpRoute, Object, ObjectKey, ParentRef,
    ResourceSet,
};

use super::references::GATEWAY_GROUP;
use crate::hostnames::intersect;
use crate::selector::selects;
use crate::{Condition, Listener};

/// A listener with what decides who may attach.
pub(crate) struct Socket<'a> {
    pub(crate) listener: Listener,
    written: &'a GatewayListener,
}

/// Every listener of every Gateway, ordered by Gateway and place in it. One whose port is no port is left out.
pub(crate) fn sockets(resources: &ResourceSet) -> Vec<Socket<'_>> {
    let of_gateway = |gateway: &'_ ObjectKey, written: &GatewayListener| {
        let port = u16::try_from(written.port).ok().filter(|port| *port > 0)?;
        let hostname = HostnamePattern::new(written.hostname.as_deref().unwrap_or(""));
        Some(Listener { gateway: gateway.clone(), name: written.name.clone(), port, hostname, routes: Vec::new() })
    };
    let listeners = resources.gateways.iter().flat_map(|(key, gateway)| {
        gateway
            .body
            .spec
            .listeners
            .iter()
            .filter_map(move |written| of_gateway(key, written).map(|listener| Socket { listener, written }))
    });
    listeners.collect()
}

impl Socket<'_> {
    /// Whether requests can come in here at all: only HTTP is served.
    pub(crate) fn serves(&self) -> bool {
        self.written.protocol == "HTTP"
    }
}

/// Where a route attaches for one parentRef.
pub(crate) struct Attachment {
    /// Places in the sockets that take it.
    pub(crate) sockets: Vec<usize>,
    /// `Accepted`.
    pub(crate) accepted: Condition,
}

/// Attaches `route` by `parent`.
pub(crate) fn attach(
    route: &Object<HttpRoute>,
    parent: &ParentRef,
    sockets: &[Socket<'_>],
    resources: &ResourceSet,
) -> Attachment {
    match taking(route, parent, sockets, resources) {
        Ok(sockets) => Attachment { sockets, accepted: accepted(true, "Accepted", String::new()) },
        Err((reason, message)) => Attachment { sockets: Vec::new(), accepted: accepted(false, reason, message) },
    }
}

fn accepted(status: bool, reason: &'static str, message: String) -> Condition {
    Condition { kind: "Accepted", status, reason, message }
}

type Refusal = (&'static str, String);

fn taking(
    route: &Object<HttpRoute>,
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
    let start = sockets.partition_point(|socket| socket.listener.gateway < key);
    let end = sockets.partition_point(|socket| socket.listener.gateway <= key);
    let named = |socket: &Socket<'_>| {
        parent.section_name.as_ref().is_none_or(|name| name.is_empty() || *name == socket.listener.name)
            && parent.port.is_none_or(|port| port == u32::from(socket.listener.port))
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
    let hostnames = route_hostnames(route);
    places.retain(|place| {
        let serves = |hostname| intersect(&sockets[*place].listener.hostname, hostname).is_some();
        hostnames.iter().any(serves)
    });
    if places.is_empty() {
        let message = format!("no listener of Gateway {key} serves {}", route.body.spec.hostnames.join(", "));
        return Err(("NoMatchingListenerHostname", message));
    }
    Ok(places)
}

fn asked_for(parent: &ParentRef) -> String {
    match (parent.section_name.as_deref(), parent.port) {
        (Some(name), Some(port)) => format!("named `{name}` on port {port}"),
        (Some(name), None) => format!("named `{name}`"),
        (None, Some(port)) => format!("on port {port}"),
        (None, None) => "with a usable port".to_owned(),
    }
}

/// The hostnames of `route`; one that serves every host when it names none.
pub(crate) fn route_hostnames(route: &Object<HttpRoute>) -> Vec<HostnamePattern> {
    let written = &route.body.spec.hostnames;
    if written.is_empty() {
        return vec![HostnamePattern::Any];
    }
    written.iter().map(|hostname| HostnamePattern::new(hostname)).collect()
}

/// Why `socket` does not take `route`; `None` when it does.
fn refusal(socket: &Socket<'_>, route: &Object<HttpRoute>, resources: &ResourceSet) -> Option<String> {
    let Socket { listener, written } = socket;
    let name = &listener.name;
    if !socket.serves() {
        return Some(format!("listener {name} has protocol `{}`; only HTTP is served", written.protocol));
    }
    let default = AllowedRoutes::default();
    let allowed = written.allowed_routes.as_ref().unwrap_or(&default);
    let takes_http = allowed.kinds.is_empty()
        || allowed
            .kinds
            .iter()
            .any(|k| k.kind == "HTTPRoute" && k.group.as_deref().unwrap_or(GATEWAY_GROUP) == GATEWAY_GROUP);
    if !takes_http {
        return Some(format!("listener {name} takes no HTTPRoute"));
    }
    let (from, to) = (&route.key.namespace, &listener.gateway.namespace);
    let namespaces = allowed.namespaces.as_ref();
    let open = match namespaces.map(|namespaces| namespaces.from).unwrap_or_default() {
        FromNamespaces::All => true,
        FromNamespaces::Same => from == to,
        FromNamespaces::None => false,
        FromNamespaces::Selector => {
            let selector = namespaces.and_then(|namespaces| namespaces.selector.as_ref());
            selector.is_some_and(|selector| selects(selector, &namespace_labels(from, resources)))
        }
    };
    (!open).then(|| format!("listener {name} takes no route from namespace {from}"))
}

/// Labels of a namespace, with the one that every API server sets.
pub(crate) fn namespace_labels(namespace: &str, resources: &ResourceSet) -> crate::selector::Labels {
    let object = resources.namespaces.get(&ObjectKey::new("", namespace));
    let mut labels = object.map(|object| object.meta.labels.clone()).unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    labels
}
