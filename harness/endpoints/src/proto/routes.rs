//! Route configurations.

use envoy_types::pb::envoy::config::route::v3 as route;
use envoy_types::pb::envoy::r#type::matcher::v3 as matcher;

use super::number;
use crate::wire;

impl From<route::RouteConfiguration> for wire::RouteConfiguration {
    fn from(message: route::RouteConfiguration) -> Self {
        let hosts = message.virtual_hosts.into_iter().map(|host| wire::VirtualHost {
            domains: host.domains,
            routes: host.routes.into_iter().map(Into::into).collect(),
        });
        Self { name: message.name, virtual_hosts: hosts.collect() }
    }
}

impl From<route::Route> for wire::Route {
    fn from(message: route::Route) -> Self {
        let route = match message.action {
            Some(route::route::Action::Route(action)) => Some(action.into()),
            _ => None, // a reply or redirect
        };
        Self { r#match: message.r#match.map(Into::into).unwrap_or_default(), route }
    }
}

impl From<route::RouteAction> for wire::RouteAction {
    fn from(message: route::RouteAction) -> Self {
        use route::route_action::ClusterSpecifier;
        let (cluster, weighted_clusters) = match message.cluster_specifier {
            Some(ClusterSpecifier::Cluster(cluster)) => (cluster, None),
            Some(ClusterSpecifier::WeightedClusters(shares)) => {
                let shares = shares.clusters.into_iter().map(|share| wire::ClusterWeight {
                    name: share.name,
                    weight: number(share.weight).unwrap_or_default(),
                });
                (String::new(), Some(wire::WeightedClusters { clusters: shares.collect() }))
            }
            _ => (String::new(), None), // each request names its cluster
        };
        let mirrors = message.request_mirror_policies.into_iter();
        Self {
            cluster,
            weighted_clusters,
            request_mirror_policies: mirrors.map(|mirror| wire::MirrorPolicy { cluster: mirror.cluster }).collect(),
        }
    }
}

impl From<route::RouteMatch> for wire::RouteMatch {
    fn from(message: route::RouteMatch) -> Self {
        use route::query_parameter_matcher::QueryParameterMatchSpecifier;
        use route::route_match::PathSpecifier;
        let mut taken = Self {
            headers: message.headers.into_iter().map(Into::into).collect(),
            query_parameters: Vec::new(),
            ..Self::default()
        };
        for parameter in message.query_parameters {
            let string_match = match parameter.query_parameter_match_specifier {
                Some(QueryParameterMatchSpecifier::StringMatch(matcher)) => Some(matcher.into()),
                Some(QueryParameterMatchSpecifier::PresentMatch(_)) | None => None,
            };
            taken.query_parameters.push(wire::QueryMatcher { name: parameter.name, string_match });
        }
        match message.path_specifier {
            Some(PathSpecifier::Prefix(prefix)) => taken.prefix = Some(prefix),
            Some(PathSpecifier::Path(path)) => taken.path = Some(path),
            Some(PathSpecifier::PathSeparatedPrefix(prefix)) => taken.path_separated_prefix = Some(prefix),
            Some(PathSpecifier::SafeRegex(regex)) => taken.safe_regex = Some(wire::Regex { regex: regex.regex }),
            _ => {}
        }
        taken
    }
}

impl From<route::HeaderMatcher> for wire::HeaderMatcher {
    fn from(message: route::HeaderMatcher) -> Self {
        use route::header_matcher::HeaderMatchSpecifier;
        let mut taken = Self { name: message.name, invert_match: message.invert_match, ..Self::default() };
        match message.header_match_specifier {
            Some(HeaderMatchSpecifier::StringMatch(matcher)) => taken.string_match = Some(matcher.into()),
            Some(specifier) => older(&mut taken, specifier),
            None => {}
        }
        taken
    }
}

#[expect(deprecated, reason = "control planes of a few years ago still send these")]
fn older(taken: &mut wire::HeaderMatcher, specifier: route::header_matcher::HeaderMatchSpecifier) {
    use route::header_matcher::HeaderMatchSpecifier;
    match specifier {
        HeaderMatchSpecifier::ExactMatch(text) => taken.exact_match = Some(text),
        HeaderMatchSpecifier::SafeRegexMatch(regex) => {
            taken.safe_regex_match = Some(wire::Regex { regex: regex.regex });
        }
        _ => {}
    }
}

impl From<matcher::StringMatcher> for wire::StringMatcher {
    fn from(message: matcher::StringMatcher) -> Self {
        use matcher::string_matcher::MatchPattern;
        let mut taken = Self::default();
        match message.match_pattern {
            Some(MatchPattern::Exact(text)) => taken.exact = Some(text),
            Some(MatchPattern::Prefix(text)) => taken.prefix = Some(text),
            Some(MatchPattern::Suffix(text)) => taken.suffix = Some(text),
            Some(MatchPattern::Contains(text)) => taken.contains = Some(text),
            Some(MatchPattern::SafeRegex(regex)) => taken.safe_regex = Some(wire::Regex { regex: regex.regex }),
            Some(MatchPattern::Custom(_)) | None => {}
        }
        taken
    }
}
