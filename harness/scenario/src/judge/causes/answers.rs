//! Clues in who answered.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use sextant_verdict::{Cause, Observations};

use super::Clue;
use super::sightings::telling;
use super::world::{Change, World, promised_by};
use crate::GrpcStatus;
use crate::expect::{Expect, ShareBy};
use crate::judge::{name_of, source_of};
use crate::lint::{CLOSED, canonical_share};

/// Who answered, against who may.
pub(super) fn clues(world: &World<'_>, seen: &Observations) -> Vec<Clue> {
    let Some(expect) = world.expect() else { return Vec::new() };
    let mut answered: BTreeMap<SocketAddr, u64> = BTreeMap::new();
    for source in telling(&world.step, seen).filter_map(source_of) {
        *answered.entry(source.endpoint).or_default() += 1;
    }
    let allowed = promised_by(expect);
    let nobody = expect.sources.as_ref().is_some_and(Vec::is_empty);
    let named = !allowed.is_empty() || nobody;
    let strays: BTreeSet<SocketAddr> = answered
        .keys()
        .filter(|endpoint| expect.never.contains(endpoint) || (named && !allowed.contains(endpoint)))
        .copied()
        .collect();
    let missing: BTreeSet<SocketAddr> =
        allowed.iter().filter(|endpoint| !answered.contains_key(endpoint)).copied().collect();
    let mut clues: Vec<Clue> = Vec::new();
    for stray in &strays {
        clues.extend(of_requests(world, *stray));
        // Where nobody may answer, what the gateway owes instead says more than who did.
        if !nobody {
            clues.extend(of_stray(world, *stray, &allowed));
        }
    }
    if !strays.is_empty() && !allowed.is_empty() {
        clues.push(Clue::new(Cause::Protocol, -3, "who should not be asked at all was asked"));
    }
    if !missing.is_empty() && !answered.is_empty() {
        clues.extend(of_missing(world, &missing, &answered, &strays));
    }
    if strays.is_empty() {
        clues.extend(of_shares(world, expect, seen));
    }
    if answered.keys().any(|endpoint| allowed.contains(endpoint)) {
        clues.push(Clue::new(Cause::Matching, -2, "a promised endpoint did answer"));
    }
    limited(clues)
}

/// Ten strays say no more than one.
fn limited(clues: Vec<Clue>) -> Vec<Clue> {
    let mut weightiest: BTreeMap<(Cause, bool), Clue> = BTreeMap::new();
    for clue in clues {
        let key = (clue.class, clue.points > 0);
        let known = weightiest.get(&key).map_or(0, |known| known.points.abs());
        if clue.points.abs() > known {
            weightiest.insert(key, clue);
        }
    }
    weightiest.into_values().collect()
}

fn of_stray(world: &World<'_>, stray: SocketAddr, allowed: &BTreeSet<SocketAddr>) -> Vec<Clue> {
    let mut clues = Vec::new();
    if let Some(twin) = allowed.iter().find(|endpoint| endpoint.ip() == stray.ip()) {
        let fact = format!("{stray} answered, which is promised at port {}", twin.port());
        clues.extend(Clue::each(&fact, [(Cause::Port, 8), (Cause::HostIdentity, 1)]));
        return clues;
    }
    let promised_before = world.changed_since(stray);
    if promised_before.is_none() {
        clues.push(Clue::new(Cause::Stale, -4, format!("{stray} answered, which no step before promises")));
    }
    let changes = promised_before.unwrap_or_default();
    if changes.contains(&Change::Manifests) {
        let fact = format!("{stray} answered, which was promised until the manifests were changed");
        clues.extend(Clue::each(&fact, [(Cause::Stale, 2), (Cause::Selection, 1)]));
    }
    if changes.contains(&Change::Dns) {
        let fact = format!("{stray} answered, which was promised until the answers of DNS were changed");
        clues.push(Clue::new(Cause::DnsLife, 3, fact));
    }
    if changes.contains(&Change::Workload) || world.is_unwell(stray) {
        let fact = format!("{stray} answered, which does not behave well");
        clues.push(Clue::new(Cause::Policy, 3, fact));
    }
    if world.share_an_answer(stray.ip(), allowed) {
        let fact = format!("{stray} answered, an address in one answer with those promised");
        clues.extend(Clue::each(&fact, [(Cause::DnsAnswer, 4), (Cause::DnsLife, 1)]));
    } else if world.share_a_name(stray.ip(), allowed) {
        let fact = format!("{stray} answered, an address that the name has at another time");
        clues.extend(Clue::each(&fact, [(Cause::DnsLife, 5), (Cause::DnsAnswer, 2)]));
    } else if world.has_name(stray.ip()) {
        let fact = format!("{stray} answered, the address of another name");
        clues.extend(Clue::each(&fact, [(Cause::HostIdentity, 4), (Cause::Selection, 2), (Cause::DnsAnswer, 1)]));
    } else if is_elsewhere(world, stray, allowed) {
        let fact = format!("{stray} answered, which is in another locality than those promised");
        clues.extend(Clue::each(&fact, [(Cause::Locality, 3), (Cause::Selection, 2)]));
    } else {
        let fact = format!("{stray} answered, which nobody promised");
        clues.extend(Clue::each(&fact, [(Cause::Selection, 3), (Cause::HostIdentity, 1), (Cause::Reference, 1)]));
    }
    clues
}

/// Whether a stray is in another locality than everybody who may answer.
fn is_elsewhere(world: &World<'_>, stray: SocketAddr, allowed: &BTreeSet<SocketAddr>) -> bool {
    !allowed.is_empty() && allowed.iter().all(|endpoint| world.locality(*endpoint) != world.locality(stray))
}

/// Other requests that a stray is promised to.
fn of_requests(world: &World<'_>, stray: SocketAddr) -> Vec<Clue> {
    let mut clues = Vec::new();
    if let Some(request) = world.request() {
        let others = world.promised_to(stray);
        if others.iter().any(|other| !other.host.eq_ignore_ascii_case(&request.host)) {
            let fact = format!("{stray} answered, which is promised to requests for another host");
            clues.extend(Clue::each(&fact, [(Cause::HostIdentity, 4), (Cause::Matching, 3)]));
        }
        let beside = |other: &&&crate::Request| other.host.eq_ignore_ascii_case(&request.host) && **other != request;
        if others.iter().any(|other| beside(&other)) {
            let fact = format!("{stray} answered, which is promised to other requests for this host");
            clues.extend(Clue::each(&fact, [(Cause::Matching, 4), (Cause::Weight, 1)]));
        }
    }
    clues
}

fn of_missing(
    world: &World<'_>,
    missing: &BTreeSet<SocketAddr>,
    answered: &BTreeMap<SocketAddr, u64>,
    strays: &BTreeSet<SocketAddr>,
) -> Vec<Clue> {
    let mut clues = Vec::new();
    let first = missing.iter().map(ToString::to_string).next().unwrap_or_default();
    if strays.is_empty() && answered.len() == 1 {
        let fact = format!("one endpoint alone answered, and {first} never did");
        let sticks = if missing.len() > 1 { 5 } else { 2 };
        clues.extend(Clue::each(&fact, [(Cause::Stickiness, sticks), (Cause::Weight, 1)]));
    } else if strays.is_empty() {
        let fact = format!("{} of those promised never answered, {first} among them", missing.len());
        clues.extend(Clue::each(&fact, [(Cause::Stickiness, 2), (Cause::Weight, 1)]));
    }
    let fact = format!("{first} never answered");
    let there: BTreeSet<SocketAddr> = answered.keys().copied().collect();
    if missing.iter().all(|endpoint| world.share_an_answer(endpoint.ip(), &there)) {
        let fact = format!("{fact}, an address in one answer with those that did");
        clues.extend(Clue::each(&fact, [(Cause::DnsAnswer, 4), (Cause::DnsLife, 1)]));
    } else if missing.iter().all(|endpoint| world.share_a_name(endpoint.ip(), &there)) {
        let fact = format!("{fact}, an address that the name has at another time than those that did");
        clues.extend(Clue::each(&fact, [(Cause::DnsLife, 5), (Cause::DnsAnswer, 2)]));
    } else if missing.iter().all(|endpoint| world.has_name(endpoint.ip())) {
        let fact = format!("{fact}, the address of another name than those that did");
        clues.extend(Clue::each(
            &fact,
            [(Cause::HostIdentity, 3), (Cause::Selection, 2), (Cause::DnsAnswer, 2), (Cause::DnsLife, 2)],
        ));
    } else if strays.is_empty() {
        clues.extend(Clue::each(&fact, [(Cause::Selection, 3), (Cause::Locality, 1)]));
    }
    if missing.iter().any(|endpoint| world.is_unwell(*endpoint)) {
        clues.push(Clue::new(Cause::Policy, 3, format!("{fact}, and one of those does not behave well at some time")));
    }
    clues.extend(of_news(world, &fact));
    let there: BTreeSet<&str> = answered.keys().map(|endpoint| world.locality(*endpoint)).collect();
    if missing.iter().any(|endpoint| !there.contains(world.locality(*endpoint))) {
        clues.push(Clue::new(Cause::Locality, 2, format!("{fact}, which is in another locality than who did")));
    }
    clues
}

/// What a change just before makes of something that does not happen.
pub(super) fn of_news(world: &World<'_>, fact: &str) -> Vec<Clue> {
    let changed = world.just_changed();
    let mut clues = Vec::new();
    if changed.contains(&Change::Manifests) {
        clues.push(Clue::new(Cause::Stale, 3, format!("{fact}, just after the manifests were changed")));
    }
    if changed.contains(&Change::Dns) {
        clues.push(Clue::new(Cause::DnsLife, 4, format!("{fact}, just after the answers of DNS were changed")));
    }
    if changed.contains(&Change::Workload) {
        clues.push(Clue::new(Cause::Policy, 2, format!("{fact}, just after a workload was told to behave otherwise")));
    }
    clues
}

/// Everybody answered who should: then it is how often.
fn of_shares(world: &World<'_>, expect: &Expect, seen: &Observations) -> Vec<Clue> {
    let mut clues = Vec::new();
    for shares in &expect.shares {
        let came: BTreeSet<String> = telling(&world.step, seen).map(|reply| name_of(reply, shares.by)).collect();
        let own: BTreeSet<String> = telling(&world.step, seen)
            .filter(|reply| source_of(reply).is_none())
            .map(|reply| name_of(reply, shares.by))
            .collect();
        let promised =
            shares.of.iter().filter(|(_, weight)| **weight > 0).map(|(name, _)| canonical_share(shares.by, name));
        let (own_missing, others_missing): (Vec<String>, Vec<String>) =
            promised.filter(|name| !came.contains(name)).partition(|name| is_own(name));
        if !own_missing.is_empty() && shares.by != ShareBy::Status {
            let fact = "the share that the gateway answers by itself never came";
            clues.extend(Clue::each(fact, [(Cause::Reference, 6), (Cause::Stickiness, 3), (Cause::Weight, 2)]));
        } else if !others_missing.is_empty()
            && own.len() == came.len()
            && own.iter().any(|name| shares.of.contains_key(name))
        {
            let fact = "the gateway answered everything by itself, which is only a share of it";
            clues.extend(Clue::each(fact, [(Cause::Stickiness, 4), (Cause::Reference, 3), (Cause::Weight, 2)]));
        } else if others_missing.is_empty() {
            clues.push(Clue::new(Cause::Weight, 5, "everybody answered who should, but not as often as promised"));
        }
        if shares.by == ShareBy::Locality {
            clues.push(Clue::new(Cause::Locality, 2, "what is promised are the shares of localities"));
        }
        if world.anybody_unwell() {
            clues.push(Clue::new(Cause::Policy, 3, "a workload does not behave well"));
        }
    }
    clues
}

/// Whether a share is the gateway's own: called by a status, or by how the connection ends.
fn is_own(name: &str) -> bool {
    name.parse::<u16>().is_ok() || name == CLOSED || GrpcStatus::named(name).is_some()
}
