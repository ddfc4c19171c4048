//! What happens to the requests of a rule.

use std::time::Duration;

use envoy_types::pb::envoy::config::route::v3::route::Action;
use envoy_types::pb::envoy::config::route::v3::route_action::{ClusterNotFoundResponseCode, ClusterSpecifier};
use envoy_types::pb::envoy::config::route::v3::weighted_cluster::{ClusterWeight, cluster_weight};
use envoy_types::pb::envoy::config::route::v3::{DirectResponseAction, Route, RouteAction, WeightedCluster};
use sextant_resources::HttpRouteMatch;
use sextant_routing::{
    Answer, Backend, Decision, Discovery, Filter, INVALID_ROUTE_BODY, NO_UPSTREAM_BODY, Rule, Target, WeightedTarget,
};

use super::filters::{self, Headers};
use super::{Context, Untranslatable, matches};
use crate::proto::{duration, inline, matching, number};

/// The routes of Envoy for a decision of the model at listener port `port`, in this order; usually one.
pub(super) fn routes(context: &Context<'_>, decision: Decision, port: u16) -> Result<Vec<Route>, Untranslatable> {
    let (rule, matched) = match context.model.answer(decision) {
        Answer::NotFound => return Ok(Vec::new()),
        Answer::Invalid(_) => {
            let Decision::Rule { route, rule, matched } = decision else { return Ok(Vec::new()) };
            let matched = &context.model.routes[route].rules[rule].matches[matched];
            return Ok(vec![reply(matched, 500, INVALID_ROUTE_BODY)]);
        }
        Answer::Redirect { redirect, rule, matched } => {
            let action = Action::Redirect(filters::redirect(redirect, matched, port));
            return Ok(vec![with_headers(route(matched, action), &rule.actions)]);
        }
        Answer::Share { rule, matched } => (rule, matched),
    };
    let serving: Vec<_> = rule.targets.iter().enumerate().filter(|(_, target)| target.weight > 0).collect();
    match serving[..] {
        [] => Ok(vec![reply(matched, 500, INVALID_ROUTE_BODY)]),
        [(place, target)] => Ok(to_one(context, rule, matched, (place, target), port)),
        _ => Ok(vec![shared(context, rule, matched, decision)?]),
    }
}

/// All requests go to one target, whose filters are then those of the rule.
fn to_one(
    context: &Context<'_>,
    rule: &Rule,
    matched: &HttpRouteMatch,
    (place, target): (usize, &WeightedTarget),
    port: u16,
) -> Vec<Route> {
    let redirect = target.actions.iter().find_map(|filter| match filter {
        Filter::Redirect(redirect) => Some(redirect),
        _ => None,
    });
    if let Some(redirect) = redirect {
        let action = Action::Redirect(filters::redirect(redirect, matched, port));
        return vec![with_headers(route(matched, action), &target.actions)];
    }
    let mut action = forward(context, rule, matched, Some(place));
    action.cluster_specifier = Some(ClusterSpecifier::Cluster(context.cluster(&target.target).to_owned()));
    for filter in &target.actions {
        if let Filter::Rewrite(rewrite) = filter {
            filters::rewrite(&mut action, rewrite, matched);
        }
    }
    let all = rule.actions.iter().chain(&target.actions);
    let forwarded = with_headers(route(matched, Action::Route(action)), all);
    match &target.target {
        Target::Backend(index) if context.model[*index].discovery == Discovery::DynamicDns => {
            covered(&context.model[*index], matched, forwarded)
        }
        _ => vec![forwarded],
    }
}

/// A backend that looks up the host of a request does so only for hosts that it stands for; others find nobody (I-107).
fn covered(backend: &Backend, matched: &HttpRouteMatch, mut forwarded: Route) -> Vec<Route> {
    let suffix = backend.id.host.as_str().trim_start_matches('*').replace('.', r"\.");
    let host = matches::header(":authority", matching(&format!(r"(?i).+{suffix}\.?(:[0-9]+)?")));
    if let Some(conditions) = &mut forwarded.r#match {
        conditions.headers.push(host);
    }
    vec![forwarded, reply(matched, 503, NO_UPSTREAM_BODY)]
}

/// Requests are shared out among several targets.
fn shared(
    context: &Context<'_>,
    rule: &Rule,
    matched: &HttpRouteMatch,
    decision: Decision,
) -> Result<Route, Untranslatable> {
    let place = || match decision {
        Decision::Rule { route, rule, .. } => {
            let route = &context.model.routes[route];
            format!("{} {} rule {rule}", route.kind, route.key)
        }
        Decision::NotFound => String::new(),
    };
    let mut clusters = Vec::with_capacity(rule.targets.len());
    for target in rule.targets.iter().filter(|target| target.weight > 0) {
        let unable = |what| Untranslatable { what, place: place() };
        clusters.push(share(context, target).map_err(unable)?);
    }
    let mut action = forward(context, rule, matched, None);
    let clusters = WeightedCluster { clusters, ..Default::default() };
    action.cluster_specifier = Some(ClusterSpecifier::WeightedClusters(clusters));
    Ok(with_headers(route(matched, Action::Route(action)), &rule.actions))
}

fn share(context: &Context<'_>, target: &WeightedTarget) -> Result<ClusterWeight, &'static str> {
    let headers = Headers::of(&target.actions);
    let mut share = ClusterWeight {
        name: context.cluster(&target.target).to_owned(),
        weight: number(target.weight),
        request_headers_to_add: headers.request_add,
        request_headers_to_remove: headers.request_remove,
        response_headers_to_add: headers.response_add,
        response_headers_to_remove: headers.response_remove,
        ..Default::default()
    };
    for filter in &target.actions {
        match filter {
            Filter::RequestHeaders(_) | Filter::ResponseHeaders(_) => {}
            Filter::Rewrite(rewrite) => {
                if rewrite.path.is_some() {
                    return Err("a path rewrite of one share of the requests");
                }
                let literal = |name: &_| cluster_weight::HostRewriteSpecifier::HostRewriteLiteral(format!("{name}"));
                share.host_rewrite_specifier = rewrite.hostname.as_ref().map(literal);
            }
            Filter::Redirect(_) => return Err("a redirect of one share of the requests"),
            Filter::Mirror(_) => return Err("copies of one share of the requests"),
        }
    }
    Ok(share)
}

/// What does not depend on the target: time limits, rewrites of the rule, and copies of its requests or of those of
/// `only`.
fn forward(context: &Context<'_>, rule: &Rule, matched: &HttpRouteMatch, only: Option<usize>) -> RouteAction {
    // Nothing is tried twice, so that one attempt may take as long as the request.
    let limit = [rule.limits.request, rule.limits.backend_request].into_iter().flatten().min();
    let mirrors = rule.mirrors().filter(|(target, _)| target.is_none() || *target == only);
    let mut action = RouteAction {
        cluster_not_found_response_code: ClusterNotFoundResponseCode::InternalServerError.into(),
        // Zero is no limit.
        timeout: duration(limit.unwrap_or(Duration::ZERO)),
        request_mirror_policies: mirrors.filter_map(|(_, mirror)| filters::mirror(context, mirror)).collect(),
        ..Default::default()
    };
    for filter in &rule.actions {
        if let Filter::Rewrite(rewrite) = filter {
            filters::rewrite(&mut action, rewrite, matched);
        }
    }
    action
}

fn reply(matched: &HttpRouteMatch, status: u32, body: &str) -> Route {
    let action = DirectResponseAction { status, body: inline(body), ..Default::default() };
    route(matched, Action::DirectResponse(action))
}

fn route(matched: &HttpRouteMatch, action: Action) -> Route {
    Route { r#match: Some(matches::route_match(matched)), action: Some(action), ..Default::default() }
}

fn with_headers<'a>(route: Route, filters: impl IntoIterator<Item = &'a Filter>) -> Route {
    let headers = Headers::of(filters);
    Route {
        request_headers_to_add: headers.request_add,
        request_headers_to_remove: headers.request_remove,
        response_headers_to_add: headers.response_add,
        response_headers_to_remove: headers.response_remove,
        ..route
    }
}
