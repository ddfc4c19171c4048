//! What makes a gateway testable.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use sextant_fake_vms::AddressPlan;
use sextant_resources::ResourceSet;
use sextant_scenario::{Profile, Settings};
use sextant_verdict::Listing;

use crate::rewrite::Inexpressible;
use crate::{AddressMode, Features};

/// Number of a configuration that a subject was given, rising by one. The mark that convergence is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// The world a subject is started in.
#[derive(Clone, Debug)]
pub struct SubjectWorld {
    /// Scenario id, for traces.
    pub scenario: String,
    /// Whose semantics.
    pub profile: Profile,
    /// What the scenario tells the subject.
    pub settings: Settings,
    /// The fake DNS: the only server a subject may ask.
    pub dns: SocketAddr,
    /// Documented addresses and where they really are; a subject may dial nothing else. With [`AddressMode::Alias`] alone
    /// the two differ.
    pub plan: Arc<AddressPlan>,
    /// How the subject gets to know real addresses.
    pub addresses: AddressMode,
    /// Seed for whatever the subject draws lots for.
    pub seed: u64,
}

/// Makes a fresh subject for every scenario.
#[async_trait]
pub trait SubjectFactory: Send + Sync {
    /// Name, as in reports.
    fn name(&self) -> &str;

    /// Whether it is not of this project, so that a run probes whether it can do what it says. Default: no.
    fn is_foreign(&self) -> bool {
        false
    }

    /// Whether its subjects can dial through [`SubjectWorld::plan`]. One that knows nothing but manifests cannot, and is
    /// not started with [`AddressMode::Alias`]. Default: it can.
    fn dials_through_plan(&self) -> bool {
        true
    }

    /// How the command line names it: what follows `--subject`, word by word. Default: its name.
    fn arguments(&self) -> Vec<String> {
        vec![self.name().to_owned()]
    }

    /// Starts a subject with an empty configuration.
    ///
    /// # Errors
    /// When it cannot be started.
    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError>;
}

/// A gateway under test. It lives for one scenario; dropping it ends everything it started.
#[async_trait]
pub trait Subject: Send {
    /// What it can do.
    fn features(&self) -> Features;

    /// Gives it the whole desired configuration, which replaces the last one. Returns before it serves.
    ///
    /// # Errors
    /// When the subject refuses it.
    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError>;

    /// Waits until `generation` serves and no older one does.
    ///
    /// # Errors
    /// [`SubjectError::NotConverged`] at the deadline.
    async fn converged(&mut self, generation: Generation, deadline: Instant) -> Result<(), SubjectError>;

    /// Waits until every name that the subject follows was looked up by a lookup that began after `since`, and its
    /// outcome serves.
    ///
    /// # Errors
    /// [`SubjectError::NotConverged`] at the deadline.
    async fn dns_settled(&mut self, since: Instant, deadline: Instant) -> Result<(), SubjectError>;

    /// Where the listener on Gateway port `port` really is; `None` when there is none.
    fn listener(&self, port: u16) -> Option<SocketAddr>;

    /// Ports of all listeners, ascending.
    fn ports(&self) -> Vec<u16>;

    /// Where its admin interface listens, for people who look at it; `None` (default) when it has none.
    fn admin(&self) -> Option<SocketAddr> {
        None
    }

    /// What the subject says of its endpoints and routes.
    ///
    /// # Errors
    /// When it cannot be asked.
    async fn listing(&mut self) -> Result<Listing, SubjectError>;

    /// Ends it in an orderly way.
    async fn stop(self: Box<Self>);
}

/// A subject that does not do its part. None of these is a failed promise: the verdict is *inconclusive*, *error* or
/// *skipped*.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// It could not be started.
    #[error("{subject} did not start")]
    Start {
        /// Name of the subject.
        subject: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It refused a configuration.
    #[error("{subject} refused the configuration")]
    Refused {
        /// Name of the subject.
        subject: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What it should be given cannot be expressed in the address mode of the run. The scenario is skipped.
    #[error("the scenario cannot be expressed with rewritten addresses")]
    Inexpressible {
        /// Why.
        #[source]
        source: Inexpressible,
    },
    /// It did not get there in time.
    #[error("{subject} did not converge: waited {waited_ms} ms for {awaited}")]
    NotConverged {
        /// Name of the subject.
        subject: String,
        /// What was waited for, and the last state seen.
        awaited: String,
        /// How long, in milliseconds.
        waited_ms: u64,
    },
    /// It cannot do what the scenario needs: the scenario is skipped with this reason.
    #[error("{subject} cannot do that: {what}")]
    Unsupported {
        /// Name of the subject.
        subject: String,
        /// What, in the subject's own words.
        what: String,
    },
    /// It, or what stands between it and the runner, does not do what every subject must.
    #[error("{subject} does not work")]
    Broken {
        /// Name of the subject.
        subject: String,
        /// What it did.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It could not be asked.
    #[error("{subject} could not be asked for {what}")]
    Unreachable {
        /// Name of the subject.
        subject: String,
        /// What was asked.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
