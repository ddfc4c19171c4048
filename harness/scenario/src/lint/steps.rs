//! Steps: one action each, numbers that make sense, and at least one promise among them.

use std::time::Duration;

use super::{Lint, promises, sent};
use crate::judge::same_name;
use crate::step::{Hold, Lookup, QueriesStep, Send, StatusStep, Traffic, Until};
use crate::view::Action;

pub(super) fn check(lint: &mut Lint<'_>) {
    let steps = &lint.draft.scenario.steps;
    for (index, step) in steps.iter().enumerate() {
        let path = format!("steps[{index}]");
        let actions = step.actions();
        let words: Vec<_> = actions.iter().map(Action::word).collect();
        match actions.as_slice() {
            [] => {
                let help = format!("write one of {}", Action::WORDS.join(", "));
                lint.error("no-action", &path, "the step does nothing", help);
            }
            [_] => {}
            _ => {
                let message = format!("the step does {} things: {}", words.len(), words.join(", "));
                lint.error("several-actions", &path, message, "make a step of each, so that their order is plain");
            }
        }
        if let Some(traffic) = &step.under {
            under(lint, &format!("{path}.under"), traffic, &actions);
        }
        for action in actions {
            one(lint, &format!("{path}.{}", action.word()), action, index);
        }
    }
    let under = steps.iter().filter_map(|step| step.under.as_ref()).any(|traffic| promises::any(&traffic.expect));
    if !under && !steps.iter().flat_map(|step| step.actions()).any(|action| promises_something(&action)) {
        let help = "add a step such as `send` with `expect`, or `listed`";
        lint.error("no-promise", "steps", "the scenario never expects anything, so it cannot fail", help);
    }
}

/// Whether the step can fail for what the subject does.
fn promises_something(action: &Action<'_>) -> bool {
    match action {
        Action::Lookup(_) | Action::Listed(_) => true,
        Action::Status(status) => !status.conditions.is_empty(),
        Action::Queries(queries) => !(queries.must.is_empty() && queries.must_not.is_empty()),
        _ => action.expect().is_some_and(promises::any),
    }
}

fn one(lint: &mut Lint<'_>, path: &str, action: Action<'_>, index: usize) {
    if let Some(asked) = action.request() {
        sent::check(lint, &format!("{path}.request"), asked);
        if let Some(expect) = action.expect() {
            sent::fits(lint, &format!("{path}.expect"), asked, expect);
        }
    }
    match action {
        Action::Send(step) => send(lint, path, step),
        Action::Hold(step) => hold(lint, path, step),
        Action::Until(step) => until(lint, path, step),
        Action::Lookup(step) => lookup(lint, path, step),
        Action::Status(step) => status(lint, path, step),
        Action::Queries(step) => queries(lint, path, step, index),
        Action::Apply(step) if step.manifests.is_empty() => {
            lint.error("no-manifest", &format!("{path}.manifests"), "nothing is applied", "name a manifest");
        }
        _ => {}
    }
}

fn send(lint: &mut Lint<'_>, path: &str, send: &Send) {
    let numbers = [("count", send.count), ("connections", send.connections), ("concurrency", send.concurrency)];
    for (field, number) in numbers {
        if number == Some(0) {
            let help = "leave it out for one, or give a number from 1";
            lint.error("bad-count", &format!("{path}.{field}"), format!("`{field}` is 0"), help);
        }
    }
    // Without a count that can be relied on nothing can be said about how many there are.
    let requests = if lint.knows(&format!("{path}.count")) { send.requests() } else { 0 };
    for (field, number) in [("connections", send.connections), ("concurrency", send.concurrency)] {
        if requests > 0 && number.is_some_and(|number| number > requests) {
            let requests = if requests == 1 { "1 request".into() } else { format!("{requests} requests") };
            let message = format!("{} {field} cannot be used by {requests}", number.unwrap_or_default());
            lint.error("bad-count", &format!("{path}.{field}"), message, "raise `count` or lower this");
        }
    }
    promises::check(lint, &format!("{path}.expect"), &send.expect, Some(requests));
}

fn hold(lint: &mut Lint<'_>, path: &str, hold: &Hold) {
    positive(lint, &format!("{path}.for"), hold.duration);
    if !promises::any(&hold.expect) {
        let help = "say what must hold all the time, such as `never: [...]`";
        lint.error("empty-promise", &format!("{path}.expect"), "nothing is promised about the replies", help);
    }
    promises::check(lint, &format!("{path}.expect"), &hold.expect, None);
}

fn under(lint: &mut Lint<'_>, path: &str, traffic: &Traffic, actions: &[Action<'_>]) {
    if !actions.is_empty() && !actions.iter().any(Action::is_change) {
        let help = "put it beside `apply`, `delete`, `dns` or `workload`";
        lint.error("contradiction", path, "there is no change that the traffic could accompany", help);
    }
    sent::check(lint, &format!("{path}.request"), &traffic.request);
    sent::fits(lint, &format!("{path}.expect"), &traffic.request, &traffic.expect);
    if !promises::any(&traffic.expect) {
        let help = "say what must hold all the time, such as `status: 200`";
        lint.error("empty-promise", &format!("{path}.expect"), "nothing is promised about the replies", help);
    }
    if !traffic.expect.shares.is_empty() {
        let help = "promise `sources` or `never` here, and count in a `send` step";
        lint.error("contradiction", &format!("{path}.expect.shares"), "shares during a change are timing", help);
    }
    promises::check(lint, &format!("{path}.expect"), &traffic.expect, None);
}

fn until(lint: &mut Lint<'_>, path: &str, until: &Until) {
    positive(lint, &format!("{path}.within"), until.within);
    if until.in_a_row == Some(0) {
        lint.error("bad-count", &format!("{path}.inARow"), "`inARow` is 0", "leave it out for one");
    }
    if !promises::any(&until.expect) {
        let help = "say what the awaited reply looks like";
        lint.error("empty-promise", &format!("{path}.expect"), "every reply would end the wait", help);
    }
    if !until.expect.shares.is_empty() {
        let help = "wait with `sources` or `status`, then count in a `send` step";
        lint.error("single-reply", &format!("{path}.expect.shares"), "a single reply has no shares", help);
    }
    promises::check(lint, &format!("{path}.expect"), &until.expect, None);
}

fn positive(lint: &mut Lint<'_>, path: &str, duration: Duration) {
    if duration.is_zero() {
        lint.error("bad-count", path, "no time is given", "write a duration such as 2s");
    }
}

fn lookup(lint: &mut Lint<'_>, path: &str, lookup: &Lookup) {
    let record_type = lookup.record_type.as_deref().unwrap_or("A");
    if !["A", "AAAA"].contains(&record_type) {
        let message = format!("`{record_type}` has no addresses");
        lint.error("bad-lookup", &format!("{path}.type"), message, "ask for `A` or `AAAA`");
    }
    for (index, address) in lookup.addresses.iter().flatten().enumerate() {
        if address.is_ipv4() != (record_type == "A") {
            let message = format!("{address} cannot stand in a record of type {record_type}");
            lint.error("bad-lookup", &format!("{path}.addresses[{index}]"), message, "set `type`");
        }
    }
    let fails = lookup.rcode.as_deref().is_some_and(|rcode| rcode != "NOERROR");
    if fails && lookup.addresses.as_ref().is_some_and(|addresses| !addresses.is_empty()) {
        let message = "an answer with this response code has no addresses";
        lint.error("contradiction", &format!("{path}.rcode"), message, "leave out `rcode` or `addresses`");
    }
}

fn status(lint: &mut Lint<'_>, path: &str, status: &StatusStep) {
    if status.conditions.is_empty() {
        let help = "name one, such as `{ type: Accepted, status: \"True\" }`";
        lint.error("empty-promise", &format!("{path}.conditions"), "no condition is named", help);
    }
    for (index, condition) in status.conditions.iter().enumerate() {
        if !["True", "False", "Unknown"].contains(&condition.status.as_str()) {
            let message = format!("`{}` is no status of a condition", condition.status);
            let help = "write \"True\", \"False\" or \"Unknown\", in quotes";
            lint.error("bad-condition", &format!("{path}.conditions[{index}].status"), message, help);
        }
    }
}

fn queries(lint: &mut Lint<'_>, path: &str, queries: &QueriesStep, index: usize) {
    if let Some(since) = &queries.since {
        let earlier = &lint.draft.scenario.steps[..index];
        if !earlier.iter().any(|step| step.name.as_ref() == Some(since)) {
            let message = format!("no earlier step is named `{since}`");
            lint.error("unknown-step", &format!("{path}.since"), message, "give the `name` of a step before this one");
        }
    }
    if queries.must.is_empty() && queries.must_not.is_empty() {
        lint.error("empty-promise", path, "no query is named", "name one under `must` or `mustNot`");
    }
    for (index, query) in queries.must.iter().enumerate() {
        let path = format!("{path}.must[{index}]");
        for (field, count) in [("atLeast", query.at_least), ("atMost", query.at_most)] {
            if count == Some(0) {
                let message = format!("`{field}` is 0");
                lint.error("bad-count", &format!("{path}.{field}"), message, "use `mustNot` for what may not be asked");
            }
        }
        if query.at_most.is_some_and(|most| most < query.at_least.unwrap_or(1)) {
            let message = "`atMost` is less than `atLeast`";
            lint.error("contradiction", &format!("{path}.atMost"), message, "raise it");
        }
    }
    for (index, query) in queries.must_not.iter().enumerate() {
        let path = format!("{path}.mustNot[{index}]");
        for (field, count) in [("atLeast", query.at_least), ("atMost", query.at_most)] {
            if count.is_some() {
                let message = format!("`{field}` has no meaning here");
                lint.error("bad-count", &format!("{path}.{field}"), message, "remove it");
            }
        }
        let demanded = queries.must.iter().any(|must| {
            // Without a type every query of the name is forbidden.
            same_name(&must.name, &query.name) && (query.record_type.is_none() || query.record_type == must.record_type)
        });
        if demanded {
            lint.error("contradiction", &path, "the same query is demanded under `must`", "remove one of them");
        }
    }
}
