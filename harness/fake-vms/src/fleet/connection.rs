//! One connection to a VM, from accept to its end: HTTP/1.1 or HTTP/2 by what the client sends first, or bytes.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::answer;
use super::script::Script;
use super::speech;
use super::vm::Vm;
use super::wire::{Wire, WireControl};
use crate::{Closer, Event, Fault, ResetWhen, SeenTls, Speaks};

/// A connection, as its requests see it.
pub(super) struct Connection {
    pub(super) vm: Arc<Vm>,
    pub(super) wire: Arc<WireControl>,
    id: u64,
    peer: SocketAddr,
    /// Set once TLS is agreed on.
    tls: OnceLock<SeenTls>,
}

/// Why a connection ended before its time.
#[derive(Debug, thiserror::Error)]
enum ConnectionError {
    #[error("no TLS was agreed on")]
    Tls(#[from] io::Error),
    #[error("the bytes broke off")]
    Bytes(#[source] io::Error),
    #[error("no HTTP was spoken")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs the streams of an HTTP/2 connection as tasks of the VM that end with their connection.
#[derive(Clone)]
struct StreamTasks {
    tasks: TaskTracker,
    cut: CancellationToken,
}

impl Connection {
    pub(super) fn new(vm: Arc<Vm>, wire: Arc<WireControl>, peer: SocketAddr) -> Self {
        let id = vm.journal.next_connection();
        Self { vm, wire, id, peer, tls: OnceLock::new() }
    }

    /// What is known of TLS; `None` on a plaintext connection.
    pub(super) fn tls(&self) -> Option<&SeenTls> {
        self.tls.get()
    }

    pub(super) fn write(&self, event: Event) {
        self.vm.journal.write(self.vm.documented, self.id, self.peer, event);
    }

    /// Serves the connection to its end.
    pub(super) async fn serve(self, stream: TcpStream, tasks: TaskTracker) {
        self.vm.counters.add_connection();
        self.write(Event::Accepted);
        self.vm.journal.announce();
        // Also when this future is dropped half way, the streams of the connection end.
        let _streams_end = self.wire.cut().clone().drop_guard();
        let connection = Arc::new(self);
        let closer = connection.converse(stream, tasks).await;
        connection.write(Event::Closed(closer));
    }

    async fn converse(self: &Arc<Self>, stream: TcpStream, tasks: TaskTracker) -> Closer {
        let control = &self.wire;
        let wire = Wire::new(stream, Arc::clone(control));
        if matches!(self.vm.script.load().fault, Some(Fault::Reset(ResetWhen::OnAccept))) {
            control.reset();
            return Closer::VmReset;
        }
        if let Err(error) = wire.without_delay() {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let conversation = self.secure(wire, tasks);
        tokio::select! {
            biased;
            () = control.cut().cancelled() => {
                if control.is_reset() { Closer::VmReset } else { Closer::Vm }
            }
            ended = conversation => {
                if let Err(error) = ended {
                    tracing::debug!(%error, endpoint = %self.vm.documented, "connection ended");
                }
                Closer::Peer
            }
        }
    }

    /// Speaks what the VM speaks, behind TLS where it serves that.
    async fn secure(self: &Arc<Self>, wire: Wire, tasks: TaskTracker) -> Result<(), ConnectionError> {
        let script = self.vm.script.load_full();
        let Some(terminator) = &script.tls else { return self.spoken(&script, wire, tasks).await };
        let (stream, seen) = terminator.accept(wire).await?;
        // Nobody else sets it.
        let _first = self.tls.set(seen);
        self.spoken(&script, stream, tasks).await
    }

    async fn spoken(
        self: &Arc<Self>,
        script: &Script,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        tasks: TaskTracker,
    ) -> Result<(), ConnectionError> {
        match script.speaks {
            Speaks::Http => self.http(stream, tasks).await,
            Speaks::Bytes => speech::speak(self, script, stream).await.map_err(ConnectionError::Bytes),
        }
    }

    async fn http(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        tasks: TaskTracker,
    ) -> Result<(), ConnectionError> {
        let http = auto::Builder::new(StreamTasks { tasks, cut: self.wire.cut().clone() });
        let requests = service_fn(|request| answer(Arc::clone(self), request));
        http.serve_connection(TokioIo::new(stream), requests).await.map_err(ConnectionError::Http)
    }
}

impl<F> Executor<F> for StreamTasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let cut = self.cut.clone();
        self.tasks.spawn(async move { cut.run_until_cancelled(stream).await });
    }
}
