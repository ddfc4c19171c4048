//! Carries out the filters of a rule and of the target that was chosen.

use http::HeaderMap;
use http::header::{HOST, HeaderValue, LOCATION};
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use sextant_resources::HttpRouteMatch;
use sextant_routing::{Filter, Model, Rewrite};

use crate::reply::OwnReply;
use crate::{Reason, headers};

/// The match, rule and target that took a request, as places in the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen {
    pub(crate) route: usize,
    pub(crate) rule: usize,
    pub(crate) matched: usize,
    pub(crate) target: usize,
}

/// The reply of the first redirect among `filters`, for a request that `matched` took at listener port `port`, with
/// what the others do to responses.
pub(crate) fn redirect(filters: &[Filter], matched: &HttpRouteMatch, port: u16, parts: &Parts) -> Option<OwnReply> {
    let redirect = filters.iter().find_map(|filter| match filter {
        Filter::Redirect(redirect) => Some(redirect),
        Filter::RequestHeaders(_) | Filter::ResponseHeaders(_) | Filter::Rewrite(_) | Filter::Mirror(_) => None,
    })?;
    let reply = || -> Result<OwnReply, Reason> {
        let location = redirect.location(headers::authority(parts)?, port, &parts.uri, matched);
        let location = HeaderValue::try_from(location).map_err(|_| Reason::RuleFault)?;
        let mut headers = HeaderMap::from_iter([(LOCATION, location)]);
        edit_response(filters, &mut headers);
        Ok(OwnReply::Redirect { status: redirect.status, headers })
    };
    Some(reply().unwrap_or_else(OwnReply::from))
}

impl Chosen {
    /// Changes a request before it is sent. Everything that has to match has matched before.
    pub(crate) fn edit_request(&self, model: &Model, parts: &mut Parts) -> Result<(), Reason> {
        let matched = &model.routes[self.route].rules[self.rule].matches[self.matched];
        for filter in self.filters(model) {
            match filter {
                Filter::RequestHeaders(edit) => edit.apply(&mut parts.headers),
                Filter::Rewrite(rewrite) => rewrite_target(rewrite, matched, parts)?,
                // A redirect would have ended the request before; copies are made of what these leave.
                Filter::ResponseHeaders(_) | Filter::Redirect(_) | Filter::Mirror(_) => (),
            }
        }
        Ok(())
    }

    /// Changes the headers of an endpoint's response.
    pub(crate) fn edit_response(&self, model: &Model, headers: &mut HeaderMap) {
        edit_response(self.filters(model), headers);
    }

    /// Those of the rule, then those of the target.
    fn filters<'a>(&self, model: &'a Model) -> impl Iterator<Item = &'a Filter> {
        let rule = &model.routes[self.route].rules[self.rule];
        rule.actions.iter().chain(&rule.targets[self.target].actions)
    }
}

fn edit_response<'a>(filters: impl IntoIterator<Item = &'a Filter>, headers: &mut HeaderMap) {
    for filter in filters {
        if let Filter::ResponseHeaders(edit) = filter {
            edit.apply(headers);
        }
    }
}

fn rewrite_target(rewrite: &Rewrite, matched: &HttpRouteMatch, parts: &mut Parts) -> Result<(), Reason> {
    if let Some(path) = &rewrite.path {
        let mut path = path.apply(parts.uri.path(), matched);
        if let Some(query) = parts.uri.query() {
            path = format!("{path}?{query}");
        }
        let mut uri = std::mem::take(&mut parts.uri).into_parts();
        uri.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| Reason::RuleFault)?);
        parts.uri = Uri::from_parts(uri).map_err(|_| Reason::RuleFault)?;
    }
    if let Some(hostname) = &rewrite.hostname {
        let host = HeaderValue::try_from(hostname.as_str()).map_err(|_| Reason::RuleFault)?;
        parts.headers.insert(HOST, host);
        // An authority in the target would outweigh `Host`.
        parts.uri = parts.uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    }
    Ok(())
}
