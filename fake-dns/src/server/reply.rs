//! From a resolution to a message: header, records, SOA, EDNS, and what fits into a datagram.

use hickory_proto::op::{Edns, Metadata, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, SOA};
use hickory_proto::rr::{Name as WireName, RData, Record};
use hickory_proto::serialize::binary::BinEncoder;
use hickory_server::server::Request;
use hickory_server::zone_handler::{MessageResponse, MessageResponseBuilder};

use crate::{Fate, Name, Protocol, Rcode, RecordData, Resolution, ResolvedRecord, Revision};

/// The largest datagram that is sent, and the largest that the server reads.
const MAX_DATAGRAM: u16 = 4096;
/// Octets of a message that are neither question nor records: the header and an OPT record.
const FIXED_OCTETS: usize = 12 + 11;
/// More than the SOA record of a negative reply has.
const SOA_OCTETS: usize = 96;

/// A reply that is ready but for its encoding.
pub(super) struct Reply<'r> {
    request: &'r Request,
    metadata: Metadata,
    answers: Vec<Record>,
    soa: Option<Record>,
    edns: Option<Edns>,
    /// Most octets that the client takes.
    room: usize,
    /// At least as many octets as the encoded message has.
    octets: usize,
}

impl<'r> Reply<'r> {
    /// The reply, made to fit.
    pub(super) fn new(
        request: &'r Request,
        protocol: Protocol,
        resolution: &Resolution,
        authoritative: bool,
        revision: Revision,
    ) -> Self {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = wire_rcode(resolution.rcode);
        metadata.recursion_available = !authoritative;
        // Only what the zone says can be said with authority.
        metadata.authoritative = authoritative && matches!(resolution.rcode, Rcode::NoError | Rcode::NxDomain);
        let edns = request.edns.as_ref().map(|asked| {
            let mut edns = Edns::new();
            edns.set_max_payload(MAX_DATAGRAM).set_dnssec_ok(asked.flags().dnssec_ok);
            edns
        });
        let room = match protocol {
            Protocol::Udp => request.max_payload().min(MAX_DATAGRAM),
            Protocol::Tcp => u16::MAX,
        };
        let records = resolution.records.iter();
        let octets = FIXED_OCTETS
            + request.queries.as_bytes().len()
            + records.clone().map(most_octets).sum::<usize>()
            + resolution.negative_ttl.map_or(0, |_| SOA_OCTETS);
        let answers = wire_records(request, records);
        let soa = resolution.negative_ttl.map(|ttl| soa(ttl, revision));
        let mut reply = Self { request, metadata, answers, soa, edns, room: room.into(), octets };
        if resolution.fate == Fate::Truncate && protocol == Protocol::Udp {
            reply.truncate();
        } else {
            reply.make_fit();
        }
        reply
    }

    /// Takes the records out when the client has no room for them. The message is encoded for that only when it may be
    /// so.
    fn make_fit(&mut self) {
        if self.octets <= self.room {
            return;
        }
        let mut octets = Vec::new();
        let encoded = self.message().destructive_emit(&mut BinEncoder::new(&mut octets));
        let is_whole = encoded.is_ok_and(|info| !info.truncation);
        if !is_whole || octets.len() > self.room {
            self.truncate();
        }
    }

    /// Says with TC that the client is to ask again over TCP, instead of giving it a part (RFC 2181 section 9).
    fn truncate(&mut self) {
        self.metadata.truncation = true;
        self.answers.clear();
        self.soa = None;
    }

    pub(super) fn is_truncated(&self) -> bool {
        self.metadata.truncation
    }

    pub(super) fn message(
        &self,
    ) -> MessageResponse<
        '_,
        '_,
        impl Iterator<Item = &Record> + Send,
        impl Iterator<Item = &Record> + Send,
        impl Iterator<Item = &Record> + Send,
        impl Iterator<Item = &Record> + Send,
    > {
        let builder = MessageResponseBuilder::new(&self.request.queries, self.edns.as_ref());
        builder.build(self.metadata, self.answers.iter(), [], self.soa.iter(), [])
    }
}

fn wire_rcode(rcode: Rcode) -> ResponseCode {
    match rcode {
        Rcode::NoError => ResponseCode::NoError,
        Rcode::FormErr => ResponseCode::FormErr,
        Rcode::ServFail => ResponseCode::ServFail,
        Rcode::NxDomain => ResponseCode::NXDomain,
        Rcode::NotImp => ResponseCode::NotImp,
        Rcode::Refused => ResponseCode::Refused,
        Rcode::BadVers => ResponseCode::BADVERS,
    }
}

/// The records on the wire. The owner of the first is spelt as in the question, for clients that check case (0x20).
fn wire_records<'a>(request: &Request, records: impl Iterator<Item = &'a ResolvedRecord>) -> Vec<Record> {
    let question = request.queries.queries().first().map(|query| query.original().name());
    let mut asked: Option<&Name> = None;
    records
        .map(|record| {
            let is_asked = asked.get_or_insert(&record.owner) == &&record.owner;
            let owner = question.filter(|_| is_asked).cloned().unwrap_or_else(|| wire_name(&record.owner));
            let data = match &record.data {
                RecordData::A(address) => RData::A(A(*address)),
                RecordData::Aaaa(address) => RData::AAAA(AAAA(*address)),
                RecordData::Cname(target) => RData::CNAME(CNAME(wire_name(target))),
            };
            Record::from_rdata(owner, record.ttl, data)
        })
        .collect()
}

/// A name of a script on the wire.
fn wire_name(name: &Name) -> WireName {
    WireName::from_labels(name.as_str().split('.').map(str::as_bytes))
        .expect("names of scripts were checked against the limits of DNS when they were read")
}

/// More octets than the record has without compression.
fn most_octets(record: &ResolvedRecord) -> usize {
    let data = match &record.data {
        RecordData::A(_) => 4,
        RecordData::Aaaa(_) => 16,
        RecordData::Cname(target) => target.as_str().len() + 2,
    };
    record.owner.as_str().len() + 2 + 10 + data
}

/// The root is above every name, so its SOA record fits every negative reply (RFC 2308).
fn soa(ttl: u32, revision: Revision) -> Record {
    let label = |labels: [&[u8]; 2]| WireName::from_labels(labels).unwrap_or_else(|_| WireName::root());
    let server = label([b"fake-dns", b"invalid"]);
    let contact = label([b"sextant", b"invalid"]);
    // Serial numbers have 32 bits and wrap (RFC 1982).
    let serial = (revision.0 & u64::from(u32::MAX)) as u32;
    Record::from_rdata(WireName::root(), ttl, RData::SOA(SOA::new(server, contact, serial, 3600, 600, 86_400, ttl)))
}
