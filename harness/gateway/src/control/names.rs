//! Which names are followed: those of endpoints as long as the configuration has them, and those that requests bring
//! along (DYNAMIC_DNS) for a while.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use sextant_resources::Hostname;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Shared, State};
use crate::Reason;
use crate::dns::{Lookup, NameClient};
use crate::dynamic::{Ask, MOST_NAMES};

impl State {
    /// How many names are followed only because requests brought them along.
    fn brought_along(&self) -> usize {
        self.followers.keys().filter(|name| !self.active.names.contains_key(*name)).count()
    }
}

impl Shared {
    /// Follows `new` names, and no longer those that the active configuration does not use.
    pub(super) fn follow(self: &Arc<Self>, state: &mut State, new: Vec<Hostname>) {
        let active = state.active.clone();
        let used = |name: &Hostname| active.names.contains_key(name) || active.covers(name);
        state.names.retain(used);
        state.followers.retain(|name, follower| {
            let keep = used(name);
            if !keep {
                follower.cancel();
            }
            keep
        });
        state.asked.retain(|name, _| used(name));
        for name in new {
            self.start_following(state, name);
        }
    }

    /// Sees to it that a name which a request brought along is known.
    pub(crate) fn ask(self: &Arc<Self>, ask: Ask) {
        let Ask { name, done } = ask;
        let state = &mut *self.state();
        let answer = if state.stopping || !state.active.covers(&name) {
            // The configuration has changed since: the request is routed anew.
            Some(Ok(()))
        } else if !state.names.can_ask() {
            Some(Err(Reason::NoResolver))
        } else if state.names.looked_up(&name).is_some() {
            Some(Ok(()))
        } else if !state.followers.contains_key(&name) && state.brought_along() >= MOST_NAMES {
            Some(Err(Reason::TooManyNames))
        } else {
            None
        };
        if let Some(answer) = answer {
            let _ = done.send(answer); // the request was given up meanwhile
            return;
        }
        if state.names.insert(&name) {
            self.start_following(state, name.clone());
        }
        state.asked.entry(name).or_default().push(done);
    }

    fn start_following(self: &Arc<Self>, state: &mut State, name: Hostname) {
        let Some(client) = &self.client else { return };
        let stop = CancellationToken::new();
        let task = self.clone().follower(name.clone(), client.clone());
        let stopped = stop.clone();
        state.tasks.spawn_on(
            async move {
                stopped.run_until_cancelled(task).await;
            },
            &self.runtime,
        );
        state.followers.insert(name, stop);
    }

    /// Looks `name` up again and again, until nobody uses it any more.
    async fn follower(self: Arc<Self>, name: Hostname, client: NameClient) {
        let options = &self.options.dns;
        let mut used = Instant::now();
        loop {
            let started = Instant::now();
            let span = tracing::debug_span!("dns.refresh", dns.name = %name);
            let lookup = client.lookup(&name).instrument(span).await;
            let wait = lookup.wait(options.refresh, options.respect_ttl);
            self.looked_up(&name, started, lookup);
            tokio::time::sleep(wait).await;
            if self.is_in_use(&name) {
                used = Instant::now();
            } else if used.elapsed() >= options.forget_after {
                return self.forget(&name);
            }
        }
    }

    /// Applies the result of a lookup.
    fn looked_up(&self, name: &Hostname, started: Instant, lookup: Lookup) {
        tracing::debug!(dns.name = %name, ?lookup, "looked up");
        let state = &mut *self.state();
        state.names.record(name, started, lookup);
        if state.active.refresh(name, &state.names) {
            self.publish(state);
        }
        let epoch = state.epoch;
        if let Some(known) = state.names.get_mut(name) {
            known.epoch = epoch;
        }
        for done in state.asked.remove(name).into_iter().flatten() {
            let _ = done.send(Ok(())); // the request was given up meanwhile
        }
        self.progress.send_replace(());
    }

    /// Whether an endpoint has `name`, or a request brought it along since the last call.
    fn is_in_use(&self, name: &Hostname) -> bool {
        let state = &mut *self.state();
        let asked = state.names.get_mut(name).is_some_and(|known| known.used.swap(false, Ordering::Relaxed));
        asked || state.active.names.contains_key(name)
    }

    fn forget(&self, name: &Hostname) {
        let state = &mut *self.state();
        state.names.retain(|other| other != name);
        state.followers.remove(name);
        if state.active.refresh(name, &state.names) {
            self.publish(state);
        }
    }
}
