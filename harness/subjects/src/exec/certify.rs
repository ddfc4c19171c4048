//! Whether an adapter does what the protocol says: one conversation with it, in which each thing it must do is tried.
//!
//! `world` has the fake VMs, the manifests and the requests, `talk` the conversation, `remains` what an adapter leaves.

mod advice;
mod remains;
mod talk;
mod world;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Adapter, AdapterError};
use advice::Fault;
use talk::Talk;
use world::World;

pub use world::WorldError;

/// Longest time that all checks of one adapter take together.
pub const CERTIFY_WITHIN: Duration = Duration::from_secs(10);

/// What came of the checks of one adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Name of the adapter.
    pub adapter: String,
    /// In the order of the conversation; always the same ones.
    pub checks: Vec<Check>,
}

/// One thing that an adapter must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What is checked.
    pub check: &'static str,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// What was seen, or why it was not asked; empty when there is nothing to say.
    pub saw: String,
    /// What to do about it, and the section of `PROTOCOL.md`; empty unless the outcome is wrong.
    pub advice: String,
}

/// What came of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CheckOutcome {
    /// As it should be.
    Ok,
    /// Not as the protocol has it.
    Wrong,
    /// The adapter does not declare it, or what came before was wrong.
    NotAsked,
}

/// Why an adapter could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// The adapter file cannot be used.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// What the adapter is to talk to cannot be started.
    #[error("the fakes that the adapter is checked with cannot be started")]
    World(#[from] WorldError),
}

/// The things that are checked, in this order. Most build on those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Program,
    Hello,
    Start,
    Apply,
    Ready,
    Serves,
    Removed,
    Endpoints,
    Delete,
    Dns,
    Unsupported,
    Stop,
    Processes,
    Ports,
}

/// How a check went that was not wrong.
enum Went {
    Well(String),
    NotAsked(String),
}

impl Certificate {
    /// Whether nothing was wrong.
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.outcome != CheckOutcome::Wrong)
    }
}

impl CheckOutcome {
    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::NotAsked => "not asked",
        }
    }
}

impl Step {
    const ALL: [Self; 14] = [
        Self::Program,
        Self::Hello,
        Self::Start,
        Self::Apply,
        Self::Ready,
        Self::Serves,
        Self::Removed,
        Self::Endpoints,
        Self::Delete,
        Self::Dns,
        Self::Unsupported,
        Self::Stop,
        Self::Processes,
        Self::Ports,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Program => "the program starts",
            Self::Hello => "hello",
            Self::Start => "start",
            Self::Apply => "apply",
            Self::Ready => "ready",
            Self::Serves => "serves at once after ready",
            Self::Removed => "nothing older after ready",
            Self::Endpoints => "endpoints",
            Self::Delete => "delete",
            Self::Dns => "dns",
            Self::Unsupported => "unsupported",
            Self::Stop => "stop",
            Self::Processes => "leaves no process",
            Self::Ports => "frees its ports",
        }
    }
}

/// Checks the adapter that the file describes, in [`CERTIFY_WITHIN`] at most.
///
/// # Errors
/// See [`CertifyError`]. What the adapter does wrong is no error but stands in the certificate.
pub async fn certify(file: &Path) -> Result<Certificate, CertifyError> {
    let until = Instant::now() + CERTIFY_WITHIN;
    let adapter = Adapter::read(file)?;
    let world = World::start().await?;
    let name = adapter.name.clone();
    let mut talk = Talk::new(adapter, world, until);
    let mut checks = Vec::with_capacity(Step::ALL.len());
    let mut ended: Option<Step> = None;
    for step in Step::ALL {
        let went = match ended {
            Some(at) => Ok(Went::NotAsked(format!("the conversation ended at `{}`", at.name()))),
            None if Instant::now() >= until => Err(Fault::too_late()),
            None => talk.take(step).await,
        };
        ended = ended.or_else(|| went.as_ref().is_err_and(|fault| fault.is_last).then_some(step));
        checks.push(check(step, went));
    }
    Ok(Certificate { adapter: name, checks })
}

fn check(step: Step, went: Result<Went, Fault>) -> Check {
    let (outcome, saw, advice) = match went {
        Ok(Went::Well(saw)) => (CheckOutcome::Ok, saw, String::new()),
        Ok(Went::NotAsked(why)) => (CheckOutcome::NotAsked, why, String::new()),
        Err(fault) => (CheckOutcome::Wrong, fault.saw, fault.advice),
    };
    Check { check: step.name(), outcome, saw, advice }
}
