//! Any program as a subject: it speaks the adapter protocol over its standard input and output.

mod adapter;
mod certify;
mod conversation;
mod folder;
mod message;
mod process;
mod program;

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::Value;
use sextant_fake_vms::Lease;
use sextant_resources::ResourceSet;
use sextant_runner::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
use sextant_verdict::Listing;

use adapter::Adapter;
use conversation::Conversation;
use message::{Declared, Done, Hello, Ready, Request};
use program::ExecError;

pub(crate) use message::ObjectName;
pub(crate) use process::Process;

pub use adapter::{AdapterError, adapter_schema_text};
pub use certify::{CERTIFY_WITHIN, Certificate, CertifyError, Check, CheckOutcome, WorldError, certify};
pub use message::{PROTOCOL, adapter_messages_schema_text};

/// Starts a fresh adapter for every scenario.
#[derive(Clone, Debug)]
pub struct ExecFactory {
    adapter: Arc<Adapter>,
    file: PathBuf,
}

struct Exec {
    /// First, so that it ends before what it talks to.
    program: Conversation,
    adapter: Arc<Adapter>,
    declared: Declared,
    /// What the gateway has, by name.
    manifests: BTreeMap<ObjectName, Value>,
    generation: u64,
    listeners: BTreeMap<u16, SocketAddr>,
    /// Holds the address that the gateway listens on.
    _lease: Lease,
}

/// What an adapter says that cannot be so.
#[derive(Debug, thiserror::Error)]
enum Untrue {
    #[error("the adapter speaks `{0}`; this is {PROTOCOL}")]
    Protocol(String),
    #[error("the adapter says that generation {got} serves, and was asked for {wanted}")]
    Generation { got: u64, wanted: u64 },
    #[error("the listener of port {port} is on {address}, which is not a loopback address")]
    NotLoopback { port: u16, address: SocketAddr },
}

impl ExecFactory {
    /// The adapter that the file at this path describes.
    ///
    /// # Errors
    /// See [`AdapterError`].
    pub fn read(file: &Path) -> Result<Self, AdapterError> {
        Ok(Self { adapter: Arc::new(Adapter::read(file)?), file: file.to_owned() })
    }
}

#[async_trait]
impl SubjectFactory for ExecFactory {
    fn name(&self) -> &str {
        &self.adapter.name
    }

    fn is_foreign(&self) -> bool {
        true
    }

    fn dials_through_plan(&self) -> bool {
        false
    }

    fn arguments(&self) -> Vec<String> {
        vec![format!("exec:{}", self.file.display())]
    }

    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
        let subject = self.adapter.name.as_str();
        let started = Exec::start(Arc::clone(&self.adapter), world).await;
        let exec = started.map_err(|error| match error.downcast::<ExecError>() {
            Ok(error) => match *error {
                ExecError::Unsupported(what) => SubjectError::Unsupported { subject: subject.to_owned(), what },
                error => SubjectError::Start { subject: subject.to_owned(), source: error.into() },
            },
            Err(source) => SubjectError::Start { subject: subject.to_owned(), source },
        })?;
        Ok(Box::new(exec))
    }
}

impl Exec {
    async fn start(adapter: Arc<Adapter>, world: SubjectWorld) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let lease = Lease::take()?;
        // Any address will do: no documented one is looked up in this lease.
        let listen = lease.alias([0, 0, 0, 1].into())?;
        let within = adapter.deadlines.start();
        let mut program = Conversation::start(&adapter)?;
        let hello = Request::Hello { protocol: PROTOCOL.to_owned(), sextant: env!("CARGO_PKG_VERSION").to_owned() };
        let hello: Hello = program.ask(&hello, within).await?;
        if hello.protocol != PROTOCOL {
            return Err(Untrue::Protocol(hello.protocol).into());
        }
        if !hello.profiles.is_empty() && !hello.profiles.contains(&world.profile) {
            let what = "the adapter does not follow the rules of this profile".to_owned();
            return Err(ExecError::Unsupported(what).into());
        }
        let declared = Declared::of(&hello.features)?;
        let start = Request::Start {
            scenario: world.scenario,
            profile: world.profile,
            settings: Box::new(world.settings),
            dns: world.dns,
            listen,
            seed: world.seed,
        };
        let Done {} = program.ask(&start, within).await?;
        Ok(Self {
            program,
            adapter,
            declared,
            manifests: BTreeMap::new(),
            generation: 0,
            listeners: BTreeMap::new(),
            _lease: lease,
        })
    }

    /// Asks, and tells the error in the words of the runner.
    async fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        request: &Request,
        within: Duration,
    ) -> Result<T, SubjectError> {
        self.program.ask(request, within).await.map_err(|error| self.failed(request, within, error))
    }

    fn failed(&self, request: &Request, within: Duration, error: ExecError) -> SubjectError {
        let subject = self.adapter.name.clone();
        match (error, request) {
            (ExecError::Unsupported(what), _) => SubjectError::Unsupported { subject, what },
            (ExecError::Silent { request, log, .. }, _) => SubjectError::NotConverged {
                subject,
                awaited: format!("its answer to `{request}`; its last words: {log}"),
                waited_ms: millis(within),
            },
            (error @ ExecError::Refused { .. }, Request::Endpoints {}) => {
                SubjectError::Unreachable { subject, what: "its endpoints".to_owned(), source: error.into() }
            }
            (error @ ExecError::Refused { .. }, _) => SubjectError::Refused { subject, source: error.into() },
            (error, _) => SubjectError::Broken { subject, source: error.into() },
        }
    }

    fn untrue(&self, error: Untrue) -> SubjectError {
        SubjectError::Broken { subject: self.adapter.name.clone(), source: error.into() }
    }
}

#[async_trait]
impl Subject for Exec {
    fn features(&self) -> Features {
        self.declared.features.clone()
    }

    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError> {
        let next: BTreeMap<_, _> =
            resources.documents().into_iter().map(|manifest| (ObjectName::of(&manifest), manifest)).collect();
        self.generation += 1;
        let (generation, within) = (self.generation, self.adapter.deadlines.apply());
        let changed = next.iter().filter(|(name, manifest)| self.manifests.get(name) != Some(manifest));
        let manifests: Vec<_> = changed.map(|(_, manifest)| manifest.clone()).collect();
        let objects: Vec<_> = self.manifests.keys().filter(|name| !next.contains_key(name)).cloned().collect();
        let Done {} = self.ask(&Request::Apply { generation, manifests }, within).await?;
        if !objects.is_empty() {
            let Done {} = self.ask(&Request::Delete { generation, objects }, within).await?;
        }
        self.manifests = next;
        Ok(Generation(generation))
    }

    async fn converged(&mut self, generation: Generation, deadline: Instant) -> Result<(), SubjectError> {
        let within = deadline.saturating_duration_since(Instant::now());
        let request = Request::Ready { generation: generation.0, within_ms: millis(within) };
        let ready: Ready = self.ask(&request, within).await?;
        if ready.generation != generation.0 {
            return Err(self.untrue(Untrue::Generation { got: ready.generation, wanted: generation.0 }));
        }
        if let Some((&port, &address)) = ready.listeners.iter().find(|(_, address)| !address.ip().is_loopback()) {
            return Err(self.untrue(Untrue::NotLoopback { port, address }));
        }
        self.listeners = ready.listeners;
        Ok(())
    }

    async fn dns_settled(&mut self, _: Instant, deadline: Instant) -> Result<(), SubjectError> {
        if !self.declared.settles_dns {
            let what = "it cannot say when names were looked up anew (feature settles-dns)".to_owned();
            return Err(SubjectError::Unsupported { subject: self.adapter.name.clone(), what });
        }
        let within = deadline.saturating_duration_since(Instant::now());
        let Done {} = self.ask(&Request::Dns { within_ms: millis(within) }, within).await?;
        Ok(())
    }

    fn listener(&self, port: u16) -> Option<SocketAddr> {
        self.listeners.get(&port).copied()
    }

    fn ports(&self) -> Vec<u16> {
        self.listeners.keys().copied().collect()
    }

    async fn listing(&mut self) -> Result<Listing, SubjectError> {
        let mut listing: Listing = self.ask(&Request::Endpoints {}, self.adapter.deadlines.apply()).await?;
        listing.endpoints.sort();
        Ok(listing)
    }

    async fn stop(mut self: Box<Self>) {
        let within = self.adapter.deadlines.stop();
        match self.program.ask::<Done>(&Request::Stop {}, within).await {
            Ok(Done {}) if self.program.wait(within).await.is_some() => {}
            Ok(Done {}) => tracing::warn!(subject = self.adapter.name, "the adapter did not exit and is killed"),
            Err(error) => tracing::warn!(subject = self.adapter.name, %error, "the adapter did not stop in order"),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
