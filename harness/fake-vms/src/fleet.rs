//! The fleet: fake VMs that come, change and go while it runs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::lease::Claim;
use crate::{Behaviour, BehaviourError, BindError, Counts, Journal, JournalMode, Lease, LeaseError, Workload};

mod answer;
mod body;
mod connection;
mod grpc;
mod script;
mod speech;
mod tls;
mod vm;
mod wire;

use script::{Identity, Script};
pub use tls::TlsError;
use vm::{Command, VmTask};

/// How long a VM may take to do what it is told. It only closes sockets, so this is passed only if the runtime is stuck.
const OBEY_WITHIN: Duration = Duration::from_secs(30);

/// How a fleet is run.
#[derive(Clone, Copy, Debug)]
pub struct FleetOptions {
    /// How much the journal holds.
    pub journal: JournalMode,
    /// What replies say.
    pub replies: ReplyDetail,
    /// Where the clock of the journal starts; give all journals of a run the same.
    pub epoch: Instant,
}

/// What a reply without a body of its own says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyDetail {
    /// Who answers and what it saw.
    #[default]
    Seen,
    /// Who answers: a body made once, for benchmarks.
    Identity,
}

/// A VM to add.
#[derive(Clone, Debug)]
pub struct VmSpec {
    /// The address that manifests and people know it by.
    pub documented: SocketAddr,
    /// Who it says it is.
    pub workload: Workload,
    /// How it behaves until told otherwise.
    pub behaviour: Behaviour,
}

/// A number of fake VMs with one journal.
///
/// All of them end when the fleet is dropped: its tasks are told at once and close their sockets as soon as the runtime
/// polls them. [`Fleet::stop`] waits until they have.
#[derive(Debug)]
pub struct Fleet {
    lease: Lease,
    replies: ReplyDetail,
    journal: Journal,
    vms: Mutex<HashMap<SocketAddr, VmHandle>>,
    tasks: TaskTracker,
    life: CancellationToken,
    _end: DropGuard,
}

/// A VM of a fleet. Dropping the handle changes nothing.
#[derive(Clone, Debug)]
pub struct VmHandle {
    documented: SocketAddr,
    actual: SocketAddr,
    identity: Arc<Identity>,
    journal: Journal,
    commands: tokio::sync::mpsc::Sender<Command>,
}

/// Why a VM could not be added, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// No address for it.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// It cannot listen (again).
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The behaviour cannot be carried out.
    #[error("the behaviour of {documented} cannot be carried out")]
    Behaviour {
        /// Documented address of the VM.
        documented: SocketAddr,
        /// What is wrong with it.
        #[source]
        source: BehaviourError,
    },
    /// TLS cannot be served.
    #[error("{documented} cannot serve TLS")]
    Tls {
        /// Documented address of the VM.
        documented: SocketAddr,
        /// What is wrong.
        #[source]
        source: TlsError,
    },
    /// The identity cannot be sent in a header.
    #[error("the {field} of {documented} holds a control character, which no header can carry")]
    Unprintable {
        /// Documented address of the VM.
        documented: SocketAddr,
        /// `name`, `namespace` or `locality`.
        field: &'static str,
    },
    /// There is no such VM, or no longer.
    #[error("no fake VM has the address {documented}")]
    NoSuchVm {
        /// The documented address asked for.
        documented: SocketAddr,
    },
    /// The task of the VM did not react; the runtime is stuck.
    #[error("waited {} for {documented} to {what}, in vain", humantime::format_duration(OBEY_WITHIN))]
    Stuck {
        /// Documented address of the VM.
        documented: SocketAddr,
        /// What it was told to do.
        what: &'static str,
    },
}

/// A full journal that starts now, and replies that say all.
impl Default for FleetOptions {
    fn default() -> Self {
        Self { journal: JournalMode::default(), replies: ReplyDetail::default(), epoch: Instant::now() }
    }
}

impl FleetOptions {
    /// For benchmarks: counts instead of a journal, replies that are made once.
    #[must_use]
    pub fn throughput() -> Self {
        Self { journal: JournalMode::Counts, replies: ReplyDetail::Identity, ..Self::default() }
    }
}

impl Fleet {
    /// A fleet without VMs. Its VMs get their addresses from the lease.
    #[must_use]
    pub fn start(lease: Lease, options: FleetOptions) -> Self {
        let life = CancellationToken::new();
        Self {
            lease,
            replies: options.replies,
            journal: Journal::new(options.journal, options.epoch),
            vms: Mutex::default(),
            tasks: TaskTracker::new(),
            _end: life.clone().drop_guard(),
            life,
        }
    }

    /// Adds a VM. It accepts connections (or refuses them, if that is its behaviour) when this returns.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    ///
    /// # Errors
    /// When its documented address has a VM already, when there is no address to be had, or when behaviour or identity
    /// are impossible; then nothing was added.
    pub fn add(&self, spec: VmSpec) -> Result<VmHandle, FleetError> {
        self.add_with(spec, |documented| self.lease.claim(documented))
    }

    /// Adds a VM that listens on exactly this loopback address (port 0: one that the system chooses).
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    ///
    /// # Errors
    /// As [`Fleet::add`]; a [`BindError`] says when the address is taken, privileged or not a loopback address.
    pub fn add_at(&self, spec: VmSpec, actual: SocketAddr) -> Result<VmHandle, FleetError> {
        self.add_with(spec, |documented| self.lease.claim_at(documented, actual))
    }

    fn add_with(
        &self,
        spec: VmSpec,
        claim: impl FnOnce(SocketAddr) -> Result<Claim, LeaseError>,
    ) -> Result<VmHandle, FleetError> {
        let VmSpec { documented, workload, behaviour } = spec;
        let identity = Arc::new(Identity::new(documented, workload, self.replies)?);
        let script = Script::new(&identity, &behaviour)?;
        // Held until the VM is entered, so that nobody sees a claimed address without its VM.
        let mut vms = self.vms();
        let claim = claim(documented)?;
        let actual = claim.port().address();
        let (commands, told) = tokio::sync::mpsc::channel(8);
        let task = VmTask::new(claim, script, self.journal.clone(), self.tasks.clone(), self.life.child_token())?;
        self.tasks.spawn(task.run(told));
        let handle = VmHandle { documented, actual, identity, journal: self.journal.clone(), commands };
        vms.insert(documented, handle.clone());
        Ok(handle)
    }

    /// Removes a VM: when this returns, its connections are closed and its port and its place in the plan are free.
    ///
    /// # Errors
    /// [`FleetError::NoSuchVm`].
    pub async fn remove(&self, documented: SocketAddr) -> Result<(), FleetError> {
        let removed = self.vms().remove(&documented).ok_or(FleetError::NoSuchVm { documented })?;
        removed.tell("close its sockets", |done| Command::Leave { done }).await
    }

    /// Changes how a VM behaves; see [`VmHandle::set_behaviour`].
    ///
    /// # Errors
    /// [`FleetError::NoSuchVm`], and those of [`VmHandle::set_behaviour`].
    pub async fn set_behaviour(&self, documented: SocketAddr, behaviour: &Behaviour) -> Result<(), FleetError> {
        let vm = self.vm(documented).ok_or(FleetError::NoSuchVm { documented })?;
        vm.set_behaviour(behaviour).await
    }

    /// The VM at a documented address.
    #[must_use]
    pub fn vm(&self, documented: SocketAddr) -> Option<VmHandle> {
        self.vms().get(&documented).cloned()
    }

    /// What happened at the VMs.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Where the VMs' addresses come from; its plan is what to dial through.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Ends all VMs. When this returns, nothing of the fleet listens or runs any more.
    ///
    /// # Errors
    /// Does the same as dropping the fleet after [`FleetError::Stuck`]'s time: the error names a VM that is left.
    pub async fn stop(self) -> Result<(), FleetError> {
        self.life.cancel();
        self.tasks.close();
        if tokio::time::timeout(OBEY_WITHIN, self.tasks.wait()).await.is_ok() {
            return Ok(());
        }
        let left = self.vms().iter().find(|(_, vm)| !vm.commands.is_closed()).map(|(documented, _)| *documented);
        left.map_or(Ok(()), |documented| Err(FleetError::Stuck { documented, what: "stop" }))
    }

    // The map is whole after any panic: every change of it is one call.
    fn vms(&self) -> MutexGuard<'_, HashMap<SocketAddr, VmHandle>> {
        self.vms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VmHandle {
    /// The address that manifests and people know it by.
    #[must_use]
    pub fn documented(&self) -> SocketAddr {
        self.documented
    }

    /// The loopback address where it really is.
    #[must_use]
    pub fn actual(&self) -> SocketAddr {
        self.actual
    }

    /// Connections and requests so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.journal.counts(self.documented)
    }

    /// Changes how the VM behaves. Every connection and request that begins after this has returned gets the new
    /// behaviour; requests that were being answered get the old one, unless the new one is to refuse or to reset on
    /// accept, which ends all connections before this returns.
    ///
    /// # Errors
    /// When the behaviour cannot be carried out (nothing is changed then), when the VM was removed, or when the system
    /// has no socket to listen again after refusing.
    pub async fn set_behaviour(&self, behaviour: &Behaviour) -> Result<(), FleetError> {
        let script = Script::new(&self.identity, behaviour)?;
        self.tell("change its behaviour", |done| Command::Behave { script, done }).await?.map_err(FleetError::Bind)
    }

    async fn tell<T>(
        &self,
        what: &'static str,
        command: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> Command,
    ) -> Result<T, FleetError> {
        let documented = self.documented;
        let (done, answer) = tokio::sync::oneshot::channel();
        let told = async {
            // Both fail only when the VM's task is gone, and with it the VM.
            self.commands.send(command(done)).await.ok()?;
            answer.await.ok()
        };
        match tokio::time::timeout(OBEY_WITHIN, told).await {
            Ok(answer) => answer.ok_or(FleetError::NoSuchVm { documented }),
            Err(_) => Err(FleetError::Stuck { documented, what }),
        }
    }
}
