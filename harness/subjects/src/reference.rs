//! The reference gateway as a subject, in this process.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sextant_fake_vms::AddressPlan;
use sextant_gateway::{DialRefused, Dialer, DnsFamily, DnsOptions, Gateway, GatewayOptions, PortMap};
use sextant_resources::ResourceSet;
use sextant_routing::{Model, Options};
use sextant_runner::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
use sextant_verdict::Listing;

use crate::{options, resolving};

mod listing;

/// Name on the command line.
const NAME: &str = "reference";
/// Time between lookups when a scenario does not say: short, so that scenarios are.
const DNS_REFRESH: Duration = Duration::from_millis(100);
/// A lookup that gets no answer is given up after this. Everything is on this machine, but a machine that is busy must not
/// look like a server that is silent.
const DNS_TIMEOUT: Duration = Duration::from_secs(2);
/// How long requests under way may take when a scenario ends.
const GRACE: Duration = Duration::from_secs(1);

/// Makes a fresh reference gateway for every scenario.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceFactory {
    workers: usize,
}

struct Reference {
    gateway: Gateway,
    options: Options,
    model: Arc<Model>,
}

/// The scenario's address plan is the only way out, but for the fake DNS, which is on loopback and has no place in it.
#[derive(Debug)]
struct Planned {
    plan: Arc<AddressPlan>,
    dns: SocketAddr,
}

impl Dialer for Planned {
    fn dial_address(&self, documented: SocketAddr) -> Result<SocketAddr, DialRefused> {
        let actual = if documented == self.dns { Some(documented) } else { self.plan.actual(documented) };
        actual.ok_or(DialRefused::NotPlanned { address: documented })
    }
}

impl ReferenceFactory {
    /// Gateways with so many worker threads each.
    pub fn with_workers(workers: usize) -> Self {
        Self { workers }
    }
}

impl Default for ReferenceFactory {
    /// Two workers: enough to find what is wrong between them, few enough for many scenarios side by side.
    fn default() -> Self {
        Self::with_workers(2)
    }
}

#[async_trait]
impl SubjectFactory for ReferenceFactory {
    fn name(&self) -> &str {
        NAME
    }

    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
        let settings = &world.settings;
        let failed = |source: Box<dyn Error + Send + Sync>| SubjectError::Start { subject: NAME.to_owned(), source };
        let options = options::options(world.profile, settings).map_err(|source| failed(source.into()))?;
        let gateway = Gateway::start(GatewayOptions {
            ports: PortMap::Ephemeral,
            workers: self.workers,
            dns: DnsOptions {
                servers: vec![world.dns],
                refresh: settings.dns_refresh.unwrap_or(DNS_REFRESH),
                respect_ttl: settings.respect_dns_ttl,
                timeout: DNS_TIMEOUT,
                retries: 0,
                family: DnsFamily::of(options.semantics()),
                ..DnsOptions::default()
            },
            dialer: Arc::new(Planned { plan: world.plan.clone(), dns: world.dns }),
            reason_header: true,
            ..GatewayOptions::default()
        })
        .await
        .map_err(|source| failed(source.into()))?;
        Ok(Box::new(Reference { gateway, options, model: Arc::default() }))
    }
}

#[async_trait]
impl Subject for Reference {
    fn features(&self) -> Features {
        Features {
            lists_endpoints: true,
            lists_exclusions: true,
            reports_conditions: true,
            gives_reasons: true,
            draws_lots: false,
            has_identity: true,
            tunes_dns: true,
            configures_control_plane: true,
        }
    }

    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError> {
        let model = resolving::resolved(resources.clone(), self.options.clone()).await.map_err(refused)?;
        let generation = self.gateway.apply(Arc::clone(&model)).map_err(refused)?;
        self.model = model;
        Ok(Generation(generation.0))
    }

    async fn converged(&mut self, generation: Generation, deadline: Instant) -> Result<(), SubjectError> {
        let start = Instant::now();
        let serving = self.gateway.serving(sextant_gateway::Generation(generation.0), deadline).await;
        serving.map_err(|error| not_converged(start, &error))
    }

    async fn dns_settled(&mut self, since: Instant, deadline: Instant) -> Result<(), SubjectError> {
        let start = Instant::now();
        self.gateway.dns_settled(since, deadline).await.map_err(|error| not_converged(start, &error))
    }

    fn listener(&self, port: u16) -> Option<SocketAddr> {
        self.gateway.listener_addr(port)
    }

    fn ports(&self) -> Vec<u16> {
        self.model.ports().into_iter().collect()
    }

    async fn listing(&mut self) -> Result<Listing, SubjectError> {
        Ok(listing::listing(&self.gateway, &self.model))
    }

    async fn stop(self: Box<Self>) {
        self.gateway.shutdown(GRACE).await;
    }
}

fn refused(source: impl Error + Send + Sync + 'static) -> SubjectError {
    SubjectError::Refused { subject: NAME.to_owned(), source: source.into() }
}

fn not_converged(start: Instant, error: &dyn Error) -> SubjectError {
    let waited_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    SubjectError::NotConverged { subject: NAME.to_owned(), awaited: error.to_string(), waited_ms }
}
