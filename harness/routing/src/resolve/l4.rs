//! TCPRoutes and TLSRoutes to routes of connections.

use sextant_resources::{BackendRef, L4RouteRule, ResourceSet};

use super::attach::{Applicant, Head, attach};
use super::listeners::Socket;
use super::targets::{Reader, complaint, resolved_refs, withdrawn};
use crate::{L4Route, RouteKind, WeightedTarget};

/// Every TCPRoute and TLSRoute, ordered by kind, namespace and name, attached to `sockets`.
pub(crate) fn resolve_l4(resources: &ResourceSet, reader: Reader<'_>, sockets: &mut [Socket<'_>]) -> Vec<L4Route> {
    let tcp = resources.tcp_routes.values().map(|object| {
        let spec = &object.body.spec;
        route(Head::new(RouteKind::TcpRoute, object, &spec.parent_refs, &[]), &spec.rules, reader)
    });
    let tls = resources.tls_routes.values().map(|object| {
        let spec = &object.body.spec;
        route(Head::new(RouteKind::TlsRoute, object, &spec.parent_refs, &spec.hostnames), &spec.rules, reader)
    });
    let (mut routes, applicants): (Vec<_>, Vec<_>) = tcp.chain(tls).unzip();
    for (route, parents) in routes.iter_mut().zip(attach(&applicants, sockets, resources, reader.semantics)) {
        route.parents = parents;
    }
    routes
}

fn route<'a>(head: Head<'a>, rules: &[L4RouteRule], reader: Reader<'_>) -> (L4Route, Applicant<'a>) {
    let written = rules.first().map_or(&[][..], |rule| &rule.backend_refs);
    let references: Vec<BackendRef> = written.iter().cloned().map(BackendRef::from).collect();
    let targets: Vec<WeightedTarget> = reader.targets(&head, &references).map(|(_, target)| target).collect();
    let unresolved = || targets.iter().filter_map(complaint);
    let (resolved, withdrawn) = (resolved_refs(unresolved()), withdrawn(unresolved()));
    let applicant = Applicant { fault: None, resolved, withdrawn, head };
    let head = &applicant.head;
    let route = L4Route {
        kind: head.kind,
        key: head.key.clone(),
        created: head.created,
        hostnames: head.hostnames.clone(),
        parents: Vec::new(),
        targets,
        withdrawn,
    };
    (route, applicant)
}
