//! Envoy as a subject: a process of its own that Sextant starts, hands its configuration to over xDS, and reads back.
//!
//! What Envoy is told is what the resolver says; so a scenario tests the resolver, the translation, and Envoy itself. The
//! endpoints of a listing are Envoy's own; what was left out and the statuses are the control plane's, which is Sextant.

mod admin;
mod find;
mod listing;
mod places;
mod process;
mod push;
mod relay;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sextant_resources::ResourceSet;
use sextant_routing::{Model, Options};
use sextant_runner::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
use sextant_verdict::Listing;
use sextant_xds::{DnsSettings, Server, Snapshot, Translation, translate};
use tokio_util::task::AbortOnDropHandle;

use crate::{options, resolving};
use admin::Admin;
use places::Places;
use process::Process;
use push::{Push, PushError};
use relay::{Asked, DnsRelays};

pub use find::{FindError, find_envoy};

/// Name on the command line.
const NAME: &str = "envoy";
/// Time between lookups when a scenario does not say: short, so that scenarios are.
const DNS_REFRESH: Duration = Duration::from_millis(100);
/// A lookup that gets no answer has failed after this. Envoy takes whole seconds.
const DNS_TIMEOUT: Duration = Duration::from_secs(1);
/// How long Envoy may take to be there.
const START_WITHIN: Duration = Duration::from_secs(20);

/// Starts a fresh Envoy for every scenario.
#[derive(Clone, Debug)]
pub struct EnvoyFactory {
    program: PathBuf,
}

struct Envoy {
    /// First, so that it ends before what it talks to.
    process: Process,
    pushing: Option<AbortOnDropHandle<Result<(), PushError>>>,
    push: Arc<Push>,
    relays: DnsRelays,
    places: Arc<Places>,
    dns: DnsSettings,
    options: Options,
    generation: u64,
    model: Arc<Model>,
    translation: Translation,
}

impl EnvoyFactory {
    /// Runs the `envoy` at this path; see [`find_envoy`].
    pub fn new(program: PathBuf) -> Self {
        Self { program }
    }
}

#[async_trait]
impl SubjectFactory for EnvoyFactory {
    fn name(&self) -> &str {
        NAME
    }

    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
        let envoy = Envoy::start(&self.program, &world).await;
        let envoy = envoy.map_err(|source| SubjectError::Start { subject: NAME.to_owned(), source })?;
        Ok(Box::new(envoy))
    }
}

impl Envoy {
    async fn start(program: &std::path::Path, world: &SubjectWorld) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let options = options::options(world.profile, &world.settings)?;
        let places = Arc::new(Places::new(Arc::clone(&world.plan))?);
        let server = Server::start(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let admin = Admin::new(places.admin(), places.mark())?;
        let deadline = Instant::now() + START_WITHIN;
        let process = Process::start(program, &world.scenario, places.admin(), server.address())?;
        let process = process.ready(&admin, deadline).await?;
        let dns = DnsSettings {
            refresh: world.settings.dns_refresh.unwrap_or(DNS_REFRESH),
            respect_ttl: world.settings.respect_dns_ttl,
            timeout: DNS_TIMEOUT,
            falls_back_to_ipv6: options.semantics().dns_falls_back_to_ipv6,
            maps_ipv6: true,
        };
        Ok(Self {
            process,
            pushing: None,
            push: Arc::new(Push::new(server, admin)),
            relays: DnsRelays::new(world.dns, Arc::clone(&places)),
            places,
            dns,
            options,
            generation: 0,
            model: Arc::default(),
            translation: Translation { snapshot: Snapshot::default(), clusters: Default::default() },
        })
    }
}

#[async_trait]
impl Subject for Envoy {
    fn features(&self) -> Features {
        Features {
            lists_endpoints: true,
            lists_exclusions: true,
            reports_conditions: true,
            gives_reasons: false,
            // Among the shares of a rule, and among priorities.
            draws_lots: true,
            has_identity: true,
            tunes_dns: true,
            configures_control_plane: true,
        }
    }

    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError> {
        let model = resolving::resolved(resources.clone(), self.options.clone()).await.map_err(refused)?;
        self.relays.follow(Asked::by(&model)).await.map_err(refused)?;
        self.places.check_names(&model).map_err(refused)?;
        self.generation += 1;
        let places = self.places.with(&self.relays);
        let translation = translate(&model, &places, self.dns, self.generation).map_err(refused)?;
        let before = std::mem::replace(&mut self.translation, translation).snapshot;
        let (push, next, generation) = (Arc::clone(&self.push), self.translation.snapshot.clone(), self.generation);
        let pushing = tokio::spawn(async move { push.replace(&before, next, generation).await });
        self.pushing = Some(AbortOnDropHandle::new(pushing));
        self.model = model;
        Ok(Generation(self.generation))
    }

    async fn converged(&mut self, _: Generation, deadline: Instant) -> Result<(), SubjectError> {
        let Some(pushing) = &mut self.pushing else { return Ok(()) };
        let start = Instant::now();
        let pushed = tokio::time::timeout_at(deadline.into(), pushing).await;
        let Ok(outcome) = pushed else { return Err(not_converged(start, self.push.state())) };
        self.pushing = None;
        match outcome {
            Err(lost) => Err(refused(lost)),
            Ok(Err(error @ PushError::Admin(_))) => Err(SubjectError::Unreachable {
                subject: NAME.to_owned(),
                what: format!("its state; its last words: {}", self.process.last_words()),
                source: error.into(),
            }),
            Ok(Err(error)) => Err(refused(error)),
            Ok(Ok(())) => Ok(()),
        }
    }

    async fn dns_settled(&mut self, since: Instant, deadline: Instant) -> Result<(), SubjectError> {
        let start = Instant::now();
        let settled = self.relays.settled(since, deadline).await;
        settled.map_err(|name| {
            not_converged(start, format!("a second lookup of {name}, and with it the first to be over"))
        })
    }

    fn listener(&self, port: u16) -> Option<SocketAddr> {
        self.model.ports().contains(&port).then(|| self.places.listener(port))
    }

    fn ports(&self) -> Vec<u16> {
        self.model.ports().into_iter().collect()
    }

    fn admin(&self) -> Option<SocketAddr> {
        Some(self.places.admin())
    }

    async fn listing(&mut self) -> Result<Listing, SubjectError> {
        let asked = self.push.admin().clusters().await;
        let clusters = asked.map_err(|source| SubjectError::Unreachable {
            subject: NAME.to_owned(),
            what: "its clusters".to_owned(),
            source: source.into(),
        })?;
        Ok(listing::listing(&self.model, &self.translation.clusters, &clusters, &self.places))
    }

    async fn stop(self: Box<Self>) {
        self.process.stop().await;
    }
}

fn refused(source: impl Error + Send + Sync + 'static) -> SubjectError {
    SubjectError::Refused { subject: NAME.to_owned(), source: source.into() }
}

fn not_converged(start: Instant, awaited: String) -> SubjectError {
    let waited_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    SubjectError::NotConverged { subject: NAME.to_owned(), awaited, waited_ms }
}
