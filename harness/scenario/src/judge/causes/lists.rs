//! Clues in what the subject says of itself, and in what it asked for.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use sextant_verdict::{Cause, DnsQuery, ListedEndpoint, Listing};

use super::Clue;
use super::answers::of_news;
use super::world::{Change, World};
use crate::judge::{listed_differences, same_name};
use crate::step::{ListedEndpointExpectation, ListedStep, QueryExpectation, StatusStep};
use crate::view::{Action, StepView};

/// Endpoints, exclusions and conditions.
pub(super) fn clues(world: &World<'_>, listing: &Listing) -> Vec<Clue> {
    match world.step.action {
        Action::Listed(expected) => of_endpoints(world, expected, listing),
        Action::Status(expected) => of_conditions(world, expected, listing),
        _ => Vec::new(),
    }
}

fn of_endpoints(world: &World<'_>, expected: &ListedStep, listing: &Listing) -> Vec<Clue> {
    let (missing, extra) = listed_differences(expected, listing);
    if missing.is_empty() && extra.is_empty() {
        // An exclusion then.
        return vec![Clue::new(Cause::Selection, 4, "an endpoint is left out for another reason than promised")];
    }
    let twin = |wanted: &ListedEndpointExpectation| extra.iter().find(|listed| listed.endpoint == wanted.endpoint);
    let mut clues: Vec<Clue> = Vec::new();
    for (wanted, listed) in missing.iter().filter_map(|wanted| Some((*wanted, *twin(wanted)?))) {
        clues.extend(of_detail(wanted, listed));
    }
    let missing: BTreeSet<SocketAddr> =
        missing.iter().filter(|wanted| twin(wanted).is_none()).map(|wanted| wanted.endpoint).collect();
    let promised: BTreeSet<SocketAddr> = expected.endpoints.iter().map(|wanted| wanted.endpoint).collect();
    let extra: BTreeSet<SocketAddr> =
        extra.iter().map(|listed| listed.endpoint).filter(|endpoint| !promised.contains(endpoint)).collect();
    let moved = extra.iter().find(|endpoint| missing.iter().any(|wanted| wanted.ip() == endpoint.ip()));
    if let Some(moved) = moved {
        clues.push(Clue::new(Cause::Port, 8, format!("{moved} is listed, where another port of it is promised")));
        return clues;
    }
    if let Some(gateway) = promised.iter().chain(&extra).find(|endpoint| world.is_network_gateway(**endpoint)) {
        let fact = format!("{gateway} is the way into another network");
        clues.extend(Clue::each(&fact, [(Cause::Locality, 6), (Cause::Selection, 2)]));
        return clues;
    }
    if let Some(extra) = extra.first() {
        clues.extend(of_extra(world, *extra));
    }
    if let Some(first) = missing.first() {
        clues.extend(of_missing(world, *first, &missing, expected));
    }
    clues
}

/// An endpoint is listed, but not as it should be.
fn of_detail(wanted: &ListedEndpointExpectation, listed: &ListedEndpoint) -> Vec<Clue> {
    let mut clues = Vec::new();
    let endpoint = wanted.endpoint;
    if wanted.priority.is_some_and(|priority| priority != listed.priority) {
        let fact = format!("{endpoint} is listed with priority {}", listed.priority);
        clues.extend(Clue::each(&fact, [(Cause::Locality, 6), (Cause::Policy, 1)]));
    }
    if wanted.locality.as_ref().is_some_and(|locality| *locality != listed.locality) {
        let fact = format!("{endpoint} is listed in another locality");
        clues.push(Clue::new(Cause::Locality, 6, fact));
    }
    if wanted.weight.is_some_and(|weight| weight != listed.weight) {
        clues.push(Clue::new(Cause::Weight, 7, format!("{endpoint} is listed with weight {}", listed.weight)));
    }
    clues
}

fn of_extra(world: &World<'_>, extra: SocketAddr) -> Vec<Clue> {
    let fact = format!("{extra} is listed, which is not promised");
    let mut clues: Vec<Clue> = Vec::new();
    let changes = world.changed_since(extra).unwrap_or_default();
    if changes.contains(&Change::Manifests) {
        clues.push(Clue::new(Cause::Stale, 5, format!("{extra} is listed, promised until the manifests were changed")));
    }
    if changes.contains(&Change::Dns) {
        clues.push(Clue::new(Cause::DnsLife, 3, format!("{extra} is listed, promised until answers were changed")));
    }
    if world.has_name(extra.ip()) {
        clues.extend(Clue::each(&fact, [(Cause::DnsAnswer, 3), (Cause::HostIdentity, 2), (Cause::Selection, 1)]));
    } else {
        clues.extend(Clue::each(&fact, [(Cause::Selection, 4), (Cause::HostIdentity, 2)]));
    }
    clues
}

fn of_missing(
    world: &World<'_>,
    first: SocketAddr,
    missing: &BTreeSet<SocketAddr>,
    expected: &ListedStep,
) -> Vec<Clue> {
    let fact = format!("{first} is not listed");
    let mut clues: Vec<Clue> = Vec::new();
    if missing.iter().all(|endpoint| world.has_name(endpoint.ip())) {
        clues.extend(Clue::each(&fact, [(Cause::DnsAnswer, 3), (Cause::DnsLife, 1), (Cause::Selection, 2)]));
    } else {
        clues.extend(Clue::each(&fact, [(Cause::Selection, 4), (Cause::HostIdentity, 1)]));
    }
    if expected.endpoints.len() > 2 && missing.len() + 1 == expected.endpoints.len() {
        clues.push(Clue::new(Cause::Stickiness, 6, "one endpoint alone is listed where several are promised"));
    }
    clues.extend(of_news(world, &fact));
    clues
}

fn of_conditions(world: &World<'_>, expected: &StatusStep, listing: &Listing) -> Vec<Clue> {
    if !listing.conditions.iter().any(|condition| condition.route == expected.route) {
        let fact = format!("nothing at all is reported of {}", expected.route);
        return Clue::each(&fact, [(Cause::Matching, 9), (Cause::Status, 1)]).collect();
    }
    let mut clues = vec![Clue::new(Cause::Status, 5, "a condition is not as promised")];
    if world.served_before() {
        clues.push(Clue::new(Cause::Status, 3, "requests before it were served as promised"));
    }
    let about = |kind: &str| expected.conditions.iter().any(|condition| condition.kind == kind);
    if about("ResolvedRefs") {
        clues.push(Clue::new(Cause::Reference, 2, "it is about what references resolve to"));
    }
    if about("Accepted") || about("Attached") {
        clues.push(Clue::new(Cause::Matching, 1, "it is about who takes the route"));
    }
    clues
}

/// A name was asked for too often, not often enough, or at all.
pub(super) fn of_queries(step: &StepView<'_>, journal: &[DnsQuery]) -> Vec<Clue> {
    let Action::Queries(expected) = step.action else { return Vec::new() };
    let count = |wanted: &QueryExpectation| journal.iter().filter(|query| same_name(&query.name, &wanted.name)).count();
    let mut clues = Vec::new();
    for unwanted in expected.must_not.iter().filter(|unwanted| count(unwanted) > 0) {
        let fact = format!("{} was asked for", unwanted.name);
        clues.extend(Clue::each(&fact, [(Cause::Selection, 2), (Cause::HostIdentity, 2), (Cause::DnsAnswer, 2)]));
    }
    for wanted in &expected.must {
        let (came, least) = (count(wanted), wanted.at_least.unwrap_or(1) as usize);
        if came == 0 {
            let fact = format!("{} was never asked for", wanted.name);
            clues.extend(Clue::each(&fact, [(Cause::DnsAnswer, 3), (Cause::Selection, 2), (Cause::HostIdentity, 2)]));
        } else if came < least || wanted.at_most.is_some_and(|most| came > most as usize) {
            let fact = format!("{} was asked for {came} times", wanted.name);
            clues.push(Clue::new(Cause::DnsLife, 7, fact));
        }
    }
    clues
}
