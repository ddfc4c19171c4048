//! One request: routed, sent to an endpoint, answered.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, OptionFuture};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use sextant_routing::{BackendId, Decision, Model};
use tokio::sync::Notify;

use crate::active::{Action, BackendState};
use crate::body::{ReplyBody, RequestBody, Source};
use crate::dynamic::Whom;
use crate::filters::Chosen;
use crate::outlier::UpstreamEvent;
use crate::peer::Peer;
use crate::pool::Lease;
use crate::registry::{Entry, RequestGuard};
use crate::reply::{Asked, OwnReply};
use crate::stats::count;
use crate::worker::{Current, Worker};
use crate::{Reason, filters, grpc, headers};

/// How often a request, or a connection, is routed again because its endpoint vanished under it, before it is given up.
pub(crate) const REROUTES: usize = 16;

/// What the requests of one client connection share.
pub(crate) struct Client {
    pub(crate) worker: Rc<Worker>,
    pub(crate) entry: Rc<Entry>,
    /// The client's address, for `x-forwarded-for`.
    pub(crate) address: HeaderValue,
}

/// Where a request goes, under the configuration of a moment.
struct Routed {
    /// What the decision was made by.
    current: Rc<Current>,
    /// Set only if there are filters to carry out.
    filters: Option<Chosen>,
    /// The last change under which the endpoint was known to be there.
    epoch: u64,
    /// Place among the configuration's backends.
    backend: usize,
    whom: Whom,
    timeout: Option<Duration>,
}

/// What became of an attempt to send a request.
enum Attempt {
    Done(Response<Source>),
    Refused(OwnReply),
    /// The reused connection was dead: once more, with what can be sent again.
    Again(Box<Parts>, RequestBody),
}

impl Client {
    /// Answers `request`.
    pub(crate) async fn handle(self: Rc<Self>, request: Request<Incoming>) -> Response<ReplyBody> {
        let guard = self.entry.begin_request();
        let asked = Asked::by(&request);
        match self.forward(request).await {
            Ok((response, limit)) => {
                count(&self.worker.stats.forwarded);
                response.map(|source| ReplyBody::new(source, guard).limited(limit))
            }
            Err(own) => self.reply(&own, &asked, guard),
        }
    }

    fn reply(&self, own: &OwnReply, asked: &Asked, guard: RequestGuard) -> Response<ReplyBody> {
        match own {
            OwnReply::Refusal(refusal) => self.worker.stats.count_own(refusal.reason),
            OwnReply::Redirect { .. } => count(&self.worker.stats.redirected),
        }
        tracing::debug!(?own, "answered by the gateway");
        own.reply(asked, self.worker.reason_header, guard)
    }

    /// Routes `request` and sends it, within the time limit of its rule.
    async fn forward(
        &self,
        request: Request<Incoming>,
    ) -> Result<(Response<Source>, Option<LocalBoxFuture<'static, ()>>), OwnReply> {
        let (parts, incoming) = request.into_parts();
        let mut body = RequestBody::new(incoming);
        let routed = self.route(&parts)?;
        self.mirror(&routed, &parts, &mut body);
        let awaited = Cell::new(None);
        let Some(timeout) = routed.timeout else {
            return Ok((self.send(routed, parts, body, &awaited).await?, None));
        };
        let about = routed.id().clone();
        let limit = time_limit(timeout, &mut body);
        match futures::future::select(Box::pin(self.send(routed, parts, body, &awaited)), limit).await {
            Either::Left((result, limit)) => Ok((result?, Some(limit))),
            Either::Right(_) => {
                let current = self.worker.current();
                if let Some((address, state)) = awaited.get().zip(current.active.backend(&about)) {
                    state.report(address, UpstreamEvent::TimedOut, &self.worker.stats);
                }
                Err(OwnReply::about(Reason::RequestTimeout, &about))
            }
        }
    }

    /// Sends copies of the request to the mirrors of its rule.
    fn mirror(&self, routed: &Routed, parts: &Parts, body: &mut RequestBody) {
        let Some(chosen) = &routed.filters else { return };
        let active = &routed.current.active;
        let plan = active.rule(chosen.route, chosen.rule);
        for mirror in plan.mirrors.iter().filter(|mirror| mirror.takes(chosen.target)) {
            let mut parts = parts.clone();
            let edited = chosen.edit_request(&active.model, &mut parts);
            let copy =
                edited.ok().and_then(|()| mirror.copy(active, parts, body.copy(), &self.address, routed.timeout));
            match copy {
                Some(copy) => drop(tokio::task::spawn_local(copy.send(self.worker.clone()))),
                None => count(&self.worker.stats.mirror_failures),
            }
        }
    }

    /// Decides where the request goes. No waiting and no copying: everything is looked up in the configuration.
    fn route(&self, parts: &Parts) -> Result<Routed, OwnReply> {
        let current = self.worker.current();
        let active = &current.active;
        if parts.method == Method::CONNECT {
            return Err(Reason::ConnectMethod.into());
        }
        let host = headers::authority(parts)?;
        let table = active.table(self.entry.port).ok_or(Reason::NoRoute)?;
        let Decision::Rule { route, rule, matched } = table.decide(host, &parts.method, &parts.uri, &parts.headers)
        else {
            return Err(Reason::NoRoute.into());
        };
        let plan = active.rule(route, rule);
        let of_model = &active.model.routes[route].rules[rule];
        let redirected = |filters| filters::redirect(filters, &of_model.matches[matched], self.entry.port, parts);
        if plan.filtered
            && let Some(redirect) = redirected(&of_model.actions)
        {
            return Err(redirect);
        }
        let (target, backend) = match &plan.action {
            Action::Reply(reason) => return Err((*reason).into()),
            Action::Forward(targets) => {
                let target = targets.pick().ok_or(Reason::NoTargets)?;
                (target, targets.backend(target))
            }
        };
        if plan.filtered
            && let Some(redirect) = redirected(&of_model.targets[target].actions)
        {
            return Err(redirect);
        }
        let backend = backend.ok_or(Reason::UnresolvedTarget)?;
        let state = &active.backends[backend];
        let of_model = &active.model.backends[backend];
        let about = |reason| OwnReply::about(reason, &of_model.id);
        let filters = plan.filtered.then_some(Chosen { route, rule, matched, target });
        let whom = match state.dynamic() {
            Some(names) => Whom::Named(names.named(of_model, host).map_err(about)?),
            None => {
                let address = state.pick().map_err(about)?;
                Whom::Peer(state.peer(address, || authority_sent(filters.as_ref(), &active.model, parts))?)
            }
        };
        let timeout = plan.timeout;
        Ok(Routed { epoch: current.epoch, filters, backend, whom, timeout, current })
    }

    /// The peer of a request; `None` when it has to be routed anew. Waits only for a name that is new.
    async fn peer(&self, routed: &Routed, parts: &Parts) -> Result<Option<Peer>, OwnReply> {
        let named = match &routed.whom {
            Whom::Peer(peer) => return Ok(Some(peer.clone())),
            Whom::Named(named) => named,
        };
        let address = self.worker.address_of(routed.id(), named).await;
        let address = address.map_err(|reason| OwnReply::about(reason, routed.id()))?;
        let current = self.worker.current();
        let Some((address, state)) = address.zip(current.active.backend(routed.id())) else { return Ok(None) };
        let authority = || authority_sent(routed.filters.as_ref(), &routed.current.active.model, parts);
        Ok(Some(state.peer(address, authority)?))
    }

    /// Sends the request to the endpoint that `routed` names, or to a newer choice if that one goes away meanwhile.
    /// `awaited` is whose response is being waited for.
    async fn send(
        &self,
        mut routed: Routed,
        mut parts: Parts,
        mut body: RequestBody,
        awaited: &Cell<Option<SocketAddr>>,
    ) -> Result<Response<Source>, OwnReply> {
        let mut fresh = false;
        for _ in 0..REROUTES {
            let Some(peer) = self.peer(&routed, &parts).await? else {
                routed = self.reroute(&parts)?;
                continue;
            };
            let lease = self.worker.pools.pool(&peer).acquire(fresh).await;
            // Waiting may have outlived the endpoint. From here to the sending nothing waits.
            if !self.still_valid(&mut routed, &peer) {
                routed = self.reroute(&parts)?;
                continue;
            }
            let connected = if lease.is_ok() { UpstreamEvent::Connected } else { UpstreamEvent::Failed };
            routed.state().report(peer.address, connected, &self.worker.stats);
            let lease = lease.map_err(|error| OwnReply::about(error.reason(), routed.id()))?;
            awaited.set(Some(peer.address));
            let attempt = self.attempt(&routed, &peer, lease, parts, body, fresh).await;
            awaited.set(None);
            match attempt {
                Attempt::Done(response) => return Ok(response),
                Attempt::Refused(refusal) => return Err(refusal),
                Attempt::Again(again, rest) => {
                    count(&self.worker.stats.resent);
                    (parts, body, fresh) = (*again, rest, true);
                }
            }
        }
        Err(OwnReply::about(Reason::EndpointRemoved, routed.id()))
    }

    fn reroute(&self, parts: &Parts) -> Result<Routed, OwnReply> {
        count(&self.worker.stats.rerouted);
        self.route(parts)
    }

    /// Sends the request on `lease`, a connection to `peer`. `last` says that there is no second attempt.
    async fn attempt(
        &self,
        routed: &Routed,
        peer: &Peer,
        lease: Lease,
        mut parts: Parts,
        body: RequestBody,
        last: bool,
    ) -> Attempt {
        // Kept only where it can be needed.
        let kept = (lease.reused() && !last).then(|| Box::new(parts.clone()));
        let replayable = body.is_empty() && parts.method.is_idempotent();
        if let Err(reason) = self.prepare(&mut parts, routed, peer) {
            return Attempt::Refused(reason.into());
        }
        let state = routed.state();
        let call = state.is_watched() && grpc::is_call(&parts.headers);
        let request = Request::from_parts(parts, body);
        let result = match lease {
            Lease::Http1(lease) => lease.exchange(request).await.map(|response| response.map(Source::Http1)),
            Lease::Http2(lease) => lease.exchange(request).await.map(|response| response.map(Source::Http2)),
        };
        let mut failed = match result {
            // No upgrade was asked for, so nobody knows what would follow.
            Ok(response) if response.status().is_informational() => {
                state.report(peer.address, UpstreamEvent::Failed, &self.worker.stats);
                return Attempt::Refused(OwnReply::about(Reason::UpstreamProtocol, routed.id()));
            }
            Ok(response) => {
                let status = if call { grpc::http_status(&response) } else { response.status() };
                state.report(peer.address, UpstreamEvent::Replied(status), &self.worker.stats);
                return Attempt::Done(routed.reply_head(response));
            }
            Err(failed) => failed,
        };
        match (kept, failed.take_message()) {
            (Some(kept), Some(unsent)) => Attempt::Again(kept, unsent.into_body()),
            (Some(kept), None) if replayable => Attempt::Again(kept, RequestBody::empty()),
            _ => {
                let error = failed.into_error();
                tracing::debug!(upstream.address = %peer.address, %error, "no response");
                state.report(peer.address, UpstreamEvent::Failed, &self.worker.stats);
                Attempt::Refused(OwnReply::about(reason_of(&error), routed.id()))
            }
        }
    }

    /// Makes the client's request the one that the endpoint gets.
    fn prepare(&self, parts: &mut Parts, routed: &Routed, peer: &Peer) -> Result<(), Reason> {
        if let Some(chosen) = &routed.filters {
            chosen.edit_request(&routed.current.active.model, parts)?;
        }
        headers::to_endpoint(parts, peer.http, &self.address)
    }

    /// Whether the endpoint is still one of its backend's, under what the worker knows now.
    fn still_valid(&self, routed: &mut Routed, peer: &Peer) -> bool {
        let current = self.worker.current();
        if routed.epoch == current.epoch {
            return true;
        }
        let valid = current.active.backend(routed.id()).is_some_and(|state| state.has(peer));
        if valid {
            routed.epoch = current.epoch;
        }
        valid
    }
}

impl Routed {
    fn state(&self) -> &BackendState {
        &self.current.active.backends[self.backend]
    }

    fn id(&self) -> &BackendId {
        &self.current.active.model.backends[self.backend].id
    }

    fn reply_head(&self, response: Response<Source>) -> Response<Source> {
        let (mut parts, source) = response.into_parts();
        headers::to_client(&mut parts);
        if let Some(chosen) = &self.filters {
            chosen.edit_response(&self.current.active.model, &mut parts.headers);
        }
        Response::from_parts(parts, source)
    }
}

/// The authority of a request with `parts` once `filters` have done their part.
fn authority_sent(filters: Option<&Chosen>, model: &Model, parts: &Parts) -> Result<String, Reason> {
    let Some(filters) = filters else { return headers::authority(parts).map(str::to_owned) };
    let mut parts = parts.clone();
    filters.edit_request(model, &mut parts)?;
    headers::authority(&parts).map(str::to_owned)
}

/// Completes `timeout` after the request has been read completely (Gateway API, `HTTPRouteTimeouts.request`).
fn time_limit(timeout: Duration, body: &mut RequestBody) -> LocalBoxFuture<'static, ()> {
    let end = (!body.is_empty()).then(|| Rc::new(Notify::new()));
    if let Some(end) = &end {
        body.notify_end(end.clone());
    }
    async move {
        OptionFuture::from(end.as_ref().map(|end| end.notified())).await;
        tokio::time::sleep(timeout).await;
    }
    .boxed_local()
}

fn reason_of(error: &hyper::Error) -> Reason {
    if error.is_parse() || error.is_parse_too_large() { Reason::UpstreamProtocol } else { Reason::UpstreamReset }
}
