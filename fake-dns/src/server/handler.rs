//! What happens to one message: checked, answered by the zone, delayed, written to the journal, sent.

use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Header, HeaderCounts, LowerQuery, MessageType, Metadata, OpCode};
use hickory_proto::rr::DNSClass;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};

use super::reply::Reply;
use super::state::State;
use crate::journal::Draft;
use crate::{Fate, Journal, Name, Protocol, QueryType, Rcode, Resolution, Revision};

pub(super) struct Handler {
    state: Arc<State>,
    journal: Journal,
    authoritative: bool,
}

/// The question of a message, in our words.
struct Question {
    name: Name,
    record_type: QueryType,
}

impl Handler {
    pub(super) fn new(state: Arc<State>, journal: Journal, authoritative: bool) -> Self {
        Self { state, journal, authoritative }
    }

    /// Decides the reply. Runs the scripts, so it happens once per message, when the message is read.
    fn decide(&self, request: &Request, question: Option<&Question>, now: Duration) -> (Resolution, Revision) {
        match (refusal(request), question) {
            (Some(rcode), _) => (Resolution { rcode, ..Resolution::default() }, self.state.revision()),
            (None, Some(question)) => self.state.resolve(&question.name, question.record_type, now),
            // `refusal` has an answer to messages without a question.
            (None, None) => (Resolution { rcode: Rcode::FormErr, ..Resolution::default() }, self.state.revision()),
        }
    }

    fn write(&self, draft: Option<Draft>) {
        if let Some(draft) = draft {
            self.journal.write(draft);
        }
    }
}

/// The entry of a query that gets no reply.
fn draft(request: &Request, question: Question, received: Duration, revision: Revision) -> Draft {
    Draft {
        received,
        from: request.src(),
        protocol: protocol_of(request),
        name: question.name,
        record_type: question.record_type,
        rcode: None,
        answers: Vec::new(),
        truncated: false,
        revision,
    }
}

/// The response code for messages that no script is asked about.
fn refusal(request: &Request) -> Option<Rcode> {
    if request.metadata.op_code != OpCode::Query {
        return Some(Rcode::NotImp);
    }
    if request.version() > 0 {
        return Some(Rcode::BadVers);
    }
    let [query] = request.queries.queries() else { return Some(Rcode::FormErr) };
    let refused = query.query_class() != DNSClass::IN || Question::new(query).record_type.is_transfer();
    refused.then_some(Rcode::Refused)
}

impl Question {
    fn new(query: &LowerQuery) -> Self {
        Self {
            name: Name::from_wire(query.original().name().iter()),
            record_type: QueryType::from(u16::from(query.query_type())),
        }
    }
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut sender: R) -> ResponseInfo {
        let received = self.journal.now();
        let question = request.queries.queries().first().map(Question::new);
        let (resolution, revision) = self.decide(request, question.as_ref(), received);
        if !resolution.delay.is_zero() {
            tokio::time::sleep(resolution.delay).await;
        }
        let mut draft = question.map(|question| draft(request, question, received, revision));
        if resolution.fate == Fate::Drop {
            self.write(draft);
            return unsent(request);
        }
        let reply = Reply::new(request, protocol_of(request), &resolution, self.authoritative, revision);
        if let Some(draft) = &mut draft {
            draft.rcode = Some(resolution.rcode);
            draft.truncated = reply.is_truncated();
            draft.answers = if draft.truncated { Vec::new() } else { resolution.records };
        }
        // Before it is sent: a client that has the reply finds its query in the journal.
        self.write(draft);
        match sender.send_response(reply.message()).await {
            Ok(info) => info,
            Err(error) => {
                tracing::debug!(%error, peer = %request.src(), "the reply could not be sent");
                unsent(request)
            }
        }
    }
}

/// Only datagrams and TCP connections are registered with the server.
fn protocol_of(request: &Request) -> Protocol {
    match request.protocol() {
        xfer::Protocol::Udp => Protocol::Udp,
        _ => Protocol::Tcp,
    }
}

/// What the server gets when nothing was sent; it only logs it.
fn unsent(request: &Request) -> ResponseInfo {
    let metadata = Metadata::new(request.metadata.id, MessageType::Response, request.metadata.op_code);
    ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() })
}
