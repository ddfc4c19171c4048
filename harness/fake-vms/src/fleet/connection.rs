//! One connection to a VM, from accept to its end: HTTP/1.1 or HTTP/2 by what the client sends first.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::answer;
use super::vm::Vm;
use super::wire::{Wire, WireControl};
use crate::{Closer, Event, Fault, ResetWhen};

/// A connection, as its requests see it.
pub(super) struct Connection {
    pub(super) vm: Arc<Vm>,
    pub(super) wire: Arc<WireControl>,
    id: u64,
    peer: SocketAddr,
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
        Self { vm, wire, id, peer }
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
        let http = auto::Builder::new(StreamTasks { tasks, cut: control.cut().clone() });
        let requests = service_fn(|request| answer(Arc::clone(self), request));
        let conversation = http.serve_connection(TokioIo::new(wire), requests);
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
