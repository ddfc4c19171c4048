//! The world of one scenario: addresses, fake DNS, fake workloads, and the subject in the middle.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sextant_fake_dns::{FakeDns, Query};
use sextant_fake_vms::{
    Entry, Fleet, FleetError, FleetOptions, Isolated, JournalMode, Lease, LeaseError, NotIsolated, VmSpec, Workload,
};
use sextant_scenario::{Scenario, ScenarioWorkload, WorkloadKind};
use sextant_verdict::{DnsQuery, WorkloadRequest, WorkloadTls};
use tokio_util::task::TaskTracker;

use crate::addresses::netns::{self, NetnsError};
use crate::addresses::{ReaddressError, Readdressed};
use crate::clock::{Clock, micros};
use crate::probe::{Directory, Surroundings};
use crate::{AddressMode, Subject, SubjectError, SubjectFactory, SubjectWorld};

/// Entries that each journal holds. A scenario that writes more is an error, not a wrong verdict.
const JOURNAL: usize = 500_000;

/// How long each part of a testbed may take to end. It only closes sockets; what takes longer is dropped.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// Everything that a scenario needs, all of it its own: addresses that nobody else has, and one clock. Dropping it ends
/// everything; [`Testbed::close`] also waits until that is done.
pub(crate) struct Testbed {
    /// First, so that it is dropped before the world that it looks at.
    subject: Option<Box<dyn Subject>>,
    fleet: Fleet,
    dns: FakeDns,
    clock: Clock,
    who: Arc<Directory>,
    /// Owns the connections of probes.
    tasks: TaskTracker,
}

/// Why a testbed could not be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestbedError {
    /// No addresses.
    #[error("the fake workloads have no addresses")]
    Lease(#[from] LeaseError),
    /// There is no network of the scenario's own.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// The network is not the scenario's own.
    #[error(transparent)]
    NotIsolated(#[from] NotIsolated),
    /// A fake workload cannot run.
    #[error("the fake workload {endpoint} cannot run")]
    Workload {
        /// Its documented address.
        endpoint: SocketAddr,
        /// Why.
        #[source]
        source: FleetError,
    },
    /// The fake DNS cannot run.
    #[error("the fake DNS cannot run")]
    Dns(#[from] sextant_fake_dns::StartError),
    /// The subject cannot run.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The subject would dial documented addresses, which are other people's.
    #[error(
        "{subject} knows manifests alone, not the address plan; run it with `--addresses rewrite` or `--addresses netns`"
    )]
    NoPlan {
        /// Name of the subject.
        subject: String,
    },
    /// The world of real addresses for the subject cannot be made.
    #[error(transparent)]
    Readdress(ReaddressError),
}

impl TestbedError {
    fn of(error: ReaddressError) -> Self {
        match error {
            ReaddressError::Subject(error) => error.into(),
            ReaddressError::Inexpressible(source) => SubjectError::Inexpressible { source }.into(),
            error => Self::Readdress(error),
        }
    }
}

/// Places in both journals: what comes after them belongs to what was done next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    dns: u64,
    workloads: u64,
}

/// A journal had more entries than it holds, so that nothing can be said of what it does not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal of the {journal} overflowed: it holds {JOURNAL} entries, and more came")]
pub(crate) struct JournalOverflow {
    journal: &'static str,
}

impl Testbed {
    /// Leases addresses and starts the fakes of `scenario`, but no subject yet.
    ///
    /// # Errors
    /// See [`TestbedError`].
    pub(crate) async fn open(scenario: &Scenario, addresses: AddressMode, seed: u64) -> Result<Self, TestbedError> {
        let clock = Clock::start();
        let mut bind = sextant_fake_dns::Options::default().bind;
        let lease = if addresses == AddressMode::Netns {
            let addresses: Vec<_> = scenario.workloads.iter().map(|workload| workload.endpoint.ip()).collect();
            netns::add(&addresses).await?;
            bind = netns::DNS;
            Lease::verbatim(Isolated::check()?)
        } else {
            Lease::take()?
        };
        let dns = FakeDns::start(sextant_fake_dns::Options {
            bind,
            seed,
            zone: scenario.dns.clone(),
            epoch: clock.epoch(),
            journal: JOURNAL,
            ..sextant_fake_dns::Options::default()
        })
        .await?;
        let journal = JournalMode::Full { keep: JOURNAL };
        let options = FleetOptions { journal, epoch: clock.epoch(), ..FleetOptions::default() };
        let fleet = Fleet::start(lease, options);
        for workload in &scenario.workloads {
            let endpoint = workload.endpoint;
            fleet.add(spec(workload)).map_err(|source| TestbedError::Workload { endpoint, source })?;
        }
        let who = scenario.workloads.iter().map(|workload| (workload.endpoint, workload.source())).collect();
        Ok(Self { subject: None, fleet, dns, clock, who: Arc::new(who), tasks: TaskTracker::new() })
    }

    /// Starts a subject in this world.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) async fn start(
        &mut self,
        factory: &dyn SubjectFactory,
        scenario: &Scenario,
        profile: sextant_scenario::Profile,
        addresses: AddressMode,
        seed: u64,
    ) -> Result<(), TestbedError> {
        if addresses == AddressMode::Alias && !factory.dials_through_plan() {
            return Err(TestbedError::NoPlan { subject: factory.name().to_owned() });
        }
        let world = SubjectWorld {
            scenario: scenario.id.clone(),
            profile,
            settings: scenario.settings.clone(),
            dns: self.dns.addr(),
            plan: Arc::new(self.fleet.lease().plan()),
            addresses,
            seed,
        };
        self.subject = Some(match addresses {
            AddressMode::Alias | AddressMode::Netns => factory.start(world).await?,
            AddressMode::Rewrite => Readdressed::start(factory, world).await.map_err(TestbedError::of)?,
        });
        Ok(())
    }

    /// The subject; `None` before it was started.
    pub(crate) fn subject(&mut self) -> Option<&mut dyn Subject> {
        // A plain `as_deref_mut` would ask the trait object to live for ever.
        match &mut self.subject {
            Some(subject) => Some(&mut **subject),
            None => None,
        }
    }

    pub(crate) fn dns(&self) -> &FakeDns {
        &self.dns
    }

    pub(crate) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// What a probe of this world needs to know.
    pub(crate) fn surroundings(&self, patience: Duration) -> Surroundings {
        Surroundings { clock: self.clock, who: Arc::clone(&self.who), patience, tasks: self.tasks.clone() }
    }

    /// The present end of both journals.
    pub(crate) fn mark(&self) -> Mark {
        Mark { dns: self.dns.journal().mark(), workloads: self.fleet.journal().mark() }
    }

    /// Requests that reached workloads after `mark`.
    ///
    /// # Errors
    /// When the journal no longer holds them all.
    pub(crate) fn requests_since(&self, mark: Mark) -> Result<Vec<WorkloadRequest>, JournalOverflow> {
        let entries = self.fleet.journal().since(mark.workloads);
        whole(self.fleet.journal().forgotten() <= mark.workloads, "fake workloads")?;
        Ok(entries.iter().filter_map(workload_request).collect())
    }

    /// Queries that reached the fake DNS after `mark`, but for those from the addresses in `own`.
    ///
    /// # Errors
    /// When the journal no longer holds them all.
    pub(crate) fn queries_since(&self, mark: Mark, own: &[SocketAddr]) -> Result<Vec<DnsQuery>, JournalOverflow> {
        let queries = self.dns.journal().since(mark.dns);
        whole(self.dns.journal().forgotten() <= mark.dns, "fake DNS")?;
        Ok(queries.iter().filter(|query| !own.contains(&query.from)).map(dns_query).collect())
    }

    /// The beginning of both journals.
    pub(crate) fn beginning() -> Mark {
        Mark { dns: 0, workloads: 0 }
    }

    /// Ends everything, the subject first, and waits until it has ended.
    pub(crate) async fn close(self) {
        let Self { subject, fleet, dns, tasks, .. } = self;
        if let Some(subject) = subject
            && tokio::time::timeout(ENDS_WITHIN, subject.stop()).await.is_err()
        {
            tracing::warn!("the subject did not stop in time and was dropped");
        }
        tasks.close();
        let ended = async {
            if let Err(error) = fleet.stop().await {
                tracing::warn!(%error, "the fake workloads did not stop");
            }
            dns.shutdown().await;
            tasks.wait().await;
        };
        if tokio::time::timeout(ENDS_WITHIN, ended).await.is_err() {
            tracing::warn!("a testbed did not end in time and was dropped");
        }
    }
}

fn whole(is_whole: bool, journal: &'static str) -> Result<(), JournalOverflow> {
    if is_whole { Ok(()) } else { Err(JournalOverflow { journal }) }
}

fn spec(workload: &ScenarioWorkload) -> VmSpec {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    VmSpec {
        documented: workload.endpoint,
        workload: Workload {
            kind: match workload.kind {
                WorkloadKind::Vm => sextant_fake_vms::WorkloadKind::Host,
                WorkloadKind::WorkloadEntry => sextant_fake_vms::WorkloadKind::WorkloadEntry,
                WorkloadKind::Pod => sextant_fake_vms::WorkloadKind::Pod,
            },
            namespace: some(&workload.namespace),
            name: workload.name.clone().unwrap_or_else(|| workload.endpoint.ip().to_string()),
            locality: some(&workload.locality),
            network: some(&workload.network),
        },
        behaviour: workload.behaviour.clone(),
    }
}

fn workload_request(entry: &Entry) -> Option<WorkloadRequest> {
    let request = entry.request()?;
    Some(WorkloadRequest {
        at: micros(entry.at),
        endpoint: entry.endpoint,
        method: request.method.clone(),
        host: request.host.clone().unwrap_or_default(),
        path: request.path.clone(),
        protocol: request.protocol.to_string(),
        headers: request.headers.iter().map(|(name, values)| (name.clone(), values.join(", "))).collect(),
        tls: request.tls.as_ref().map(|tls| WorkloadTls {
            server_name: tls.server_name.clone(),
            alpn: tls.alpn.clone(),
            client_certificate: tls.client_certificate,
        }),
    })
}

fn dns_query(query: &Query) -> DnsQuery {
    DnsQuery {
        at: micros(query.at),
        name: query.name.to_string().trim_end_matches('.').to_owned(),
        record_type: query.record_type.to_string(),
        rcode: query.rcode.map(|rcode| rcode.to_string()),
        answers: query.answers.iter().map(ToString::to_string).collect(),
    }
}
