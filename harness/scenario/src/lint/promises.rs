//! Promises about replies: about somebody, and not against each other.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::{Lint, shares};
use crate::expect::Expect;

/// Whether anything is promised at all.
pub(super) fn any(expect: &Expect) -> bool {
    *expect != Expect::default()
}

/// Checks the promises at `path`. `requests` is how many replies they are about; `None` when that is not known.
pub(super) fn check(lint: &mut Lint<'_>, path: &str, expect: &Expect, requests: Option<u32>) {
    let sources = expect.sources.as_deref().unwrap_or_default();
    endpoints(lint, &format!("{path}.sources"), sources);
    endpoints(lint, &format!("{path}.never"), &expect.never);
    for (index, endpoint) in expect.never.iter().enumerate() {
        if sources.contains(endpoint) {
            let message = format!("{endpoint} must answer and must not");
            let help = "it stands under `sources` too; remove one of them";
            lint.error("contradiction", &format!("{path}.never[{index}]"), message, help);
        }
    }
    if let Some(requests) = requests.filter(|requests| *requests > 0)
        && sources.len() > requests as usize
    {
        let requests = if requests == 1 { "1 request".into() } else { format!("{requests} requests") };
        let message = format!("{} endpoints cannot all answer {requests}", sources.len());
        lint.error("contradiction", &format!("{path}.sources"), message, "raise `count`");
    }
    if let Some(text) = &expect.body
        && text.is_empty()
    {
        lint.error("empty-promise", &format!("{path}.body"), "every body contains nothing", "say what it contains");
    }
    seen(lint, path, expect);
    for (index, view) in expect.shares.iter().enumerate() {
        shares::check(lint, path, &format!("{path}.shares[{index}]"), view, expect, requests);
    }
}

fn seen(lint: &mut Lint<'_>, path: &str, expect: &Expect) {
    let Some(seen) = &expect.seen else { return };
    let path = format!("{path}.seen");
    if *seen == crate::Seen::default() {
        lint.error("empty-promise", &path, "nothing is said about what was seen", "give `host`, `path` or `protocol`");
    }
    if expect.sources.as_ref().is_some_and(Vec::is_empty) {
        let message = "no workload may answer, so none can have seen anything";
        lint.error("contradiction", &path, message, "remove `seen`, or name `sources`");
    }
    if let Some(protocol) = &seen.protocol
        && !["HTTP/1.0", "HTTP/1.1", "HTTP/2"].contains(&protocol.as_str())
    {
        let message = format!("`{protocol}` is no protocol that a workload speaks");
        lint.error("bad-protocol", &format!("{path}.protocol"), message, "write `HTTP/1.1` or `HTTP/2`");
    }
}

/// Endpoints must belong to workloads: nobody else can answer, so that a promise about them is either always or never
/// kept, whatever the gateway does.
fn endpoints(lint: &mut Lint<'_>, path: &str, endpoints: &[SocketAddr]) {
    let known: BTreeSet<_> = lint.draft.scenario.workloads.iter().map(|workload| workload.endpoint).collect();
    let mut seen = BTreeSet::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if !seen.insert(endpoint) {
            lint.error("duplicate-source", &path, format!("{endpoint} is named twice"), "remove one of them");
        } else if lint.knows("workloads") && !known.contains(endpoint) {
            let message = format!("no workload of the scenario listens on {endpoint}");
            lint.error("unknown-source", &path, message, "add it under `workloads`; nobody else can answer there");
        }
    }
}
