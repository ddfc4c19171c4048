//! What goes wrong in gateways, as changes of what was resolved or of how the gateway is started.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use sextant_gateway::DnsFamily;
use sextant_routing::{Backend, Discovery, EndpointAddress, Model, Rule, Target, UpstreamHttp, WeightedTarget};

use crate::Change;
use crate::Change::{Gateway, Model as Resolved, Options};

/// Name, what is wrong, the rules that it breaks, and how it is made.
pub(super) const CHANGES: &[(&str, &str, &str, Change)] = &[
    ("weights-ignored", "every endpoint weighs the same", "K-055 I-062", Resolved(weights_ignored)),
    ("priorities-ignored", "near and far endpoints share", "K-083 K-088 I-135", Resolved(priorities_ignored)),
    ("priorities-inverted", "the farthest endpoints serve", "K-083 K-088 I-140", Resolved(priorities_inverted)),
    ("first-endpoint-only", "all requests stick to one endpoint", "K-031 K-081", Resolved(first_only)),
    ("last-endpoint-lost", "a list is read up to the one before its end", "K-031 K-010", Resolved(last_lost)),
    ("target-port-ignored", "the number of the port is dialled", "K-051 I-028", Resolved(number_dialled)),
    ("removed-endpoint-kept", "what was an endpoint stays one", "K-150 E-008", Resolved(removed_kept)),
    ("changes-ignored", "what came first stays in force", "K-150", Resolved(changes_ignored)),
    ("locality-lost", "nobody knows where an endpoint is", "K-062 I-068", Resolved(locality_lost)),
    ("http1-always", "HTTP/2 ports are spoken to in HTTP/1.1", "K-017 I-026", Resolved(http1_always)),
    ("http2-always", "every port is spoken to in HTTP/2", "K-017 I-026", Resolved(http2_always)),
    ("tls-dropped", "endpoints get plaintext where TLS is asked for", "K-101 I-185", Resolved(tls_dropped)),
    ("outlier-detection-dropped", "nobody is ever ejected", "K-092 I-154", Resolved(outlier_dropped)),
    ("max-ejection-ignored", "everybody may be ejected", "K-092 I-155", Resolved(max_ejection_ignored)),
    ("panic-always", "below half of the endpoints health does not count", "K-092 I-113", Resolved(panic_always)),
    ("panic-never", "health always counts", "K-092 I-113", Resolved(panic_never)),
    ("ejects-at-once", "one failure ejects", "K-092 I-154", Resolved(ejects_at_once)),
    ("failures-apart-ignored", "failures to connect count as replies", "K-092 I-154", Resolved(apart_ignored)),
    ("first-record-only", "of several addresses the first is used", "K-033 E-003", Resolved(first_record)),
    ("every-record", "DNS_ROUND_ROBIN uses every address", "K-034 E-004", Resolved(every_record)),
    ("ipv6-dropped", "IPv6 endpoints are left out", "K-047 K-046", Resolved(ipv6_dropped)),
    ("names-dropped", "endpoints that are names are left out", "K-046 I-102", Resolved(names_dropped)),
    ("equal-addresses-merged", "one machine is one endpoint, whatever its ports", "K-060 I-054", Resolved(merged)),
    ("route-weights-ignored", "references share alike", "K-131 I-181", Resolved(route_weights_ignored)),
    ("weight-zero-serves", "a reference of weight 0 gets requests", "K-132 I-181", Resolved(zero_serves)),
    ("first-reference-only", "the first reference gets everything", "K-131", Resolved(first_reference)),
    (
        "unresolved-share-spread",
        "the share of an unresolved reference goes to the others",
        "K-131",
        Resolved(unresolved_spread),
    ),
    ("unresolved-is-404", "a rule that resolves to nothing matches nothing", "K-130 I-174", Resolved(unresolved_404)),
    ("time-limits-dropped", "no request ever takes too long", "GW-HTTPRouteTimeouts I-154", Resolved(limits_dropped)),
    ("filters-dropped", "filters of a rule do nothing", "K-138 I-022", Resolved(filters_dropped)),
    ("hostnames-ignored", "a route takes every host", "K-137", Resolved(hostnames_ignored)),
    ("last-rule-lost", "the last rule of a route is not there", "K-131 K-137", Resolved(last_rule_lost)),
    ("grants-ignored", "references into other namespaces need no grant", "K-118 I-177", Options(grants_ignored)),
    ("dns-never-again", "names are looked up once", "K-039 E-008", Gateway(never_again)),
    ("dns-ttl-always", "names are looked up at the end of their TTL alone", "K-039 D-21", Gateway(ttl_always)),
    ("dns-ttl-never", "respecting TTLs changes nothing", "D-21 K-040", Gateway(ttl_never)),
    ("dns-ipv6-alone", "only AAAA records are asked for", "K-038 I-104", Gateway(ipv6_alone)),
    ("dns-both-families", "A and AAAA records both count", "K-038 I-104", Gateway(both_families)),
];

fn each(model: &mut Model, change: impl Fn(&mut Backend)) {
    let changed = model.backends.iter().cloned().map(|mut backend| {
        change(&mut backend);
        backend
    });
    model.backends = changed.collect();
}

fn weights_ignored(model: &mut Model, _: &Model) {
    each(model, |backend| backend.endpoints.iter_mut().for_each(|endpoint| endpoint.weight = NonZeroU32::MIN));
}

fn priorities_ignored(model: &mut Model, _: &Model) {
    each(model, |backend| backend.endpoints.iter_mut().for_each(|endpoint| endpoint.priority = 0));
}

fn priorities_inverted(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let last = backend.endpoints.iter().map(|endpoint| endpoint.priority).max().unwrap_or_default();
        backend.endpoints.iter_mut().for_each(|endpoint| endpoint.priority = last - endpoint.priority);
    });
}

fn first_only(model: &mut Model, _: &Model) {
    each(model, |backend| backend.endpoints.truncate(1));
}

fn last_lost(model: &mut Model, _: &Model) {
    each(model, |backend| drop(backend.endpoints.pop()));
}

fn number_dialled(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let number = backend.id.port;
        backend.endpoints.iter_mut().for_each(|endpoint| endpoint.port = number);
    });
}

fn removed_kept(model: &mut Model, before: &Model) {
    each(model, |backend| {
        let gone = before.backend(&backend.id).into_iter().flat_map(|before| &before.endpoints);
        let known = |endpoint: &&sextant_routing::Endpoint| {
            !backend.endpoints.iter().any(|other| (&other.address, other.port) == (&endpoint.address, endpoint.port))
        };
        let kept: Vec<_> = gone.filter(known).cloned().collect();
        backend.endpoints.extend(kept);
    });
}

fn changes_ignored(model: &mut Model, before: &Model) {
    if !before.listeners.is_empty() || !before.l4_listeners.is_empty() {
        *model = before.clone();
    }
}

fn locality_lost(model: &mut Model, _: &Model) {
    each(model, |backend| backend.endpoints.iter_mut().for_each(|endpoint| endpoint.locality = Arc::default()));
}

fn http1_always(model: &mut Model, _: &Model) {
    each(model, |backend| backend.upstream = UpstreamHttp::Http1);
}

fn http2_always(model: &mut Model, _: &Model) {
    each(model, |backend| backend.upstream = UpstreamHttp::Http2);
}

fn tls_dropped(model: &mut Model, _: &Model) {
    each(model, |backend| backend.policy.tls = None);
}

fn outlier_dropped(model: &mut Model, _: &Model) {
    each(model, |backend| backend.policy.outlier_detection = None);
}

fn max_ejection_ignored(model: &mut Model, _: &Model) {
    each(model, |backend| {
        backend.policy.outlier_detection.iter_mut().for_each(|outlier| outlier.max_ejection_percent = 100);
    });
}

fn panic_always(model: &mut Model, _: &Model) {
    each(model, |backend| backend.policy.panic_percent = 50);
}

fn panic_never(model: &mut Model, _: &Model) {
    each(model, |backend| backend.policy.panic_percent = 0);
}

fn ejects_at_once(model: &mut Model, _: &Model) {
    each(model, |backend| {
        backend.policy.outlier_detection.iter_mut().for_each(|outlier| outlier.consecutive_5xx = Some(1));
    });
}

fn apart_ignored(model: &mut Model, _: &Model) {
    each(model, |backend| {
        backend.policy.outlier_detection.iter_mut().for_each(|outlier| outlier.split_local_origin = false);
    });
}

fn first_record(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.discovery == Discovery::Dns {
            backend.discovery = Discovery::LogicalDns;
        }
    });
}

fn every_record(model: &mut Model, _: &Model) {
    each(model, |backend| {
        if backend.discovery == Discovery::LogicalDns {
            backend.discovery = Discovery::Dns;
        }
    });
}

fn ipv6_dropped(model: &mut Model, _: &Model) {
    let ipv6 = |address: &EndpointAddress| matches!(address, EndpointAddress::Ip(ip) if ip.is_ipv6());
    each(model, |backend| backend.endpoints.retain(|endpoint| !ipv6(&endpoint.address)));
}

fn names_dropped(model: &mut Model, _: &Model) {
    let name = |address: &EndpointAddress| matches!(address, EndpointAddress::Name(_));
    each(model, |backend| backend.endpoints.retain(|endpoint| !name(&endpoint.address)));
}

fn merged(model: &mut Model, _: &Model) {
    each(model, |backend| {
        let mut seen = Vec::new();
        backend.endpoints.retain(|endpoint| {
            let new = !seen.contains(&endpoint.address);
            seen.push(endpoint.address.clone());
            new
        });
    });
}

fn each_rule(model: &mut Model, change: impl Fn(&mut Rule)) {
    let mut routes = model.routes.to_vec();
    routes.iter_mut().flat_map(|route| &mut route.rules).for_each(change);
    model.routes = routes.into();
}

fn each_targets(model: &mut Model, change: impl Fn(&mut Vec<WeightedTarget>)) {
    each_rule(model, |rule| change(&mut rule.targets));
}

fn route_weights_ignored(model: &mut Model, _: &Model) {
    each_targets(model, |targets| {
        targets.iter_mut().filter(|target| target.weight > 0).for_each(|target| target.weight = 1);
    });
}

fn zero_serves(model: &mut Model, _: &Model) {
    each_targets(model, |targets| targets.iter_mut().for_each(|target| target.weight = target.weight.max(1)));
}

fn first_reference(model: &mut Model, _: &Model) {
    each_targets(model, |targets| targets.truncate(1));
}

fn unresolved_spread(model: &mut Model, _: &Model) {
    let resolved = |target: &WeightedTarget| matches!(target.target, Target::Backend(_));
    each_targets(model, |targets| {
        if targets.iter().any(resolved) {
            targets.retain(resolved);
        }
    });
}

fn unresolved_404(model: &mut Model, _: &Model) {
    let mut routes = model.routes.to_vec();
    let unresolved = |target: &WeightedTarget| matches!(target.target, Target::Unresolved(_));
    for route in &mut routes {
        route.rules.retain(|rule| rule.targets.is_empty() || !rule.targets.iter().all(unresolved));
    }
    model.routes = routes.into();
}

fn limits_dropped(model: &mut Model, _: &Model) {
    each_rule(model, |rule| rule.limits = Default::default());
}

fn filters_dropped(model: &mut Model, _: &Model) {
    each_rule(model, |rule| {
        rule.actions.clear();
        rule.targets.iter_mut().for_each(|target| target.actions.clear());
    });
}

fn hostnames_ignored(model: &mut Model, _: &Model) {
    let mut routes = model.routes.to_vec();
    routes.iter_mut().for_each(|route| route.hostnames.clear());
    model.routes = routes.into();
}

fn last_rule_lost(model: &mut Model, _: &Model) {
    let mut routes = model.routes.to_vec();
    routes.iter_mut().for_each(|route| drop(route.rules.pop()));
    model.routes = routes.into();
}

fn grants_ignored(options: &mut sextant_routing::Options) {
    options.settings.enforce_reference_grants = false;
}

fn never_again(options: &mut sextant_gateway::GatewayOptions) {
    options.dns.refresh = Duration::from_secs(3600);
}

fn ttl_always(options: &mut sextant_gateway::GatewayOptions) {
    options.dns.respect_ttl = true;
}

fn ttl_never(options: &mut sextant_gateway::GatewayOptions) {
    options.dns.respect_ttl = false;
}

fn ipv6_alone(options: &mut sextant_gateway::GatewayOptions) {
    options.dns.family = DnsFamily::V6Only;
}

fn both_families(options: &mut sextant_gateway::GatewayOptions) {
    options.dns.family = DnsFamily::All;
}
