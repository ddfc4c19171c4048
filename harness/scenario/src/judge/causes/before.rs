//! Clues in what was promised before something was changed.

use std::collections::BTreeSet;

use sextant_verdict::{Cause, Listing, Observations};

use super::Clue;
use super::sightings::telling;
use super::world::{Change, World};
use crate::judge::{Abilities, breaks, listed_differences};
use crate::view::{Action, StepView};

/// Whether the replies are still as an earlier step promised for the same request.
pub(super) fn of_replies(world: &World<'_>, seen: &Observations) -> Vec<Clue> {
    let Some(request) = world.request() else { return Vec::new() };
    let same = |view: &StepView<'_>| view.action.request() == Some(request);
    let Some((changes, earlier)) = world.before_the_last_change(same) else { return Vec::new() };
    let Some(expect) = earlier.action.expect() else { return Vec::new() };
    let mut replies = telling(&world.step, seen).peekable();
    if replies.peek().is_none() {
        return Vec::new();
    }
    let abilities = Abilities::default();
    told(&changes, replies.all(|reply| breaks(expect, &abilities, seen, reply).is_none()))
}

/// Whether the list is still as an earlier step promised for the same backend.
pub(super) fn of_listing(world: &World<'_>, listing: &Listing) -> Vec<Clue> {
    let Action::Listed(now) = world.step.action else { return Vec::new() };
    let same = |view: &StepView<'_>| match view.action {
        Action::Listed(then) => {
            (&then.service_entry, &then.host, then.port) == (&now.service_entry, &now.host, now.port)
        }
        _ => false,
    };
    let Some((changes, earlier)) = world.before_the_last_change(same) else { return Vec::new() };
    let Action::Listed(then) = earlier.action else { return Vec::new() };
    let (missing, extra) = listed_differences(then, listing);
    told(&changes, missing.is_empty() && extra.is_empty())
}

fn told(changes: &BTreeSet<Change>, as_before: bool) -> Vec<Clue> {
    let mut clues = Vec::new();
    if as_before && changes.contains(&Change::Manifests) {
        clues.push(Clue::new(Cause::Stale, 3, "all is as it was promised before the manifests were changed"));
    }
    if as_before && changes.contains(&Change::Dns) {
        clues.push(Clue::new(Cause::DnsLife, 6, "all is as it was promised before the answers of DNS were changed"));
    }
    clues
}
