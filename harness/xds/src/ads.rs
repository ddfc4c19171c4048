//! The aggregated discovery server: one stream on which Envoy gets every resource, in an order without gaps.
//!
//! The protocol's state of the world variant: a response of clusters or listeners has all there are; one of endpoints or
//! routes has those that changed. A kind waits until the kinds before it were acknowledged, so that nothing refers to
//! what is not there yet; endpoints alone go along with their clusters, which Envoy acknowledges when they are warm.

mod session;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use envoy_types::pb::envoy::service::discovery::v3::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
};
use futures::Stream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, Streaming};

use crate::{Kind, Snapshot};
use session::Session;

/// Number of a published snapshot, rising by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u64);

/// An aggregated discovery server for one Envoy. It and its streams end when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    published: watch::Sender<Arc<Published>>,
    progress: watch::Receiver<Progress>,
    task: JoinHandle<()>,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Configurations are handed out on loopback only.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address could not be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        #[source]
        source: io::Error,
    },
}

/// What Envoy refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Envoy refused the {kind:?} resources of configuration {}: {message}", serial.0)]
pub struct Rejection {
    /// The snapshot in which it was.
    pub serial: Serial,
    /// Of which kind.
    pub kind: Kind,
    /// Envoy's words.
    pub message: String,
}

/// Why Envoy does not have a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It refused a part of it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It did not get there before the deadline.
    #[error("Envoy has not acknowledged configuration {}: {waiting_for}", serial.0)]
    Deadline {
        /// The snapshot.
        serial: Serial,
        /// What was waited for last.
        waiting_for: String,
    },
    /// The server has ended.
    #[error("the discovery server has ended")]
    Ended,
}

#[derive(Debug, Default)]
struct Published {
    serial: Serial,
    snapshot: Snapshot,
}

/// How far Envoy is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// The last snapshot of which every kind was acknowledged.
    taken: Serial,
    /// The last thing that it refused.
    rejection: Option<Rejection>,
    /// What is waited for; empty when nothing is.
    waiting_for: String,
}

impl Server {
    /// Starts a server with an empty snapshot.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn start(listen: SocketAddr) -> Result<Self, ServeError> {
        if !listen.ip().is_loopback() {
            return Err(ServeError::NotLoopback(listen));
        }
        let bind = |source| ServeError::Bind { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let (published, to_follow) = watch::channel(Arc::default());
        let (told, progress) =
            watch::channel(Progress { waiting_for: "Envoy to connect".to_owned(), ..Progress::default() });
        let service = Service { published: to_follow, progress: told };
        let task = tokio::spawn(async move {
            let service = AggregatedDiscoveryServiceServer::new(service);
            let served = tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpListenerStream::new(listener));
            if let Err(error) = served.await {
                tracing::warn!(%error, "the discovery server ended");
            }
        });
        Ok(Self { address, published, progress, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes `snapshot` the one that Envoy shall have.
    pub fn publish(&self, snapshot: Snapshot) -> Serial {
        let serial = Serial(self.published.borrow().serial.0 + 1);
        self.published.send_replace(Arc::new(Published { serial, snapshot }));
        serial
    }

    /// Waits until Envoy has acknowledged every resource of snapshot `serial`, or of a later one.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub async fn taken(&self, serial: Serial, deadline: Instant) -> Result<(), NotTaken> {
        let mut progress = self.progress.clone();
        let decided = progress.wait_for(|progress| {
            progress.taken >= serial || progress.rejection.as_ref().is_some_and(|refused| refused.serial >= serial)
        });
        match tokio::time::timeout_at(deadline.into(), decided).await {
            Ok(Ok(progress)) => match progress.rejection.clone().filter(|refused| refused.serial >= serial) {
                Some(rejection) => Err(rejection.into()),
                None => Ok(()),
            },
            Ok(Err(_)) => Err(NotTaken::Ended),
            Err(_) => {
                let waiting_for = self.progress.borrow().waiting_for.clone();
                Err(NotTaken::Deadline { serial, waiting_for })
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Streams end with the sender of what is published.
        self.task.abort();
    }
}

struct Service {
    published: watch::Receiver<Arc<Published>>,
    progress: watch::Sender<Progress>,
}

type Responses<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl AggregatedDiscoveryService for Service {
    type StreamAggregatedResourcesStream = Responses<DiscoveryResponse>;
    type DeltaAggregatedResourcesStream = Responses<DeltaDiscoveryResponse>;

    async fn stream_aggregated_resources(
        &self,
        request: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        let session = Session::new(self.published.clone(), self.progress.clone());
        Ok(Response::new(Box::pin(session.responses(request.into_inner()))))
    }

    async fn delta_aggregated_resources(
        &self,
        _: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::DeltaAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented("only the state of the world variant is offered"))
    }
}
