//! A DNS server for tests: UDP, answers set by the test, every question counted.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// What the server says about a name.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These addresses, in this order, with this TTL; those of the family that was asked for.
    Addresses(Vec<IpAddr>, u32),
    /// An alias, whose addresses are given as above.
    Alias(String, Vec<IpAddr>),
    /// This code, without records; `NoError` is an empty answer.
    Code(ResponseCode),
    /// Nothing at all.
    Silence,
}

/// A running server.
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    questions: Vec<(String, RecordType)>,
}

impl Dns {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(answer(socket, state.clone()));
        Self { address, state, _tasks: tasks }
    }

    /// From now on, `answer` is said about `name`; NXDOMAIN about a name that was never set.
    pub(crate) fn set(&self, name: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(format!("{name}."), answer);
    }

    /// `name` has these IPv4 addresses.
    pub(crate) fn addresses(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.set(name, Answer::Addresses(addresses, 1));
    }

    /// How often `name` was asked for, by type.
    pub(crate) fn questions(&self, name: &str, record_type: RecordType) -> usize {
        let wanted = (format!("{name}."), record_type);
        self.state.lock().unwrap().questions.iter().filter(|question| **question == wanted).count()
    }
}

async fn answer(socket: UdpSocket, state: Arc<Mutex<State>>) {
    let mut buffer = [0; 1500];
    loop {
        let (size, from) = socket.recv_from(&mut buffer).await.unwrap();
        let Ok(request) = Message::from_vec(&buffer[..size]) else { continue };
        if let Some(reply) = reply(&request, &state) {
            socket.send_to(&reply.to_vec().unwrap(), from).await.unwrap();
        }
    }
}

fn reply(request: &Message, state: &Mutex<State>) -> Option<Message> {
    let query = request.queries.first()?.clone();
    let name = query.name().to_string().to_ascii_lowercase();
    let mut state = state.lock().unwrap();
    state.questions.push((name.clone(), query.query_type()));
    let mut reply = Message::response(request.metadata.id, request.metadata.op_code);
    reply.metadata.message_type = MessageType::Response;
    reply.metadata.recursion_available = true;
    let add = |reply: &mut Message, owner: &Name, addresses: &[IpAddr], ttl: u32| {
        for address in addresses {
            let data = match (address, query.query_type()) {
                (IpAddr::V4(v4), RecordType::A) => RData::A(A(*v4)),
                (IpAddr::V6(v6), RecordType::AAAA) => RData::AAAA(AAAA(*v6)),
                _ => continue,
            };
            reply.answers.push(Record::from_rdata(owner.clone(), ttl, data));
        }
    };
    match state.answers.get(&name).cloned().unwrap_or(Answer::Code(ResponseCode::NXDomain)) {
        Answer::Addresses(addresses, ttl) => add(&mut reply, query.name(), &addresses, ttl),
        Answer::Alias(target, addresses) => {
            let target = Name::from_ascii(target).unwrap();
            let alias = RData::CNAME(CNAME(target.clone()));
            reply.answers.push(Record::from_rdata(query.name().clone(), 1, alias));
            add(&mut reply, &target, &addresses, 1);
        }
        Answer::Code(code) => reply.metadata.response_code = code,
        Answer::Silence => return None,
    }
    reply.queries.push(query);
    Some(reply)
}
