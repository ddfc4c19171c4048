//! Client connections that are passed on as they are: all of a TCP listener, and those of a TLS listener by the server
//! name of their ClientHello.
//!
//! A connection that nobody takes is closed, as Envoy does: by a reset if the client has sent something that nobody
//! read. One that is passed on lives until both sides have ended it, or one of them broke it; a new configuration does
//! not touch it.

mod hello;
mod relay;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;

use sextant_routing::{BackendId, L4Protocol};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::Reason;
use crate::active::BackendState;
use crate::dynamic::{DynamicNames, Whom};
use crate::outlier::UpstreamEvent;
use crate::peer::Peer;
use crate::pool::Stream;
use crate::proxy::REROUTES;
use crate::registry::{Carries, Entry, RequestGuard};
use crate::reply::Refusal;
use crate::stats::count;
use crate::worker::{Accepted, Worker};
use hello::{Hello, HelloError};

/// Why a connection was not passed on.
enum Unserved {
    /// The gateway closes it.
    Refused(Refusal),
    /// It ended before it was clear where it goes: by the client, for taking too long, or because the gateway stops.
    Gone(HelloError),
}

/// Where a connection goes.
struct Choice {
    backend: BackendId,
    whom: Whom,
}

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: Rc<Worker>, accepted: Accepted) {
    let closed_port = worker.current().active.l4(accepted.port).is_none();
    let registered = worker.registry.register(accepted.port, Carries::Bytes, closed_port);
    let mut client = match accepted.stream.set_nodelay(true).and_then(|()| TcpStream::from_std(accepted.stream)) {
        Ok(client) => client,
        Err(error) => return tracing::debug!(%error, "client connection lost"),
    };
    // What is counted is counted before the client can know.
    match serving(&worker, &registered.entry, &mut client).await {
        Ok((endpoint, _busy)) => {
            let ended = relay::relay(client, endpoint, worker.l4_idle_timeout).await;
            tracing::debug!(?ended, "connection ended");
        }
        Err(Unserved::Gone(error)) => tracing::debug!(%error, "client connection closed"),
        Err(Unserved::Refused(refusal)) => {
            worker.stats.count_own(refusal.reason);
            tracing::debug!(?refusal, "client connection closed");
        }
    }
    drop(accepted.permit);
}

/// The endpoint of `client`, which has got what was read from the client. The guard keeps the connection from being taken
/// for idle.
async fn serving(
    worker: &Worker,
    entry: &Rc<Entry>,
    client: &mut TcpStream,
) -> Result<(Stream, RequestGuard), Unserved> {
    let protocol = worker.current().active.l4(entry.port).ok_or(Reason::NoRoute)?.protocol();
    let hello = match protocol {
        L4Protocol::Tcp => Hello::default(),
        L4Protocol::TlsPassthrough => hello::read(entry, client).await?,
    };
    let busy = entry.begin_request();
    let mut endpoint = connect(worker, entry.port, hello.server_name.as_deref()).await?;
    count(&worker.stats.forwarded);
    let _ = endpoint.write_all(&hello.bytes).await; // an endpoint that is gone is found so by the relay
    Ok((endpoint, busy))
}

/// Connects to the endpoint whose turn it is, or to another one if it goes away meanwhile.
async fn connect(worker: &Worker, port: u16, server_name: Option<&str>) -> Result<Stream, Refusal> {
    let mut last = None;
    for _ in 0..REROUTES {
        let choice = choose(worker, port, server_name)?;
        if let Some(peer) = peer(worker, &choice, server_name).await? {
            let connected = worker.pools.connect(&peer).await;
            let active = &worker.current().active;
            if let Some(state) = active.backend(&choice.backend).filter(|state| state.has(&peer)) {
                let event = if connected.is_ok() { UpstreamEvent::PassedOn } else { UpstreamEvent::Failed };
                state.report(peer.address, event, &worker.stats);
                return connected.map_err(|error| Refusal::about(error.reason(), &choice.backend));
            }
        }
        count(&worker.stats.rerouted);
        last = Some(choice.backend);
    }
    Err(Refusal { reason: Reason::EndpointRemoved, backend: last })
}

/// Decides where a connection goes, under the configuration of this moment.
fn choose(worker: &Worker, port: u16, server_name: Option<&str>) -> Result<Choice, Refusal> {
    let current = worker.current();
    let active = &current.active;
    let route = active.l4(port).and_then(|table| table.decide(server_name)).ok_or(Reason::NoRoute)?;
    let targets = active.l4_targets(route).ok_or(Reason::NoTargets)?;
    let target = targets.pick().ok_or(Reason::NoTargets)?;
    let backend = targets.backend(target).ok_or(Reason::UnresolvedTarget)?;
    let id = &active.model.backends[backend].id;
    let state = &active.backends[backend];
    let about = |reason| Refusal::about(reason, id);
    let whom = match (state.dynamic(), server_name) {
        (Some(_), Some(name)) => {
            let named = DynamicNames::of_server_name(&active.model.backends[backend], name);
            Whom::Named(named.map_err(about)?)
        }
        _ => Whom::Peer(peer_at(state, state.pick().map_err(about)?, server_name)),
    };
    Ok(Choice { backend: id.clone(), whom })
}

/// The peer of a connection; `None` when it has to be routed anew. Waits only for a name that is new (I-107).
async fn peer(worker: &Worker, choice: &Choice, server_name: Option<&str>) -> Result<Option<Peer>, Refusal> {
    let named = match &choice.whom {
        Whom::Peer(peer) => return Ok(Some(peer.clone())),
        Whom::Named(named) => named,
    };
    let address = worker.address_of(&choice.backend, named).await;
    let address = address.map_err(|reason| Refusal::about(reason, &choice.backend))?;
    let current = worker.current();
    let found = address.zip(current.active.backend(&choice.backend));
    Ok(found.map(|(address, state)| peer_at(state, address, server_name)))
}

fn peer_at(state: &BackendState, address: SocketAddr, server_name: Option<&str>) -> Peer {
    let Ok(peer) = state.peer(address, || Ok::<_, Infallible>(server_name.unwrap_or_default().to_owned()));
    peer
}

impl From<Reason> for Unserved {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<Refusal> for Unserved {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<HelloError> for Unserved {
    fn from(error: HelloError) -> Self {
        match error {
            HelloError::NotTls => Reason::NotTls.into(),
            gone => Self::Gone(gone),
        }
    }
}
