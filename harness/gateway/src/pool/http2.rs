//! HTTP/2 connections: one for each worker and address, shared by its requests, with a task of its own.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http2};
use hyper_util::rt::TokioTimer;

use super::Pool;
use super::connect::{ConnectError, connect};
use crate::body::RequestBody;
use crate::stats::count;
use crate::worker::LocalExecutor;

type Sender = http2::SendRequest<RequestBody>;
type Connecting = Shared<LocalBoxFuture<'static, Result<Sender, ConnectError>>>;

/// The connection of a pool, if there is one.
#[derive(Default)]
pub(super) struct SharedConnection(RefCell<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    Connecting(Connecting),
    Open(Sender),
}

/// A place on a shared connection for one request.
pub(crate) struct Http2Lease {
    sender: Sender,
    reused: bool,
}

impl SharedConnection {
    /// The open connection, the one that is being opened, or a new one. `fresh` leaves the open one to those that use
    /// it already.
    pub(super) async fn acquire(&self, pool: &Rc<Pool>, fresh: bool) -> Result<Http2Lease, ConnectError> {
        let connecting = {
            let mut state = self.0.borrow_mut();
            match &*state {
                State::Open(sender) if !fresh && !sender.is_closed() => {
                    count(&pool.stats.reuses);
                    return Ok(Http2Lease { sender: sender.clone(), reused: true });
                }
                State::Connecting(connecting) => connecting.clone(),
                State::Open(_) | State::None => {
                    let connecting = start(pool.clone());
                    *state = State::Connecting(connecting.clone());
                    connecting
                }
            }
        };
        let sender = connecting.await?;
        Ok(Http2Lease { sender, reused: false })
    }

    /// Lets go of the connection: it closes when its last request is done.
    pub(super) fn clear(&self) {
        *self.0.borrow_mut() = State::None;
    }
}

/// Opens a connection in a task of its own, so that it gets on even when the request that wanted it goes away.
fn start(pool: Rc<Pool>) -> Connecting {
    let task = tokio::task::spawn_local(async move {
        let result = open(&pool).await;
        *pool.http2.0.borrow_mut() = match &result {
            Ok(sender) if !pool.retired.get() => State::Open(sender.clone()),
            _ => State::None,
        };
        result
    });
    // The task can only fail to answer when the worker ends.
    task.map(|joined| joined.unwrap_or(Err(ConnectError::Handshake))).boxed_local().shared()
}

async fn open(pool: &Pool) -> Result<Sender, ConnectError> {
    let io = connect(pool).await?;
    let max_head = u32::try_from(pool.settings.header_bytes).unwrap_or(u32::MAX);
    let handshake =
        http2::Builder::new(LocalExecutor).timer(TokioTimer::new()).max_header_list_size(max_head).handshake(io);
    let (sender, driver) = tokio::time::timeout(pool.settings.connect_timeout, handshake)
        .await
        .map_err(|_| ConnectError::Timeout(pool.settings.connect_timeout))?
        .map_err(|_| ConnectError::Handshake)?;
    let address = pool.peer.address;
    tokio::task::spawn_local(async move {
        if let Err(error) = driver.await {
            tracing::debug!(upstream.address = %address, %error, "HTTP/2 connection ended");
        }
    });
    Ok(sender)
}

impl Http2Lease {
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Sends `request` and waits for the head of the response.
    pub(crate) async fn exchange(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, TrySendError<Request<RequestBody>>> {
        self.sender.try_send_request(request).await
    }
}
