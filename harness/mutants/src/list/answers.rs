//! Answers of DNS that are misheard.

use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RecordType;
use sextant_gateway::{DnsFamily, GatewayOptions};
use sextant_verdict::Cause;

use super::flaw::Flaw;
use crate::Change::{Answers, Gateway};
use crate::Heard;

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "nxdomain-unheard",
        Cause::DnsLife,
        "addresses stay when their name is gone",
        "E-009 K-033",
        Answers(nxdomain_unheard),
    )
    .reported("P-233"),
    Flaw::new(
        "no-data-unheard",
        Cause::DnsLife,
        "addresses stay when their name has none left",
        "E-010 K-033",
        Answers(no_data_unheard),
    )
    .reported("P-018"),
    Flaw::new(
        "servfail-drops",
        Cause::DnsLife,
        "addresses go when the server fails",
        "E-011 K-033",
        Answers(servfail_drops),
    ),
    Flaw::new(
        "aliases-not-followed",
        Cause::DnsAnswer,
        "a name that is an alias has no addresses",
        "K-033 I-102",
        Answers(aliases_lost),
    ),
    Flaw::new(
        "last-record-lost",
        Cause::DnsAnswer,
        "an answer is read up to the record before its end",
        "K-033 E-003",
        Answers(last_record_lost),
    ),
    Flaw::new(
        "first-answer-stays",
        Cause::DnsLife,
        "the first answer to a question is the answer to all",
        "K-039 E-008",
        Answers(first_stays),
    )
    .reported("P-019"),
    Flaw::new("dns-never-again", Cause::DnsLife, "names are looked up once", "K-039 E-008", Gateway(never_again)),
    Flaw::new(
        "dns-ttl-always",
        Cause::DnsLife,
        "names are looked up at the end of their TTL alone",
        "K-039 D-21",
        Gateway(ttl_always),
    ),
    Flaw::new("dns-ttl-never", Cause::DnsLife, "respecting TTLs changes nothing", "D-21 K-040", Gateway(ttl_never))
        .reported("P-223"),
    Flaw::new(
        "dns-ipv6-alone",
        Cause::DnsAnswer,
        "only AAAA records are asked for",
        "K-038 I-104",
        Gateway(ipv6_alone),
    )
    .reported("P-021"),
    Flaw::new(
        "dns-both-families",
        Cause::DnsAnswer,
        "A and AAAA records both count",
        "K-038 I-104",
        Gateway(both_families),
    ),
];

/// The last answer with records to the same question, as an answer to `message`'s query.
fn again(message: Message, heard: &Heard) -> Message {
    let last = message.queries.first().and_then(|asked| heard.with_records.get(asked));
    match last {
        Some(last) => {
            let mut last = last.clone();
            last.metadata.id = message.metadata.id;
            last
        }
        None => message,
    }
}

fn nxdomain_unheard(message: Message, heard: &mut Heard) -> Message {
    if message.metadata.response_code == ResponseCode::NXDomain { again(message, heard) } else { message }
}

fn no_data_unheard(message: Message, heard: &mut Heard) -> Message {
    let empty = message.metadata.response_code == ResponseCode::NoError && message.answers.is_empty();
    if empty { again(message, heard) } else { message }
}

fn servfail_drops(mut message: Message, _: &mut Heard) -> Message {
    if message.metadata.response_code == ResponseCode::ServFail {
        message.metadata.response_code = ResponseCode::NXDomain;
    }
    message
}

fn aliases_lost(mut message: Message, _: &mut Heard) -> Message {
    if message.answers.iter().any(|record| record.record_type() == RecordType::CNAME) {
        message.answers.clear();
    }
    message
}

fn last_record_lost(mut message: Message, _: &mut Heard) -> Message {
    message.answers.pop();
    message
}

fn first_stays(message: Message, heard: &mut Heard) -> Message {
    again(message, heard)
}

fn never_again(options: &mut GatewayOptions) {
    options.dns.refresh = Duration::from_secs(3600);
}

fn ttl_always(options: &mut GatewayOptions) {
    options.dns.respect_ttl = true;
}

fn ttl_never(options: &mut GatewayOptions) {
    options.dns.respect_ttl = false;
}

fn ipv6_alone(options: &mut GatewayOptions) {
    options.dns.family = DnsFamily::V6Only;
}

fn both_families(options: &mut GatewayOptions) {
    options.dns.family = DnsFamily::All;
}
