//! Requests that are shared out among several targets.
//!
//! Envoy's weighted clusters change headers and the host of a share's requests, nothing else, and do so before the route
//! does. A rule in which a share needs more (a redirect, another path, copies, a host that the request names, headers after
//! those of the rule) becomes one route for each share instead, which takes a fraction of the requests and leaves the others to the route after it, as Envoy's documentation shifts traffic
//! between routes. One number is drawn for each request and holds for all its routes, so that the fractions add up.

use envoy_types::pb::envoy::config::core::v3::RuntimeFractionalPercent;
use envoy_types::pb::envoy::config::route::v3::route::Action;
use envoy_types::pb::envoy::config::route::v3::route_action::ClusterSpecifier;
use envoy_types::pb::envoy::config::route::v3::weighted_cluster::{ClusterWeight, cluster_weight};
use envoy_types::pb::envoy::config::route::v3::{Route, WeightedCluster};
use envoy_types::pb::envoy::r#type::v3::FractionalPercent;
use envoy_types::pb::envoy::r#type::v3::fractional_percent::DenominatorType;
use sextant_resources::HttpRouteMatch;
use sextant_routing::{Discovery, Filter, Rule, Target, WeightedTarget};

use super::Context;
use super::action::{forward, route, to_one, with_headers};
use super::filters::Headers;
use crate::proto::number;

const MILLION: u64 = 1_000_000;

/// The routes of a rule with these targets of weights above 0, each with its place in the rule.
pub(super) fn routes(
    context: &Context<'_>,
    rule: &Rule,
    matched: &HttpRouteMatch,
    serving: &[(usize, &WeightedTarget)],
    port: u16,
) -> Vec<Route> {
    if serving.iter().any(|(_, target)| needs_a_route(context, rule, target)) {
        return one_each(context, rule, matched, serving, port);
    }
    let clusters = serving.iter().map(|(_, target)| share(context, target)).collect();
    let mut action = forward(context, rule, matched, None);
    let clusters = WeightedCluster { clusters, ..Default::default() };
    action.cluster_specifier = Some(ClusterSpecifier::WeightedClusters(clusters));
    vec![with_headers(route(matched, Action::Route(action)), &rule.actions)]
}

/// Whether a weighted cluster cannot do what `target` asks for.
fn needs_a_route(context: &Context<'_>, rule: &Rule, target: &WeightedTarget) -> bool {
    let names_its_host =
        matches!(target.target, Target::Backend(index) if context.model[index].discovery == Discovery::DynamicDns);
    let beyond_headers = |filter: &Filter| match filter {
        Filter::RequestHeaders(_) | Filter::ResponseHeaders(_) => false,
        Filter::Rewrite(rewrite) => rewrite.path.is_some(),
        Filter::Redirect(_) | Filter::Mirror(_) => true,
    };
    let headers = |filter: &Filter| matches!(filter, Filter::RequestHeaders(_) | Filter::ResponseHeaders(_));
    let after_the_rule = rule.actions.iter().any(headers) && target.actions.iter().any(headers);
    names_its_host || after_the_rule || target.actions.iter().any(beyond_headers)
}

/// A route for each share. The first takes what is below its weight, the next what is below its own and that, the last all
/// that is left. Envoy counts in millionths.
fn one_each(
    context: &Context<'_>,
    rule: &Rule,
    matched: &HttpRouteMatch,
    serving: &[(usize, &WeightedTarget)],
    port: u16,
) -> Vec<Route> {
    let total: u64 = serving.iter().map(|(_, target)| u64::from(target.weight)).sum();
    let mut below = 0;
    let mut all = Vec::with_capacity(serving.len());
    for place_and_target in serving {
        below += u64::from(place_and_target.1.weight);
        let mut routes = to_one(context, rule, matched, *place_and_target, port);
        if below < total {
            for condition in routes.iter_mut().filter_map(|route| route.r#match.as_mut()) {
                condition.runtime_fraction = Some(fraction(below, total));
            }
        }
        all.append(&mut routes);
    }
    all
}

fn fraction(below: u64, total: u64) -> RuntimeFractionalPercent {
    let millionths = (below * MILLION + total / 2) / total;
    let percent = FractionalPercent {
        numerator: u32::try_from(millionths).unwrap_or(u32::MAX), // no more than a million
        denominator: DenominatorType::Million.into(),
    };
    RuntimeFractionalPercent { default_value: Some(percent), ..Default::default() }
}

fn share(context: &Context<'_>, target: &WeightedTarget) -> ClusterWeight {
    let headers = Headers::of(&target.actions);
    let host = target.actions.iter().find_map(|filter| match filter {
        Filter::Rewrite(rewrite) => rewrite.hostname.as_ref(),
        _ => None,
    });
    ClusterWeight {
        name: context.cluster(&target.target).to_owned(),
        weight: number(target.weight),
        request_headers_to_add: headers.request_add,
        request_headers_to_remove: headers.request_remove,
        response_headers_to_add: headers.response_add,
        response_headers_to_remove: headers.response_remove,
        host_rewrite_specifier: host
            .map(|name| cluster_weight::HostRewriteSpecifier::HostRewriteLiteral(name.to_string())),
        ..Default::default()
    }
}
