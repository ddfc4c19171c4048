//! The slow side of the gateway: which configuration is active, what DNS said, which ports are bound.
//!
//! Every change to these happens under one lock, gets a number (an *epoch*), and is sent to the workers. A barrier
//! waits until all of them have confirmed the number.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sextant_resources::Hostname;
use sextant_routing::Model;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

mod names;

use crate::active::Active;
use crate::dns::{NameClient, NameStates};
use crate::listener::{self, BoundListener, ClosingListener};
use crate::worker::{Change, WorkerHandle};
use crate::{ApplyError, GatewayOptions, Generation, Reason, Stats, Waiting};

/// What the gateway's handle, its control tasks and its admin server share.
pub(crate) struct Shared {
    pub(crate) options: GatewayOptions,
    pub(crate) workers: Arc<[WorkerHandle]>,
    /// Rung after every step that a barrier may wait for.
    pub(crate) progress: watch::Sender<()>,
    /// The control thread's runtime, which owns the tasks.
    runtime: Handle,
    client: Option<NameClient>,
    state: Mutex<State>,
}

/// What changes.
struct State {
    epoch: u64,
    active: Arc<Active>,
    names: NameStates,
    followers: BTreeMap<Hostname, CancellationToken>,
    /// Who waits for the first lookup of a name.
    asked: BTreeMap<Hostname, Vec<oneshot::Sender<Result<(), Reason>>>>,
    listeners: BTreeMap<u16, BoundListener>,
    closing: Vec<ClosingListener>,
    tasks: JoinSet<()>,
    stopping: bool,
}

impl Shared {
    pub(crate) fn new(
        options: GatewayOptions,
        workers: Arc<[WorkerHandle]>,
        progress: watch::Sender<()>,
        runtime: Handle,
        client: Option<NameClient>,
        active: Arc<Active>,
    ) -> Arc<Self> {
        let names = NameStates::new(client.is_some());
        let state = State {
            epoch: 0,
            active,
            names,
            followers: BTreeMap::new(),
            asked: BTreeMap::new(),
            listeners: BTreeMap::new(),
            closing: Vec::new(),
            tasks: JoinSet::new(),
            stopping: false,
        };
        Arc::new(Self { options, workers, progress, runtime, client, state: Mutex::new(state) })
    }

    /// Makes `model` the active configuration.
    pub(crate) fn apply(self: &Arc<Self>, model: Arc<Model>) -> Result<Generation, ApplyError> {
        let mut state = self.state();
        if state.stopping {
            return Err(ApplyError::ShuttingDown);
        }
        let bound = self.bind_new(&state, &model)?;
        // From here on nothing fails.
        while state.tasks.try_join_next().is_some() {}
        let generation = Generation(state.active.generation.0 + 1);
        let active = Arc::new(Active::new(generation, model, &state.names, Some(&state.active)));
        let new_names: Vec<Hostname> = active.names.keys().filter(|name| state.names.insert(name)).cloned().collect();
        state.active = active.clone();
        self.publish(&mut state);
        self.close_old(&mut state, &active.ports().collect());
        self.accept_new(&mut state, bound);
        self.follow(&mut state, new_names);
        tracing::info!(%generation, "configuration applied");
        Ok(generation)
    }

    /// What keeps `generation`, or a newer one, from being in full service.
    pub(crate) fn not_serving(&self, generation: Generation) -> Vec<Waiting> {
        let mut state = self.state();
        if state.active.generation < generation {
            return vec![Waiting::Generation];
        }
        state.closing.retain(|listener| !listener.is_closed());
        let closing = state.closing.iter().map(|listener| Waiting::ClosingPort(listener.port));
        let lookups = state.names.unsettled(None, self.confirmed()).into_iter().map(Waiting::Lookup);
        self.unconfirmed(state.epoch).chain(closing).chain(lookups).collect()
    }

    /// What keeps DNS from having settled since `since`.
    pub(crate) fn dns_unsettled(&self, since: Instant) -> Vec<Waiting> {
        self.state().names.unsettled(Some(since), self.confirmed()).into_iter().map(Waiting::Lookup).collect()
    }

    /// Where the listener port `port` is bound.
    pub(crate) fn listener_addr(&self, port: u16) -> Option<SocketAddr> {
        self.state().listeners.get(&port).map(|listener| listener.address)
    }

    pub(crate) fn listeners(&self) -> BTreeMap<u16, SocketAddr> {
        self.state().listeners.iter().map(|(&port, listener)| (port, listener.address)).collect()
    }

    /// The active configuration.
    pub(crate) fn active(&self) -> Arc<Active> {
        self.state().active.clone()
    }

    /// Looks at what is known about names.
    pub(crate) fn with_names<T>(&self, look: impl FnOnce(&NameStates) -> T) -> T {
        look(&self.state().names)
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats::collect(self.workers.iter().map(|worker| worker.stats.as_ref()))
    }

    /// Stops accepting and looking up; nothing can be applied any more. Returns when the sockets are closed, which
    /// [`Self::not_serving`] tells.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        self.close_old(&mut state, &BTreeSet::new());
        state.followers.values().for_each(CancellationToken::cancel);
        state.followers.clear();
        state.asked.clear();
    }

    /// Whether every listening socket is closed.
    pub(crate) fn all_closed(&self) -> bool {
        self.state().closing.iter().all(ClosingListener::is_closed)
    }

    /// Ends every task of the control thread that belongs to a configuration.
    pub(crate) fn abort(&self) {
        self.state().tasks.abort_all();
    }

    /// A poisoned lock means that a thread panicked; every change leaves the state whole at each of its steps.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The change that every worker has confirmed.
    fn confirmed(&self) -> u64 {
        self.workers.iter().map(WorkerHandle::confirmed).min().unwrap_or_default()
    }

    fn unconfirmed(&self, epoch: u64) -> impl Iterator<Item = Waiting> {
        let behind = move |(_, worker): &(usize, &WorkerHandle)| worker.confirmed() < epoch;
        self.workers.iter().enumerate().filter(behind).map(|(index, _)| Waiting::Worker(index))
    }

    /// Sends what is active to the workers, as a new change.
    fn publish(&self, state: &mut State) {
        state.epoch += 1;
        let live = Arc::new(state.active.live_peers());
        let change = Change { epoch: state.epoch, active: state.active.clone(), live };
        self.workers.iter().for_each(|worker| worker.change(change.clone()));
        self.progress.send_replace(());
    }

    /// Binds the ports that the listeners of `model` need and that are not bound. All or none.
    fn bind_new(&self, state: &State, model: &Model) -> Result<Vec<(u16, TcpListener, SocketAddr)>, ApplyError> {
        let http = model.listeners.iter().map(|listener| (listener.port, &listener.gateway, &listener.name));
        let l4 = model.l4_listeners.iter().map(|listener| (listener.port, &listener.gateway, &listener.name));
        let mut bound: BTreeMap<u16, (TcpListener, SocketAddr)> = BTreeMap::new();
        for (wanted, gateway, name) in http.chain(l4) {
            if state.listeners.contains_key(&wanted) || bound.contains_key(&wanted) {
                continue;
            }
            let port = self.options.ports.bind_port(wanted);
            let socket = listener::bind(self.options.listen, port);
            let socket = socket.and_then(|socket| socket.local_addr().map(|address| (socket, address)));
            let socket = socket.map_err(|source| ApplyError::Bind {
                gateway: gateway.clone(),
                listener: name.clone(),
                port: wanted,
                address: SocketAddr::new(self.options.listen, port),
                source,
            })?;
            bound.insert(wanted, socket);
        }
        Ok(bound.into_iter().map(|(port, (socket, address))| (port, socket, address)).collect())
    }

    fn accept_new(&self, state: &mut State, bound: Vec<(u16, TcpListener, SocketAddr)>) {
        for (port, socket, address) in bound {
            let listener = BoundListener::new(address);
            let task = listener.accept(socket, port, self.workers.clone(), self.progress.clone());
            state.tasks.spawn_on(task, &self.runtime);
            state.listeners.insert(port, listener);
        }
    }

    /// Closes the listeners on other ports than `keep`.
    fn close_old(&self, state: &mut State, keep: &BTreeSet<u16>) {
        let (kept, old) = std::mem::take(&mut state.listeners).into_iter().partition(|(port, _)| keep.contains(port));
        state.listeners = kept;
        let old: BTreeMap<u16, BoundListener> = old;
        state.closing.extend(old.into_iter().map(|(port, listener)| listener.close(port)));
    }
}
