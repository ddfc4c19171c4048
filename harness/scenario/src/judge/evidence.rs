//! Entries of the journals around a failure, as text.

use sextant_verdict::{DnsQuery, Evidence, Observations, Reply, ReplyOutcome, Source, WorkloadRequest};

use crate::GrpcStatus;

/// Replies shown before the first failing one, and after it.
const REPLIES_AROUND: usize = 3;

/// Entries of every other journal.
const ENTRIES: usize = 6;

/// Characters of a body that are shown.
const BODY: usize = 120;

/// The journals around the reply number `index` of `seen`, oldest entry first: some replies before and after it, what
/// reached workloads during these, and the last DNS queries up to then.
pub(super) fn around(seen: &Observations, index: usize) -> Vec<Evidence> {
    let start = index.saturating_sub(REPLIES_AROUND);
    let replies: Vec<&Reply> = seen.replies.iter().skip(start).take(2 * REPLIES_AROUND + 1).collect();
    let from = replies.iter().map(|reply| reply.sent_at).min().unwrap_or_default();
    let to = replies.iter().map(|reply| reply.done_at).max().unwrap_or(u64::MAX);
    let middle = seen.replies.get(index).map_or(from, |reply| reply.done_at);

    let mut requests: Vec<&WorkloadRequest> =
        seen.workloads.iter().filter(|request| (from..=to).contains(&request.at)).collect();
    requests.sort_by_key(|request| request.at.abs_diff(middle));
    let queries = last_before(&seen.dns, to);

    let mut evidence: Vec<Evidence> = replies.into_iter().map(of_reply).collect();
    evidence.extend(requests.into_iter().take(ENTRIES).map(of_request));
    evidence.extend(queries.map(of_query));
    evidence.sort_by_key(|entry| entry.at);
    evidence
}

/// The workload requests around the one number `index`.
pub(super) fn around_request(seen: &Observations, index: usize) -> Vec<Evidence> {
    let start = index.saturating_sub(ENTRIES / 2);
    seen.workloads.iter().skip(start).take(ENTRIES).map(of_request).collect()
}

/// The last queries of a journal, or that there are none.
pub(super) fn last_queries(journal: &[DnsQuery]) -> Vec<Evidence> {
    if journal.is_empty() {
        return vec![Evidence { at: None, journal: "dns".into(), text: "no query at all".into() }];
    }
    last_before(journal, u64::MAX).map(of_query).collect()
}

fn last_before(journal: &[DnsQuery], time: u64) -> impl Iterator<Item = &DnsQuery> {
    let before: Vec<&DnsQuery> = journal.iter().filter(|query| query.at <= time).collect();
    let skipped = before.len().saturating_sub(ENTRIES);
    before.into_iter().skip(skipped)
}

/// What came of a request, in one line.
pub(super) fn outcome(reply: &Reply) -> String {
    match &reply.outcome {
        ReplyOutcome::Response { source: Some(source), .. } => format!("{} from {}", status(reply), who(source)),
        ReplyOutcome::Response { source: None, reason, body, headers, .. } => {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            // The words of the gateway's own reply to a gRPC call stand there.
            let words = headers.get("grpc-message").filter(|_| body.is_empty()).unwrap_or(body);
            format!("{} by the gateway itself{reason}{}", status(reply), quoted(words))
        }
        ReplyOutcome::Bytes { source: Some(source), .. } => format!("bytes from {}", who(source)),
        ReplyOutcome::Bytes { source: None, body } => format!("bytes from nobody who says who it is{}", quoted(body)),
        ReplyOutcome::Closed => "closed by the gateway before anything came back".to_owned(),
        ReplyOutcome::Failed(failure) => match failure.side {
            sextant_verdict::FailureSide::Gateway => format!("no whole response: {}", failure.message),
            sextant_verdict::FailureSide::Harness => format!("the harness failed: {}", failure.message),
        },
    }
}

/// The status of a response; of a gRPC call how that ended.
fn status(reply: &Reply) -> String {
    let name = super::shares::status_name(reply);
    if GrpcStatus::of(&reply.outcome).is_some() { format!("gRPC {name}") } else { name }
}

/// `: "text"`, or nothing for no text.
fn quoted(text: &str) -> String {
    let text = beginning(text);
    if text.is_empty() { String::new() } else { format!(": {text:?}") }
}

fn who(source: &Source) -> String {
    let locality = if source.locality.is_empty() { String::new() } else { format!(", {}", source.locality) };
    format!("{} ({}{locality})", source.endpoint, source.workload)
}

/// The beginning of a body, on one line.
pub(super) fn beginning(body: &str) -> String {
    let line = body.trim().replace(['\n', '\r'], " ");
    match line.char_indices().nth(BODY) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn of_reply(reply: &Reply) -> Evidence {
    let text = format!("#{} on connection {}: {}", reply.number, reply.connection, outcome(reply));
    Evidence { at: Some(reply.done_at), journal: "reply".into(), text }
}

fn of_request(request: &WorkloadRequest) -> Evidence {
    let WorkloadRequest { at, endpoint, method, host, path, protocol, tls, .. } = request;
    let tls = tls
        .as_ref()
        .map_or_else(String::new, |tls| format!(" and TLS for {}", tls.server_name.as_deref().unwrap_or("no name")));
    Evidence {
        at: Some(*at),
        journal: "workload".into(),
        text: match method.as_str() {
            "" => format!("{endpoint} got a connection over {protocol}{tls}"),
            _ => format!("{endpoint} got {method} {path} for {host} over {protocol}{tls}"),
        },
    }
}

fn of_query(query: &DnsQuery) -> Evidence {
    let outcome = match &query.rcode {
        None => "dropped".to_owned(),
        Some(rcode) if query.answers.is_empty() => rcode.clone(),
        Some(rcode) => format!("{rcode} {}", query.answers.join(", ")),
    };
    Evidence {
        at: Some(query.at),
        journal: "dns".into(),
        text: format!("{} {}: {outcome}", query.record_type, query.name),
    }
}
