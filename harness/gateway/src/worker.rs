//! A worker: one thread that serves its share of the client connections.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{io, thread};

use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use sextant_resources::Hostname;
use sextant_routing::BackendId;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tracing::Instrument;

use crate::active::Active;
use crate::dynamic::{Ask, Named};
use crate::peer::LivePeers;
use crate::pool::{PoolSettings, Pools};
use crate::registry::Registry;
use crate::stats::{WorkerStats, count};
use crate::{GatewayOptions, Reason, connection, l4};

/// A worker as the rest of the gateway sees it.
pub(crate) struct WorkerHandle {
    commands: UnboundedSender<Command>,
    /// A place for each connection that the worker takes.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) stats: Arc<WorkerStats>,
    confirmed: Arc<AtomicU64>,
}

/// What a worker is told.
enum Command {
    Serve(Accepted),
    Change(Change),
    /// Finish what is under way, take nothing new, and tell when nothing is left.
    Drain(oneshot::Sender<()>),
}

/// An accepted client connection.
pub(crate) struct Accepted {
    pub(crate) stream: std::net::TcpStream,
    pub(crate) peer: SocketAddr,
    /// Port of the Gateway listener.
    pub(crate) port: u16,
    pub(crate) permit: OwnedSemaphorePermit,
}

/// A change that workers confirm.
#[derive(Clone)]
pub(crate) struct Change {
    /// Its number; each is larger than the one before.
    pub(crate) epoch: u64,
    pub(crate) active: Arc<Active>,
    /// The only addresses that may still be sent to.
    pub(crate) live: Arc<LivePeers>,
}

/// What a worker goes by: the last change that it has taken. Counted once per request, but by its worker alone, whereas
/// the counter of the `Arc` is one that all workers would fight over.
pub(crate) struct Current {
    pub(crate) active: Arc<Active>,
    pub(crate) epoch: u64,
}

/// The state of a worker, for everything that runs on its thread.
pub(crate) struct Worker {
    current: RefCell<Rc<Current>>,
    pub(crate) pools: Pools,
    pub(crate) registry: Rc<Registry>,
    pub(crate) stats: Arc<WorkerStats>,
    /// To the control thread, which looks names up.
    asks: UnboundedSender<Ask>,
    pub(crate) reason_header: bool,
    pub(crate) l4_idle_timeout: Duration,
    pub(crate) http1: http1::Builder,
    pub(crate) http2: http2::Builder<LocalExecutor>,
}

/// Runs hyper's tasks on the worker's own thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalExecutor;

impl<F> Executor<F> for LocalExecutor
where
    F: Future + 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}

impl WorkerHandle {
    /// Starts worker `index`. It ends when the handle is dropped.
    pub(crate) fn start(
        index: usize,
        options: &GatewayOptions,
        active: Arc<Active>,
        progress: watch::Sender<()>,
        asks: UnboundedSender<Ask>,
    ) -> io::Result<(Self, thread::JoinHandle<()>)> {
        let (commands, inbox) = unbounded_channel();
        let stats: Arc<WorkerStats> = Arc::default();
        let confirmed: Arc<AtomicU64> = Arc::default();
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let thread = {
            let (options, stats, confirmed) = (options.clone(), stats.clone(), confirmed.clone());
            let run = move || match Builder::new_current_thread().enable_all().build_local(LocalOptions::default()) {
                Ok(runtime) => {
                    let _ = ready.send(Ok(()));
                    let worker = Rc::new(Worker::new(&options, active, stats, asks));
                    run(&runtime, &worker, inbox, &options, &Confirm { confirmed, progress });
                }
                Err(error) => drop(ready.send(Err(error))),
            };
            thread::Builder::new().name(format!("sextant-gw-{index}")).spawn(run)?
        };
        started.recv().unwrap_or_else(|_| Err(io::Error::other("the worker ended before it started")))?;
        let places = Arc::new(Semaphore::new(options.limits.connections_per_worker));
        Ok((Self { commands, places, stats, confirmed }, thread))
    }

    /// The last change that the worker has confirmed.
    pub(crate) fn confirmed(&self) -> u64 {
        self.confirmed.load(Ordering::Acquire)
    }

    // A worker that does not listen any more is ending, with everything that it could be told to do.

    pub(crate) fn serve(&self, accepted: Accepted) {
        let _ = self.commands.send(Command::Serve(accepted));
    }

    pub(crate) fn change(&self, change: Change) {
        let _ = self.commands.send(Command::Change(change));
    }

    /// Tells the worker to drain; the receiver completes when it has, or has ended.
    pub(crate) fn drain(&self) -> oneshot::Receiver<()> {
        let (done, drained) = oneshot::channel();
        let _ = self.commands.send(Command::Drain(done));
        drained
    }
}

/// How a worker tells that it has taken a change.
struct Confirm {
    confirmed: Arc<AtomicU64>,
    progress: watch::Sender<()>,
}

/// The life of a worker's thread. Dropping the runtime at its end drops every task.
fn run(
    runtime: &LocalRuntime,
    worker: &Rc<Worker>,
    mut inbox: UnboundedReceiver<Command>,
    options: &GatewayOptions,
    confirm: &Confirm,
) {
    let header_timeout = options.limits.header_timeout;
    runtime.block_on(async {
        tokio::task::spawn_local({
            let worker = worker.clone();
            async move { worker.pools.reap().await }
        });
        tokio::task::spawn_local({
            let registry = worker.registry.clone();
            async move { registry.expire(header_timeout).await }
        });
        while let Some(command) = inbox.recv().await {
            match command {
                Command::Serve(accepted) => worker.serve(accepted),
                Command::Change(change) => worker.change(change, confirm).await,
                Command::Drain(done) => worker.drain(done),
            }
        }
    });
}

impl Worker {
    fn new(options: &GatewayOptions, active: Arc<Active>, stats: Arc<WorkerStats>, asks: UnboundedSender<Ask>) -> Self {
        let settings = PoolSettings {
            dialer: options.dialer.clone(),
            connect_timeout: options.connect_timeout,
            idle_per_endpoint: options.limits.idle_per_endpoint,
            header_bytes: options.limits.header_bytes,
        };
        Self {
            current: RefCell::new(Rc::new(Current { active, epoch: 0 })),
            pools: Pools::new(settings, stats.clone()),
            registry: Registry::new(),
            stats,
            asks,
            reason_header: options.reason_header,
            l4_idle_timeout: options.limits.l4_idle_timeout,
            http1: connection::http1(&options.limits),
            http2: connection::http2(&options.limits),
        }
    }

    /// What to go by now.
    pub(crate) fn current(&self) -> Rc<Current> {
        self.current.borrow().clone()
    }

    /// The address of what a request for `backend` names; `None` when the request has to be routed anew. Waits only for a
    /// name that is new.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(crate) async fn address_of(&self, backend: &BackendId, named: &Named) -> Result<Option<SocketAddr>, Reason> {
        let known = || self.current().active.backend(backend)?.dynamic()?.address(named);
        if let Some(address) = known() {
            return address.map(Some);
        }
        self.look_up(named.name.clone()).await?;
        known().transpose()
    }

    /// Waits until it is known which addresses `name` has, or that it has none.
    async fn look_up(&self, name: Hostname) -> Result<(), Reason> {
        let (done, known) = oneshot::channel();
        let ending = Reason::NoDnsAnswer; // the gateway ends, or a new configuration needs no names
        self.asks.send(Ask { name, done }).map_err(|_| ending)?;
        known.await.unwrap_or(Err(ending))
    }

    fn serve(self: &Rc<Self>, accepted: Accepted) {
        count(&self.stats.connections);
        let worker = self.clone();
        let span = tracing::debug_span!("connection", client.address = %accepted.peer, listener.port = accepted.port);
        let serve = async move {
            let stats = worker.stats.clone();
            match worker.current().active.l4(accepted.port) {
                Some(_) => l4::serve(worker, accepted).await,
                None => connection::serve(worker, accepted).await,
            }
            count(&stats.connections_ended);
        };
        tokio::task::spawn_local(serve.instrument(span));
    }

    async fn change(&self, change: Change, confirm: &Confirm) {
        self.current.replace(Rc::new(Current { active: change.active.clone(), epoch: change.epoch }));
        self.pools.retain(&change.live);
        self.registry.drain(|entry| !change.active.listens(entry.port, entry.carries));
        // Requests handed to their connection before this moment are written before the change is confirmed.
        tokio::task::yield_now().await;
        confirm.confirmed.store(change.epoch, Ordering::Release);
        confirm.progress.send_replace(());
    }

    fn drain(&self, done: oneshot::Sender<()>) {
        let registry = self.registry.clone();
        registry.drain(|_| true);
        tokio::task::spawn_local(async move {
            registry.empty().await;
            let _ = done.send(()); // nobody waits: the gateway is being dropped
        });
    }
}
