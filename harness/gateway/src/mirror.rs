//! Copies of requests for other backends (Gateway API, HTTPRequestMirrorFilter).
//!
//! A copy never delays or changes what the client gets: nothing waits for it, what becomes of it is only counted, and its
//! body is given up when the copy falls too far behind. As Envoy does, it goes with the filters of the original and with
//! `-shadow` at the end of its host, so that a backend can tell it from the original.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{HOST, HeaderValue};
use http::request::Parts;
use http::uri::Uri;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use sextant_routing::{BackendId, Mirror, MirrorShare, Target};

use crate::active::Active;
use crate::body::{RequestBody, Source};
use crate::outlier::UpstreamEvent;
use crate::peer::Peer;
use crate::pool::Lease;
use crate::stats::count;
use crate::worker::Worker;
use crate::{Reason, headers};

/// How long a copy may take whose rule has no time limit; Envoy's default for a route.
const PATIENCE: Duration = Duration::from_secs(15);

/// A mirror of a rule, and whose turn it is, for all workers.
#[derive(Debug)]
pub(crate) struct MirrorPlan {
    /// Place of the only target whose requests are copied; `None` for all of the rule.
    target: Option<usize>,
    /// A place in [`Active::backends`].
    backend: usize,
    share: MirrorShare,
    turn: AtomicU64,
}

/// A copy on its way.
pub(crate) struct Copy {
    request: Request<RequestBody>,
    to: Destination,
    limit: Duration,
}

/// Where a copy goes.
struct Destination {
    backend: BackendId,
    peer: Peer,
}

impl MirrorPlan {
    /// `None` for a reference that resolves to nothing: there is nobody to send copies to.
    pub(crate) fn new(target: Option<usize>, mirror: &Mirror) -> Option<Self> {
        match &mirror.target {
            Target::Backend(backend) => {
                Some(Self { target, backend: backend.0, share: mirror.share, turn: AtomicU64::new(0) })
            }
            Target::Unresolved(_) => None,
        }
    }

    /// Whether a request that goes to `target` is copied. Every call is a turn of its own.
    pub(crate) fn takes(&self, target: usize) -> bool {
        self.target.is_none_or(|only| only == target) && self.share.takes(self.turn.fetch_add(1, Ordering::Relaxed))
    }

    /// A copy with this head and body for the host whose turn it is; `None` when there is none, or when the head cannot
    /// be sent to it. `parts` are those of the request as its filters leave it.
    pub(crate) fn copy(
        &self,
        active: &Active,
        mut parts: Parts,
        body: RequestBody,
        client: &HeaderValue,
        limit: Option<Duration>,
    ) -> Option<Copy> {
        let state = &active.backends[self.backend];
        let address = state.pick().ok()?;
        shadow(&mut parts).ok()?;
        let peer = state.peer(address, || headers::authority(&parts).map(str::to_owned)).ok()?;
        headers::to_endpoint(&mut parts, state.upstream, client).ok()?;
        let to = Destination { backend: active.model.backends[self.backend].id.clone(), peer };
        Some(Copy { request: Request::from_parts(parts, body), to, limit: limit.unwrap_or(PATIENCE) })
    }
}

impl Copy {
    /// Sends the copy and reads what comes back.
    pub(crate) async fn send(self, worker: Rc<Worker>) {
        let Self { request, to, limit } = self;
        let answered = tokio::time::timeout(limit, exchange(&worker, request, &to)).await;
        let stats = &worker.stats;
        count(if answered == Ok(true) { &stats.mirrored } else { &stats.mirror_failures });
    }
}

/// Whether a whole response came. A dead connection of the pool is replaced once, as for every request.
async fn exchange(worker: &Worker, mut request: Request<RequestBody>, to: &Destination) -> bool {
    for fresh in [false, true] {
        let lease = worker.pools.pool(&to.peer).acquire(fresh).await;
        // Waiting may have outlived the endpoint.
        let active = worker.current().active.clone();
        let Some(state) = active.backend(&to.backend).filter(|state| state.has(&to.peer)) else { return false };
        let report = |event| state.report(to.peer.address, event, &worker.stats);
        let sent = match lease {
            Ok(Lease::Http1(lease)) => lease.exchange(request).await.map(|response| response.map(Source::Http1)),
            Ok(Lease::Http2(lease)) => lease.exchange(request).await.map(|response| response.map(Source::Http2)),
            Err(_) => {
                report(UpstreamEvent::Failed);
                return false;
            }
        };
        match sent {
            Ok(response) => {
                report(UpstreamEvent::Replied(response.status()));
                return read(response).await;
            }
            Err(mut failed) => match failed.take_message() {
                Some(unsent) => request = unsent,
                None => {
                    report(UpstreamEvent::Failed);
                    return false;
                }
            },
        }
    }
    false
}

/// Reads the response to its end, so that its connection can be used again, and forgets it.
async fn read(response: Response<Source>) -> bool {
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        if frame.is_err() {
            return false;
        }
    }
    true
}

/// Marks the host: `se.example.com-shadow`, or `se.example.com-shadow:8080`.
fn shadow(parts: &mut Parts) -> Result<(), Reason> {
    let authority = headers::authority(parts)?;
    let port = authority.rfind(':').filter(|at| authority[at + 1..].bytes().all(|byte| byte.is_ascii_digit()));
    let (host, port) = authority.split_at(port.unwrap_or(authority.len()));
    let marked = HeaderValue::try_from(format!("{host}-shadow{port}")).map_err(|_| Reason::InvalidHost)?;
    parts.headers.insert(HOST, marked);
    // An authority in the target would outweigh `Host`.
    parts.uri = parts.uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("se.example.com", "se.example.com-shadow")]
    #[case("se.example.com:8080", "se.example.com-shadow:8080")]
    #[case("[2001:db8::1]:80", "[2001:db8::1]-shadow:80")]
    fn the_host_of_a_copy_is_marked_before_its_port(#[case] host: &str, #[case] marked: &str) {
        for request in
            [Request::builder().uri("/a?b").header(HOST, host), Request::builder().uri(format!("http://{host}/a?b"))]
        {
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            shadow(&mut parts).unwrap();
            assert_eq!((parts.headers[HOST].to_str().unwrap(), parts.uri.to_string()), (marked, "/a?b".to_owned()));
        }
    }
}
