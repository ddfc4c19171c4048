//! Clues in what replies carry, and in what workloads saw.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use sextant_verdict::{Cause, Observations, Reply, ReplyOutcome, WorkloadRequest};

use super::Clue;
use super::sightings::telling;
use super::world::{World, promised_by};
use crate::expect::Expect;
use crate::judge::{saw_otherwise, source_of, wrong_body, wrong_headers, wrong_status};
use crate::{Seen, StatusExpectation};

/// Everything but who answered with which status.
pub(super) fn clues(world: &World<'_>, seen: &Observations) -> Vec<Clue> {
    let Some(expect) = world.expect() else { return Vec::new() };
    let promised = promised_by(expect);
    let mut clues: Vec<Clue> = expect.seen.iter().flat_map(|wanted| of_seen(wanted, &promised, seen)).collect();
    for reply in telling(&world.step, seen) {
        let found = of_reply(expect, reply);
        if !found.is_empty() {
            // The first that differs speaks for all.
            clues.extend(found);
            break;
        }
    }
    clues
}

/// What workloads saw of requests.
fn of_seen(wanted: &Seen, promised: &BTreeSet<SocketAddr>, seen: &Observations) -> Vec<Clue> {
    let asked: Vec<&WorkloadRequest> =
        seen.workloads.iter().filter(|saw| promised.is_empty() || promised.contains(&saw.endpoint)).collect();
    if seen.workloads.is_empty() {
        return vec![Clue::new(Cause::Selection, 1, "no request reached a workload")];
    }
    let connection = Seen {
        protocol: wanted.protocol.clone(),
        tls: wanted.tls,
        server_name: wanted.server_name.clone(),
        alpn: wanted.alpn.clone(),
        client_certificate: wanted.client_certificate,
        ..Seen::default()
    };
    let request = Seen {
        host: wanted.host.clone(),
        method: wanted.method.clone(),
        path: wanted.path.clone(),
        headers: wanted.headers.clone(),
        ..Seen::default()
    };
    let otherwise = |wanted: &Seen| asked.iter().find_map(|saw| saw_otherwise(saw, wanted));
    let connection = otherwise(&connection).map(|how| Clue::new(Cause::Protocol, 7, how));
    let request = otherwise(&request);
    let request = request.iter().flat_map(|how| Clue::each(how, [(Cause::Filters, 6), (Cause::Matching, 3)]));
    connection.into_iter().chain(request).collect()
}

fn of_reply(expect: &Expect, reply: &Reply) -> Vec<Clue> {
    let promised = promised_by(expect);
    let from_workload = source_of(reply).is_some_and(|it| promised.is_empty() || promised.contains(&it.endpoint));
    let body = expect.body.as_ref().and_then(|text| wrong_body(reply, text));
    let headers = Some(&expect.headers).filter(|headers| !headers.is_empty()).and_then(|it| wrong_headers(reply, it));
    let mut clues = Vec::new();
    let owes = matches!(expect.status, Some(StatusExpectation::Exactly(300..) | StatusExpectation::Class(3..)));
    if body.is_some() && from_workload && !owes {
        let fact = "the workload that answered did not say what is promised";
        clues.extend(Clue::each(fact, [(Cause::Filters, 5), (Cause::Protocol, 1)]));
    }
    // Where the status is another one, so are the words.
    let status = expect.status.is_none_or(|status| wrong_status(reply, status).is_none());
    if body.is_some() && status && source_of(reply).is_none() && !expect.body.as_ref().is_some_and(String::is_empty) {
        let fact = "the words of the gateway are not those that are promised";
        clues.extend(Clue::each(fact, [(Cause::Reference, 2), (Cause::Selection, 2)]));
    }
    if headers.is_some() {
        clues.push(Clue::new(Cause::Filters, 4, "headers are not as promised"));
    }
    if let ReplyOutcome::Failed(_) = reply.outcome {
        let fact = "the gateway sent no whole response";
        clues.extend(Clue::each(fact, [(Cause::Policy, 3), (Cause::Protocol, 2), (Cause::Port, 1)]));
    }
    if expect.closed && reply.outcome != ReplyOutcome::Closed {
        let fact = "the connection was served, and not closed";
        clues.extend(Clue::each(fact, [(Cause::Reference, 3), (Cause::Matching, 2)]));
    }
    if !expect.closed && reply.outcome == ReplyOutcome::Closed {
        let fact = "the gateway closed the connection";
        clues.extend(Clue::each(fact, [(Cause::Matching, 4), (Cause::Reference, 3), (Cause::Selection, 2)]));
    }
    clues
}
