//! The gateway's handle: start, apply, wait, shut down.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

use sextant_routing::Model;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::active::Active;
use crate::control::Shared;
use crate::dns::NameClient;
use crate::worker::WorkerHandle;
use crate::{
    ApplyError, BackendStatus, DnsNotSettled, DnsStatus, EndpointStatus, GatewayOptions, Generation, NotServing,
    StartError, Stats, Waiting, admin, status,
};

/// A running gateway. Dropping it closes every socket and ends every thread before `drop` returns, without regard to
/// requests under way; [`Self::shutdown`] lets them finish.
pub struct Gateway {
    /// Taken only on the way out.
    shared: Option<Arc<Shared>>,
    admin: Option<SocketAddr>,
    threads: Threads,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Client connections that were still open at the end of the grace period and were cut.
    pub aborted: u64,
}

/// The gateway's threads.
struct Threads {
    /// Ends the control thread, and with it all tasks that are not a worker's.
    stop: CancellationToken,
    control: Option<JoinHandle<()>>,
    /// They end when their handles in [`Shared`] are dropped.
    workers: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Starts the threads and the admin server. Nothing is served before [`Self::apply`].
    ///
    /// # Errors
    ///
    /// Addresses that are not loopback, an admin address that is taken, DNS servers that the address plan refuses,
    /// threads that the system refuses.
    pub async fn start(options: GatewayOptions) -> Result<Self, StartError> {
        check_loopback("listen", SocketAddr::new(options.listen, 0))?;
        let client = name_client(&options)?;
        let admin = options.admin.map(bind_admin).transpose()?;
        let progress = watch::Sender::new(());
        let (runtime, mut threads) = Threads::start()?;
        let none = Arc::new(Active::none());
        let (asks, mut asked) = tokio::sync::mpsc::unbounded_channel();
        let count = worker_count(options.workers);
        let mut workers = Vec::with_capacity(count);
        for index in 0..count {
            let started = WorkerHandle::start(index, &options, none.clone(), progress.clone(), asks.clone());
            let name = || format!("sextant-gw-{index}");
            let (handle, thread) = started.map_err(|source| StartError::Thread { name: name(), source })?;
            workers.push(handle);
            threads.workers.push(thread);
        }
        let shared = Shared::new(options, workers.into(), progress, runtime.clone(), client, none);
        let asked_of = shared.clone();
        runtime.spawn(async move {
            while let Some(ask) = asked.recv().await {
                asked_of.ask(ask);
            }
        });
        let admin_address = admin.as_ref().map(|(_, address)| *address);
        if let Some((socket, _)) = admin {
            runtime.spawn(admin::serve(socket, shared.clone()));
        }
        Ok(Self { shared: Some(shared), admin: admin_address, threads })
    }

    /// Makes `model` the active configuration: binds new listeners, swaps, closes listeners that are gone. Listeners
    /// on ports that stay keep their socket. Returns without waiting; [`Self::serving`] waits.
    ///
    /// # Errors
    ///
    /// [`ApplyError`]; the configuration before this one stays active then, with all its listeners.
    pub fn apply(&self, model: Arc<Model>) -> Result<Generation, ApplyError> {
        self.shared.as_ref().ok_or(ApplyError::ShuttingDown)?.apply(model)
    }

    /// Waits until `generation`, or a newer one, is in full service: every worker uses it, its listeners accept and
    /// those of older generations are closed, each of its names has had a lookup (which may have failed), and no
    /// request that starts now goes to an endpoint that it does not have.
    ///
    /// # Errors
    ///
    /// [`NotServing`] at `deadline`, with what is missing.
    pub async fn serving(&self, generation: Generation, deadline: Instant) -> Result<(), NotServing> {
        let started = Instant::now();
        let waiting_for = self.wait(deadline, |shared| shared.not_serving(generation)).await;
        if waiting_for.is_empty() {
            return Ok(());
        }
        Err(NotServing { generation, waited: started.elapsed(), waiting_for })
    }

    /// Waits until every name in use has had a lookup that started at or after `since`, and what it changed is known
    /// to every worker: no request that starts now goes to an address that only older answers have. A lookup that
    /// failed counts; it changes nothing. Without a DNS server there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`DnsNotSettled`] at `deadline`, with the names that are missing. Lookups come every
    /// [`crate::DnsOptions::refresh`]; a deadline before that is hardly met.
    pub async fn dns_settled(&self, since: Instant, deadline: Instant) -> Result<(), DnsNotSettled> {
        let started = Instant::now();
        let waiting_for = self.wait(deadline, |shared| shared.dns_unsettled(since)).await;
        if waiting_for.is_empty() {
            return Ok(());
        }
        Err(DnsNotSettled { waited: started.elapsed(), waiting_for })
    }

    /// Where the listeners on the Gateway port `gateway_port` can be reached; `None` when there are none.
    pub fn listener_addr(&self, gateway_port: u16) -> Option<SocketAddr> {
        self.shared.as_ref()?.listener_addr(gateway_port)
    }

    /// Where the admin server can be reached; `None` when there is none.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// The active configuration's generation; 0 before the first.
    pub fn generation(&self) -> Generation {
        self.shared.as_ref().map(|shared| shared.active().generation).unwrap_or_default()
    }

    /// Every backend with its hosts, in the order of the model.
    pub fn backends(&self) -> Vec<BackendStatus> {
        let Some(shared) = &self.shared else { return Vec::new() };
        let active = shared.active();
        shared.with_names(|names| status::backends(&active, names))
    }

    /// Every host of every backend.
    pub fn endpoints(&self) -> Vec<EndpointStatus> {
        self.backends().into_iter().flat_map(|backend| backend.endpoints).collect()
    }

    /// What is known about every name in use, ordered by name.
    pub fn dns_status(&self) -> Vec<DnsStatus> {
        let Some(shared) = &self.shared else { return Vec::new() };
        shared.with_names(|names| names.names().filter_map(|name| names.status(name)).collect())
    }

    /// Counters since the start.
    pub fn stats(&self) -> Stats {
        self.shared.as_ref().map_or_else(|| Stats::collect(std::iter::empty()), |shared| shared.stats())
    }

    /// Stops accepting, lets requests under way finish for at most `grace` (replies say `connection: close`, HTTP/2
    /// connections get GOAWAY), then cuts what is left.
    pub async fn shutdown(mut self, grace: Duration) -> Drained {
        let deadline = tokio::time::Instant::now() + grace;
        if let Some(shared) = self.shared.take() {
            shared.stop();
            let drained = async {
                let mut progress = shared.progress.subscribe();
                while !shared.all_closed() && progress.changed().await.is_ok() {}
                let workers: Vec<_> = shared.workers.iter().map(WorkerHandle::drain).collect();
                futures::future::join_all(workers).await;
            };
            // Either way the rest is cut below.
            let _ = tokio::time::timeout_at(deadline, drained).await;
            let aborted = shared.stats().connections_open;
            self.shared = Some(shared);
            return Drained { aborted };
        }
        Drained { aborted: 0 }
    }

    /// Waits until `waiting` has nothing left to wait for, or `deadline`; returns what is left.
    async fn wait(&self, deadline: Instant, waiting: impl Fn(&Shared) -> Vec<Waiting>) -> Vec<Waiting> {
        let Some(shared) = &self.shared else { return Vec::new() };
        let mut progress = shared.progress.subscribe();
        loop {
            progress.borrow_and_update();
            let left = waiting(shared);
            if left.is_empty() {
                return left;
            }
            if tokio::time::timeout_at(deadline.into(), progress.changed()).await.is_err() {
                return waiting(shared);
            }
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("generation", &self.generation())
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.abort();
        }
        self.threads.join();
    }
}

impl Threads {
    /// Starts the control thread; returns the runtime that it drives.
    fn start() -> Result<(Handle, Self), StartError> {
        let name = "sextant-gw-control";
        let failed = |source: io::Error| StartError::Thread { name: name.to_owned(), source };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let run = move || runtime.block_on(stopped.cancelled());
        let control = thread::Builder::new().name(name.to_owned()).spawn(run).map_err(failed)?;
        Ok((handle, Self { stop, control: Some(control), workers: Vec::new() }))
    }

    /// Ends all threads. Every other holder of the worker handles is a task of the control thread.
    fn join(&mut self) {
        self.stop.cancel();
        let threads = self.control.take().into_iter().chain(self.workers.drain(..));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the gateway panicked");
            }
        }
    }
}

impl Drop for Threads {
    /// For a start that fails half way.
    fn drop(&mut self) {
        self.join();
    }
}

fn worker_count(wanted: usize) -> usize {
    match wanted {
        0 => thread::available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    }
}

fn check_loopback(what: &'static str, address: SocketAddr) -> Result<(), StartError> {
    if address.ip().is_loopback() { Ok(()) } else { Err(StartError::NotLoopback { what, address }) }
}

fn bind_admin(address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), StartError> {
    check_loopback("admin", address)?;
    let bound = crate::listener::bind(address.ip(), address.port());
    bound
        .and_then(|socket| socket.local_addr().map(|address| (socket, address)))
        .map_err(|source| StartError::Admin { address, source })
}

/// The client of the DNS servers, as the address plan has them; `None` without servers.
fn name_client(options: &GatewayOptions) -> Result<Option<NameClient>, StartError> {
    let mut servers = Vec::with_capacity(options.dns.servers.len());
    for &server in &options.dns.servers {
        let dialled = options.dialer.dial_address(server);
        servers.push(dialled.map_err(|source| StartError::DnsServer { server, source })?);
    }
    if servers.is_empty() {
        return Ok(None);
    }
    let client = NameClient::new(&servers, &options.dns);
    client.map(Some).map_err(|source| StartError::DnsClient { source: Box::new(source) })
}
