//! Asks the fake DNS itself, as `nslookup` would: one query over UDP, and over TCP when the answer did not fit.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query};
use hickory_resolver::proto::rr::{Name, RData};
use sextant_verdict::LookupAnswer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::clock::Clock;
use crate::loopback::{Loopback, NotLoopback};

/// How long an answer may take. A query is sent once: a second one would take a turn of the script.
const PATIENCE: Duration = Duration::from_secs(5);

/// Largest answer over UDP that is taken in. Without EDNS a server sends at most 512 octets (RFC 1035, section 4.2.1).
const DATAGRAM: usize = 4096;

/// Why a lookup could not be made. An answer that does not come is no error but an empty answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// Not a name.
    #[error("`{name}` cannot be looked up")]
    Name {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: hickory_resolver::proto::ProtoError,
    },
    /// Not a type.
    #[error("`{0}` is not a record type")]
    Type(String),
    /// The server is elsewhere.
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    /// No socket, or the server is gone.
    #[error("the fake DNS cannot be asked")]
    Socket(#[source] io::Error),
    /// The query cannot be written, or the answer not be read.
    #[error("the fake DNS and the lookup do not understand each other")]
    Message(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a lookup came to, and from which addresses it was made: queries of these are the harness's own.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) answer: LookupAnswer,
    pub(crate) from: Vec<SocketAddr>,
}

/// Looks up `name`.
///
/// # Errors
/// See [`LookupError`].
pub(crate) async fn lookup(
    server: SocketAddr,
    name: &str,
    record_type: &str,
    clock: Clock,
) -> Result<Lookup, LookupError> {
    let server = Loopback::new(server)?;
    let query = query(name, record_type)?;
    let mut from = Vec::new();
    let message = match tokio::time::timeout(PATIENCE, ask(server, &query, &mut from)).await {
        Ok(message) => Some(message?),
        Err(_) => None,
    };
    Ok(Lookup { answer: answer(message, clock.now()), from })
}

fn query(name: &str, record_type: &str) -> Result<Message, LookupError> {
    let mut parsed = Name::from_utf8(name).map_err(|source| LookupError::Name { name: name.to_owned(), source })?;
    parsed.set_fqdn(true);
    let record_type = record_type.parse().map_err(|_| LookupError::Type(record_type.to_owned()))?;
    // The socket is connected and takes answers of the server alone, so the id needs no chance.
    let mut message = Message::new(1, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(parsed, record_type));
    Ok(message)
}

async fn ask(server: Loopback, query: &Message, from: &mut Vec<SocketAddr>) -> Result<Message, LookupError> {
    let bytes = query.to_vec().map_err(|error| LookupError::Message(Box::new(error)))?;
    let over_udp = over_udp(server, &bytes, from).await.map_err(LookupError::Socket)?;
    let message = read(&over_udp)?;
    if !message.metadata.truncation {
        return Ok(message);
    }
    read(&over_tcp(server, &bytes, from).await.map_err(LookupError::Socket)?)
}

async fn over_udp(server: Loopback, query: &[u8], from: &mut Vec<SocketAddr>) -> io::Result<Vec<u8>> {
    let unspecified: IpAddr = match server.address() {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    let socket = UdpSocket::bind((unspecified, 0)).await?;
    socket.connect(server.address()).await?;
    from.push(socket.local_addr()?);
    socket.send(query).await?;
    let mut answer = vec![0; DATAGRAM];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}

/// Messages over TCP have their length before them (RFC 1035, section 4.2.2).
async fn over_tcp(server: Loopback, query: &[u8], from: &mut Vec<SocketAddr>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server.address()).await?;
    from.push(stream.local_addr()?);
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn read(bytes: &[u8]) -> Result<Message, LookupError> {
    Message::from_vec(bytes).map_err(|error| LookupError::Message(Box::new(error)))
}

fn answer(message: Option<Message>, at: u64) -> LookupAnswer {
    let Some(message) = message else {
        return LookupAnswer { at, rcode: None, addresses: Vec::new(), records: Vec::new() };
    };
    let address = |data: &RData| match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    };
    LookupAnswer {
        at,
        rcode: Some(mnemonic(&message)),
        addresses: message.answers.iter().filter_map(|record| address(&record.data)).collect(),
        records: message.answers.iter().map(ToString::to_string).collect(),
    }
}

/// The code as `dig` prints it.
fn mnemonic(message: &Message) -> String {
    use hickory_resolver::proto::op::ResponseCode;
    match message.metadata.response_code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => format!("RCODE{}", u16::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use sextant_fake_dns::{FakeDns, Options, Zone};

    use super::*;

    async fn dns(zone: &str) -> FakeDns {
        let zone: Zone = serde_json::from_str(zone).unwrap();
        FakeDns::start(Options { zone, ..Options::default() }).await.unwrap()
    }

    async fn ask(dns: &FakeDns, name: &str, record_type: &str) -> Lookup {
        lookup(dns.addr(), name, record_type, Clock::start()).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_has_its_code_addresses_and_records() {
        let dns = dns(r#"{"b.test": [{"records": ["30 A 1.1.1.1", "30 A 2.2.2.2", "AAAA 2001:db8::1"]}]}"#).await;
        let found = ask(&dns, "b.test", "A").await.answer;
        assert_eq!(found.rcode.as_deref(), Some("NOERROR"));
        assert_eq!(found.addresses, ["1.1.1.1".parse::<IpAddr>().unwrap(), "2.2.2.2".parse().unwrap()]);
        assert_eq!(found.records.len(), 2);
        assert!(found.records[0].contains("1.1.1.1"), "{:?}", found.records);
        let found = ask(&dns, "b.test", "AAAA").await.answer;
        assert_eq!(found.addresses, ["2001:db8::1".parse::<IpAddr>().unwrap()]);
    }

    #[rstest]
    #[case("none.test", "NXDOMAIN")]
    #[case("bad.test", "SERVFAIL")]
    #[case("no.test", "REFUSED")]
    #[tokio::test]
    async fn codes_are_named_as_dig_names_them(#[case] name: &str, #[case] rcode: &str) {
        let dns = dns(r#"{"bad.test": [{"rcode": "SERVFAIL"}], "no.test": [{"rcode": "REFUSED"}]}"#).await;
        let found = ask(&dns, name, "A").await.answer;
        assert_eq!((found.rcode.as_deref(), found.addresses), (Some(rcode), Vec::new()));
    }

    /// RFC 7766, section 5: what does not fit into a datagram is asked again over TCP.
    #[tokio::test]
    async fn a_long_answer_comes_over_tcp() {
        let records: Vec<String> = (0..100).map(|last| format!("A 10.0.0.{last}")).collect();
        let dns = dns(&serde_json::json!({"long.test": [{"records": records}]}).to_string()).await;
        let found = ask(&dns, "long.test", "A").await;
        assert_eq!(found.answer.addresses.len(), 100);
        let asked: Vec<_> = dns.journal().entries().iter().map(|query| query.from).collect();
        assert_eq!(found.from, asked, "both queries are known to be our own");
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_an_error() {
        let dns = dns("{}").await;
        let error = lookup(dns.addr(), "a.test", "LOC8", Clock::start()).await.unwrap_err();
        assert!(matches!(error, LookupError::Type(_)), "{error}");
        let elsewhere = "192.0.2.1:53".parse().unwrap();
        let error = lookup(elsewhere, "a.test", "A", Clock::start()).await.unwrap_err();
        assert!(matches!(error, LookupError::NotLoopback(_)), "{error}");
        assert!(dns.journal().entries().is_empty());
    }
}
