//! The reference gateway as a subject, in this process.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sextant_fake_vms::AddressPlan;
use sextant_gateway::{DialRefused, Dialer, DnsFamily, DnsOptions, Gateway, GatewayOptions, PortMap};
use sextant_resources::ResourceSet;
use sextant_routing::{Model, Options, Resolver};
use sextant_runner::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
use sextant_verdict::Listing;
use tokio_util::task::AbortOnDropHandle;

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
#[derive(Clone, Debug)]
pub struct ReferenceFactory {
    name: String,
    workers: usize,
    alteration: Option<Arc<dyn Alteration>>,
}

/// Makes the reference another gateway, such as one that is wrong on purpose: by what it is told, and by what it makes of
/// manifests. Nothing of the gateway itself is in on it.
pub trait Alteration: fmt::Debug + Send + Sync {
    /// Changes how manifests are resolved.
    fn options(&self, options: &mut Options) {
        let _ = options;
    }

    /// Changes how the gateway is started.
    fn gateway(&self, options: &mut GatewayOptions) {
        let _ = options;
    }

    /// Puts a server of its own between the gateway and the DNS server `dns`; `None`, the default, when there is none.
    ///
    /// # Errors
    /// When there is no socket for it.
    fn dns(&self, dns: SocketAddr) -> io::Result<Option<Between>> {
        let _ = dns;
        Ok(None)
    }

    /// Changes what is read of the manifests. `before` is what was made of them the last time, empty at first.
    fn resources(&self, resources: &mut ResourceSet, before: &ResourceSet) {
        let _ = (resources, before);
    }

    /// Changes what was resolved. `before` is what the gateway has had so far.
    fn model(&self, model: &mut Model, before: &Model) {
        let _ = (model, before);
    }
}

/// A server between a gateway and its DNS server. It ends when this is dropped.
#[derive(Debug)]
pub struct Between {
    /// Where the gateway asks, over UDP and TCP; on loopback.
    pub address: SocketAddr,
    /// The server.
    pub serving: AbortOnDropHandle<()>,
}

struct Reference {
    gateway: Gateway,
    _between: Option<Between>,
    options: Options,
    /// Follows what is applied; `None` before the first time.
    resolver: Option<Resolver>,
    /// What the gateway has.
    model: Arc<Model>,
    alteration: Option<Arc<dyn Alteration>>,
    /// What an alteration made of the manifests; empty without one.
    read: ResourceSet,
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
        Self { name: NAME.to_owned(), workers, alteration: None }
    }

    /// Gateways called `name` that are changed in this way.
    pub fn altered(name: impl Into<String>, alteration: Arc<dyn Alteration>) -> Self {
        Self { name: name.into(), alteration: Some(alteration), ..Self::default() }
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
        &self.name
    }

    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
        let settings = &world.settings;
        let failed = |source: Box<dyn Error + Send + Sync>| SubjectError::Start { subject: NAME.to_owned(), source };
        let mut options = options::options(world.profile, settings).map_err(|source| failed(source.into()))?;
        self.alteration.iter().for_each(|alteration| alteration.options(&mut options));
        let between = self.alteration.as_ref().map_or(Ok(None), |alteration| alteration.dns(world.dns));
        let between = between.map_err(|source| failed(source.into()))?;
        let dns = between.as_ref().map_or(world.dns, |between| between.address);
        let mut of_gateway = GatewayOptions {
            ports: PortMap::Ephemeral,
            admin: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            workers: self.workers,
            dns: DnsOptions {
                servers: vec![dns],
                refresh: settings.dns_refresh.unwrap_or(DNS_REFRESH),
                respect_ttl: settings.respect_dns_ttl,
                timeout: DNS_TIMEOUT,
                retries: 0,
                family: DnsFamily::of(options.semantics()),
                ..DnsOptions::default()
            },
            dialer: Arc::new(Planned { plan: world.plan.clone(), dns }),
            reason_header: true,
            ..GatewayOptions::default()
        };
        self.alteration.iter().for_each(|alteration| alteration.gateway(&mut of_gateway));
        let gateway = Gateway::start(of_gateway).await.map_err(|source| failed(source.into()))?;
        let (model, alteration, read) = (Arc::default(), self.alteration.clone(), ResourceSet::default());
        Ok(Box::new(Reference { gateway, _between: between, options, resolver: None, model, alteration, read }))
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
        let mut resources = resources.clone();
        if let Some(alteration) = &self.alteration {
            alteration.resources(&mut resources, &self.read);
            self.read = resources.clone();
        }
        let followed = resolving::followed(self.resolver.take(), resources, self.options.clone()).await;
        let resolver = self.resolver.insert(followed.map_err(refused)?);
        let mut model = Arc::new(resolver.model().clone());
        if let Some(alteration) = &self.alteration {
            alteration.model(Arc::make_mut(&mut model), &self.model);
        }
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

    fn admin(&self) -> Option<SocketAddr> {
        self.gateway.admin_addr()
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
