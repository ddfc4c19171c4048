//! A client that sends exactly what a test says, and servers to ask.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use sextant_fake_dns::{FakeDns, Options, Zone};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// Longer than anything here takes, shorter than a person's patience.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

pub(crate) fn zone(text: &str) -> Zone {
    Zone::from_yaml("test.yaml", text).unwrap()
}

/// A free port of a loopback address that only this test process uses, so that nobody takes the port in between.
pub(crate) fn private() -> SocketAddr {
    let [.., high, low] = std::process::id().to_be_bytes();
    ([127, 53, high, low], 0).into()
}

pub(crate) async fn serve(text: &str) -> FakeDns {
    FakeDns::start(Options { zone: zone(text), ..Options::default() }).await.unwrap()
}

/// A query with the name exactly as it is spelt.
pub(crate) fn query(name: &str, record_type: RecordType) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), record_type));
    message
}

pub(crate) fn with_edns(mut message: Message, max_payload: u16) -> Message {
    let mut edns = Edns::new();
    edns.set_max_payload(max_payload);
    message.edns = Some(edns);
    message
}

/// A UDP client; all its queries have one source.
pub(crate) struct Client {
    socket: UdpSocket,
}

impl Client {
    pub(crate) async fn of(dns: &FakeDns) -> Self {
        let socket = UdpSocket::bind((dns.addr().ip(), 0)).await.unwrap();
        socket.connect(dns.addr()).await.unwrap();
        Self { socket }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub(crate) async fn send(&self, message: &Message) {
        self.send_octets(&message.to_vec().unwrap()).await;
    }

    pub(crate) async fn send_octets(&self, octets: &[u8]) {
        self.socket.send(octets).await.unwrap();
    }

    /// The next reply, and its octets.
    pub(crate) async fn receive_octets(&self) -> Vec<u8> {
        let mut octets = vec![0; usize::from(u16::MAX)];
        let received = tokio::time::timeout(DEADLINE, self.socket.recv(&mut octets)).await;
        octets.truncate(received.expect("a reply within the deadline").unwrap());
        octets
    }

    pub(crate) async fn receive(&self) -> Message {
        Message::from_vec(&self.receive_octets().await).unwrap()
    }

    pub(crate) async fn ask(&self, message: &Message) -> Message {
        self.send(message).await;
        self.receive().await
    }
}

/// One query over UDP, answered.
pub(crate) async fn ask(dns: &FakeDns, name: &str, record_type: RecordType) -> Message {
    Client::of(dns).await.ask(&query(name, record_type)).await
}

/// A TCP client; one connection.
pub(crate) struct TcpClient {
    pub(crate) stream: TcpStream,
}

impl TcpClient {
    pub(crate) async fn of(dns: &FakeDns) -> Self {
        Self { stream: TcpStream::connect(dns.addr()).await.unwrap() }
    }

    pub(crate) async fn send(&mut self, message: &Message) {
        let octets = message.to_vec().unwrap();
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        self.stream.write_all(&[&length, octets.as_slice()].concat()).await.unwrap();
    }

    async fn receive_octets(&mut self) -> Vec<u8> {
        let read = async {
            let mut octets = vec![0; usize::from(self.stream.read_u16().await?)];
            self.stream.read_exact(&mut octets).await?;
            std::io::Result::Ok(octets)
        };
        tokio::time::timeout(DEADLINE, read).await.expect("a reply within the deadline").unwrap()
    }

    pub(crate) async fn ask_octets(&mut self, message: &Message) -> Vec<u8> {
        self.send(message).await;
        self.receive_octets().await
    }

    pub(crate) async fn ask(&mut self, message: &Message) -> Message {
        Message::from_vec(&self.ask_octets(message).await).unwrap()
    }
}

/// The records of the answer section as `ttl data`.
pub(crate) fn records(message: &Message) -> Vec<String> {
    message.answers.iter().map(|record| format!("{} {}", record.ttl, record.data)).collect()
}

/// The response code and the data of the answer section.
pub(crate) fn outcome(message: &Message) -> (ResponseCode, Vec<String>) {
    (message.metadata.response_code, message.answers.iter().map(|record| record.data.to_string()).collect())
}
