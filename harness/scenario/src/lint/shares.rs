//! Shares: of somebody, of something, and checkable with the requests that are sent.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use sextant_resources::yaml::{Step, format_path, join_paths, nearest};

use super::Lint;
use crate::GrpcStatus;
use crate::expect::{Check, Expect, ShareBy, Shares};
use crate::statistics::{ALPHA, DEFAULT_SAMPLE, POWER, ShareTest};

/// What connections are called that the gateway closed before anything came back.
pub(crate) const CLOSED: &str = "closed";

/// Checks the view at `path` of the replies that `expect`, which stands at `around`, is about.
pub(super) fn check(
    lint: &mut Lint<'_>,
    around: &str,
    path: &str,
    shares: &Shares,
    expect: &Expect,
    requests: Option<u32>,
) {
    if !lint.knows(path) {
        return;
    }
    if shares.of.values().all(|weight| *weight == 0) {
        let (message, help) = match shares.of.len() {
            0 => ("nobody gets a share", "name everybody who must answer, with a weight"),
            _ => ("all weights are 0", "somebody must get the requests; for nobody write `sources: []`"),
        };
        lint.error("zero-shares", &format!("{path}.of"), message, help);
        return;
    }
    keys(lint, path, shares);
    if lint.knows(&format!("{around}.sources")) && lint.knows(&format!("{around}.never")) {
        against_others(lint, path, shares, expect);
    }
    if let Check::Statistical { alpha: Some(alpha) } = shares.check
        && !(alpha > 0.0 && alpha <= ALPHA)
    {
        let path = format!("{path}.check.statistical.alpha");
        let help = format!("a run has thousands of checks: give a number above 0, at most {ALPHA:e}, or leave it out");
        lint.error("bad-alpha", &path, format!("a false alarm may not have the probability {alpha}"), help);
    }
    let Some(requests) = requests.filter(|requests| *requests > 0) else { return };
    match shares.check {
        Check::Exact => cycle(lint, path, shares, requests),
        Check::Statistical { alpha } => sample(lint, path, shares, requests, alpha),
    }
}

/// Whether everybody who is named can answer.
fn keys(lint: &mut Lint<'_>, path: &str, shares: &Shares) {
    let workloads = &lint.draft.scenario.workloads;
    let known: BTreeSet<String> = match shares.by {
        ShareBy::Endpoint => workloads.iter().map(|workload| workload.endpoint.to_string()).collect(),
        ShareBy::Workload => workloads.iter().map(|workload| workload.label()).collect(),
        ShareBy::Locality => workloads.iter().map(|workload| workload.locality.clone()).collect(),
        ShareBy::Status => BTreeSet::new(),
    };
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    for key in shares.of.keys() {
        let path = join_paths(&format!("{path}.of"), &format_path(&[Step::Key(key.into())]));
        if is_own(key) {
            continue;
        }
        let (code, message, help) = match shares.by {
            ShareBy::Status => {
                let help = "write a number such as \"503\", or of a gRPC call a name such as UNAVAILABLE".into();
                ("bad-share", format!("`{key}` is no status"), help)
            }
            ShareBy::Endpoint if key.parse::<SocketAddr>().is_err() => {
                let message = format!("`{key}` is neither an endpoint nor a status of the gateway's own replies");
                ("bad-share", message, "write address and port in quotes, such as \"1.1.1.1:80\"".into())
            }
            _ if known.contains(&canonical(shares.by, key)) || !lint.knows("workloads") => continue,
            _ => {
                let help = match nearest(key, names.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`? Known are {}", names.join(", ")),
                    None => format!("known are {}, and only they can answer", names.join(", ")),
                };
                ("unknown-source", format!("no workload of the scenario is `{key}`"), help)
            }
        };
        lint.key_error(code, &path, message, help);
    }
}

/// Endpoints are compared as addresses: `[::1]:80` has other spellings.
pub(crate) fn canonical(by: ShareBy, key: &str) -> String {
    match by {
        ShareBy::Endpoint => key.parse::<SocketAddr>().map_or_else(|_| key.to_owned(), |endpoint| endpoint.to_string()),
        ShareBy::Workload | ShareBy::Locality | ShareBy::Status => key.to_owned(),
    }
}

/// Whether it names what comes from the gateway itself.
fn is_own(key: &str) -> bool {
    let is_status = key.len() == 3 && key.parse::<u16>().is_ok_and(|status| (100..600).contains(&status));
    is_status || key == CLOSED || GrpcStatus::named(key).is_some()
}

fn against_others(lint: &mut Lint<'_>, path: &str, shares: &Shares, expect: &Expect) {
    if shares.by != ShareBy::Endpoint {
        return;
    }
    let getting: BTreeSet<SocketAddr> =
        shares.of.iter().filter(|(_, weight)| **weight > 0).filter_map(|(key, _)| key.parse().ok()).collect();
    let path = format!("{path}.of");
    if let Some(sources) = &expect.sources
        && getting != sources.iter().copied().collect()
    {
        let message = "the endpoints that get a share are not those under `sources`";
        lint.error("contradiction", &path, message, "make them the same, or remove one of the two");
    }
    if let Some(endpoint) = expect.never.iter().find(|endpoint| getting.contains(endpoint)) {
        let message = format!("{endpoint} gets a share and must never answer");
        lint.error("contradiction", &path, message, "remove it here or under `never`");
    }
}

/// Over whole cycles of a deterministic scheduler every count is plain; within one, any order that is off by less than
/// one request is right.
fn cycle(lint: &mut Lint<'_>, path: &str, shares: &Shares, requests: u32) {
    let divisor = shares.of.values().fold(0, |divisor, weight| gcd(divisor, u64::from(*weight)));
    let cycle = shares.of.values().map(|weight| u64::from(*weight)).sum::<u64>() / divisor.max(1);
    if cycle > 0 && !u64::from(requests).is_multiple_of(cycle) {
        let message = format!("{} not a whole number of cycles of {cycle}", are(requests));
        let better = u64::from(requests).div_ceil(cycle) * cycle;
        let help = format!("counts that are off by less than one will pass; with `count: {better}` they must be equal");
        lint.warn("partial-cycle", &format!("{path}.of"), message, help);
    }
}

fn are(requests: u32) -> String {
    if requests == 1 { "1 request is".into() } else { format!("{requests} requests are") }
}

fn gcd(left: u64, right: u64) -> u64 {
    if right == 0 { left } else { gcd(right, left % right) }
}

fn sample(lint: &mut Lint<'_>, path: &str, shares: &Shares, requests: u32, alpha: Option<f64>) {
    let weights: Vec<u32> = shares.of.values().copied().collect();
    if weights.iter().filter(|weight| **weight > 0).count() < 2 {
        return; // Whoever has all of it is checked exactly.
    }
    let path = format!("{path}.check");
    let finds = |requests: u32| ShareTest::new(&weights, u64::from(requests), alpha).sensitivity();
    match finds(requests) {
        None => {
            let message = format!("{requests} requests cannot show any wrong share");
            lint.error("small-sample", &path, message, format_args!("leave out `count` for {DEFAULT_SAMPLE}"));
        }
        Some(found) if requests < DEFAULT_SAMPLE => {
            let error = found.smallest_error * 100.0;
            let message = format!("{requests} requests show only shares that are wrong by {error:.1} points or more");
            let help = match finds(DEFAULT_SAMPLE) {
                Some(better) => format!(
                    "{DEFAULT_SAMPLE}, the default, show {:.1} points (found with a probability of {POWER})",
                    better.smallest_error * 100.0
                ),
                None => String::new(),
            };
            lint.warn("small-sample", &path, message, help);
        }
        Some(_) => {}
    }
}
