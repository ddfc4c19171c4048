//! Small HTTP servers to be endpoints. They speak HTTP/1.1 and HTTP/2, and end when they are dropped.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::Stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A body of any kind.
pub(crate) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// What an endpoint does with a request.
pub(crate) type Handler =
    Arc<dyn Fn(Request<Incoming>) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> + Send + Sync>;

/// A running endpoint.
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    /// Heads of the requests that came, in order.
    pub(crate) requests: Arc<Mutex<Vec<Request<()>>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Endpoint {
    /// An endpoint that answers with `handler`.
    pub(crate) async fn start(handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections, open) = (Arc::default(), Arc::default(), Arc::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, handler, Arc::clone(&requests), Arc::clone(&connections), Arc::clone(&open)));
        Self { address, requests, connections, open, _tasks: tasks }
    }

    /// Requests that came.
    pub(crate) fn hits(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Connections that were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn accept(
    listener: TcpListener,
    handler: Handler,
    requests: Arc<Mutex<Vec<Request<()>>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
) {
    let mut tasks = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.fetch_add(1, Ordering::SeqCst);
        open.fetch_add(1, Ordering::SeqCst);
        let (handler, requests, open) = (handler.clone(), requests.clone(), open.clone());
        tasks.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let (parts, body) = request.into_parts();
                requests.lock().unwrap().push(Request::from_parts(parts.clone(), ()));
                let reply = handler(Request::from_parts(parts, body));
                async move { Ok::<_, Infallible>(reply.await) }
            });
            // A connection that breaks is the business of the test that broke it.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// A handler that answers 200 with `text`.
pub(crate) fn text(text: &str) -> Handler {
    let text = Bytes::from(text.to_owned());
    handler(move |_| {
        let text = text.clone();
        async move { Response::new(body(text)) }
    })
}

/// A handler from an async closure.
pub(crate) fn handler<F: Future<Output = Response<Body>> + Send + 'static>(
    answer: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
) -> Handler {
    Arc::new(move |request| Box::pin(answer(request)))
}

/// A body of known length.
pub(crate) fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// No body.
pub(crate) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body of unknown length.
pub(crate) fn stream(frames: impl Stream<Item = std::io::Result<Frame<Bytes>>> + Send + 'static) -> Body {
    StreamBody::new(frames).boxed_unsync()
}

/// A frame of data.
pub(crate) fn data(bytes: impl Into<Bytes>) -> std::io::Result<Frame<Bytes>> {
    Ok(Frame::data(bytes.into()))
}
