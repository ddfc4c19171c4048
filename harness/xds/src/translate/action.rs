//! What happens to the requests of a rule.

use std::time::Duration;

use envoy_types::pb::envoy::config::route::v3::route::Action;
use envoy_types::pb::envoy::config::route::v3::route_action::{ClusterNotFoundResponseCode, ClusterSpecifier};
use envoy_types::pb::envoy::config::route::v3::{DirectResponseAction, Route, RouteAction};
use sextant_resources::HttpRouteMatch;
use sextant_routing::{
    Answer, Backend, Decision, Discovery, Filter, INVALID_ROUTE_BODY, NO_UPSTREAM_BODY, Rule, Target, WeightedTarget,
};

use super::filters::{self, Headers};
use super::{Context, matches, shares};
use crate::proto::{duration, inline, matching};

/// The routes of Envoy for a decision of the model at listener port `port`, in this order; usually one.
pub(super) fn routes(context: &Context<'_>, decision: Decision, port: u16) -> Vec<Route> {
    let (rule, matched) = match context.model.answer(decision) {
        Answer::NotFound => return Vec::new(),
        Answer::Invalid(_) => {
            let Decision::Rule { route, rule, matched } = decision else { return Vec::new() };
            let matched = &context.model.routes[route].rules[rule].matches[matched];
            return vec![reply(matched, 500, INVALID_ROUTE_BODY)];
        }
        Answer::Redirect { redirect, rule, matched } => {
            let action = Action::Redirect(filters::redirect(redirect, matched, port));
            return vec![with_headers(route(matched, action), &rule.actions)];
        }
        Answer::Share { rule, matched } => (rule, matched),
    };
    let serving: Vec<_> = rule.targets.iter().enumerate().filter(|(_, target)| target.weight > 0).collect();
    match serving[..] {
        [] => vec![reply(matched, 500, INVALID_ROUTE_BODY)],
        [only] => to_one(context, rule, matched, only, port),
        _ => shares::routes(context, rule, matched, &serving, port),
    }
}

/// All requests go to one target, whose filters are then those of the rule.
pub(super) fn to_one(
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

/// What does not depend on the target: time limits, rewrites of the rule, and copies of its requests or of those of
/// `only`.
pub(super) fn forward(
    context: &Context<'_>,
    rule: &Rule,
    matched: &HttpRouteMatch,
    only: Option<usize>,
) -> RouteAction {
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

pub(super) fn route(matched: &HttpRouteMatch, action: Action) -> Route {
    Route { r#match: Some(matches::route_match(matched)), action: Some(action), ..Default::default() }
}

pub(super) fn with_headers<'a>(route: Route, filters: impl IntoIterator<Item = &'a Filter>) -> Route {
    let headers = Headers::of(filters);
    Route {
        request_headers_to_add: headers.request_add,
        request_headers_to_remove: headers.request_remove,
        response_headers_to_add: headers.response_add,
        response_headers_to_remove: headers.response_remove,
        ..route
    }
}
