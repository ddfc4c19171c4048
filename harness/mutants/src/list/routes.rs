//! Requests that take the wrong route, and references that lead where they should not.

use sextant_resources::{HostnamePattern, PathMatch, PathMatchType, ResourceSet, ValueMatchType};
use sextant_routing::{Model, Rule};
use sextant_verdict::Cause;

use super::backends::each_rule;
use super::flaw::Flaw;
use super::workloads::each;
use crate::Change::{Model as Resolved, Resources as Read};

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "hostnames-ignored",
        Cause::Matching,
        "a route takes every host",
        "K-137 GW-Hostname",
        Resolved(hostnames_ignored),
    ),
    Flaw::new(
        "wildcard-hostnames-lost",
        Cause::Matching,
        "a route takes no host by wildcard",
        "K-137 GW-Hostname",
        Resolved(wildcards_lost),
    ),
    Flaw::new(
        "listener-hostnames-ignored",
        Cause::Matching,
        "a listener takes every host",
        "K-137 GW-Listener",
        Read(listener_hosts_ignored),
    ),
    Flaw::new(
        "first-hostname-only",
        Cause::Matching,
        "a route has one host",
        "K-137 GW-HTTPRouteSpec",
        Resolved(first_hostname),
    ),
    Flaw::new(
        "last-rule-lost",
        Cause::Matching,
        "the last rule of a route is not there",
        "K-131 GW-HTTPRouteSpec",
        Resolved(last_rule_lost),
    ),
    Flaw::new(
        "last-rule-wins",
        Cause::Matching,
        "of equal rules the last one wins",
        "GW-HTTPRouteRule GW-HTTPRouteMatch",
        Resolved(rules_reversed),
    ),
    Flaw::new(
        "first-match-only",
        Cause::Matching,
        "a rule has one match",
        "GW-HTTPRouteRule GW-HTTPRouteMatch",
        Resolved(first_match),
    ),
    Flaw::new(
        "shortest-prefix-wins",
        Cause::Matching,
        "a short prefix hides the longer ones",
        "GW-HTTPRouteRule GW-HTTPPathMatch",
        Resolved(shortest_prefix),
    ),
    Flaw::new(
        "prefixes-cut-words",
        Cause::Matching,
        "the prefix /a takes /ab",
        "GW-HTTPPathMatch",
        Resolved(prefix_of_text),
    ),
    Flaw::new(
        "exact-is-prefix",
        Cause::Matching,
        "an exact path takes what is below it",
        "GW-HTTPPathMatch",
        Resolved(exact_is_prefix),
    ),
    Flaw::new(
        "header-matches-ignored",
        Cause::Matching,
        "headers decide nothing",
        "GW-HTTPHeaderMatch GW-HTTPRouteMatch",
        Resolved(headers_ignored),
    ),
    Flaw::new(
        "header-values-ignored",
        Cause::Matching,
        "a header matches whatever its value",
        "GW-HTTPHeaderMatch",
        Resolved(header_values),
    ),
    Flaw::new(
        "query-matches-ignored",
        Cause::Matching,
        "query parameters decide nothing",
        "GW-HTTPQueryParamMatch",
        Resolved(query_ignored),
    ),
    Flaw::new(
        "methods-ignored",
        Cause::Matching,
        "the method decides nothing",
        "GW-HTTPRouteMatch",
        Resolved(methods_ignored),
    ),
    Flaw::new(
        "allowed-routes-ignored",
        Cause::Matching,
        "routes of any namespace and kind attach",
        "GW-AllowedRoutes",
        Read(all_allowed),
    ),
    Flaw::new(
        "section-names-ignored",
        Cause::Matching,
        "a route attaches to every listener of a Gateway",
        "GW-ParentReference",
        Read(sections_ignored),
    ),
    Flaw::new(
        "parent-ports-ignored",
        Cause::Matching,
        "the port of a parent reference does nothing",
        "GW-ParentReference",
        Read(parent_ports_ignored),
    ),
    Flaw::new(
        "grpc-routes-ignored",
        Cause::Matching,
        "GRPCRoutes are not read",
        "GW-GRPCRouteSpec K-122",
        Read(no_grpc_routes),
    ),
    Flaw::new(
        "tcp-routes-ignored",
        Cause::Matching,
        "TCPRoutes are not read",
        "GW-TCPRoute K-122",
        Read(no_tcp_routes),
    ),
    Flaw::new(
        "tls-routes-ignored",
        Cause::Matching,
        "TLSRoutes are not read",
        "GW-TLSRoute K-122",
        Read(no_tls_routes),
    ),
    Flaw::new(
        "grants-reversed",
        Cause::Reference,
        "a ReferenceGrant counts in the namespace that it names",
        "K-118 I-177",
        Read(grants_reversed),
    ),
    Flaw::new(
        "grants-of-any-name",
        Cause::Reference,
        "a ReferenceGrant for one object is one for all",
        "K-118 I-177",
        Read(grants_of_any_name),
    ),
    Flaw::new(
        "reference-without-port-taken",
        Cause::Reference,
        "a reference without port gets port 80",
        "K-113 I-175 D-03",
        Read(ports_invented),
    )
    .reported("P-210"),
];

fn each_route(model: &mut Model, change: impl Fn(&mut sextant_routing::Route)) {
    let mut routes = model.routes.to_vec();
    routes.iter_mut().for_each(change);
    model.routes = routes.into();
}

fn hostnames_ignored(model: &mut Model, _: &Model) {
    each_route(model, |route| route.hostnames.clear());
}

fn wildcards_lost(model: &mut Model, _: &Model) {
    each_route(model, |route| {
        if !route.hostnames.is_empty() {
            route.hostnames.retain(|host| matches!(host, HostnamePattern::Exact(_)));
            if route.hostnames.is_empty() {
                route.rules.clear();
            }
        }
    });
}

fn listener_hosts_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.gateways, |gateway| {
        let any = gateway.body.spec.listeners.iter().any(|listener| listener.hostname.is_some());
        gateway.body.spec.listeners.iter_mut().for_each(|listener| listener.hostname = None);
        any
    });
}

fn first_hostname(model: &mut Model, _: &Model) {
    each_route(model, |route| route.hostnames.truncate(1));
}

fn last_rule_lost(model: &mut Model, _: &Model) {
    each_route(model, |route| drop(route.rules.pop()));
}

fn rules_reversed(model: &mut Model, _: &Model) {
    each_route(model, |route| route.rules.reverse());
}

fn first_match(model: &mut Model, _: &Model) {
    each_rule(model, |rule| {
        rule.matches.truncate(1);
        rule.grpc_matches.truncate(1);
    });
}

/// The prefixes of a rule.
fn prefixes(rule: &Rule) -> impl Iterator<Item = &str> {
    let paths = rule.matches.iter().filter_map(|matched| matched.path.as_ref());
    paths.filter(|path| path.kind == PathMatchType::PathPrefix).filter_map(|path| path.value.as_deref())
}

fn shortest_prefix(model: &mut Model, _: &Model) {
    each_route(model, |route| {
        let all: Vec<String> = route.rules.iter().flat_map(prefixes).map(str::to_owned).collect();
        let hidden =
            |prefix: &str| all.iter().any(|other| other.len() < prefix.len() && prefix.starts_with(other.as_str()));
        let kept = |rule: &Rule| prefixes(rule).next().is_none() || !prefixes(rule).all(hidden);
        route.rules.retain(kept);
    });
}

fn each_path(model: &mut Model, change: impl Fn(&mut PathMatch)) {
    each_rule(model, |rule| rule.matches.iter_mut().filter_map(|matched| matched.path.as_mut()).for_each(&change));
}

fn prefix_of_text(model: &mut Model, _: &Model) {
    each_path(model, |path| {
        if let (PathMatchType::PathPrefix, Some(value)) = (path.kind, path.value.as_mut())
            && value != "/"
        {
            *value = format!("{}.*", value.trim_end_matches('/').replace('.', "\\."));
            path.kind = PathMatchType::RegularExpression;
        }
    });
}

fn exact_is_prefix(model: &mut Model, _: &Model) {
    each_path(model, |path| {
        if path.kind == PathMatchType::Exact {
            path.kind = PathMatchType::PathPrefix;
        }
    });
}

fn headers_ignored(model: &mut Model, _: &Model) {
    each_rule(model, |rule| rule.matches.iter_mut().for_each(|matched| matched.headers.clear()));
}

fn header_values(model: &mut Model, _: &Model) {
    each_rule(model, |rule| {
        for header in rule.matches.iter_mut().flat_map(|matched| &mut matched.headers) {
            (header.kind, header.value) = (ValueMatchType::RegularExpression, ".*".to_owned());
        }
    });
}

fn query_ignored(model: &mut Model, _: &Model) {
    each_rule(model, |rule| rule.matches.iter_mut().for_each(|matched| matched.query_params.clear()));
}

fn methods_ignored(model: &mut Model, _: &Model) {
    each_rule(model, |rule| rule.matches.iter_mut().for_each(|matched| matched.method = None));
}

fn all_allowed(resources: &mut ResourceSet, _: &ResourceSet) {
    use sextant_resources::{AllowedRoutes, FromNamespaces, RouteNamespaces};
    each(&mut resources.gateways, |gateway| {
        for listener in &mut gateway.body.spec.listeners {
            let all = RouteNamespaces { from: FromNamespaces::All, selector: None };
            listener.allowed_routes = Some(AllowedRoutes { namespaces: Some(all), kinds: Vec::new() });
        }
        true
    });
}

fn sections_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.http_routes, |route| {
        route
            .body
            .spec
            .parent_refs
            .iter_mut()
            .map(|parent| parent.section_name.take().is_some())
            .fold(false, |a, b| a | b)
    });
}

fn parent_ports_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.http_routes, |route| {
        route.body.spec.parent_refs.iter_mut().map(|parent| parent.port.take().is_some()).fold(false, |a, b| a | b)
    });
}

fn no_grpc_routes(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.grpc_routes.clear();
}

fn no_tcp_routes(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.tcp_routes.clear();
}

fn no_tls_routes(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.tls_routes.clear();
}

/// A grant in namespace A from B counts in B from A instead.
fn grants_reversed(resources: &mut ResourceSet, _: &ResourceSet) {
    let mut more = Vec::new();
    for grant in resources.reference_grants.values() {
        for (place, from) in grant.body.spec.from.iter().enumerate() {
            let mut reversed = sextant_resources::Object::clone(grant);
            reversed.key.name = format!("{}~{place}", grant.key.name).into();
            reversed.key.namespace = from.namespace.as_str().into();
            reversed.body.spec.from = vec![from.clone()];
            reversed.body.spec.from[0].namespace = grant.key.namespace.to_string();
            more.push(reversed);
        }
    }
    resources.reference_grants.clear();
    more.into_iter().for_each(|grant| drop(resources.insert(grant)));
}

fn grants_of_any_name(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.reference_grants, |grant| {
        grant.body.spec.to.iter_mut().map(|to| to.name.take().is_some()).fold(false, |a, b| a | b)
    });
}

fn ports_invented(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.http_routes, |route| {
        let references = route.body.spec.rules.iter_mut().flat_map(|rule| &mut rule.backend_refs);
        references.filter(|reference| reference.port.is_none()).map(|reference| reference.port = Some(80)).count() > 0
    });
}
