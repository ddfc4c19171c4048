//! Answers that go wrong on purpose: dropped, late, truncated.

use std::time::Duration;

use hickory_proto::op::Message;
use hickory_proto::rr::RecordType;

use crate::client::{Client, DEADLINE, TcpClient, query, records, serve};

fn numbered(id: u16, name: &str) -> Message {
    let mut message = query(name, RecordType::A);
    message.metadata.id = id;
    message
}

/// The dropped query was dealt with before the next one is sent, so a reply to it would come first.
#[tokio::test]
async fn a_dropped_query_gets_no_reply_and_is_in_the_journal() {
    let dns = serve("lost.example: [{drop: true}]\na.example: [{records: [A 1.1.1.1]}]").await;
    let client = Client::of(&dns).await;
    client.send(&numbered(1, "lost.example.")).await;
    let entry = dns.journal().wait_for("the dropped query", DEADLINE, |_| true).await.unwrap();
    assert_eq!((entry.rcode, entry.answers.len(), entry.truncated), (None, 0, false));
    assert_eq!(client.ask(&numbered(2, "a.example.")).await.metadata.id, 2);

    let mut tcp = TcpClient::of(&dns).await;
    tcp.send(&numbered(3, "lost.example.")).await;
    assert_eq!(tcp.ask(&numbered(4, "a.example.")).await.metadata.id, 4);
}

#[tokio::test]
async fn a_script_can_drop_first_and_answer_then() {
    let dns = serve("a.example: [{drop: true, queries: 1}, {records: [A 1.1.1.1]}]").await;
    let client = Client::of(&dns).await;
    client.send(&numbered(1, "a.example.")).await;
    dns.journal().wait_for("the dropped query", DEADLINE, |query| query.rcode.is_none()).await.unwrap();
    assert_eq!(client.ask(&numbered(2, "a.example.")).await.metadata.id, 2);
}

/// A late reply lets others pass, and is written when it is sent.
#[tokio::test]
async fn a_delayed_reply_is_late_and_holds_up_no_other_datagram() {
    let dns = serve("slow.example: [{records: [A 1.1.1.1], delay: 1s}]\nfast.example: [{records: [A 2.2.2.2]}]").await;
    let client = Client::of(&dns).await;
    client.send(&numbered(1, "slow.example.")).await;
    client.send(&numbered(2, "fast.example.")).await;
    assert_eq!(client.receive().await.metadata.id, 2);
    assert_eq!(client.receive().await.metadata.id, 1);
    let [fast, slow] = dns.journal().entries().try_into().unwrap();
    assert_eq!((fast.name.as_str(), slow.name.as_str()), ("fast.example", "slow.example"));
    assert!(slow.received <= fast.received, "the slow one was read first");
    assert!(slow.at - slow.received >= Duration::from_secs(1), "{slow:?}");
}

/// A change while a reply waits does not change the reply: it belongs to the revision that was asked.
#[tokio::test]
async fn a_delayed_reply_keeps_its_answer_and_its_revision() {
    let dns = serve("a.example: [{records: [A 1.1.1.1], delay: 1s}]").await;
    let client = Client::of(&dns).await;
    let before = dns.revision();
    client.send(&numbered(1, "a.example.")).await;
    // The second query is read after the first; its reply shows that the first one has been read.
    client.ask(&numbered(2, "unknown.example.")).await;
    let after = dns.set(crate::client::zone("a.example: [{records: [A 2.2.2.2]}]"));
    assert!(after > before);
    assert_eq!(records(&client.receive().await), ["5 1.1.1.1"]);
    assert_eq!(dns.journal().entries().last().unwrap().revision, before);
}

#[tokio::test]
async fn truncation_sends_the_client_to_tcp() {
    let dns = serve("a.example: [{records: [A 1.1.1.1, A 2.2.2.2], truncate: true}]").await;
    let short = Client::of(&dns).await.ask(&query("a.example.", RecordType::A)).await;
    assert!(short.metadata.truncation);
    assert_eq!(records(&short), [""; 0]);
    let whole = TcpClient::of(&dns).await.ask(&query("a.example.", RecordType::A)).await;
    assert!(!whole.metadata.truncation);
    assert_eq!(records(&whole), ["5 1.1.1.1", "5 2.2.2.2"]);
    let [udp, tcp] = dns.journal().entries().try_into().unwrap();
    assert_eq!((udp.truncated, udp.answers.len()), (true, 0));
    assert_eq!((tcp.truncated, tcp.answers.len()), (false, 2));
}
