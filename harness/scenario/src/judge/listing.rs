//! What a subject says of its endpoints and routes.

use std::collections::BTreeSet;

use sextant_verdict::{CheckRecord, Evidence, ListedEndpoint, Listing, Mismatch, RouteCondition, Verdict};

use super::causes::{self, Sight};
use super::{Abilities, Judgement, Outcome, record};
use crate::step::{ConditionExpectation, ListedEndpointExpectation, ListedStep};
use crate::view::{Action, StepView};

/// Evidence lines of one list.
const LINES: usize = 20;

/// Judges a `listed` step against what the subject listed. Other steps give an empty judgement.
pub fn listed(step: &StepView<'_>, abilities: &Abilities, listing: &Listing) -> Judgement {
    let Action::Listed(expected) = step.action else { return Judgement::default() };
    let mut checks = vec![endpoints(step, abilities, expected, listing)];
    for (index, wanted) in expected.excluded.iter().enumerate() {
        let what = format!("{} leaves out {} ({})", expected.service_entry, wanted.source, wanted.reason);
        let of_entry = listing.excluded.iter().filter(|left| left.service_entry == expected.service_entry);
        let outcome = if abilities.lists_exclusions {
            let lines: Vec<_> = of_entry.clone().map(|left| format!("{} ({})", left.source, left.reason)).collect();
            let found = of_entry.clone().any(|left| left.source == wanted.source && left.reason == wanted.reason);
            let same_source = of_entry.clone().find(|left| left.source == wanted.source);
            let nearest = match same_source {
                Some(left) => {
                    format!("{} is left out for another reason: {}, {}", left.source, left.reason, left.message)
                }
                None => of_entry
                    .clone()
                    .find(|left| left.reason == wanted.reason)
                    .map_or_else(String::new, |left| format!("{} is left out for that reason", left.source)),
            };
            judge(found, &what, "it lists as left out", nearest, lines)
        } else {
            Outcome::skipped(&what, "the subject does not list what it leaves out")
        };
        checks.push(record(step, &format!("excluded[{index}]"), what, outcome));
    }
    causes::told(step, Judgement { checks, shares: None }, Sight::Listing(listing))
}

/// Judges a `status` step against what the subject reported. Other steps give an empty judgement.
pub fn status(step: &StepView<'_>, abilities: &Abilities, listing: &Listing) -> Judgement {
    let Action::Status(expected) = step.action else { return Judgement::default() };
    let of_route: Vec<&RouteCondition> =
        listing.conditions.iter().filter(|condition| condition.route == expected.route).collect();
    let lines: Vec<_> = of_route.iter().map(|condition| describe_condition(condition)).collect();
    let checks = expected.conditions.iter().enumerate().map(|(index, wanted)| {
        let what = format!("{} reports {}", expected.route, describe_wanted(wanted));
        let outcome = if abilities.reports_conditions {
            // A route may have several parents; each of them that reports the type must report it so.
            let same_type: Vec<_> = of_route.iter().filter(|condition| condition.kind == wanted.kind).collect();
            let wrong = same_type.iter().find(|condition| !is_wanted(condition, wanted));
            let nearest = wrong.map_or_else(String::new, |condition| describe_condition(condition));
            judge(!same_type.is_empty() && wrong.is_none(), &what, "it reports", nearest, lines.clone())
        } else {
            Outcome::skipped(&what, "the subject reports no conditions of routes")
        };
        record(step, &format!("conditions[{index}]"), what, outcome)
    });
    causes::told(step, Judgement { checks: checks.collect(), shares: None }, Sight::Listing(listing))
}

fn endpoints(step: &StepView<'_>, abilities: &Abilities, expected: &ListedStep, listing: &Listing) -> CheckRecord {
    let what = match expected.endpoints.as_slice() {
        [] => format!("{} lists no endpoint", expected.service_entry),
        some => {
            let some: Vec<_> = some.iter().map(describe_expectation).collect();
            format!("{} lists exactly {}", expected.service_entry, some.join(", "))
        }
    };
    if !abilities.lists_endpoints {
        let skipped = Outcome::skipped(&what, "the subject does not list its endpoints");
        return record(step, "endpoints", what, skipped);
    }
    let of_backend: Vec<&ListedEndpoint> = listing.endpoints.iter().filter(|it| is_of(it, expected)).collect();
    let backends: BTreeSet<_> = of_backend.iter().map(|listed| (&listed.host, listed.port)).collect();
    if backends.len() > 1 {
        let names: Vec<_> = backends.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        let observed = format!("{} has several backends: {}", expected.service_entry, names.join(", "));
        let nearest = "the scenario must say `host` and `port` for them to be told apart".to_owned();
        let mismatch = Mismatch { expected: what.clone(), observed, nearest, evidence: Vec::new() };
        return record(step, "endpoints", what, Outcome::other(Verdict::Error, mismatch));
    }
    let (missing, extra) = differences(&expected.endpoints, &of_backend);
    let nearest = nearest_endpoints(&missing, &extra);
    let lines: Vec<_> = of_backend.iter().map(|listed| describe_endpoint(listed)).collect();
    let outcome = judge(missing.is_empty() && extra.is_empty(), &what, "it lists", nearest, lines);
    record(step, "endpoints", what, outcome)
}

/// What differs between the endpoints that a step promises and those that `listing` has for its backend; see
/// [`differences`].
pub(crate) fn listed_differences<'e, 'l>(
    expected: &'e ListedStep,
    listing: &'l Listing,
) -> (Vec<&'e ListedEndpointExpectation>, Vec<&'l ListedEndpoint>) {
    let of_backend: Vec<&ListedEndpoint> = listing.endpoints.iter().filter(|it| is_of(it, expected)).collect();
    differences(&expected.endpoints, &of_backend)
}

fn is_of(listed: &ListedEndpoint, expected: &ListedStep) -> bool {
    listed.service_entry == expected.service_entry
        && expected.host.as_ref().is_none_or(|host| host.eq_ignore_ascii_case(&listed.host))
        && expected.port.is_none_or(|port| port == listed.port)
}

/// Expectations that no listed endpoint meets, and listed endpoints that none is for. Each listed endpoint is used for
/// one expectation only, so that a doubled endpoint is found; expectations that say more choose first.
fn differences<'e, 'l>(
    expected: &'e [ListedEndpointExpectation],
    listed: &[&'l ListedEndpoint],
) -> (Vec<&'e ListedEndpointExpectation>, Vec<&'l ListedEndpoint>) {
    let mut expected: Vec<_> = expected.iter().collect();
    let vagueness = |it: &ListedEndpointExpectation| {
        u8::from(it.locality.is_none()) + u8::from(it.weight.is_none()) + u8::from(it.priority.is_none())
    };
    expected.sort_by_key(|expected| vagueness(expected));
    let mut left = listed.to_vec();
    let mut missing = Vec::new();
    for expected in expected {
        match left.iter().position(|listed| meets(listed, expected)) {
            Some(index) => {
                left.remove(index);
            }
            None => missing.push(expected),
        }
    }
    (missing, left)
}

fn meets(listed: &ListedEndpoint, expected: &ListedEndpointExpectation) -> bool {
    listed.endpoint == expected.endpoint
        && expected.locality.as_ref().is_none_or(|locality| *locality == listed.locality)
        && expected.weight.is_none_or(|weight| weight == listed.weight)
        && expected.priority.is_none_or(|priority| priority == listed.priority)
}

fn nearest_endpoints(missing: &[&ListedEndpointExpectation], extra: &[&ListedEndpoint]) -> String {
    let mut parts = Vec::new();
    for missing in missing {
        let twin = extra.iter().find(|listed| listed.endpoint == missing.endpoint);
        parts.push(match twin {
            Some(listed) => format!("{} is listed as {}", missing.endpoint, describe_endpoint(listed)),
            None => format!("{} is missing", missing.endpoint),
        });
    }
    for extra in extra.iter().filter(|extra| missing.iter().all(|missing| missing.endpoint != extra.endpoint)) {
        parts.push(format!("{} is too much", describe_endpoint(extra)));
    }
    parts.join("; ")
}

/// The outcome of a promise about a list: `lines` is the list, as it is shown when the promise was broken.
fn judge(kept: bool, what: &str, says: &str, nearest: String, lines: Vec<String>) -> Outcome {
    if kept {
        return Outcome::pass();
    }
    let observed = if lines.is_empty() { format!("{says} nothing") } else { format!("{says} {}", lines.join(", ")) };
    let evidence = |text| Evidence { at: None, journal: "subject".into(), text };
    let lines = if lines.is_empty() { vec![format!("{says} nothing")] } else { lines };
    let evidence = lines.into_iter().take(LINES).map(evidence).collect();
    Outcome::other(Verdict::Fail, Mismatch { expected: what.to_owned(), observed, nearest, evidence })
}

fn describe_expectation(expected: &ListedEndpointExpectation) -> String {
    let locality = expected.locality.as_ref().map(|locality| format!(" in {}", shown(locality)));
    let weight = expected.weight.map(|weight| format!(" weight {weight}"));
    let priority = expected.priority.map(|priority| format!(" priority {priority}"));
    let details: String = [locality, weight, priority].into_iter().flatten().collect();
    format!("{}{details}", expected.endpoint)
}

fn describe_endpoint(listed: &ListedEndpoint) -> String {
    let ListedEndpoint { endpoint, locality, weight, priority, .. } = listed;
    format!("{endpoint} in {} weight {weight} priority {priority}", shown(locality))
}

fn shown(locality: &str) -> &str {
    if locality.is_empty() { "no locality" } else { locality }
}

fn is_wanted(condition: &RouteCondition, wanted: &ConditionExpectation) -> bool {
    condition.status == wanted.status
        && wanted.reason.as_ref().is_none_or(|reason| *reason == condition.reason)
        && wanted.message.as_ref().is_none_or(|message| *message == condition.message)
}

fn describe_wanted(wanted: &ConditionExpectation) -> String {
    let reason = wanted.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let message = wanted.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{} = {}{reason}{message}", wanted.kind, wanted.status)
}

fn describe_condition(condition: &RouteCondition) -> String {
    let RouteCondition { parent, kind, status, reason, message, .. } = condition;
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{kind} = {status} ({reason}) at {parent}{message}")
}
