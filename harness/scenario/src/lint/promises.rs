//! Promises about replies: about somebody, and not against each other.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::{Lint, shares};
use crate::expect::{Expect, HeaderPromises};

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
    headers(lint, &format!("{path}.headers"), &expect.headers);
    seen(lint, path, expect);
    for (index, view) in expect.shares.iter().enumerate() {
        shares::check(lint, path, &format!("{path}.shares[{index}]"), view, expect, requests);
    }
}

fn seen(lint: &mut Lint<'_>, path: &str, expect: &Expect) {
    let Some(seen) = &expect.seen else { return };
    let path = format!("{path}.seen");
    if *seen == crate::Seen::default() {
        lint.error("empty-promise", &path, "nothing is said about what was seen", "give `host`, `path`, `headers` …");
    }
    headers(lint, &format!("{path}.headers"), &seen.headers);
    if expect.sources.as_ref().is_some_and(Vec::is_empty) {
        let message = "no workload may answer, so none can have seen anything";
        lint.error("contradiction", &path, message, "remove `seen`, or name `sources`");
    }
    if let Some(protocol) = &seen.protocol
        && !["HTTP/1.0", "HTTP/1.1", "HTTP/2", "TCP"].contains(&protocol.as_str())
    {
        let message = format!("`{protocol}` is no protocol that a workload speaks");
        lint.error("bad-protocol", &format!("{path}.protocol"), message, "write `HTTP/1.1`, `HTTP/2` or `TCP`");
    }
    if let Some(alpn) = &seen.alpn
        && !["h2", "http/1.1"].contains(&alpn.as_str())
    {
        let message = format!("`{alpn}` is no protocol that a workload offers by ALPN");
        lint.error("bad-protocol", &format!("{path}.alpn"), message, "write `h2` or `http/1.1`");
    }
    if seen.tls == Some(false) && seen.needs_tls() {
        let message = "without TLS there is no server name, no ALPN and no client certificate";
        lint.error("contradiction", &format!("{path}.tls"), message, "remove `tls: false`, or what needs TLS");
    }
}

/// A name that cannot be sent would make a promise that is always or never kept.
fn headers(lint: &mut Lint<'_>, path: &str, headers: &HeaderPromises) {
    for name in headers.keys() {
        if !is_token(name) {
            let message = format!("`{name}` is not the name of a header");
            lint.error("bad-header", &format!("{path}.{name}"), message, "write a name such as `location`");
        }
        let twice = headers.keys().any(|other| other != name && other.eq_ignore_ascii_case(name));
        if twice && name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let message = format!("`{name}` stands here twice: the case of a name does not matter");
            lint.error("bad-header", &format!("{path}.{name}"), message, "remove one of them");
        }
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    let special = b"!#$%&'*+-.^_`|~";
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || special.contains(&byte))
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
