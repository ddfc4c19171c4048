//! A subject that is given real addresses in the place of documented ones, and whose lists are mapped back.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use serde_json::{Value, json};
use sextant_fake_vms::{AddressPlan, LeaseError};
use sextant_resources::{ObjectKey, ObjectRef, ResourceSet, load_text};
use sextant_verdict::Listing;

use super::rewrite::{Inexpressible, MovedPorts, rewrite};
use super::{Aliases, DnsFront};
use crate::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};

/// A subject in a world of real addresses.
pub(crate) struct Readdressed {
    /// First, so that it is dropped before what it asks.
    inner: Box<dyn Subject>,
    aliases: Arc<Aliases>,
    moved: MovedPorts,
    given: Given,
    _front: DnsFront,
}

/// What the subject was given last: an object that did not change is handed on as the same object.
#[derive(Debug, Default)]
struct Given {
    documents: HashMap<Identity, Value>,
    resources: ResourceSet,
}

/// `apiVersion` and object of a manifest.
type Identity = (String, ObjectRef);

/// Why there is no world of real addresses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReaddressError {
    #[error(transparent)]
    Inexpressible(#[from] Inexpressible),
    #[error("there are no addresses for machines that nobody has")]
    Lease(#[from] LeaseError),
    #[error("there is no socket for a DNS server with real addresses")]
    Front(#[from] std::io::Error),
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl Readdressed {
    /// Starts a subject of `factory` in `world`, with real addresses in its settings, its plan and its DNS.
    ///
    /// # Errors
    /// [`ReaddressError`].
    pub(crate) async fn start(
        factory: &dyn SubjectFactory,
        mut world: SubjectWorld,
    ) -> Result<Box<dyn Subject>, ReaddressError> {
        let entries = world.plan.entries();
        let moved = MovedPorts::of(&entries)?;
        let aliases = Arc::new(Aliases::new(Arc::clone(&world.plan))?);
        let front = DnsFront::start(world.dns, Arc::clone(&aliases), |_| {}).await?;
        world.dns = front.address();
        world.plan = Arc::new(AddressPlan::fixed(entries.into_iter().map(|(_, actual)| (actual, actual))));
        for gateway in &mut world.settings.control_plane.network_gateways {
            gateway.endpoint = aliases.actual(gateway.endpoint);
        }
        let inner = factory.start(world).await?;
        Ok(Box::new(Self { inner, aliases, moved, given: Given::default(), _front: front }))
    }

    fn documented(&self, actual: SocketAddr) -> SocketAddr {
        let documented = self.aliases.documented(actual);
        // An address without a workload has no place in the plan that would know its port.
        let is_planned = self.aliases.plan().documented(actual).is_some();
        let port = self.moved.documented(documented.port()).filter(|_| !is_planned);
        SocketAddr::new(documented.ip(), port.unwrap_or_else(|| documented.port()))
    }
}

impl Given {
    /// Goes over to `documents`.
    fn update(
        &mut self,
        documents: Vec<Value>,
        moved: &MovedPorts,
        alias: impl Fn(IpAddr) -> IpAddr,
    ) -> Result<(), Inexpressible> {
        let documents =
            documents.into_iter().map(|manifest| Ok((identity(&manifest), rewrite(manifest, moved, &alias)?)));
        let documents = documents.collect::<Result<HashMap<_, _>, Inexpressible>>()?;
        let gone: Vec<_> = self.documents.keys().filter(|known| !documents.contains_key(*known)).collect();
        for (_, object) in gone {
            self.resources.delete(object);
        }
        let changed: Vec<_> = documents
            .iter()
            .filter(|(known, now)| self.documents.get(known) != Some(now))
            .map(|(_, now)| now)
            .collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": changed}).to_string();
        self.resources.apply(&load_text(&"manifests with real addresses".into(), &list).resources);
        self.documents = documents;
        Ok(())
    }
}

fn identity(manifest: &Value) -> Identity {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &manifest["metadata"];
    let key = ObjectKey::new(text(&metadata["namespace"]), text(&metadata["name"]));
    (text(&manifest["apiVersion"]), ObjectRef { kind: text(&manifest["kind"]), key })
}

#[async_trait]
impl Subject for Readdressed {
    fn features(&self) -> Features {
        self.inner.features()
    }

    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError> {
        let Self { given, moved, aliases, .. } = self;
        let updated = given.update(resources.documents(), moved, |documented| aliases.alias(documented));
        updated.map_err(|source| SubjectError::Inexpressible { source })?;
        self.inner.apply(&self.given.resources).await
    }

    async fn converged(&mut self, generation: Generation, deadline: Instant) -> Result<(), SubjectError> {
        self.inner.converged(generation, deadline).await
    }

    async fn dns_settled(&mut self, since: Instant, deadline: Instant) -> Result<(), SubjectError> {
        self.inner.dns_settled(since, deadline).await
    }

    fn listener(&self, port: u16) -> Option<SocketAddr> {
        self.inner.listener(port)
    }

    fn ports(&self) -> Vec<u16> {
        self.inner.ports()
    }

    async fn listing(&mut self) -> Result<Listing, SubjectError> {
        let mut listing = self.inner.listing().await?;
        for listed in &mut listing.endpoints {
            listed.endpoint = self.documented(listed.endpoint);
        }
        listing.endpoints.sort();
        Ok(listing)
    }

    async fn stop(self: Box<Self>) {
        self.inner.stop().await;
    }
}
