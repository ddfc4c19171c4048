//! The task of one VM: it alone opens and closes the VM's listener and connections, so orders are obeyed one by one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::script::Script;
use super::wire::WireControl;
use crate::journal::Counters;
use crate::lease::Claim;
use crate::{BindError, Fault, Journal, ResetWhen, socket};

/// Rest after a failed accept: with all file descriptors in use, the next one would fail as well.
const ACCEPT_REST: Duration = Duration::from_millis(20);

/// What the connections of a VM share.
#[derive(Debug)]
pub(super) struct Vm {
    pub(super) documented: SocketAddr,
    pub(super) script: ArcSwap<Script>,
    pub(super) journal: Journal,
    pub(super) counters: Arc<Counters>,
}

/// An order to a VM. The answer is sent when it is carried out.
#[derive(Debug)]
pub(super) enum Command {
    /// Behave so from now on.
    Behave { script: Arc<Script>, done: oneshot::Sender<Result<(), BindError>> },
    /// Close everything and give back the address.
    Leave { done: oneshot::Sender<()> },
}

pub(super) struct VmTask {
    vm: Arc<Vm>,
    /// None while the VM refuses.
    listener: Option<TcpListener>,
    open: Connections,
    fleet: TaskTracker,
    life: CancellationToken,
    // Last, so that the address is given back after the sockets on it are closed.
    claim: Claim,
}

/// The connections that are open at one time, to be ended together.
struct Connections {
    tasks: TaskTracker,
    cut: CancellationToken,
    reset: Arc<AtomicBool>,
}

impl VmTask {
    /// # Errors
    /// When the system has no socket to listen with.
    pub(super) fn new(
        claim: Claim,
        script: Arc<Script>,
        journal: Journal,
        fleet: TaskTracker,
        life: CancellationToken,
    ) -> Result<Self, BindError> {
        let documented = claim.documented();
        let refuses = refuses(&script);
        let counters = journal.counters_of(documented);
        let vm = Arc::new(Vm { documented, script: ArcSwap::new(script), journal, counters });
        let open = Connections::new(&life);
        let mut task = Self { vm, listener: None, open, fleet, life, claim };
        if !refuses {
            task.listen()?;
        }
        Ok(task)
    }

    /// Obeys and accepts until told to leave or until the fleet ends.
    pub(super) async fn run(mut self, mut told: mpsc::Receiver<Command>) {
        let leaving = loop {
            // Both branches lose nothing when the other wins: an order or a connection is taken whole or not at all.
            let accepted = tokio::select! {
                biased;
                () = self.life.cancelled() => break None,
                order = told.recv() => match order {
                    None => break None,
                    Some(Command::Leave { done }) => break Some(done),
                    Some(Command::Behave { script, done }) => {
                        let obeyed = self.behave(script).await;
                        // The asker may have given up waiting; the order was carried out all the same.
                        let _asker_left = done.send(obeyed);
                        continue;
                    }
                },
                accepted = accept(self.listener.as_ref()) => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.open.serve(&self.vm, &self.fleet, stream, peer),
                Err(error) => self.rest(&error).await,
            }
        };
        self.stop_listening();
        self.open.end(false).await;
        drop(self);
        if let Some(done) = leaving {
            let _asker_left = done.send(());
        }
    }

    async fn behave(&mut self, script: Arc<Script>) -> Result<(), BindError> {
        let fault = script.fault.clone();
        if fault == Some(Fault::Refuse) {
            self.stop_listening();
        } else {
            self.listen()?;
        }
        self.vm.script.store(script);
        match fault {
            Some(Fault::Refuse) => self.renew(false).await,
            Some(Fault::Reset(ResetWhen::OnAccept)) => self.renew(true).await,
            _ => {}
        }
        Ok(())
    }

    /// Ends the open connections and is ready for new ones.
    async fn renew(&mut self, reset: bool) {
        self.open.end(reset).await;
        self.open = Connections::new(&self.life);
    }

    fn listen(&mut self) -> Result<(), BindError> {
        if self.listener.is_none() {
            let listener = self.claim.port().listen()?;
            let address = self.claim.port().address();
            let listener = TcpListener::from_std(listener).map_err(|source| BindError::Socket { address, source })?;
            self.listener = Some(listener);
        }
        Ok(())
    }

    fn stop_listening(&mut self) {
        if let Some(listener) = self.listener.take() {
            socket::stop_listening(listener);
        }
    }

    async fn rest(&self, error: &io::Error) {
        // A connection that was gone before it was accepted concerns nobody.
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return;
        }
        tracing::warn!(%error, endpoint = %self.vm.documented, "cannot accept a connection");
        self.life.run_until_cancelled(tokio::time::sleep(ACCEPT_REST)).await;
    }
}

impl Connections {
    fn new(life: &CancellationToken) -> Self {
        Self { tasks: TaskTracker::new(), cut: life.child_token(), reset: Arc::default() }
    }

    fn serve(&self, vm: &Arc<Vm>, fleet: &TaskTracker, stream: TcpStream, peer: SocketAddr) {
        let wire = Arc::new(WireControl::new(self.cut.child_token(), Arc::clone(&self.reset)));
        let connection = Connection::new(Arc::clone(vm), wire, peer);
        // Tracked twice: the VM waits for its connections, the fleet for all that is left when it stops.
        self.tasks.spawn(fleet.track_future(connection.serve(stream, self.tasks.clone())));
    }

    async fn end(&self, reset: bool) {
        self.reset.store(reset, Ordering::SeqCst);
        self.cut.cancel();
        self.tasks.close();
        // No deadline: every task is inside a select on the cut. Whoever gave the order has one.
        self.tasks.wait().await;
    }
}

fn refuses(script: &Script) -> bool {
    script.fault == Some(Fault::Refuse)
}

/// Never, while nobody listens.
async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}
