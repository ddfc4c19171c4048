//! What is in DNS messages.

use std::net::IpAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{RData, RecordType};

use crate::envoy::places::Places;

/// The name that `query` asks for, in lower case and without the dot at its end, if with that a lookup begins: one asks for
/// IPv4 addresses first.
pub(super) fn begins_lookup_of(query: &[u8]) -> Option<String> {
    let message = Message::from_vec(query).ok()?;
    let asked = message.queries.first().filter(|asked| asked.query_type() == RecordType::A)?;
    Some(asked.name().to_ascii().trim_end_matches('.').to_ascii_lowercase())
}

/// `answer` with loopback addresses for documented ones. What is no DNS message stays as it is.
pub(super) fn localised(answer: &[u8], places: &Places) -> Vec<u8> {
    let Ok(mut message) = Message::from_vec(answer) else { return answer.to_vec() };
    for record in &mut message.answers {
        match &mut record.data {
            RData::A(A(address)) => {
                if let IpAddr::V4(alias) = places.alias((*address).into()) {
                    *address = alias;
                }
            }
            // Aliases are IPv4 addresses; this is how a resolver writes one where IPv6 is asked for (RFC 4291, 2.5.5.2).
            RData::AAAA(AAAA(address)) => {
                if let IpAddr::V4(alias) = places.alias((*address).into()) {
                    *address = alias.to_ipv6_mapped();
                }
            }
            _ => {}
        }
    }
    message.to_vec().unwrap_or_else(|_| answer.to_vec())
}
