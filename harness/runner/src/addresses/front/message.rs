//! What is in DNS messages.

use std::net::IpAddr;

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::{A, AAAA};
use hickory_resolver::proto::rr::{RData, RecordType};

use crate::addresses::Aliases;

/// The name that `query` asks for, in lower case and without the dot at its end, if with that a lookup begins: one asks for
/// IPv4 addresses first.
pub(super) fn begins_lookup_of(query: &[u8]) -> Option<String> {
    let message = Message::from_vec(query).ok()?;
    let asked = message.queries.first().filter(|asked| asked.query_type() == RecordType::A)?;
    Some(asked.name().to_ascii().trim_end_matches('.').to_ascii_lowercase())
}

/// `answer` with real addresses for documented ones. What is no DNS message stays as it is.
pub(super) fn with_aliases(answer: &[u8], aliases: &Aliases) -> Vec<u8> {
    let Ok(mut message) = Message::from_vec(answer) else { return answer.to_vec() };
    for record in &mut message.answers {
        match &mut record.data {
            RData::A(A(address)) => {
                if let IpAddr::V4(alias) = aliases.alias((*address).into()) {
                    *address = alias;
                }
            }
            RData::AAAA(AAAA(address)) => {
                *address = match aliases.alias((*address).into()) {
                    IpAddr::V4(alias) => alias.to_ipv6_mapped(),
                    IpAddr::V6(alias) => alias,
                };
            }
            _ => {}
        }
    }
    message.to_vec().unwrap_or_else(|_| answer.to_vec())
}
