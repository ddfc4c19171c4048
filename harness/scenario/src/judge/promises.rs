//! Promises about each reply, and about what workloads saw.

use sextant_verdict::{Mismatch, Reply, ReplyOutcome, Verdict, WorkloadRequest};

use super::replies::{Breach, Judged};
use super::{Outcome, evidence, headers, tls};
use crate::GrpcStatus;
use crate::expect::{HeaderPromises, Seen, StatusExpectation};

pub(super) fn status(judged: &Judged<'_>, expected: StatusExpectation) -> Option<Breach> {
    judged.each(|reply| wrong_status(reply, expected))
}

pub(super) fn grpc(judged: &Judged<'_>, expected: GrpcStatus) -> Option<Breach> {
    judged.each(|reply| wrong_grpc(reply, expected))
}

pub(super) fn closed(judged: &Judged<'_>) -> Option<Breach> {
    judged.each(not_closed)
}

pub(super) fn body(judged: &Judged<'_>, text: &str) -> Option<Breach> {
    judged.each(|reply| wrong_body(reply, text))
}

pub(super) fn headers(judged: &Judged<'_>, expected: &HeaderPromises) -> Option<Breach> {
    judged.each(|reply| wrong_headers(reply, expected))
}

pub(super) fn reason(judged: &Judged<'_>, expected: &str) -> Option<Breach> {
    judged.each(|reply| wrong_reason(reply, expected))
}

/// How `reply` breaks the promise of a status; `None` when it keeps it. The same for the functions below.
pub(crate) fn wrong_status(reply: &Reply, expected: StatusExpectation) -> Option<String> {
    match &reply.outcome {
        ReplyOutcome::Response { status, .. } if expected.admits(*status) => None,
        _ => Some(evidence::outcome(reply)),
    }
}

pub(super) fn wrong_grpc(reply: &Reply, expected: GrpcStatus) -> Option<String> {
    (GrpcStatus::of(&reply.outcome) != Some(expected)).then(|| evidence::outcome(reply))
}

pub(super) fn not_closed(reply: &Reply) -> Option<String> {
    (reply.outcome != ReplyOutcome::Closed).then(|| evidence::outcome(reply))
}

pub(crate) fn wrong_body(reply: &Reply, text: &str) -> Option<String> {
    let (ReplyOutcome::Response { body, .. } | ReplyOutcome::Bytes { body, .. }) = &reply.outcome else {
        return Some(evidence::outcome(reply));
    };
    let kept = if text.is_empty() { body.is_empty() } else { body.contains(text) };
    (!kept).then(|| format!("the body is {:?}", evidence::beginning(body)))
}

pub(crate) fn wrong_headers(reply: &Reply, expected: &HeaderPromises) -> Option<String> {
    match &reply.outcome {
        ReplyOutcome::Response { headers: fields, .. } => headers::wrong(fields, expected),
        _ => Some(evidence::outcome(reply)),
    }
}

pub(super) fn wrong_reason(reply: &Reply, expected: &str) -> Option<String> {
    match &reply.outcome {
        ReplyOutcome::Response { reason: Some(reason), .. } if reason == expected => None,
        ReplyOutcome::Response { reason: Some(reason), .. } => Some(format!("the reason is {reason}")),
        _ => Some(evidence::outcome(reply)),
    }
}

pub(super) fn describe_seen(expected: &Seen) -> String {
    let Seen { host, method, path, protocol, headers: wanted, .. } = expected;
    let fields = [("host", host), ("method", method), ("path", path), ("protocol", protocol)];
    let mut fields: Vec<_> =
        fields.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}"))).collect();
    if !wanted.is_empty() {
        fields.push(headers::describe(wanted));
    }
    fields.extend(tls::describe(expected));
    format!("every asked workload sees {}", fields.join(", "))
}

/// Judges what workloads saw. That none was asked although every request has an outcome is a breach: the promise says
/// what a workload sees, so one has to.
pub(super) fn seen(judged: &Judged<'_>, expected: &Seen, what: &str) -> Outcome {
    let requests = &judged.seen.workloads;
    let wrong: Vec<_> = requests
        .iter()
        .enumerate()
        .filter_map(|(index, request)| saw_otherwise(request, expected).map(|how| (index, how)))
        .collect();
    let mismatch = |observed: String, nearest: String, evidence| Mismatch {
        expected: what.to_owned(),
        observed,
        nearest,
        evidence,
    };
    let breach = match wrong.first() {
        Some((index, how)) => {
            let observed = format!("{} of {} requests at workloads did not, first: {how}", wrong.len(), requests.len());
            let kept = requests.len() - wrong.len();
            let nearest = if kept == 0 { String::new() } else { format!("{kept} of them kept it") };
            Some(mismatch(observed, nearest, evidence::around_request(judged.seen, *index)))
        }
        None if requests.is_empty() && !judged.is_short() => {
            let observed = "no request reached a workload".to_owned();
            let nearest = judged.seen.replies.first().map(evidence::outcome).unwrap_or_default();
            Some(mismatch(observed, nearest, evidence::around(judged.seen, 0)))
        }
        None => None,
    };
    if let Some(error) = judged.harness_trouble(what, None) {
        return error;
    }
    match breach {
        Some(mismatch) => Outcome::other(Verdict::Fail, mismatch),
        None if judged.is_short() => Outcome::other(Verdict::Inconclusive, judged.shortage(what)),
        None => Outcome::pass(),
    }
}

/// How a request at a workload differs from `expected`.
pub(crate) fn saw_otherwise(request: &WorkloadRequest, expected: &Seen) -> Option<String> {
    let host = without_port(&request.host);
    let exactly = |wanted: &Option<String>, saw: &str| wanted.as_ref().is_none_or(|wanted| wanted == saw);
    let kept = [
        // Hosts are compared without regard to case (RFC 9110, section 4.2.3).
        ("host", host, expected.host.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(host))),
        ("method", &request.method, exactly(&expected.method, &request.method)),
        ("path", &request.path, exactly(&expected.path, &request.path)),
        ("protocol", &request.protocol, exactly(&expected.protocol, &request.protocol)),
    ];
    let mut differs: Vec<_> =
        kept.iter().filter(|(_, _, kept)| !kept).map(|(name, saw, _)| format!("{name} {saw}")).collect();
    differs.extend(headers::wrong(&request.headers, &expected.headers));
    differs.extend(tls::wrong(request.tls.as_ref(), expected));
    (!differs.is_empty()).then(|| format!("{} saw {}", request.endpoint, differs.join(", ")))
}

/// A host without the port that may follow it; brackets of an IPv6 address stay.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            // `::1` without brackets is no host and port.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::without_port;

    #[rstest]
    #[case("se.example.com", "se.example.com")]
    #[case("se.example.com:8080", "se.example.com")]
    #[case("[::1]:8080", "[::1]")]
    #[case("[::1]", "[::1]")]
    #[case("::1", "::1")]
    #[case("", "")]
    fn a_host_is_compared_without_its_port(#[case] host: &str, #[case] name: &str) {
        assert_eq!(without_port(host), name);
    }
}
