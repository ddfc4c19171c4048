//! The rules of DNS that hold whatever the zone says: headers, 0x20, EDNS, and what is refused.

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use rstest::rstest;
use sextant_fake_dns::{FakeDns, Options, Protocol};

use crate::client::{Client, TcpClient, ask, outcome, query, serve, with_edns, zone};

const ZONE: &str = "a.example: [{records: [A 1.1.1.1]}]";

/// As a resolver: AA off, RA on. As the zone's own server the other way round. RD comes back as it was sent.
#[rstest]
#[case::resolver(false, false, true)]
#[case::own_server(true, true, false)]
#[tokio::test]
async fn flags_say_who_answers(#[case] authoritative: bool, #[case] aa: bool, #[case] ra: bool) {
    let dns = FakeDns::start(Options { zone: zone(ZONE), authoritative, ..Options::default() }).await.unwrap();
    for name in ["a.example.", "unknown.example."] {
        let header = ask(&dns, name, RecordType::A).await.metadata;
        assert_eq!((header.authoritative, header.recursion_available), (aa, ra), "{name}");
        assert!(header.recursion_desired);
        assert_eq!((header.id, header.message_type), (7, MessageType::Response));
    }
    let mut message = query("a.example.", RecordType::A);
    message.metadata.recursion_desired = false;
    assert!(!Client::of(&dns).await.ask(&message).await.metadata.recursion_desired);
}

/// Clients that mix case at random (0x20) compare the question octet by octet, and some the owner of the answer too.
#[tokio::test]
async fn the_case_of_the_question_comes_back() {
    let dns = serve(ZONE).await;
    let client = Client::of(&dns).await;
    let message = query("A.eXaMPle.", RecordType::A);
    let question = &message.to_vec().unwrap()[12..];
    client.send(&message).await;
    let octets = client.receive_octets().await;
    assert_eq!(&octets[12..12 + question.len()], question);
    let reply = Message::from_vec(&octets).unwrap();
    assert!(reply.answers[0].name.eq_case(message.queries[0].name()), "{}", reply.answers[0].name);
    assert_eq!(dns.journal().entries()[0].name.as_str(), "a.example");
}

fn of_class_chaos() -> Message {
    let mut message = query("a.example.", RecordType::A);
    message.queries[0].set_query_class(DNSClass::CH);
    message
}

fn of_opcode(opcode: OpCode) -> Message {
    let mut message = query("a.example.", RecordType::A);
    message.metadata.op_code = opcode;
    message
}

fn of_two_questions() -> Message {
    let mut message = query("a.example.", RecordType::A);
    message.add_query(Query::query(Name::from_ascii("b.example.").unwrap(), RecordType::A));
    message
}

fn of_edns_version_1() -> Message {
    let mut message = with_edns(query("a.example.", RecordType::A), 1232);
    message.edns.as_mut().unwrap().set_version(1);
    message
}

/// The script is not asked, so it does not move.
#[rstest]
#[case::status(of_opcode(OpCode::Status), ResponseCode::NotImp)]
#[case::notify(of_opcode(OpCode::Notify), ResponseCode::NotImp)]
#[case::several_questions(of_two_questions(), ResponseCode::FormErr)]
#[case::class_chaos(of_class_chaos(), ResponseCode::Refused)]
#[case::transfer(query("a.example.", RecordType::AXFR), ResponseCode::Refused)]
#[case::edns_version_rfc6891(of_edns_version_1(), ResponseCode::BADVERS)]
#[tokio::test]
async fn what_is_not_served_is_refused(#[case] message: Message, #[case] expected: ResponseCode) {
    let dns = serve("a.example: [{records: [A 1.1.1.1], queries: 1}, {rcode: SERVFAIL}]").await;
    let reply = Client::of(&dns).await.ask(&message).await;
    // BADVERS and BADSIG share a number, so numbers are compared.
    let (rcode, records) = outcome(&reply);
    assert_eq!((u16::from(rcode), records), (u16::from(expected), vec![]));
    let entry = dns.journal().entries().remove(0);
    assert_eq!(entry.name.as_str(), "a.example");
    assert_eq!(ask(&dns, "a.example.", RecordType::A).await.metadata.response_code, ResponseCode::NoError);
}

#[tokio::test]
async fn no_question_is_a_format_error_and_no_query() {
    let dns = serve(ZONE).await;
    let empty = Message::new(7, MessageType::Query, OpCode::Query);
    let reply = Client::of(&dns).await.ask(&empty).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::FormErr);
    assert_eq!(dns.journal().entries(), []);
}

/// Garbage, a response, and a header without its question: the server lives on and answers the next query.
#[tokio::test]
async fn nonsense_does_no_harm() {
    let dns = serve(ZONE).await;
    let client = Client::of(&dns).await;
    let mut response = query("a.example.", RecordType::A);
    response.metadata.message_type = MessageType::Response;
    client.send_octets(b"\x00").await;
    client.send_octets(&[]).await;
    client.send(&response).await;
    // A header that promises one question which is not there: readable enough for a FORMERR.
    client.send_octets(&[0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    let reply = client.receive().await;
    assert_eq!((reply.metadata.id, reply.metadata.response_code), (9, ResponseCode::FormErr));
    assert_eq!(outcome(&client.ask(&query("a.example.", RecordType::A)).await).1, ["1.1.1.1"]);
    assert_eq!(dns.journal().entries().len(), 1);
}

/// RFC 6891: an OPT record is answered by one, and only by one; RFC 3225: with the DO bit as it was.
#[rstest]
#[case::without(None, None)]
#[case::with(Some(false), Some(false))]
#[case::with_do(Some(true), Some(true))]
#[tokio::test]
async fn edns_is_answered_by_edns(#[case] asked: Option<bool>, #[case] expected: Option<bool>) {
    let dns = serve(ZONE).await;
    let mut message = query("a.example.", RecordType::A);
    if let Some(dnssec_ok) = asked {
        message = with_edns(message, 1232);
        message.edns.as_mut().unwrap().set_dnssec_ok(dnssec_ok);
    }
    let reply = Client::of(&dns).await.ask(&message).await;
    assert_eq!(reply.edns.map(|edns| edns.flags().dnssec_ok), expected);
}

#[tokio::test]
async fn the_journal_says_who_asked_and_how() {
    let dns = serve(ZONE).await;
    let udp = Client::of(&dns).await;
    udp.ask(&query("a.example.", RecordType::AAAA)).await;
    let mut tcp = TcpClient::of(&dns).await;
    tcp.ask(&query("a.example.", RecordType::A)).await;
    let [first, second] = dns.journal().entries().try_into().unwrap();
    assert_eq!((first.seq, first.from, first.protocol), (0, udp.addr(), Protocol::Udp));
    assert_eq!((first.record_type.to_string().as_str(), first.answers.len()), ("AAAA", 0));
    assert_eq!((second.seq, second.from, second.protocol), (1, tcp.stream.local_addr().unwrap(), Protocol::Tcp));
    assert_eq!(second.to_string(), "a.example A -> NOERROR a.example 5 A 1.1.1.1");
    assert!(first.received <= first.at && first.at <= second.at);
}
