//! From one configuration to the next without a gap.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sextant_xds::{NotTaken, Server, Snapshot};

use super::admin::Admin;

/// Time from one look at Envoy to the next.
const PAUSE: Duration = Duration::from_millis(5);
/// How long one part of a change may take; the caller has a deadline of its own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pushes configurations to one Envoy.
#[derive(Debug)]
pub(super) struct Push {
    server: Server,
    admin: Admin,
    /// What is waited for.
    state: Mutex<String>,
}

/// What Envoy has to be asked for.
#[derive(Clone, Copy, Debug)]
enum Awaited {
    /// That nothing is warming any more; with words for people.
    Warm(&'static str),
    /// That the mark has this number.
    Mark(u64),
}

/// Why a configuration does not serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum PushError {
    /// Envoy does not take it.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// Envoy does not say how far it is.
    #[error("Envoy's admin interface does not answer")]
    Admin(#[from] reqwest::Error),
    /// Envoy does not get there.
    #[error("Envoy did not get there: waited for {0}")]
    Late(&'static str),
}

impl Push {
    pub(super) fn new(server: Server, admin: Admin) -> Self {
        Self { server, admin, state: Mutex::default() }
    }

    pub(super) fn admin(&self) -> &Admin {
        &self.admin
    }

    /// What is waited for, for people.
    pub(super) fn state(&self) -> String {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces `before` by `next`. When this returns, `next` serves, and nothing of `before` does any more: new clusters
    /// come first and are warm before anything refers to them, old ones go last, and the mark says so at the very end.
    pub(super) async fn replace(&self, before: &Snapshot, next: Snapshot, generation: u64) -> Result<(), PushError> {
        self.take(next.ahead_of(before), "new clusters").await?;
        self.wait(Awaited::Warm("new clusters to be warm")).await?;
        self.take(next.beside(before), "listeners and routes").await?;
        self.wait(Awaited::Warm("listeners to be warm")).await?;
        self.take(next, "what is left").await?;
        self.wait(Awaited::Mark(generation)).await
    }

    async fn take(&self, snapshot: Snapshot, what: &'static str) -> Result<(), PushError> {
        self.say(format!("Envoy to acknowledge {what}"));
        let serial = self.server.publish(snapshot);
        Ok(self.server.taken(serial, Instant::now() + PATIENCE).await?)
    }

    /// Asks until it is so. Envoy tells nobody by itself.
    async fn wait(&self, awaited: Awaited) -> Result<(), PushError> {
        let what = match awaited {
            Awaited::Warm(what) => what,
            Awaited::Mark(_) => "the mark of the configuration",
        };
        self.say(what.to_owned());
        let deadline = Instant::now() + PATIENCE;
        while !self.is_so(awaited).await? {
            if Instant::now() > deadline {
                return Err(PushError::Late(what));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn is_so(&self, awaited: Awaited) -> Result<bool, PushError> {
        Ok(match awaited {
            Awaited::Warm(_) => self.admin.warming().await? == 0,
            Awaited::Mark(generation) => self.admin.serving().await == Some(generation),
        })
    }

    fn say(&self, state: String) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
