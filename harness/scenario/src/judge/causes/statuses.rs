//! Clues in what the gateway answered by itself, and in what it should have.

use std::collections::{BTreeMap, BTreeSet};

use sextant_verdict::{Cause, Observations, Reply, ReplyOutcome};

use super::Clue;
use super::answers::of_news;
use super::sightings::{own_status, telling};
use super::world::{Change, World, promised_by};
use crate::expect::{Expect, ShareBy};
use crate::judge::source_of;
use crate::{GrpcStatus, StatusExpectation};

/// The gateway's own replies, against those that it owes.
pub(super) fn clues(world: &World<'_>, seen: &Observations) -> Vec<Clue> {
    let Some(expect) = world.expect() else { return Vec::new() };
    let mut owed = owed(expect);
    owed.retain(|status| promised_by(expect).is_empty() || !world.told_statuses().contains(status));
    let mut came: BTreeMap<u16, &Reply> = BTreeMap::new();
    for reply in telling(&world.step, seen) {
        if let Some(status) = own_status(reply) {
            came.entry(status).or_insert(reply);
        }
    }
    let mut clues: Vec<Clue> = Vec::new();
    // A success is only odd where a workload should have answered.
    let named = !promised_by(expect).is_empty();
    let odd = |status: u16| !owed.contains(&status) && (status >= 300 || named);
    for (status, reply) in came.iter().filter(|(status, _)| odd(**status)) {
        clues.extend(of_own(world, *status, words(reply), &owed));
    }
    let served = telling(&world.step, seen).any(|reply| source_of(reply).is_some());
    if served && promised_by(expect).is_empty() && owed.iter().all(|status| !came.contains_key(status)) {
        clues.extend(owed.iter().flat_map(|status| of_served(world, *status)));
    }
    if served && owed.is_empty() && expect.sources.as_ref().is_some_and(Vec::is_empty) {
        let fact = "a workload answered, and none may";
        clues.extend(Clue::each(fact, [(Cause::Reference, 4), (Cause::Selection, 3), (Cause::Matching, 2)]));
    }
    clues.extend(of_workloads(world, expect, seen));
    clues
}

/// The statuses that the gateway may answer with by itself. Those of classes are stood for by their first.
fn owed(expect: &Expect) -> BTreeSet<u16> {
    let status = match expect.status {
        Some(StatusExpectation::Exactly(status)) => Some(status),
        Some(StatusExpectation::Class(digit)) => Some(u16::from(digit) * 100),
        None => None,
    };
    let grpc = expect.grpc.map(GrpcStatus::as_str).and_then(|name| match name {
        "UNIMPLEMENTED" => Some(404),
        "UNAVAILABLE" => Some(503),
        "DEADLINE_EXCEEDED" => Some(504),
        "UNKNOWN" | "INTERNAL" => Some(500),
        _ => None,
    });
    let shares = expect.shares.iter().flat_map(|shares| &shares.of).filter(|(_, weight)| **weight > 0);
    let shares = shares.filter_map(|(name, _)| name.parse().ok());
    status.into_iter().chain(grpc).chain(shares).filter(|status| *status >= 300).collect()
}

fn words(reply: &Reply) -> &str {
    match &reply.outcome {
        ReplyOutcome::Response { body, headers, .. } => headers.get("grpc-message").unwrap_or(body),
        _ => "",
    }
}

/// Classes, and how much is said for each.
type Says = &'static [(Cause, i32)];

/// The gateway answered by itself where it should not, or otherwise than it should.
fn of_own(world: &World<'_>, status: u16, words: &str, owed: &BTreeSet<u16>) -> Vec<Clue> {
    let (detail, says) = match status {
        503 => unavailable(world, words, owed),
        _ => ("", reading(world, status, owed)),
    };
    let fact = format!("the gateway answered {status} by itself{detail}");
    let mut clues: Vec<Clue> = Clue::each(&fact, says.iter().copied()).collect();
    clues.extend(of_news(world, &fact));
    clues.extend(of_stage(status, words, owed, &fact));
    if world.serves_another_host() {
        let fact = format!("{fact}, though another host is served by the same endpoints");
        clues.push(Clue::new(Cause::HostIdentity, 4, fact));
    }
    if status == 503 && detail == NO_ENDPOINT && world.anybody_unwell() {
        clues.push(Clue::new(Cause::Policy, 4, "a workload does not behave well, and none is left"));
    }
    clues
}

/// What a status other than 503 says.
fn reading(world: &World<'_>, status: u16, owed: &BTreeSet<u16>) -> Says {
    let owes_failure = owed.iter().any(|status| matches!(status, 500 | 503));
    match status {
        404 if owes_failure => &[(Cause::Matching, 8), (Cause::Reference, 1)],
        404 => &[(Cause::Matching, 7), (Cause::Reference, 1)],
        500 if owed.contains(&404) => &[(Cause::Matching, 5), (Cause::Reference, 2)],
        // A name without addresses can leave nothing behind that a reference could be followed to (I-041).
        500 if world.has_names() => &[(Cause::Reference, 5), (Cause::HostIdentity, 3), (Cause::Selection, 3)],
        // What cannot be used for TLS is held back as if it did not exist.
        500 if !owed.is_empty() && world.has_tls() => &[(Cause::Reference, 5), (Cause::Protocol, 8)],
        500 => &[(Cause::Reference, 5), (Cause::HostIdentity, 2)],
        502 => &[(Cause::Protocol, 6)],
        504 => &[(Cause::Policy, 6)],
        300..400 => &[(Cause::Filters, 5), (Cause::Matching, 2)],
        200..300 => &[(Cause::Filters, 2), (Cause::Matching, 2)],
        _ => &[(Cause::Protocol, 2)],
    }
}

const NO_ENDPOINT: &str = ": it knows no endpoint";

/// What a 503 says, and in which words.
fn unavailable(world: &World<'_>, words: &str, owed: &BTreeSet<u16>) -> (&'static str, Says) {
    let tls = ["TLS", "certificate", "CERTIFICATE", "handshake"].iter().any(|word| words.contains(word));
    let nobody = words.contains("no healthy upstream");
    match (owed.contains(&500), nobody) {
        (true, _) if world.has_tls() => ("", &[(Cause::Reference, 6), (Cause::Protocol, 3)]),
        (true, _) => ("", &[(Cause::Reference, 6)]),
        (false, _) if tls => (", about TLS", &[(Cause::Protocol, 6)]),
        (false, true) if world.has_names() => {
            (NO_ENDPOINT, &[(Cause::Selection, 5), (Cause::DnsAnswer, 2), (Cause::DnsLife, 3)])
        }
        (false, true) => (NO_ENDPOINT, &[(Cause::Selection, 5)]),
        (false, false) => {
            (": who was dialled did not answer", &[(Cause::Port, 3), (Cause::Protocol, 3), (Cause::Selection, 2)])
        }
    }
}

/// A request is routed, its reference is followed, an endpoint is chosen and dialled: the stage at which it failed speaks
/// against the others.
fn of_stage(status: u16, words: &str, owed: &BTreeSet<u16>, fact: &str) -> Vec<Clue> {
    let other: &[Cause] = match status {
        404 => &[
            Cause::Selection,
            Cause::Port,
            Cause::DnsAnswer,
            Cause::Weight,
            Cause::Locality,
            Cause::Protocol,
            Cause::Policy,
        ],
        500 => &[Cause::Port, Cause::Locality, Cause::Protocol, Cause::Policy],
        503 if words.contains("no healthy upstream") && owed.is_empty() => {
            &[Cause::Matching, Cause::Reference, Cause::Port, Cause::Weight, Cause::Protocol]
        }
        503 if words.contains("no healthy upstream") => &[Cause::Port, Cause::Weight],
        _ => &[],
    };
    other.iter().map(|class| Clue::new(*class, -4, format!("{fact}, which is another stage"))).collect()
}

/// A workload answered where the gateway owes `status`.
fn of_served(world: &World<'_>, status: u16) -> Vec<Clue> {
    let fact = format!("a workload answered where the gateway owes {status}");
    let mut clues: Vec<Clue> = match status {
        404 => Clue::each(&fact, [(Cause::Matching, 7), (Cause::Reference, 1)]).collect(),
        500 => Clue::each(&fact, [(Cause::Reference, 5), (Cause::Selection, 1)]).collect(),
        503 if world.has_names() => Clue::each(
            &fact,
            [(Cause::DnsLife, 3), (Cause::DnsAnswer, 2), (Cause::Selection, 2), (Cause::Reference, 1)],
        )
        .collect(),
        503 if world.has_tls() => Clue::each(&fact, [(Cause::Protocol, 6), (Cause::Selection, 2)]).collect(),
        503 => Clue::each(&fact, [(Cause::Selection, 3), (Cause::Protocol, 1), (Cause::Policy, 1)]).collect(),
        504 => Clue::each(&fact, [(Cause::Policy, 6)]).collect(),
        300..400 => Clue::each(&fact, [(Cause::Filters, 5), (Cause::Matching, 2)]).collect(),
        _ => Clue::each(&fact, [(Cause::Matching, 1), (Cause::Policy, 1)]).collect(),
    };
    let changed = world.just_changed();
    if changed.contains(&Change::Manifests) {
        clues.push(Clue::new(Cause::Stale, 2, format!("{fact}, just after the manifests were changed")));
    }
    if changed.contains(&Change::Dns) {
        clues.push(Clue::new(Cause::DnsLife, 3, format!("{fact}, just after the answers of DNS were changed")));
    }
    clues
}

/// A workload that is told to fail answered where it should not, or others did where it should.
fn of_workloads(world: &World<'_>, expect: &Expect, seen: &Observations) -> Vec<Clue> {
    if !world.anybody_unwell() {
        return Vec::new();
    }
    let Some(StatusExpectation::Exactly(wanted)) = expect.status else {
        let by_status = expect.shares.iter().any(|shares| shares.by == ShareBy::Status);
        let fact = "a workload is told to fail, and the shares of statuses are not as promised";
        return by_status.then(|| Clue::new(Cause::Policy, 3, fact)).into_iter().collect();
    };
    let failing = telling(&world.step, seen).filter_map(|reply| match &reply.outcome {
        ReplyOutcome::Response { status, source: Some(source), .. } => Some((*status, source.endpoint)),
        _ => None,
    });
    let wrong = failing.into_iter().find(|(status, _)| *status != wanted);
    wrong
        .map(|(status, endpoint)| {
            let fact = format!("{endpoint} answered {status}, as it is told to");
            Clue::new(Cause::Policy, 3, fact)
        })
        .into_iter()
        .collect()
}
